"""Let workers say that they live, and how far behind their sources the readers are."""

from alembic import op

revision = "chassis_0003"
down_revision = "chassis_0002"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE workers (
    id uuid PRIMARY KEY,
    version text NOT NULL,
    started_at timestamptz NOT NULL,
    heard_at timestamptz NOT NULL,
    kafka_away_since timestamptz
);
COMMENT ON TABLE workers IS 'Each worker''s sign of life, every few seconds; an orderly end takes it away.';

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
"""

GRANTS = """
DO $$
BEGIN
    -- Whoever serves must see whether the database is of the shape it needs.
    EXECUTE format('GRANT SELECT ON alembic_version TO %I', current_setting('portolan.service_role'));
END $$;
"""


def upgrade() -> None:
    for statements in (TABLES, GRANTS):
        op.execute(statements)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
