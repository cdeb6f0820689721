"""The audit trail: refusals, sign-ins and operators' acts under pseudonyms, bounded in time."""

from alembic import op

revision = "chassis_0005"
down_revision = "chassis_0004"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    minute timestamptz NOT NULL,
    kind text NOT NULL,
    actor text NOT NULL,
    for_whom text NOT NULL,
    source text NOT NULL,
    operation text NOT NULL,
    target text NOT NULL,
    outcome text NOT NULL,
    times bigint NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    correlation_id text,
    UNIQUE (minute, kind, actor, for_whom, source, operation, target, outcome)
);
COMMENT ON TABLE audit IS 'Audit trail: who was refused what, signed in or intervened; names under pseudonyms.';
CREATE INDEX audit_first ON audit (first_at, id);
CREATE INDEX audit_actor ON audit (actor, first_at);
CREATE INDEX reads_at ON reads (read_at, id);
DO $$
DECLARE
    service text := current_setting('portolan.service_role');
BEGIN
    -- Only record_audit() and forget_audit() write it.
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON audit FROM %I', service);
END $$;
"""


def upgrade() -> None:
    op.execute(TABLE)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
