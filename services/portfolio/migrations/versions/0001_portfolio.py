"""Create what portfolio keeps of people, and index what its lists and rules look up."""

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
CREATE INDEX initiative_division ON states ((state->>'division_id')) WHERE kind = 'initiative';
CREATE INDEX initiative_name ON states ((coalesce(state->>'name', '')), stream) WHERE kind = 'initiative';
CREATE INDEX project_division ON states ((state->>'division_id')) WHERE kind = 'project';
CREATE INDEX project_initiative ON states ((state->>'initiative_id')) WHERE kind = 'project';
CREATE INDEX project_accountable ON states ((state->>'accountable_id')) WHERE kind = 'project';
CREATE INDEX project_delegate ON states ((state->'delegation'->>'delegate_id')) WHERE kind = 'project';
CREATE INDEX project_unresolved ON states (stream) WHERE kind = 'project' AND state->>'unresolved' = 'true';
CREATE INDEX project_name ON states ((coalesce(state->>'name', '')), stream) WHERE kind = 'project';
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
