"""Append the ordinary entries of a batch with one statement; the others are judged one by one, as before."""

from alembic import op

revision = "chassis_0002"
down_revision = "chassis_0001"
branch_labels = None
depends_on = None

APPEND = """
CREATE FUNCTION append_at_once(batch jsonb, last head) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    done jsonb;
BEGIN
    WITH entry AS MATERIALIZED (
        SELECT DISTINCT ON (e.stream) e.*, row_number() OVER (PARTITION BY e.command_id ORDER BY e.place) AS mention
          FROM ROWS FROM (jsonb_to_recordset(batch) AS (
            command_id uuid, stream text, kind text, expected integer, fingerprint text, due_at timestamptz,
            events jsonb, state jsonb, reads jsonb, guards jsonb, bumps jsonb, claims jsonb, once jsonb, releases jsonb
          )) WITH ORDINALITY AS e(command_id, stream, kind, expected, fingerprint, due_at, events, state,
                                  reads, guards, bumps, claims, once, releases, place)
         WHERE num_nulls(e.reads, e.guards, e.bumps, e.claims, e.once, e.releases) = 6
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
        INSERT INTO states AS s (stream, kind, version, published, state, created_at, changed_at, due_at)
        SELECT stream, kind, new_version, new_published, state, last.recorded_at, last.recorded_at, due_at
          FROM stored WHERE new_version > own_version
        ON CONFLICT (stream) DO UPDATE SET version = excluded.version, published = excluded.published,
            state = excluded.state, changed_at = excluded.changed_at, due_at = excluded.due_at
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
COMMENT ON FUNCTION append_at_once IS 'Stores the entries that only depend on their own stream; says which, by place.';
REVOKE ALL ON FUNCTION append_at_once FROM PUBLIC;
"""

JUDGE = """
CREATE OR REPLACE FUNCTION append(batch jsonb)
RETURNS TABLE (outcome text, version integer, published integer, recorded_at timestamptz, detail text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    entry jsonb;
    last head%ROWTYPE;
    done commands%ROWTYPE;
    own_version integer;
    own_published integer;
    added integer;
    made_public integer;
    taken text;
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

        SELECT s.version, s.published INTO own_version, own_published FROM states s WHERE s.stream = entry->>'stream';
        IF NOT FOUND THEN
            own_version := 0; own_published := 0;
        END IF;
        IF own_version <> (entry->>'expected')::integer THEN
            outcome := 'conflict'; detail := entry->>'stream'; version := own_version;
            RETURN NEXT;
            CONTINUE;
        END IF;
        IF entry ? 'reads' THEN
            SELECT r.key INTO taken FROM jsonb_each_text(entry->'reads') r LEFT JOIN states s ON s.stream = r.key
             WHERE coalesce(s.version, 0) <> r.value::integer LIMIT 1;
            IF FOUND THEN
                outcome := 'conflict'; detail := taken; version := own_version;
                RETURN NEXT;
                CONTINUE;
            END IF;
        END IF;
        IF entry ? 'guards' THEN
            SELECT g.key INTO taken FROM jsonb_each_text(entry->'guards') g LEFT JOIN guards t ON t.name = g.key
             WHERE coalesce(t.value, 0) <> g.value::bigint LIMIT 1;
            IF FOUND THEN
                outcome := 'conflict'; detail := taken; version := own_version;
                RETURN NEXT;
                CONTINUE;
            END IF;
        END IF;
        IF entry ? 'claims' THEN
            SELECT c.key INTO taken FROM claims c JOIN jsonb_array_elements_text(entry->'claims') w ON w = c.key
             WHERE c.stream <> entry->>'stream' LIMIT 1;
            IF FOUND THEN
                outcome := 'taken'; detail := taken; version := own_version;
                RETURN NEXT;
                CONTINUE;
            END IF;
        END IF;

        IF entry ? 'once' THEN
            SELECT c.key INTO taken FROM claims c JOIN jsonb_array_elements_text(entry->'once') w ON w = c.key LIMIT 1;
            IF FOUND THEN
                outcome := 'taken'; detail := taken; version := own_version;
                RETURN NEXT;
                CONTINUE;
            END IF;
        END IF;

        added := jsonb_array_length(entry->'events');
        SELECT count(*) FILTER (WHERE (e->>'public')::boolean) INTO made_public
          FROM jsonb_array_elements(entry->'events') e;
        INSERT INTO events (position, stream, version, published, type, data, metadata, recorded_at, effective_on)
        SELECT last.position + n, entry->>'stream', own_version + n,
               CASE WHEN (e->>'public')::boolean
                    THEN own_published + count(*) FILTER (WHERE (e->>'public')::boolean) OVER (ORDER BY n) END,
               e->>'type', (e->>'data')::json, (e->>'metadata')::json, last.recorded_at, (e->>'effective_on')::date
          FROM jsonb_array_elements(entry->'events') WITH ORDINALITY AS t(e, n);

        version := own_version + added;
        published := own_published + made_public;
        last.position := last.position + added;
        last.published := last.published + made_public;
        IF added > 0 THEN
            INSERT INTO states AS s (stream, kind, version, published, state, created_at, changed_at, due_at)
            VALUES (entry->>'stream', entry->>'kind', version, published, entry->'state',
                    last.recorded_at, last.recorded_at, (entry->>'due_at')::timestamptz)
            ON CONFLICT (stream) DO UPDATE SET version = excluded.version, published = excluded.published,
                state = excluded.state, changed_at = excluded.changed_at, due_at = excluded.due_at;
        END IF;
        INSERT INTO commands VALUES ((entry->>'command_id')::uuid, entry->>'fingerprint', entry->>'stream',
                                     version, published, last.recorded_at);
        IF entry ? 'releases' THEN
            DELETE FROM claims c USING jsonb_array_elements_text(entry->'releases') w
             WHERE c.key = w AND c.stream = entry->>'stream';
        END IF;
        IF entry ? 'claims' THEN
            INSERT INTO claims SELECT w, entry->>'stream' FROM jsonb_array_elements_text(entry->'claims') w
            ON CONFLICT DO NOTHING;
        END IF;
        IF entry ? 'once' THEN
            INSERT INTO claims SELECT w, entry->>'stream' FROM jsonb_array_elements_text(entry->'once') w;
        END IF;
        IF entry ? 'bumps' THEN
            INSERT INTO guards AS g SELECT w, 1 FROM jsonb_array_elements_text(entry->'bumps') w
            ON CONFLICT (name) DO UPDATE SET value = g.value + 1;
        END IF;
        outcome := 'appended';
        RETURN NEXT;
    END LOOP;
    UPDATE head h SET position = last.position, published = last.published, recorded_at = last.recorded_at
     WHERE h.position <> last.position;
END $$;
"""


def upgrade() -> None:
    op.execute(APPEND)
    op.execute(JUDGE)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
