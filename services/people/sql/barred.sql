CREATE OR REPLACE FUNCTION barred(persons text[]) RETURNS TABLE (id uuid) LANGUAGE sql STABLE AS $$
    SELECT DISTINCT (state->>'person_id')::uuid FROM states
    WHERE kind = 'disciplinary-case' AND state->>'bars' = 'true' AND state->>'person_id' = ANY(persons)
$$;
COMMENT ON FUNCTION barred IS 'Those of these persons whom a disciplinary case bars from senior responsibilities now.';
