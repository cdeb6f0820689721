CREATE OR REPLACE FUNCTION put_off(late text, read integer, until timestamptz) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE states SET due_at = until WHERE stream = late AND version = read
$$;
COMMENT ON FUNCTION put_off IS 'Look at a deadline later, unless its stream has changed since it was read.';
