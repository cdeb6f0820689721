"""Index what the rules of people look up."""

from alembic import op

revision = "people_0001"
down_revision = None
branch_labels = ("people",)
depends_on = None

INDEXES = """
CREATE INDEX person_position ON states ((state->'appointment'->>'position_id')) WHERE kind = 'person';
CREATE INDEX person_division ON states ((state->'appointment'->>'division_id'), stream) WHERE kind = 'person';
CREATE INDEX appointed_to_division ON events ((data->>'division_id')) WHERE type = 'PersonAppointed';
CREATE INDEX reported_to ON events ((data->>'line_manager_id')) WHERE type IN ('PersonAppointed', 'LineManagerChanged');
CREATE INDEX candidacy_interviews ON states USING gin ((state->'interviews') jsonb_path_ops) WHERE kind = 'candidacy';
CREATE INDEX succession_successors ON states USING gin ((state->'successors') jsonb_path_ops)
    WHERE kind = 'succession';
CREATE INDEX qualifications_assessors ON states USING gin ((state->'assessment_requests') jsonb_path_ops)
    WHERE kind = 'qualifications';
"""


def upgrade() -> None:
    op.execute(INDEXES)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
