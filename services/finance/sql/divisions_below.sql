CREATE OR REPLACE FUNCTION divisions_below(division uuid) RETURNS TABLE (id uuid) LANGUAGE sql STABLE AS $$
    WITH RECURSIVE below (id, depth) AS (
        SELECT division, 0
        UNION ALL
        SELECT next.id, below.depth + 1
        -- OFFSET 0 keeps it a look-up by the index for each, whatever the planner thinks of how many there are.
        FROM below CROSS JOIN LATERAL (
            SELECT known_divisions.id FROM known_divisions WHERE parent_id = below.id OFFSET 0
        ) next
        WHERE below.depth < 100
    )
    SELECT DISTINCT below.id FROM below
$$;
COMMENT ON FUNCTION divisions_below IS 'A division and all divisions below it, however far.';
