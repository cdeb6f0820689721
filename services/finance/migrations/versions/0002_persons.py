"""Create what finance keeps of people."""

from alembic import op

revision = "finance_0002"
down_revision = "finance_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE TABLE known_persons (id uuid PRIMARY KEY, name text, gone boolean NOT NULL)")


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
