"""Index what the lists of people filter and sort by, and what its rules look up."""

from alembic import op

revision = "people_0001"
down_revision = None
branch_labels = ("people",)
depends_on = None

INDEXES = """
CREATE INDEX division_parent ON states ((state->>'parent_id')) WHERE kind = 'division';
CREATE INDEX division_name ON states ((coalesce(state->>'name', '')), stream) WHERE kind = 'division';
CREATE INDEX position_division ON states ((state->>'division_id')) WHERE kind = 'position';
CREATE INDEX position_reports_to ON states ((state->>'reports_to')) WHERE kind = 'position';
CREATE INDEX position_title ON states ((coalesce(state->>'title', '')), stream) WHERE kind = 'position';
CREATE INDEX person_position ON states ((state->'appointment'->>'position_id')) WHERE kind = 'person';
CREATE INDEX person_line_manager ON states ((state->>'line_manager_id')) WHERE kind = 'person';
CREATE INDEX person_name ON states ((coalesce(state->>'name', '')), stream) WHERE kind = 'person';
"""


def upgrade() -> None:
    op.execute(INDEXES)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
