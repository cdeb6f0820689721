"""Index who was asked to assess a skill, and the members of a division."""

from alembic import op

revision = "people_0006"
down_revision = "people_0005"
branch_labels = None
depends_on = None

INDEXES = """
CREATE INDEX qualifications_assessors ON states USING gin ((state->'assessment_requests') jsonb_path_ops)
    WHERE kind = 'qualifications';
CREATE INDEX person_division ON states ((state->'appointment'->>'division_id'), stream) WHERE kind = 'person';
"""


def upgrade() -> None:
    op.execute(INDEXES)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
