CREATE OR REPLACE FUNCTION headcount_of(division uuid, day date) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT count(*) FROM known_placements CROSS JOIN LATERAL (
        SELECT (placed->>'division_id')::uuid AS id FROM jsonb_array_elements(placements) placed
        WHERE (placed->>'starts_on')::date <= day
        ORDER BY (placed->>'starts_on')::date DESC, (placed->>'number')::integer DESC LIMIT 1
    ) held WHERE held.id IN (SELECT below.id FROM divisions_below(division) below)
$$;
COMMENT ON FUNCTION headcount_of IS 'How many persons held a position in a division, or in one below it, on a day.';
