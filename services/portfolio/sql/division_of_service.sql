CREATE OR REPLACE FUNCTION division_of_service(service text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT state->>'division_id' FROM states WHERE stream = 'service-' || service
$$;
COMMENT ON FUNCTION division_of_service IS 'The division of a service; null where there is no such service.';
