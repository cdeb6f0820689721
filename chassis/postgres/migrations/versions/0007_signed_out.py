"""Remember the sessions that were signed out, here or elsewhere, until their tokens expire by themselves."""

from alembic import op

revision = "chassis_0007"
down_revision = "chassis_0006"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE signed_out (token bytea PRIMARY KEY, expires_at timestamptz NOT NULL, announced boolean NOT NULL);
COMMENT ON TABLE signed_out IS 'Sessions signed out of: the SHA-256 of the token''s id, and when it expires by itself.';
CREATE INDEX signed_out_unannounced ON signed_out (token) WHERE NOT announced;
"""


def upgrade() -> None:
    op.execute(TABLE)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
