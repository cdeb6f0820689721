"""The text in which lists search, beside the states: it is written where it changes, not with every version."""

from alembic import op

revision = "chassis_0004"
down_revision = "chassis_0003"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE searchable (stream text PRIMARY KEY, text text NOT NULL);
COMMENT ON TABLE searchable IS 'The text of each aggregate in which lists search for a part of it.';
DO $$
BEGIN
    -- Only append() and restate() write it.
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON searchable FROM %I', current_setting('portolan.service_role'));
END $$;
"""


def upgrade() -> None:
    op.execute(TABLE)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
