"""The shape of finance's own tables and indexes."""
