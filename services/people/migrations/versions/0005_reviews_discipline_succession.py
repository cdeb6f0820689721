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
CREATE INDEX review_cycle_status ON states ((state->>'status')) WHERE kind = 'review-cycle';
CREATE INDEX review_cycle_due ON states ((coalesce(state->>'due_on', '')), stream) WHERE kind = 'review-cycle';
CREATE INDEX review_cycle_name ON states ((coalesce(state->>'name', '')), stream) WHERE kind = 'review-cycle';
CREATE INDEX performance_review_reviewer ON states ((state->>'reviewer_id')) WHERE kind = 'performance-review';
CREATE INDEX performance_review_cycle ON states ((state->>'cycle_id'), (state->>'status'))
    WHERE kind = 'performance-review';
CREATE INDEX performance_review_status ON states ((state->>'status')) WHERE kind = 'performance-review';
CREATE INDEX performance_review_overdue ON states ((state->>'overdue')) WHERE kind = 'performance-review';
CREATE INDEX performance_review_due ON states ((coalesce(state->>'due_on', '')), stream)
    WHERE kind = 'performance-review';
"""


def upgrade() -> None:
    op.execute(INDEXES)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
