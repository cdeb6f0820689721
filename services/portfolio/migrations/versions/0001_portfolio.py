"""Create what portfolio keeps of people, and index what its rules look up."""

from alembic import op

revision = "portfolio_0001"
down_revision = None
branch_labels = ("portfolio",)
depends_on = None

TABLES = """
CREATE TABLE known_persons (
    id uuid PRIMARY KEY,
    grade text,
    division_id uuid,
    line_manager_id uuid,
    active boolean NOT NULL,
    senior_eligible boolean
);
CREATE TABLE known_divisions (
    id uuid PRIMARY KEY,
    parent_id uuid,
    head_id uuid,
    closed boolean NOT NULL
);
CREATE INDEX project_delegate ON states ((state->'delegation'->>'delegate_id')) WHERE kind = 'project';
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
