CREATE OR REPLACE FUNCTION is_certified(person uuid, day date) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM known_certificates CROSS JOIN LATERAL jsonb_array_elements(certificates) held
        JOIN known_schemes ON known_schemes.id = (held->>'scheme_id')::uuid AND budget_management
        WHERE known_certificates.id = person AND (held->>'starts_on')::date <= day
        AND (held->>'ends_on' IS NULL OR day < (held->>'ends_on')::date)
    )
$$;
COMMENT ON FUNCTION is_certified IS 'Whether a person holds a certificate of budget management on a day.';
