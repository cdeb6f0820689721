"""What is promised of a division's budget for hires, training and tools."""

from alembic import op

revision = "reporting_0006"
down_revision = "reporting_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE division_budgets ADD COLUMN reserved numeric NOT NULL DEFAULT 0")


def downgrade() -> None:
    raise NotImplementedError("read models are rebuilt, not migrated down")
