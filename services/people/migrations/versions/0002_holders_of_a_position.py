"""Who was ever given a position is found by an index."""

from alembic import op

revision = "people_0002"
down_revision = "people_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX appointed_to_position ON events ((data->>'position_id')) WHERE type = 'PersonAppointed'")


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
