"""The sessions that were signed out are kept where every service keeps them."""

from alembic import op

revision = "reporting_0003"
down_revision = "reporting_0002"
branch_labels = None
depends_on = None

MOVE = """
INSERT INTO signed_out SELECT token, expires_at, false FROM ended_sessions;
DROP TABLE ended_sessions;
"""


def upgrade() -> None:
    op.execute(MOVE)


def downgrade() -> None:
    raise NotImplementedError("read models are rebuilt, not migrated down")
