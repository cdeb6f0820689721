CREATE OR REPLACE FUNCTION has_left(person text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM states WHERE stream = 'person-' || person AND state->>'employment' = 'left')
$$;
COMMENT ON FUNCTION has_left IS 'Whether a person works here no longer.';
