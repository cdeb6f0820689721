"""Ask who is above a position, and index vacancies, candidacies, training and tools."""

from alembic import op

revision = "people_0004"
down_revision = "people_0003"
branch_labels = None
depends_on = None

LINES = """
CREATE FUNCTION holder_above(job text) RETURNS text LANGUAGE sql STABLE AS $$
    WITH RECURSIVE superior (id, depth) AS (
        SELECT state->>'reports_to', 1 FROM states WHERE stream = 'position-' || job
        UNION ALL
        SELECT states.state->>'reports_to', superior.depth + 1
        FROM superior JOIN states ON states.stream = 'position-' || superior.id
        WHERE superior.depth < 100 AND NOT EXISTS (
            SELECT FROM states p WHERE p.kind = 'person' AND p.state->'appointment'->>'position_id' = superior.id
            AND p.state->>'employment' <> 'left'
        )
    )
    SELECT right(p.stream, 36) FROM superior JOIN states p
    ON p.kind = 'person' AND p.state->'appointment'->>'position_id' = superior.id AND p.state->>'employment' <> 'left'
    ORDER BY superior.depth LIMIT 1
$$;
COMMENT ON FUNCTION holder_above IS 'Who holds the nearest held position above a position.';

CREATE FUNCTION line_above_position(job text) RETURNS TABLE (id text) LANGUAGE sql STABLE AS $$
    WITH nearest AS (SELECT holder_above(job) AS id)
    SELECT nearest.id FROM nearest WHERE nearest.id IS NOT NULL
    UNION ALL
    SELECT above.id FROM nearest, LATERAL line_above(nearest.id) above
$$;
COMMENT ON FUNCTION line_above_position IS 'Who holds the nearest held position above a position, and their line.';

CREATE FUNCTION positions_below(person text) RETURNS TABLE (id text) LANGUAGE sql STABLE AS $$
    WITH RECURSIVE held (id) AS (
        SELECT state->'appointment'->>'position_id' FROM states
        WHERE stream IN (SELECT 'person-' || person UNION ALL SELECT 'person-' || line_below.id FROM line_below(person))
        AND state->>'employment' <> 'left'
    ), below (id, depth) AS (
        SELECT right(nearest.stream, 36), 1
        -- OFFSET 0 keeps it a look-up by the index for each, whatever the planner thinks of how many there are.
        FROM held CROSS JOIN LATERAL (
            SELECT stream FROM states WHERE kind = 'position' AND state->>'reports_to' = held.id OFFSET 0
        ) nearest
        UNION ALL
        SELECT right(next.stream, 36), below.depth + 1
        FROM below CROSS JOIN LATERAL (
            SELECT stream FROM states WHERE kind = 'position' AND state->>'reports_to' = below.id OFFSET 0
        ) next
        WHERE below.depth < 100 AND NOT EXISTS (
            SELECT FROM states p WHERE p.kind = 'person' AND p.state->'appointment'->>'position_id' = below.id
            AND p.state->>'employment' <> 'left'
        )
    )
    SELECT DISTINCT below.id FROM below
$$;
COMMENT ON FUNCTION positions_below IS 'The positions above which a person is, as line_above_position says it.';

CREATE FUNCTION sessions_trained_by(person text) RETURNS TABLE (id text) LANGUAGE sql STABLE AS $$
    SELECT right(stream, 36) FROM states WHERE kind = 'training-session' AND state->>'trainer_id' = person
$$;
COMMENT ON FUNCTION sessions_trained_by IS 'The training sessions in which a person trains.';
"""

INDEXES = """
CREATE INDEX vacancy_position ON states ((state->>'position_id')) WHERE kind = 'vacancy';
CREATE INDEX vacancy_division ON states ((state->>'division_id')) WHERE kind = 'vacancy';
CREATE INDEX vacancy_status ON states ((state->>'status')) WHERE kind = 'vacancy';
CREATE INDEX vacancy_requested ON states ((coalesce(state->>'requested_on', '')), stream) WHERE kind = 'vacancy';
CREATE INDEX vacancy_opened ON states ((coalesce(state->>'opened_on', '')), stream) WHERE kind = 'vacancy';
CREATE INDEX candidacy_vacancy ON states ((state->>'vacancy_id')) WHERE kind = 'candidacy';
CREATE INDEX candidacy_position ON states ((state->>'position_id')) WHERE kind = 'candidacy';
CREATE INDEX candidacy_candidate ON states ((state->>'candidate_id')) WHERE kind = 'candidacy';
CREATE INDEX candidacy_status ON states ((state->>'status')) WHERE kind = 'candidacy';
CREATE INDEX candidacy_applied ON states ((coalesce(state->>'applied_on', '')), stream) WHERE kind = 'candidacy';
CREATE INDEX candidacy_interviews ON states USING gin ((state->'interviews') jsonb_path_ops) WHERE kind = 'candidacy';
CREATE INDEX programme_title ON states ((coalesce(state->>'title', '')), stream) WHERE kind = 'training-programme';
CREATE INDEX programme_status ON states ((state->>'status')) WHERE kind = 'training-programme';
CREATE INDEX programme_scheme ON states ((state->>'scheme_id')) WHERE kind = 'training-programme';
CREATE INDEX session_programme ON states ((state->>'programme_id')) WHERE kind = 'training-session';
CREATE INDEX session_division ON states ((state->>'division_id')) WHERE kind = 'training-session';
CREATE INDEX session_trainer ON states ((state->>'trainer_id')) WHERE kind = 'training-session';
CREATE INDEX session_status ON states ((state->>'status')) WHERE kind = 'training-session';
CREATE INDEX session_overdue ON states ((state->>'overdue')) WHERE kind = 'training-session';
CREATE INDEX session_starts ON states ((coalesce(state->>'starts_on', '')), stream) WHERE kind = 'training-session';
CREATE INDEX enrolment_session ON states ((state->>'session_id')) WHERE kind = 'enrolment';
CREATE INDEX enrolment_programme ON states ((state->>'programme_id')) WHERE kind = 'enrolment';
CREATE INDEX enrolment_status ON states ((state->>'status')) WHERE kind = 'enrolment';
CREATE INDEX tool_kind ON states ((state->>'kind')) WHERE kind = 'tool';
CREATE INDEX tool_status ON states ((state->>'status')) WHERE kind = 'tool';
CREATE INDEX tool_division ON states ((state->>'division_id')) WHERE kind = 'tool';
CREATE INDEX tool_overdue ON states ((state->>'overdue')) WHERE kind = 'tool';
CREATE INDEX tool_name ON states ((coalesce(state->>'name', '')), stream) WHERE kind = 'tool';
CREATE INDEX tool_return_by ON states ((coalesce(state->>'return_by', '')), stream) WHERE kind = 'tool';
"""


def upgrade() -> None:
    op.execute(LINES)
    op.execute(INDEXES)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
