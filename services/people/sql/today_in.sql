CREATE OR REPLACE FUNCTION today_in(zone text) RETURNS date LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (now() AT TIME ZONE zone)::date;
EXCEPTION WHEN invalid_parameter_value THEN
    -- A zone newer than this server's list of them.
    RETURN (now() AT TIME ZONE 'UTC')::date;
END $$;
COMMENT ON FUNCTION today_in IS 'The day it is in a time zone.';
