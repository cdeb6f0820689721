"""Index what the rules of people look up."""

from alembic import op

revision = "people_0001"
down_revision = None
branch_labels = ("people",)
depends_on = None

INDEXES = """
CREATE INDEX person_position ON states ((state->'appointment'->>'position_id')) WHERE kind = 'person';
"""


def upgrade() -> None:
    op.execute(INDEXES)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
