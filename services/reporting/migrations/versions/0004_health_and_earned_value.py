"""Projects' health and exceptions, sums of earned value by division and day, risks, and the change calendar."""

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
CREATE TABLE risks (
    id uuid PRIMARY KEY, title text NOT NULL, category text NOT NULL, division_id uuid, project_id uuid, owner_id uuid,
    status text NOT NULL, level text, number numeric, appetite numeric, above_appetite boolean NOT NULL,
    treatment text, review_on date, accepted_until date
);
CREATE INDEX risks_score ON risks ((-coalesce(number, -1)), id);
CREATE INDEX risks_division ON risks (division_id);
CREATE TABLE changes (
    id uuid PRIMARY KEY, title text NOT NULL, kind text NOT NULL, stage text NOT NULL, division_id uuid,
    project_id uuid, services integer NOT NULL, starts_at timestamptz, ends_at timestamptz,
    in_freeze integer NOT NULL, succeeded boolean
);
CREATE INDEX changes_scheduled ON changes (starts_at) WHERE starts_at IS NOT NULL;
CREATE TABLE change_windows (
    id uuid PRIMARY KEY, name text NOT NULL, kind text NOT NULL, time_zone text NOT NULL, division_id uuid,
    starts_at timestamptz, ends_at timestamptz, withdrawn boolean NOT NULL
);
CREATE INDEX change_windows_starts ON change_windows (starts_at);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    raise NotImplementedError("read models are rebuilt, not migrated down")
