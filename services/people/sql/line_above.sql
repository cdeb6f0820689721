CREATE OR REPLACE FUNCTION line_above(person text) RETURNS TABLE (id text) LANGUAGE sql STABLE AS $$
    WITH RECURSIVE line (id, depth) AS (
        SELECT state->>'line_manager_id', 1 FROM states WHERE stream = 'person-' || person
        UNION ALL
        SELECT states.state->>'line_manager_id', line.depth + 1
        FROM line JOIN states ON states.stream = 'person-' || line.id WHERE line.depth < 100
    )
    SELECT line.id FROM line WHERE line.id IS NOT NULL
$$;
COMMENT ON FUNCTION line_above IS 'The persons above a person in the line, however far.';
