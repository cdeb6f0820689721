"""Who left is told from who is suspended."""

from alembic import op

revision = "portfolio_0002"
down_revision = "portfolio_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE known_persons ADD COLUMN gone boolean NOT NULL DEFAULT false")


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
