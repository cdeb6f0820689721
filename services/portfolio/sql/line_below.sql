CREATE OR REPLACE FUNCTION line_below(person uuid) RETURNS TABLE (id uuid) LANGUAGE sql STABLE AS $$
    WITH RECURSIVE line (id, depth) AS (
        SELECT known_persons.id, 1 FROM known_persons WHERE line_manager_id = person
        UNION ALL
        SELECT below.id, line.depth + 1
        -- OFFSET 0 keeps it a look-up by the index for each, whatever the planner thinks of how many there are.
        FROM line CROSS JOIN LATERAL (
            SELECT known_persons.id FROM known_persons WHERE line_manager_id = line.id OFFSET 0
        ) below
        WHERE line.depth < 100
    )
    SELECT line.id FROM line
$$;
COMMENT ON FUNCTION line_below IS 'The persons below a person in the line, however far.';
