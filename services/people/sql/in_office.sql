CREATE OR REPLACE FUNCTION in_office(person text, caller text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM states WHERE stream = 'person-' || person AND state->>'appointment' IS NOT NULL
        AND (state->>'employment' = 'active' OR (state->>'employment' = 'suspended' AND person <> caller))
    )
$$;
COMMENT ON FUNCTION in_office IS 'Whether a person, or the caller in their place, acts in the office they hold.';
