CREATE OR REPLACE FUNCTION identity(name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT btrim(regexp_replace(lower(normalize(name, NFKC)), '\s+', ' ', 'g'))
$$;
COMMENT ON FUNCTION identity IS 'What two names have in common that are one; as identity() of the organisation.';
