"""The event store's migrations, applied by Alembic."""

from pathlib import Path

MIGRATIONS = Path(__file__).parent
