CREATE OR REPLACE FUNCTION restate(batch jsonb) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    changed integer;
BEGIN
    -- Behind every append: what an erasure took away does not come back.
    PERFORM pg_advisory_xact_lock(hashtext('portolan.append'));
    UPDATE states s SET state = r.state, due_at = r.due_at, subject = r.subject,
                        digests = CASE WHEN erased(r.subject) THEN NULL ELSE r.digests END
      FROM jsonb_to_recordset(batch)
        AS r(stream text, version integer, state jsonb, due_at timestamptz, subject uuid, digests jsonb)
     WHERE s.stream = r.stream AND s.version = r.version;
    GET DIAGNOSTICS changed = ROW_COUNT;
    DELETE FROM searchable t USING jsonb_to_recordset(batch) AS r(stream text, text text)
     WHERE t.stream = r.stream AND r.text IS NULL;
    INSERT INTO searchable AS t
    SELECT r.stream, r.text
      FROM jsonb_to_recordset(batch) AS r(stream text, version integer, text text)
      JOIN states s ON s.stream = r.stream AND s.version = r.version
     WHERE r.text IS NOT NULL
        ON CONFLICT (stream) DO UPDATE SET text = excluded.text WHERE t.text <> excluded.text;
    RETURN changed;
END $$;
COMMENT ON FUNCTION restate IS 'Replace states that were folded again, unless they have changed since.';
