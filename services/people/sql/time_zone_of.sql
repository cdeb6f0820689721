CREATE OR REPLACE FUNCTION time_zone_of(division text) RETURNS text LANGUAGE sql STABLE AS $$
    WITH RECURSIVE above (zone, parent, depth) AS (
        SELECT state->>'time_zone', state->>'parent_id', 0 FROM states WHERE stream = 'division-' || division
        UNION ALL
        SELECT next.zone, next.parent, above.depth + 1
        FROM above CROSS JOIN LATERAL (
            SELECT state->>'time_zone' AS zone, state->>'parent_id' AS parent
            FROM states WHERE stream = 'division-' || above.parent OFFSET 0
        ) next
        WHERE above.zone IS NULL AND above.depth < 100
    )
    SELECT coalesce((SELECT above.zone FROM above WHERE above.zone IS NOT NULL), 'UTC')
$$;
COMMENT ON FUNCTION time_zone_of IS 'The time zone of a division: its own, or that of the nearest above that has one; UTC where none has.';
