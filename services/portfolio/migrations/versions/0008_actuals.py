"""Keep actual cost by finance's events about a project; the reader of finance fills it from the first event."""

from alembic import op

revision = "portfolio_0008"
down_revision = "portfolio_0007"
branch_labels = None
depends_on = None

TABLES = """
DROP TABLE actuals;
CREATE TABLE actuals (
    id uuid PRIMARY KEY,
    project_id uuid NOT NULL,
    number integer NOT NULL,
    amount numeric NOT NULL,
    occurred_on date NOT NULL,
    known_from timestamptz NOT NULL
);
CREATE INDEX actuals_project ON actuals (project_id, number);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
