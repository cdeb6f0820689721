"""Keep aside the deadlines that a rule refused, until their state changes or an operator tries again."""

from alembic import op

revision = "chassis_0006"
down_revision = "chassis_0005"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE deadlines (
    stream text PRIMARY KEY,
    version integer NOT NULL,
    due_at timestamptz NOT NULL,
    reason text NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE deadlines IS 'Deadlines refused at this version of the stream; tried again when it changes.';
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
