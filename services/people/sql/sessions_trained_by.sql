CREATE OR REPLACE FUNCTION sessions_trained_by(person text) RETURNS TABLE (id text) LANGUAGE sql STABLE AS $$
    SELECT right(stream, 36) FROM states WHERE kind = 'training-session' AND state->>'trainer_id' = person
$$;
COMMENT ON FUNCTION sessions_trained_by IS 'The training sessions in which a person trains.';
