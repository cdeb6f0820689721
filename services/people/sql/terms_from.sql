CREATE OR REPLACE FUNCTION terms_from(person text) RETURNS TABLE (day date) LANGUAGE sql STABLE AS $$
    SELECT known::date FROM states, LATERAL (VALUES (state->>'effective_on'), (state->>'before_on')) days (known)
    WHERE stream = 'pay-' || person AND known IS NOT NULL
    UNION ALL
    SELECT (terms->>'effective_on')::date FROM states, jsonb_array_elements(state->'terms') terms
    WHERE stream = 'contracted-hours-' || person
$$;
COMMENT ON FUNCTION terms_from IS 'The days from which on a person is paid, or has contracted hours, as they are now.';
