"""What is planned, committed and spent of a division's budget by the division itself."""

from alembic import op

revision = "reporting_0005"
down_revision = "reporting_0004"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE division_budgets
    ADD COLUMN planned numeric NOT NULL DEFAULT 0,
    ADD COLUMN committed numeric NOT NULL DEFAULT 0,
    ADD COLUMN spent numeric NOT NULL DEFAULT 0;
"""


def upgrade() -> None:
    op.execute(COLUMNS)


def downgrade() -> None:
    raise NotImplementedError("read models are rebuilt, not migrated down")
