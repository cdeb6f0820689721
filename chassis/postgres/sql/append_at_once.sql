CREATE OR REPLACE FUNCTION append_at_once(batch jsonb, last head) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    done jsonb;
BEGIN
    WITH entry AS MATERIALIZED (
        SELECT DISTINCT ON (e.stream) e.*, row_number() OVER (PARTITION BY e.command_id ORDER BY e.place) AS mention
          FROM ROWS FROM (jsonb_to_recordset(batch) AS (
            command_id uuid, stream text, kind text, expected integer, fingerprint text, due_at timestamptz,
            events jsonb, state jsonb, reads jsonb, guards jsonb, bumps jsonb, claims jsonb, once jsonb, releases jsonb,
            keys jsonb, erases jsonb, further jsonb, subject uuid, digests jsonb, text text
          )) WITH ORDINALITY AS e(command_id, stream, kind, expected, fingerprint, due_at, events, state,
                                  reads, guards, bumps, claims, once, releases, keys, erases, further,
                                  subject, digests, text, place)
         WHERE num_nulls(e.reads, e.guards, e.bumps, e.claims, e.once, e.releases, e.keys, e.erases, e.further) = 9
         ORDER BY e.stream, e.place
    ), judged AS MATERIALIZED (
        SELECT e.*, coalesce(s.version, 0) AS own_version, coalesce(s.published, 0) AS own_published
          FROM entry e LEFT JOIN states s ON s.stream = e.stream
         WHERE coalesce(s.version, 0) = e.expected AND e.mention = 1
           AND NOT EXISTS (SELECT FROM commands c WHERE c.id = e.command_id)
    ), event AS MATERIALIZED (
        SELECT j.place, j.stream, j.own_version + x.i AS version, j.own_published, x.public,
               j.own_published + count(*) FILTER (WHERE x.public) OVER (PARTITION BY j.place ORDER BY x.i) AS published,
               row_number() OVER (ORDER BY j.place, x.i) AS further,
               x.type, x.data, x.metadata, x.effective_on
          FROM judged j,
               ROWS FROM (jsonb_to_recordset(j.events) AS (
                 type text, data text, metadata text, public boolean, effective_on date
               )) WITH ORDINALITY AS x(type, data, metadata, public, effective_on, i)
    ), inserted AS (
        INSERT INTO events (position, stream, version, published, type, data, metadata, recorded_at, effective_on)
        SELECT last.position + further, stream, version, CASE WHEN public THEN published END, type, data::json,
               metadata::json, last.recorded_at, effective_on
          FROM event
    ), stored AS MATERIALIZED (
        SELECT j.*, coalesce(x.version, j.own_version) AS new_version,
               coalesce(x.published, j.own_published) AS new_published
          FROM judged j LEFT JOIN (SELECT place, max(version) AS version, max(published) AS published
                                     FROM event GROUP BY place) x ON x.place = j.place
    ), restated AS (
        INSERT INTO states AS s (stream, kind, version, published, state, created_at, changed_at, due_at, subject,
                                 digests)
        SELECT stream, kind, new_version, new_published, state, last.recorded_at, last.recorded_at, due_at, subject,
               CASE WHEN digests IS NOT NULL AND NOT erased(subject) THEN digests END
          FROM stored WHERE new_version > own_version
        ON CONFLICT (stream) DO UPDATE SET version = excluded.version, published = excluded.published,
            state = excluded.state, changed_at = excluded.changed_at, due_at = excluded.due_at,
            subject = excluded.subject, digests = excluded.digests
    ), searched AS (
        INSERT INTO searchable SELECT stream, text FROM stored WHERE new_version > own_version AND text IS NOT NULL
        ON CONFLICT (stream) DO UPDATE SET text = excluded.text
    ), remembered AS (
        INSERT INTO commands
        SELECT command_id, fingerprint, stream, new_version, new_published, last.recorded_at FROM stored
    )
    SELECT jsonb_build_object(
             'places', jsonb_object_agg(place, jsonb_build_array(new_version, new_published)),
             'added', (SELECT count(*) FROM event),
             'public', (SELECT count(*) FILTER (WHERE public) FROM event))
      INTO done
      FROM stored;
    RETURN done;
END $$;
COMMENT ON FUNCTION append_at_once IS 'Store the entries that depend on their own stream only with one statement; return which, by place.';
