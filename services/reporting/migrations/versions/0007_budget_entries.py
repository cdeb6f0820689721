"""The entries behind the figures of budgets, and what a closed budget carried over or let lapse."""

from alembic import op

revision = "reporting_0007"
down_revision = "reporting_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE division_budgets ADD COLUMN carried_over numeric NOT NULL DEFAULT 0")
    op.execute("CREATE INDEX division_budgets_parent ON division_budgets (parent_budget_id)")
    op.execute(
        "CREATE TABLE budget_entries (id text PRIMARY KEY, budget_id uuid NOT NULL, figure text NOT NULL,"
        " stream text NOT NULL, number integer NOT NULL, type text NOT NULL, recorded_at timestamptz,"
        " amount numeric NOT NULL, replaces boolean NOT NULL, category text, occurred_on date)"
    )
    op.execute("CREATE INDEX budget_entries_budget ON budget_entries (budget_id, figure, recorded_at, id)")


def downgrade() -> None:
    raise NotImplementedError("read models are rebuilt, not migrated down")
