"""Beside sealed states keep keyed digests in place of text: a dump tells nobody's name.

States are folded again before a service is ready, which makes the digests.
"""

from alembic import op

revision = "chassis_0006"
down_revision = "chassis_0005"
branch_labels = None
depends_on = None

# With the column go its indexes.
COLUMN = """
ALTER TABLE states DROP COLUMN lookup;
ALTER TABLE states ADD COLUMN digests jsonb;
COMMENT ON COLUMN states.digests IS 'Keyed digests of sealed fields that lists filter by, until the erasure.';
CREATE INDEX states_digested ON states (subject) WHERE digests IS NOT NULL;
CREATE INDEX keys_erased ON keys (subject) WHERE erased_at IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(COLUMN)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
