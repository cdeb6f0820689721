CREATE OR REPLACE FUNCTION forget_audit(days integer) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    entries bigint;
    shown bigint;
BEGIN
    -- A service that was broken into does not wipe out its traces.
    IF days < 30 THEN
        RAISE EXCEPTION 'the audit trail is kept for 30 days at least';
    END IF;
    DELETE FROM audit WHERE first_at < now() - make_interval(days => days);
    GET DIAGNOSTICS entries = ROW_COUNT;
    DELETE FROM reads WHERE read_at < now() - make_interval(days => days);
    GET DIAGNOSTICS shown = ROW_COUNT;
    RETURN entries + shown;
END $$;
COMMENT ON FUNCTION forget_audit IS 'Delete what is older of the audit trail; returns how many entries.';
