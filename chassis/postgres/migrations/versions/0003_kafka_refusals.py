"""Note what Kafka refuses a worker, and which events a reader has seen: a number may come with another event's id."""

from alembic import op

revision = "chassis_0003"
down_revision = "chassis_0002"
branch_labels = None
depends_on = None

WORKERS = """
ALTER TABLE workers ADD kafka_refused text;
COMMENT ON COLUMN workers.kafka_refused IS 'What Kafka refuses: credentials, certificate, or rights: and which.';
"""

# Also in the twins of a rebuild that is under way.
SEEN = """
DO $$
DECLARE
    place text;
BEGIN
    FOR place IN SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                  WHERE c.relname = 'seen' AND (n.nspname = 'public' OR starts_with(n.nspname, 'rebuild_')) LOOP
        EXECUTE format('ALTER TABLE %I.seen ADD ids bytea NOT NULL DEFAULT ''''', place);
    END LOOP;
END $$;
COMMENT ON COLUMN seen.ids IS 'Digests of 8 bytes of the ids of the last 64 events, newest last; zeros match any.';
"""


def upgrade() -> None:
    for statements in (WORKERS, SEEN):
        op.execute(statements)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
