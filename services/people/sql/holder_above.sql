CREATE OR REPLACE FUNCTION holder_above(job text) RETURNS text LANGUAGE sql STABLE AS $$
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
COMMENT ON FUNCTION holder_above IS 'The holder of the nearest held position above a position.';
