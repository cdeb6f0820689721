"""Remember the sessions that were signed out, until their tokens expire by themselves."""

from alembic import op

revision = "reporting_0002"
down_revision = "reporting_0001"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE ended_sessions (token bytea PRIMARY KEY, expires_at timestamptz NOT NULL);
COMMENT ON TABLE ended_sessions IS 'Signed out: the SHA-256 of a token''s id, and when the token expires by itself.';
"""


def upgrade() -> None:
    op.execute(TABLE)


def downgrade() -> None:
    raise NotImplementedError("read models are rebuilt, not migrated down")
