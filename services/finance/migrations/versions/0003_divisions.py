"""Create what finance keeps of divisions, and where persons work."""

from alembic import op

revision = "finance_0003"
down_revision = "finance_0002"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE known_divisions (
    id uuid PRIMARY KEY,
    parent_id uuid,
    head_id uuid,
    closed boolean NOT NULL,
    time_zone text
);
CREATE INDEX known_divisions_parent ON known_divisions (parent_id);
ALTER TABLE known_persons
    ADD COLUMN division_id uuid,
    ADD COLUMN suspended boolean NOT NULL DEFAULT false;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
