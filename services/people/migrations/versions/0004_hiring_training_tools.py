"""Ask who is above a position, and index whom a candidacy names as interviewers."""

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
CREATE INDEX candidacy_interviews ON states USING gin ((state->'interviews') jsonb_path_ops) WHERE kind = 'candidacy';
"""


def upgrade() -> None:
    op.execute(LINES)
    op.execute(INDEXES)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
