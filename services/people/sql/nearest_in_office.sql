CREATE OR REPLACE FUNCTION nearest_in_office(person text) RETURNS text LANGUAGE sql STABLE AS $$
    WITH RECURSIVE line (id, depth) AS (
        SELECT state->>'line_manager_id', 1 FROM states WHERE stream = 'person-' || person
        UNION ALL
        SELECT states.state->>'line_manager_id', line.depth + 1
        FROM line JOIN states ON states.stream = 'person-' || line.id
        WHERE line.depth < 100 AND NOT in_office(line.id, line.id)
    )
    SELECT line.id FROM line WHERE in_office(line.id, line.id) ORDER BY depth LIMIT 1
$$;
COMMENT ON FUNCTION nearest_in_office IS 'The nearest person above a person who is in office.';
