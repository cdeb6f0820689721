"""Let a service change keys by the functions made for it alone."""

from alembic import op

revision = "chassis_0002"
down_revision = "chassis_0001"
branch_labels = None
depends_on = None

GRANTS = """
DO $$
BEGIN
    EXECUTE format('REVOKE INSERT, UPDATE ON keys, secret FROM %I', current_setting('portolan.service_role'));
END $$;
"""


def upgrade() -> None:
    op.execute(GRANTS)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
