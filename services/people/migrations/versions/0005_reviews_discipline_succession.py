"""Index successors."""

from alembic import op

revision = "people_0005"
down_revision = "people_0004"
branch_labels = None
depends_on = None

INDEXES = """
CREATE INDEX succession_successors ON states USING gin ((state->'successors') jsonb_path_ops)
    WHERE kind = 'succession';
"""


def upgrade() -> None:
    op.execute(INDEXES)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
