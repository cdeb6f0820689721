"""Keep where each person worked from which day on."""

from alembic import op

revision = "finance_0007"
down_revision = "finance_0006"
branch_labels = None
depends_on = None

TABLE = "CREATE TABLE known_placements (id uuid PRIMARY KEY, placements jsonb NOT NULL DEFAULT '[]');"


def upgrade() -> None:
    op.execute(TABLE)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
