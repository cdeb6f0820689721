"""The shape of portfolio's own tables and indexes."""
