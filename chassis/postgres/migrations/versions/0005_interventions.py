"""Let operators act on parked messages: what they ask for, what was done, and what was given up on purpose."""

from alembic import op

revision = "chassis_0005"
down_revision = "chassis_0004"
branch_labels = None
depends_on = None

TABLES = """
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
COMMENT ON TABLE interventions IS 'What operators asked readers to do with parked messages; the readers carry it out.';
COMMENT ON COLUMN interventions.tried IS 'The last stream tried: a redrive that was interrupted goes on after it.';
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
"""

GRANTS = """
DO $$
BEGIN
    -- The service may record what was given up, never take it back or alter it.
    EXECUTE format('REVOKE UPDATE, DELETE ON discarded FROM %I', current_setting('portolan.service_role'));
END $$;
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(GRANTS)


def downgrade() -> None:
    raise NotImplementedError("what operators decided is kept")
