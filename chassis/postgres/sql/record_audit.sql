CREATE OR REPLACE FUNCTION record_audit(batch jsonb) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    recorded integer;
BEGIN
    INSERT INTO audit AS a (minute, kind, actor, for_whom, source, operation, target, outcome, times,
                            first_at, last_at, correlation_id)
    SELECT date_trunc('minute', now()), kind, actor, for_whom, source, operation, target, outcome, count(*),
           now(), now(), max(correlation_id)
      FROM jsonb_to_recordset(batch)
        AS r(kind text, actor text, for_whom text, source text, operation text, target text, outcome text,
             correlation_id text)
     GROUP BY kind, actor, for_whom, source, operation, target, outcome
     -- In one order: two processes that record the same never wait for each other in a circle.
     ORDER BY kind, actor, for_whom, source, operation, target, outcome
        ON CONFLICT (minute, kind, actor, for_whom, source, operation, target, outcome)
        DO UPDATE SET times = a.times + excluded.times, last_at = excluded.last_at,
                      correlation_id = excluded.correlation_id;
    GET DIAGNOSTICS recorded = ROW_COUNT;
    RETURN recorded;
END $$;
COMMENT ON FUNCTION record_audit IS 'Record entries of the audit trail; the same one again within a minute is counted.';
