"""Create the event store, its keys, and the bookkeeping of relay, readers, workers, operators and rebuilds.

The functions are files in ``chassis/postgres/sql/``, created after the migrations.
"""

from alembic import op

revision = "chassis_0001"
down_revision = None
branch_labels = ("chassis",)
depends_on = None

STORE = """
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
COMMENT ON TABLE head IS 'The last position, the count of public events, and when the last event was recorded.';
INSERT INTO head VALUES (true, 0, 0, '-infinity');

CREATE TABLE states (
    stream text PRIMARY KEY,
    kind text NOT NULL,
    version integer NOT NULL,
    published integer NOT NULL,
    state jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    due_at timestamptz,
    subject uuid,
    lookup jsonb
);
COMMENT ON TABLE states IS 'Every stream folded, written in the transaction of its events.';
COMMENT ON COLUMN states.lookup IS 'Encrypted fields that lists sort and filter by, in clear text until the erasure.';
CREATE INDEX states_kind ON states (kind, stream);
CREATE INDEX states_due ON states (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX states_looked_up ON states (subject) WHERE lookup IS NOT NULL;

CREATE TABLE state_shapes (kind text PRIMARY KEY, fingerprint text NOT NULL);
COMMENT ON TABLE state_shapes IS 'The source each kind''s states were folded with; another one means fold again.';

CREATE TABLE commands (
    id uuid PRIMARY KEY,
    fingerprint text,
    stream text NOT NULL,
    version integer NOT NULL,
    published integer NOT NULL,
    recorded_at timestamptz NOT NULL
);
COMMENT ON TABLE commands IS 'Commands carried out: a repeated one gets its first answer again.';

CREATE TABLE claims (key text PRIMARY KEY, stream text NOT NULL);
COMMENT ON TABLE claims IS 'Business keys, each held by one stream.';

CREATE TABLE guards (name text PRIMARY KEY, value bigint NOT NULL);
COMMENT ON TABLE guards IS 'A counter per set: a decision names the value it read, a change of the set bumps it.';

CREATE TABLE keys (
    subject uuid PRIMARY KEY,
    wrapped bytea,
    master text,
    own boolean NOT NULL DEFAULT true,
    revision integer NOT NULL DEFAULT 1,
    announced integer NOT NULL DEFAULT 0,
    made_at timestamptz NOT NULL DEFAULT now(),
    erased_at timestamptz,
    again_at timestamptz,
    CHECK ((wrapped IS NULL) = (erased_at IS NOT NULL) AND (wrapped IS NULL) = (master IS NULL))
);
COMMENT ON TABLE keys IS 'A key per subject, wrapped by a master key, published up to a revision; erased rows stay.';
COMMENT ON COLUMN keys.own IS 'Created here; the others were published by the service that created them.';
CREATE INDEX keys_unannounced ON keys (subject) WHERE own AND announced < revision;
CREATE INDEX keys_again ON keys (again_at) WHERE again_at IS NOT NULL;
CREATE INDEX keys_master ON keys (master) WHERE wrapped IS NOT NULL;

CREATE TABLE secret (one boolean PRIMARY KEY DEFAULT true CHECK (one), wrapped bytea NOT NULL, master text NOT NULL);
COMMENT ON TABLE secret IS 'This database''s own key, wrapped by the master key; it keys the fingerprints of bodies.';

CREATE TABLE reads (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream text NOT NULL,
    subject uuid NOT NULL,
    reader text NOT NULL,
    for_whom text,
    read_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    correlation_id text
);
COMMENT ON TABLE reads IS 'Audit log of sensitive records shown: whom each is about, who read it, on whose behalf.';
CREATE INDEX reads_subject ON reads (subject, id);

CREATE TABLE deadlines (
    stream text PRIMARY KEY,
    version integer NOT NULL,
    due_at timestamptz NOT NULL,
    reason text NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE deadlines IS 'Deadlines refused at this version of the stream; tried again when it changes.';
"""

MESSAGING = """
CREATE TABLE relay (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch bigint NOT NULL,
    position bigint NOT NULL,
    published bigint NOT NULL,
    changed_at timestamptz NOT NULL
);
COMMENT ON TABLE relay IS 'The position up to which the log is in Kafka; only the leader of the epoch may move it.';
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
COMMENT ON TABLE progress IS 'The next offset of each reader, moved in the transaction of the effect.';

CREATE TABLE seen (
    reader text NOT NULL,
    stream text NOT NULL,
    number integer NOT NULL,
    PRIMARY KEY (reader, stream)
);
COMMENT ON TABLE seen IS 'The last number of each stream that was applied: duplicates are dropped by it.';

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

CREATE TABLE interventions (
    id uuid NOT NULL,
    reader text NOT NULL,
    action text NOT NULL CHECK (action IN ('redrive', 'discard')),
    stream text,
    topic text,
    partition integer,
    "offset" bigint,
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    why text,
    tried text NOT NULL DEFAULT '',
    taken_in integer NOT NULL DEFAULT 0,
    outcome text,
    done_at timestamptz,
    PRIMARY KEY (id, reader)
);
COMMENT ON TABLE interventions IS 'Operators'' requests to readers about parked messages; the readers carry them out.';
COMMENT ON COLUMN interventions.tried IS 'The last stream tried: an interrupted redrive goes on after it.';
CREATE INDEX interventions_open ON interventions (reader, asked_at) WHERE done_at IS NULL;

CREATE TABLE discarded (
    reader text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    stream text,
    number integer,
    reason text,
    discarded_by text NOT NULL,
    discarded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    why text NOT NULL,
    PRIMARY KEY (reader, topic, partition, "offset")
);
COMMENT ON TABLE discarded IS 'Messages a reader goes on without, on purpose: who decided it, when and why.';

CREATE TABLE workers (
    id uuid PRIMARY KEY,
    version text NOT NULL,
    started_at timestamptz NOT NULL,
    heard_at timestamptz NOT NULL,
    kafka_away_since timestamptz
);
COMMENT ON TABLE workers IS 'Each worker''s heartbeat, every few seconds; an orderly end deletes it.';

CREATE TABLE lags (
    reader text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    end_offset bigint NOT NULL,
    behind_since timestamptz,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (reader, topic, partition)
);
COMMENT ON TABLE lags IS 'Where each topic ended at the last look, and since when a reader lags behind it.';

CREATE TABLE read_models (reader text NOT NULL, table_name text NOT NULL, PRIMARY KEY (reader, table_name));
COMMENT ON TABLE read_models IS 'Which tables each reader keeps. The owner registers them; only these can be rebuilt.';

CREATE TABLE rebuilds (
    id uuid PRIMARY KEY,
    reader text NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'reading', 'done', 'cancelled', 'failed')),
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at timestamptz,
    finished_at timestamptz,
    fingerprint text,
    read bigint NOT NULL DEFAULT 0,
    total bigint NOT NULL DEFAULT 0,
    reason text
);
COMMENT ON TABLE rebuilds IS 'Rebuilds of read models: who asked, how far they are, how they ended.';
CREATE UNIQUE INDEX rebuilds_under_way ON rebuilds (reader) WHERE state IN ('waiting', 'reading');
"""

GRANTS = """
DO $$
DECLARE
    service text := current_setting('portolan.service_role');
BEGIN
    -- Only append() and restate() write the log and what belongs to it.
    EXECUTE format('GRANT SELECT ON events, head, states, commands, claims, guards, read_models, alembic_version'
                   ' TO %I', service);
    EXECUTE format('GRANT SELECT, UPDATE ON relay TO %I', service);
    -- Only the owner deletes a key: the row of an erased one says that it was erased.
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON keys, secret TO %I', service);
    -- What was read and what was discarded is recorded for good.
    EXECUTE format('GRANT SELECT, INSERT ON reads, discarded TO %I', service);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON state_shapes, deadlines, progress, seen, parked,'
                   ' interventions, workers, lags, rebuilds TO %I', service);
    -- The service's own tables (read models, reference rows) come later and are its own to write.
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public '
                   'GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I', service);
END $$;
"""


def upgrade() -> None:
    for statements in (STORE, MESSAGING, GRANTS):
        op.execute(statements)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
