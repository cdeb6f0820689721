CREATE OR REPLACE FUNCTION time_zone_of(division uuid) RETURNS text LANGUAGE sql STABLE AS $$
    WITH RECURSIVE above (zone, parent, depth) AS (
        SELECT time_zone, parent_id, 0 FROM known_divisions WHERE id = division
        UNION ALL
        SELECT next.time_zone, next.parent_id, above.depth + 1
        FROM above JOIN known_divisions next ON next.id = above.parent
        WHERE above.zone IS NULL AND above.depth < 100
    )
    SELECT coalesce((SELECT above.zone FROM above WHERE above.zone IS NOT NULL LIMIT 1), 'UTC')
$$;
COMMENT ON FUNCTION time_zone_of IS 'The time zone of a division: its own, or that of the nearest above that has one; UTC where none has.';
