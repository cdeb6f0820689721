"""Index what reviews, disciplinary cases and succession are looked up by, and ask who is above a position."""

from alembic import op

revision = "people_0005"
down_revision = "people_0003"
branch_labels = None
depends_on = None

INDEXES = """
CREATE INDEX disciplinary_case_status ON states ((state->>'status')) WHERE kind = 'disciplinary-case';
CREATE INDEX disciplinary_case_investigator ON states ((state->>'investigator_id')) WHERE kind = 'disciplinary-case';
CREATE INDEX disciplinary_case_hearer ON states ((state->>'hearer_id')) WHERE kind = 'disciplinary-case';
CREATE INDEX disciplinary_case_appeal_hearer ON states ((state->>'appeal_hearer_id'))
    WHERE kind = 'disciplinary-case';
"""


def upgrade() -> None:
    op.execute(INDEXES)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
