"""Keep which position somebody holds, or held until they left."""

from alembic import op

revision = "finance_0006"
down_revision = "finance_0005"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE known_persons
    ADD COLUMN position_id uuid,
    ADD COLUMN left_position_id uuid,
    ADD COLUMN left_on date;
CREATE INDEX known_persons_left_position ON known_persons (left_position_id);
"""


def upgrade() -> None:
    op.execute(COLUMNS)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
