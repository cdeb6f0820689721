"""Say who acts in an office: not whoever is suspended from it or has left."""

from alembic import op

revision = "people_0007"
down_revision = "people_0006"
branch_labels = None
depends_on = None

OFFICES = """
CREATE FUNCTION in_office(person text, caller text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM states WHERE stream = 'person-' || person AND state->>'appointment' IS NOT NULL
        AND (state->>'employment' = 'active' OR (state->>'employment' = 'suspended' AND person <> caller))
    )
$$;
COMMENT ON FUNCTION in_office IS 'Whether a person, or the caller in their place, acts in the office they hold.';
"""


def upgrade() -> None:
    op.execute(OFFICES)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
