CREATE OR REPLACE FUNCTION divisions_above(division uuid) RETURNS TABLE (id uuid) LANGUAGE sql STABLE AS $$
    WITH RECURSIVE above (id, parent, depth) AS (
        SELECT known_divisions.id, parent_id, 0 FROM known_divisions WHERE known_divisions.id = division
        UNION ALL
        SELECT next.id, next.parent_id, above.depth + 1
        FROM above JOIN known_divisions next ON next.id = above.parent WHERE above.depth < 100
    )
    SELECT DISTINCT above.id FROM above
$$;
COMMENT ON FUNCTION divisions_above IS 'A division and all divisions above it, however far.';
