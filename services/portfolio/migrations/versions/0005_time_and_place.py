"""Portfolio knows the time zones of divisions, and who may act in whose place."""

from alembic import op

revision = "portfolio_0005"
down_revision = "portfolio_0004"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE known_divisions ADD COLUMN time_zone text;
ALTER TABLE known_persons ADD COLUMN stand_ins jsonb NOT NULL DEFAULT '[]';
CREATE INDEX known_persons_line_manager ON known_persons (line_manager_id);
CREATE INDEX known_divisions_parent ON known_divisions (parent_id);
"""


def upgrade() -> None:
    op.execute(COLUMNS)


def downgrade() -> None:
    raise NotImplementedError("read models are rebuilt, not migrated down")
