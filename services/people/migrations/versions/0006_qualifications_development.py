"""Index certificate schemes by name."""

from alembic import op

revision = "people_0006"
down_revision = "people_0003"
branch_labels = None
depends_on = None

INDEXES = """
CREATE INDEX certificate_scheme_name ON states ((coalesce(state->>'name', '')), stream)
    WHERE kind = 'certificate-scheme';
"""


def upgrade() -> None:
    op.execute(INDEXES)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
