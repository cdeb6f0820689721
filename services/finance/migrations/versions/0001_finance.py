"""Create what finance keeps of portfolio, and index what its rules look up."""

from alembic import op

revision = "finance_0001"
down_revision = None
branch_labels = ("finance",)
depends_on = None

TABLES = """
CREATE TABLE known_projects (
    id uuid PRIMARY KEY,
    division_id uuid,
    accountable_id uuid,
    delegate_id uuid
);
CREATE INDEX division_budget_parent ON states ((state->>'parent_budget_id')) WHERE kind = 'division-budget';
CREATE INDEX project_budget_allotments ON states USING gin ((state->'allotments')) WHERE kind = 'project-budget';
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
