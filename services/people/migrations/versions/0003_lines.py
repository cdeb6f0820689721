"""Ask who is above and below a person, and index who was once appointed to a division, or reported to somebody."""

from alembic import op

revision = "people_0003"
down_revision = "people_0001"
branch_labels = None
depends_on = None

LINES = """
CREATE FUNCTION line_above(person text) RETURNS TABLE (id text) LANGUAGE sql STABLE AS $$
    WITH RECURSIVE line (id, depth) AS (
        SELECT state->>'line_manager_id', 1 FROM states WHERE stream = 'person-' || person
        UNION ALL
        SELECT states.state->>'line_manager_id', line.depth + 1
        FROM line JOIN states ON states.stream = 'person-' || line.id WHERE line.depth < 100
    )
    SELECT line.id FROM line WHERE line.id IS NOT NULL
$$;
COMMENT ON FUNCTION line_above IS 'The persons above a person in the line, however far.';

CREATE FUNCTION line_below(person text) RETURNS TABLE (id text) LANGUAGE sql STABLE AS $$
    WITH RECURSIVE line (id, depth) AS (
        SELECT right(stream, 36), 1 FROM states WHERE kind = 'person' AND state->>'line_manager_id' = person
        UNION ALL
        SELECT right(below.stream, 36), line.depth + 1
        -- OFFSET 0 keeps it a look-up by the index for each, whatever the planner thinks of how many there are.
        FROM line CROSS JOIN LATERAL (
            SELECT stream FROM states WHERE kind = 'person' AND state->>'line_manager_id' = line.id OFFSET 0
        ) below
        WHERE line.depth < 100
    )
    SELECT line.id FROM line
$$;
COMMENT ON FUNCTION line_below IS 'The persons below a person in the line, however far.';

CREATE INDEX appointed_to_division ON events ((data->>'division_id')) WHERE type = 'PersonAppointed';
CREATE INDEX reported_to ON events ((data->>'line_manager_id')) WHERE type IN ('PersonAppointed', 'LineManagerChanged');
"""


def upgrade() -> None:
    op.execute(LINES)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
