CREATE OR REPLACE FUNCTION line_above(person uuid) RETURNS TABLE (id uuid) LANGUAGE sql STABLE AS $$
    WITH RECURSIVE line (id, depth) AS (
        SELECT line_manager_id, 1 FROM known_persons WHERE known_persons.id = person
        UNION ALL
        SELECT above.line_manager_id, line.depth + 1
        FROM line JOIN known_persons above ON above.id = line.id WHERE line.depth < 100
    )
    SELECT line.id FROM line WHERE line.id IS NOT NULL
$$;
COMMENT ON FUNCTION line_above IS 'The persons above a person in the line, however far.';
