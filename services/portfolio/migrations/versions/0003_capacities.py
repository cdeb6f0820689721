"""Create the table of persons' weekly capacity."""

from alembic import op

revision = "portfolio_0003"
down_revision = "portfolio_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE TABLE capacities (id uuid PRIMARY KEY, first_monday date NOT NULL, hours numeric[] NOT NULL)")


def downgrade() -> None:
    raise NotImplementedError("read models are rebuilt, not migrated down")
