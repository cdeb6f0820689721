CREATE OR REPLACE FUNCTION line_above_position(job text) RETURNS TABLE (id text) LANGUAGE sql STABLE AS $$
    WITH nearest AS (SELECT holder_above(job) AS id)
    SELECT nearest.id FROM nearest WHERE nearest.id IS NOT NULL
    UNION ALL
    SELECT above.id FROM nearest, LATERAL line_above(nearest.id) above
$$;
COMMENT ON FUNCTION line_above_position IS 'The holder of the nearest held position above a position, and their line.';
