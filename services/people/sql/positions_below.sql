CREATE OR REPLACE FUNCTION positions_below(person text) RETURNS TABLE (id text) LANGUAGE sql STABLE AS $$
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
COMMENT ON FUNCTION positions_below IS 'The positions below a person: the inverse of line_above_position.';
