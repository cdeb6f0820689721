"""Index what reviews, disciplinary cases and succession are looked up by."""

from alembic import op

revision = "people_0005"
down_revision = "people_0004"
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
CREATE INDEX succession_successors ON states USING gin ((state->'successors') jsonb_path_ops)
    WHERE kind = 'succession';
CREATE INDEX succession_critical ON states ((state->>'critical')) WHERE kind = 'succession';
CREATE INDEX succession_agreed ON states ((state->>'agreed')) WHERE kind = 'succession';
CREATE INDEX succession_review_due ON states ((state->>'review_due')) WHERE kind = 'succession';
CREATE INDEX succession_next_review ON states ((coalesce(state->>'next_review_on', '')), stream)
    WHERE kind = 'succession';
"""


def upgrade() -> None:
    op.execute(INDEXES)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
