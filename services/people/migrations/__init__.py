"""The shape of people's own tables and indexes."""
