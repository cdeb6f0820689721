"""Record who read what is sensitive."""

from alembic import op

revision = "chassis_0008"
down_revision = "chassis_0007"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE reads (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream text NOT NULL,
    subject uuid NOT NULL,
    reader text NOT NULL,
    for_whom text,
    read_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    correlation_id text
);
COMMENT ON TABLE reads IS 'Each time somebody was shown a sensitive record: whom it is about, who read it, for whom.';
CREATE INDEX reads_subject ON reads (subject, id);
"""

GRANTS = """
DO $$
BEGIN
    -- The service may record a read, never take it back or alter it.
    EXECUTE format('REVOKE UPDATE, DELETE ON reads FROM %I', current_setting('portolan.service_role'));
END $$;
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(GRANTS)


def downgrade() -> None:
    raise NotImplementedError("who read what is kept")
