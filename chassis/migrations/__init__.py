"""The event store's own tables, and the way every service migrates its database."""
