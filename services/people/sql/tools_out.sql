CREATE OR REPLACE FUNCTION tools_out(person text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT count(*) FROM states
    WHERE kind = 'tool' AND state->>'person_id' = person AND state->>'status' IN ('issued', 'acknowledged')
$$;
COMMENT ON FUNCTION tools_out IS 'How many tools a person has.';
