"""Index persons by the name that is looked up: the state holds it sealed."""

from alembic import op

revision = "people_0002"
down_revision = "people_0001"
branch_labels = None
depends_on = None

INDEXES = """
DROP INDEX person_name;
CREATE INDEX person_name ON states ((coalesce(lookup->>'name', 'erased')), stream) WHERE kind = 'person';
"""


def upgrade() -> None:
    op.execute(INDEXES)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
