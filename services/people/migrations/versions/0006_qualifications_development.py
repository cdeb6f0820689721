"""Index what the lists of qualifications and development filter by, and what their rules look up."""

from alembic import op

revision = "people_0006"
down_revision = "people_0005"
branch_labels = None
depends_on = None

INDEXES = """
CREATE INDEX certificate_scheme_name ON states ((coalesce(state->>'name', '')), stream)
    WHERE kind = 'certificate-scheme';
CREATE INDEX qualifications_assessors ON states USING gin ((state->'assessment_requests') jsonb_path_ops)
    WHERE kind = 'qualifications';
CREATE INDEX mentorship_mentor ON states ((state->>'mentor_id')) WHERE kind = 'mentorship';
CREATE INDEX person_division ON states ((state->'appointment'->>'division_id'), stream) WHERE kind = 'person';
"""


def upgrade() -> None:
    op.execute(INDEXES)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
