"""Whom projects were given to is found by an index."""

from alembic import op

revision = "portfolio_0007"
down_revision = "portfolio_0006"
branch_labels = None
depends_on = None

INDEXES = """
CREATE INDEX accountable_for ON events ((data->>'accountable_id'))
    WHERE type IN ('ProjectProposed', 'ProjectTakenOver', 'AccountabilityTransferred');
CREATE INDEX delegated_to ON events ((data->>'delegate_id')) WHERE type = 'DelegationAccepted';
"""


def upgrade() -> None:
    op.execute(INDEXES)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
