"""Projects' health and exceptions as portfolio has them, and the sums of earned value by division and day."""

from alembic import op

revision = "reporting_0004"
down_revision = "reporting_0003"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE project_health (
    id uuid PRIMARY KEY, rating text, reasons jsonb NOT NULL, declared text, disagrees boolean NOT NULL, judged_on date
);
CREATE TABLE exceptions (
    id uuid PRIMARY KEY, project_id uuid, division_id uuid, forecast text NOT NULL, sentence text NOT NULL,
    status text NOT NULL, awaits_id uuid, answer_by date, level integer NOT NULL, answer text, raised_at timestamptz,
    hours numeric
);
CREATE TABLE earned_value_days (
    id text PRIMARY KEY, division_id uuid NOT NULL, currency text NOT NULL, day date NOT NULL, amount numeric NOT NULL,
    slope numeric NOT NULL, earned numeric NOT NULL, budget numeric NOT NULL, actual numeric NOT NULL
);
CREATE INDEX earned_value_days_day ON earned_value_days (day);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    raise NotImplementedError("read models are rebuilt, not migrated down")
