CREATE OR REPLACE FUNCTION trains(person text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM states
        WHERE kind = 'training-session' AND state->>'trainer_id' = person AND state->>'status' = 'scheduled'
    )
$$;
COMMENT ON FUNCTION trains IS 'Whether a person trains in a session to come.';
