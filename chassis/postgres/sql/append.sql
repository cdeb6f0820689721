CREATE OR REPLACE FUNCTION append(batch jsonb)
RETURNS TABLE (outcome text, version integer, published integer, recorded_at timestamptz, detail text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    entry jsonb;
    parts jsonb[];
    part jsonb;
    last head%ROWTYPE;
    done commands%ROWTYPE;
    own_version integer;
    own_published integer;
    added integer;
    made_public integer;
    at_once jsonb;
    place integer := 0;
BEGIN
    -- The lock is a statement of its own: the ones after it see all that was committed before it was granted.
    PERFORM pg_advisory_xact_lock(hashtext('portolan.append'));
    SELECT * INTO last FROM head;
    last.recorded_at := greatest(last.recorded_at, clock_timestamp());
    -- Below three entries the statement's own cost is more than what it saves.
    IF jsonb_array_length(batch) > 2 THEN
        at_once := append_at_once(batch, last);
        last.position := last.position + (at_once->>'added')::bigint;
        last.published := last.published + (at_once->>'public')::bigint;
        at_once := at_once->'places';
    END IF;
    FOR entry IN SELECT value FROM jsonb_array_elements(batch) LOOP
        place := place + 1;
        version := NULL; published := NULL; recorded_at := last.recorded_at; detail := NULL;
        IF at_once ? place::text THEN
            outcome := 'appended';
            version := (at_once->place::text->>0)::integer;
            published := (at_once->place::text->>1)::integer;
            RETURN NEXT;
            CONTINUE;
        END IF;

        SELECT * INTO done FROM commands WHERE id = (entry->>'command_id')::uuid;
        IF FOUND THEN
            outcome := CASE WHEN done.fingerprint IS DISTINCT FROM entry->>'fingerprint'
                              OR done.stream <> entry->>'stream' THEN 'reused' ELSE 'repeated' END;
            version := done.version; published := done.published; recorded_at := done.recorded_at;
            RETURN NEXT;
            CONTINUE;
        END IF;

        parts := ARRAY[entry];
        IF entry ? 'further' THEN
            parts := parts || ARRAY(SELECT value FROM jsonb_array_elements(entry->'further'));
        END IF;
        outcome := NULL;
        FOREACH part IN ARRAY parts LOOP
            SELECT s.version INTO own_version FROM states s WHERE s.stream = part->>'stream';
            version := coalesce(version, own_version, 0);
            IF coalesce(own_version, 0) <> (part->>'expected')::integer THEN
                outcome := 'conflict'; detail := part->>'stream';
                EXIT;
            END IF;
        END LOOP;
        IF outcome IS NULL AND entry ? 'reads' THEN
            SELECT 'conflict', r.key INTO outcome, detail
              FROM jsonb_each_text(entry->'reads') r LEFT JOIN states s ON s.stream = r.key
             WHERE coalesce(s.version, 0) <> r.value::integer LIMIT 1;
        END IF;
        IF outcome IS NULL AND entry ? 'guards' THEN
            SELECT 'conflict', g.key INTO outcome, detail
              FROM jsonb_each_text(entry->'guards') g LEFT JOIN guards t ON t.name = g.key
             WHERE coalesce(t.value, 0) <> g.value::bigint LIMIT 1;
        END IF;
        FOREACH part IN ARRAY parts LOOP
            IF outcome IS NULL AND part ? 'claims' THEN
                SELECT 'taken', c.key INTO outcome, detail
                  FROM claims c JOIN jsonb_array_elements_text(part->'claims') w ON w = c.key
                 WHERE c.stream <> part->>'stream' LIMIT 1;
            END IF;
            IF outcome IS NULL AND part ? 'once' THEN
                SELECT 'taken', c.key INTO outcome, detail
                  FROM claims c JOIN jsonb_array_elements_text(part->'once') w ON w = c.key LIMIT 1;
            END IF;
        END LOOP;
        IF outcome IS NULL AND entry ? 'keys' THEN
            SELECT 'conflict', k.subject::text INTO outcome, detail
              FROM keys k JOIN jsonb_to_recordset(entry->'keys') AS w(subject uuid) ON w.subject = k.subject LIMIT 1;
        END IF;
        IF outcome IS NOT NULL THEN
            RETURN NEXT;
            CONTINUE;
        END IF;

        IF entry ? 'keys' THEN
            INSERT INTO keys (subject, wrapped, master, made_at)
            SELECT w.subject, decode(w.wrapped, 'base64'), w.master, last.recorded_at
              FROM jsonb_to_recordset(entry->'keys') AS w(subject uuid, wrapped text, master text);
        END IF;
        IF entry ? 'erases' THEN
            INSERT INTO keys AS k (subject, made_at, erased_at)
            SELECT w::uuid, last.recorded_at, last.recorded_at FROM jsonb_array_elements_text(entry->'erases') w
            ON CONFLICT (subject) DO UPDATE SET wrapped = NULL, master = NULL, revision = k.revision + 1,
                erased_at = coalesce(k.erased_at, excluded.erased_at);
            UPDATE states s SET digests = NULL FROM jsonb_array_elements_text(entry->'erases') w
             WHERE s.subject = w::uuid AND s.digests IS NOT NULL;
        END IF;
        IF entry ? 'bumps' THEN
            INSERT INTO guards AS g SELECT w, 1 FROM jsonb_array_elements_text(entry->'bumps') w
            ON CONFLICT (name) DO UPDATE SET value = g.value + 1;
        END IF;
        FOREACH part IN ARRAY parts LOOP
            SELECT s.version, s.published INTO own_version, own_published FROM states s
             WHERE s.stream = part->>'stream';
            own_version := coalesce(own_version, 0);
            own_published := coalesce(own_published, 0);
            added := jsonb_array_length(part->'events');
            SELECT count(*) FILTER (WHERE (e->>'public')::boolean) INTO made_public
              FROM jsonb_array_elements(part->'events') e;
            INSERT INTO events (position, stream, version, published, type, data, metadata, recorded_at, effective_on)
            SELECT last.position + n, part->>'stream', own_version + n,
                   CASE WHEN (e->>'public')::boolean
                        THEN own_published + count(*) FILTER (WHERE (e->>'public')::boolean) OVER (ORDER BY n) END,
                   e->>'type', (e->>'data')::json, (e->>'metadata')::json, last.recorded_at,
                   (e->>'effective_on')::date
              FROM jsonb_array_elements(part->'events') WITH ORDINALITY AS t(e, n);
            own_version := own_version + added;
            own_published := own_published + made_public;
            last.position := last.position + added;
            last.published := last.published + made_public;
            IF added > 0 THEN
                INSERT INTO states AS s (stream, kind, version, published, state, created_at, changed_at, due_at,
                                         subject, digests)
                VALUES (part->>'stream', part->>'kind', own_version, own_published, part->'state', last.recorded_at,
                        last.recorded_at, (part->>'due_at')::timestamptz, (part->>'subject')::uuid,
                        CASE WHEN part ? 'digests' AND NOT erased((part->>'subject')::uuid) THEN part->'digests' END)
                ON CONFLICT (stream) DO UPDATE SET version = excluded.version, published = excluded.published,
                    state = excluded.state, changed_at = excluded.changed_at, due_at = excluded.due_at,
                    subject = excluded.subject, digests = excluded.digests;
                IF part ? 'text' THEN
                    INSERT INTO searchable VALUES (part->>'stream', part->>'text')
                    ON CONFLICT (stream) DO UPDATE SET text = excluded.text;
                END IF;
            END IF;
            -- The first part is the command's own aggregate: the answer, and the command's record, are about it.
            IF published IS NULL THEN
                version := own_version; published := own_published;
            END IF;
            IF part ? 'releases' THEN
                DELETE FROM claims c USING jsonb_array_elements_text(part->'releases') w
                 WHERE c.key = w AND c.stream = part->>'stream';
            END IF;
            IF part ? 'claims' THEN
                INSERT INTO claims SELECT w, part->>'stream' FROM jsonb_array_elements_text(part->'claims') w
                ON CONFLICT DO NOTHING;
            END IF;
            IF part ? 'once' THEN
                INSERT INTO claims SELECT w, part->>'stream' FROM jsonb_array_elements_text(part->'once') w;
            END IF;
        END LOOP;
        INSERT INTO commands VALUES ((entry->>'command_id')::uuid, entry->>'fingerprint', entry->>'stream',
                                     version, published, last.recorded_at);
        outcome := 'appended';
        RETURN NEXT;
    END LOOP;
    UPDATE head h SET position = last.position, published = last.published, recorded_at = last.recorded_at
     WHERE h.position <> last.position;
END $$;
COMMENT ON FUNCTION append IS 'Judge each entry in order, seeing those before it; a refused one does not affect its neighbours.';
