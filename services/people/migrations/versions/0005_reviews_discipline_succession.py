"""Index what reviews, disciplinary cases and succession are looked up by, and ask who is above a position."""

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
POSITIONS = """
CREATE FUNCTION holders_above(position_id text) RETURNS TABLE (id text) LANGUAGE sql STABLE AS $$
    WITH RECURSIVE above (id, depth) AS (
        SELECT state->>'reports_to', 1 FROM states WHERE stream = 'position-' || position_id
        UNION ALL
        SELECT states.state->>'reports_to', above.depth + 1
        FROM above JOIN states ON states.stream = 'position-' || above.id WHERE above.depth < 100
    )
    SELECT right(states.stream, 36) FROM above
    JOIN states ON states.kind = 'person' AND states.state->'appointment'->>'position_id' = above.id
    WHERE states.state->>'employment' <> 'left'
$$;
COMMENT ON FUNCTION holders_above IS 'The persons in positions above a position, however far.';

CREATE FUNCTION positions_below(person text) RETURNS TABLE (id text) LANGUAGE sql STABLE AS $$
    WITH RECURSIVE below (id, depth) AS (
        SELECT right(positions.stream, 36), 1
        FROM states holders JOIN states positions ON positions.kind = 'position'
         AND positions.state->>'reports_to' = holders.state->'appointment'->>'position_id'
        WHERE holders.stream = 'person-' || person AND holders.state->>'employment' <> 'left'
        UNION ALL
        SELECT right(states.stream, 36), below.depth + 1
        FROM below JOIN states ON states.kind = 'position' AND states.state->>'reports_to' = below.id
        WHERE below.depth < 100
    )
    SELECT below.id FROM below
$$;
COMMENT ON FUNCTION positions_below IS 'The positions below the one a person holds, however far.';
"""


def upgrade() -> None:
    op.execute(INDEXES)
    op.execute(POSITIONS)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
