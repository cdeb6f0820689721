"""Alembic's entry: migrates over the connection it is handed, one process at a time."""

from alembic import context
from sqlalchemy import text

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=None, transaction_per_migration=False)
with context.begin_transaction():
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('portolan.migrations'))"))
    context.run_migrations()
