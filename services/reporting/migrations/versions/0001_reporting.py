"""Create the tables reporting folds from everyone's events."""

from alembic import op

revision = "reporting_0001"
down_revision = None
branch_labels = ("reporting",)
depends_on = None

TABLES = """
CREATE TABLE divisions (
    id uuid PRIMARY KEY, name text NOT NULL, code text, kind text NOT NULL, parent_id uuid, head_id uuid,
    closed boolean NOT NULL
);
CREATE TABLE persons (
    id uuid PRIMARY KEY, name text NOT NULL, title text, grade text, division_id uuid, line_manager_id uuid,
    status text NOT NULL, gate_waived boolean NOT NULL
);
CREATE INDEX persons_division ON persons (division_id);
CREATE TABLE initiatives (
    id uuid PRIMARY KEY, name text NOT NULL, division_id uuid, stage text NOT NULL, outcome text
);
CREATE TABLE projects (
    id uuid PRIMARY KEY, name text NOT NULL, division_id uuid, initiative_id uuid, stage text NOT NULL,
    source_system text, source_reference text, sponsor_id uuid, accountable_id uuid, accountable_basis text NOT NULL,
    unresolved boolean NOT NULL, delegate_id uuid, delegation text, plan_start date, plan_end date,
    percent_complete numeric, expected_completion date, reported_as_of date, declared_health text, outcome text,
    gaps jsonb NOT NULL, marks jsonb NOT NULL
);
CREATE INDEX projects_division ON projects (division_id, name, id);
CREATE INDEX projects_accountable ON projects (accountable_id);
CREATE INDEX projects_source ON projects (source_system);
CREATE TABLE accountability (
    id text PRIMARY KEY, project_id uuid NOT NULL, number integer NOT NULL, person_id uuid NOT NULL,
    basis text NOT NULL, reason text, since timestamptz NOT NULL, actor text NOT NULL
);
CREATE INDEX accountability_project ON accountability (project_id, number);
CREATE INDEX accountability_person ON accountability (person_id);
CREATE TABLE project_money (
    id uuid PRIMARY KEY, division_id uuid, division_budget_id uuid, allotments jsonb NOT NULL,
    currency text, status text NOT NULL,
    asked numeric NOT NULL, granted numeric NOT NULL, contingency numeric NOT NULL, committed numeric NOT NULL,
    actual numeric NOT NULL, estimate numeric, estimate_as_of date, overrun boolean NOT NULL, marks jsonb NOT NULL
);
CREATE INDEX project_money_budget ON project_money (division_budget_id);
CREATE INDEX project_money_allotments ON project_money USING gin (allotments);
CREATE TABLE division_budgets (
    id uuid PRIMARY KEY, division_id uuid, fiscal_year integer NOT NULL, parent_budget_id uuid, currency text NOT NULL,
    status text NOT NULL, original numeric NOT NULL, current numeric NOT NULL
);
CREATE INDEX division_budgets_division ON division_budgets (division_id, fiscal_year);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    raise NotImplementedError("read models are rebuilt, not migrated down")
