"""Finance knows grades, stand-ins and certificates of persons."""

from alembic import op

revision = "finance_0005"
down_revision = "finance_0004"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE known_persons
    ADD COLUMN grade text,
    ADD COLUMN stand_ins jsonb NOT NULL DEFAULT '[]';
CREATE INDEX known_persons_division ON known_persons (division_id);
CREATE TABLE known_certificates (id uuid PRIMARY KEY, certificates jsonb NOT NULL DEFAULT '[]');
CREATE TABLE known_schemes (id uuid PRIMARY KEY, budget_management boolean NOT NULL);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
