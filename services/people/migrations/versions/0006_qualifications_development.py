"""Index certificate schemes by name, and qualifications by who was asked to assess them."""

from alembic import op

revision = "people_0006"
down_revision = "people_0003"
branch_labels = None
depends_on = None

INDEXES = """
CREATE INDEX certificate_scheme_name ON states ((coalesce(state->>'name', '')), stream)
    WHERE kind = 'certificate-scheme';
CREATE INDEX qualifications_assessors ON states USING gin ((state->'assessment_requests') jsonb_path_ops)
    WHERE kind = 'qualifications';
CREATE INDEX person_division ON states ((state->'appointment'->>'division_id'), stream) WHERE kind = 'person';
"""


def upgrade() -> None:
    op.execute(INDEXES)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
