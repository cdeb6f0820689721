"""Create what finance keeps of the earned value of projects."""

from alembic import op

revision = "finance_0004"
down_revision = "finance_0003"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE project_earned_value (
    id uuid PRIMARY KEY,
    currency text NOT NULL,
    earned numeric NOT NULL,
    budget numeric NOT NULL,
    actual numeric NOT NULL
);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
