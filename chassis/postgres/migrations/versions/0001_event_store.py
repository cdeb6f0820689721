"""Create the event store: events, states, commands, claims, guards, the relay's and the consumers' places."""

from alembic import op

revision = "chassis_0001"
down_revision = None
branch_labels = ("chassis",)
depends_on = None

TABLES = """
CREATE TABLE events (
    position bigint PRIMARY KEY,
    stream text NOT NULL,
    version integer NOT NULL,
    published integer,
    type text NOT NULL,
    data json NOT NULL,
    metadata json NOT NULL,
    recorded_at timestamptz NOT NULL,
    effective_on date,
    UNIQUE (stream, version)
);
COMMENT ON TABLE events IS 'Append-only; data is exact text; published numbers the public events of a stream 1, 2, 3.';

CREATE TABLE head (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    position bigint NOT NULL,
    published bigint NOT NULL,
    recorded_at timestamptz NOT NULL
);
COMMENT ON TABLE head IS 'The last position, how many public events there are, and when the last was recorded.';
INSERT INTO head VALUES (true, 0, 0, '-infinity');

CREATE TABLE states (
    stream text PRIMARY KEY,
    kind text NOT NULL,
    version integer NOT NULL,
    published integer NOT NULL,
    state jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    due_at timestamptz
);
COMMENT ON TABLE states IS 'Every stream folded, written in the transaction of its events.';
CREATE INDEX states_kind ON states (kind, stream);
CREATE INDEX states_due ON states (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE state_shapes (kind text PRIMARY KEY, fingerprint text NOT NULL);
COMMENT ON TABLE state_shapes IS 'With which source each kind''s states were folded; another one means fold again.';

CREATE TABLE commands (
    id uuid PRIMARY KEY,
    fingerprint text,
    stream text NOT NULL,
    version integer NOT NULL,
    published integer NOT NULL,
    recorded_at timestamptz NOT NULL
);
COMMENT ON TABLE commands IS 'What was done already: a repeated command gets its first answer again.';

CREATE TABLE claims (key text PRIMARY KEY, stream text NOT NULL);
COMMENT ON TABLE claims IS 'Business keys, each held by one stream.';

CREATE TABLE guards (name text PRIMARY KEY, value bigint NOT NULL);
COMMENT ON TABLE guards IS 'A counter per set: deciders name the value they read, changers bump it.';

CREATE TABLE relay (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch bigint NOT NULL,
    position bigint NOT NULL,
    published bigint NOT NULL,
    changed_at timestamptz NOT NULL
);
COMMENT ON TABLE relay IS 'Up to which position the log is in Kafka; only the leader of the epoch may move it.';
INSERT INTO relay VALUES (true, 0, 0, 0, now());

CREATE TABLE progress (
    reader text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    applied bigint NOT NULL DEFAULT 0,
    event_time timestamptz,
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (reader, topic, partition)
);
COMMENT ON TABLE progress IS 'Where each reader goes on, moved in the transaction of the effect.';

CREATE TABLE seen (
    reader text NOT NULL,
    stream text NOT NULL,
    number integer NOT NULL,
    PRIMARY KEY (reader, stream)
);
COMMENT ON TABLE seen IS 'The last number of each stream whose effect is done: duplicates fall here.';

CREATE TABLE parked (
    reader text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    stream text,
    number integer,
    reason text,
    record jsonb NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (reader, topic, partition, "offset")
);
COMMENT ON TABLE parked IS 'Messages that wait: for a predecessor (no reason), or for an operator (with the reason).';
CREATE INDEX parked_stream ON parked (reader, stream, number);
"""

APPEND = """
CREATE FUNCTION append(batch jsonb)
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
BEGIN
    -- The lock is a statement of its own: the ones after it see all that was committed before it was granted.
    PERFORM pg_advisory_xact_lock(hashtext('portolan.append'));
    SELECT * INTO last FROM head;
    last.recorded_at := greatest(last.recorded_at, clock_timestamp());
    FOR entry IN SELECT value FROM jsonb_array_elements(batch) LOOP
        version := NULL; published := NULL; recorded_at := last.recorded_at; detail := NULL;

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
COMMENT ON FUNCTION append IS 'Judges each entry in order, seeing those before it; none harms its neighbours.';

CREATE FUNCTION restate(batch jsonb) RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH changed AS (
        UPDATE states s SET state = r.state, due_at = r.due_at
          FROM jsonb_to_recordset(batch) AS r(stream text, version integer, state jsonb, due_at timestamptz)
         WHERE s.stream = r.stream AND s.version = r.version
        RETURNING 1)
    SELECT count(*)::integer FROM changed
$$;
COMMENT ON FUNCTION restate IS 'Replaces states that were folded anew; one that has moved on since is left alone.';
"""

GRANTS = """
REVOKE ALL ON FUNCTION append, restate FROM PUBLIC;
DO $$
DECLARE
    service text := current_setting('portolan.service_role');
BEGIN
    EXECUTE format('GRANT SELECT ON events, head, states, commands, claims, guards TO %I', service);
    EXECUTE format('GRANT EXECUTE ON FUNCTION append, restate TO %I', service);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON progress, seen, parked, state_shapes TO %I', service);
    EXECUTE format('GRANT SELECT, UPDATE ON relay TO %I', service);
    -- The service's own tables (read models, reference rows) come later and are its own to write.
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public '
                   'GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I', service);
END $$;
"""


def upgrade() -> None:
    for statements in (TABLES, APPEND, GRANTS):
        op.execute(statements)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
