"""People keep what portfolio says of persons and skills: hours allocated, overloads, and which skills are needed."""

from alembic import op

revision = "people_0003"
down_revision = "people_0002"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE skill_demands (
    id uuid PRIMARY KEY, project_id uuid NOT NULL, division_id uuid NOT NULL, skill text NOT NULL,
    level integer NOT NULL, heads integer NOT NULL, starts_on date NOT NULL, ends_on date NOT NULL
);
CREATE TABLE allocated_hours (
    id uuid PRIMARY KEY, person_id uuid NOT NULL, project_id uuid NOT NULL, monday date NOT NULL, hours numeric NOT NULL
);
CREATE TABLE overloaded_weeks (id uuid PRIMARY KEY, person_id uuid NOT NULL, monday date NOT NULL);
CREATE INDEX skill_demands_of_division ON skill_demands (division_id);
CREATE INDEX allocated_hours_of_person ON allocated_hours (person_id, monday);
CREATE INDEX overloaded_weeks_of_person ON overloaded_weeks (person_id, monday);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    raise NotImplementedError("read models are rebuilt, not migrated down")
