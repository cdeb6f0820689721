"""Portfolio knows the names of persons."""

from alembic import op

revision = "portfolio_0004"
down_revision = "portfolio_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE known_persons ADD COLUMN name text")


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
