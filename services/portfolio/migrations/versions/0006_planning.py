"""Create portfolio's copy of finance's figures, and the sums of earned value by division and day.

The sums are kept by the append itself: whatever moves a plan's figures adds its points to its division's.
"""

from alembic import op

revision = "portfolio_0006"
down_revision = "portfolio_0005"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE project_money (
    id uuid PRIMARY KEY,
    heard integer NOT NULL,
    heard_at timestamptz,
    currency text,
    granted numeric NOT NULL,
    committed numeric NOT NULL,
    actual numeric NOT NULL,
    estimate numeric,
    estimate_as_of date,
    overrun boolean NOT NULL,
    marks jsonb NOT NULL
);
CREATE INDEX project_money_heard ON project_money (heard_at);
CREATE TABLE actuals (
    id uuid PRIMARY KEY,
    project_id uuid NOT NULL,
    amount numeric NOT NULL,
    occurred_on date NOT NULL,
    recorded_at timestamptz NOT NULL,
    reversed_at timestamptz
);
CREATE INDEX actuals_project ON actuals (project_id);
CREATE TABLE earned_value_days (
    division_id uuid NOT NULL,
    currency text NOT NULL,
    day date NOT NULL,
    amount numeric NOT NULL,
    slope numeric NOT NULL,
    earned numeric NOT NULL,
    budget numeric NOT NULL,
    actual numeric NOT NULL,
    PRIMARY KEY (division_id, currency, day)
);
COMMENT ON TABLE earned_value_days IS
    'What a day brings: planned value at once and on each day from it on, earned value, budget, actual cost.';
CREATE INDEX earned_value_moved ON events ((data->>'division_id'), stream) WHERE type = 'EarnedValueMoved';

CREATE FUNCTION add_earned_value() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    -- Thirty digits after the point: what division by the days of a work package loses stays far below a cent.
    INSERT INTO earned_value_days AS sums
    SELECT (NEW.data->>'division_id')::uuid, NEW.data->>'currency', point.day,
           sum(point.amount::numeric(60, 30) / point.over), sum(point.slope::numeric(60, 30) / point.over),
           sum(point.earned), sum(point.budget), sum(point.actual)
      FROM json_to_recordset(NEW.data->'points') AS point(
               day date, over integer, amount numeric, slope numeric, earned numeric, budget numeric, actual numeric)
     GROUP BY point.day ORDER BY point.day
    ON CONFLICT (division_id, currency, day) DO UPDATE SET amount = sums.amount + excluded.amount,
        slope = sums.slope + excluded.slope, earned = sums.earned + excluded.earned,
        budget = sums.budget + excluded.budget, actual = sums.actual + excluded.actual;
    RETURN NULL;
END
$$;
CREATE TRIGGER add_earned_value AFTER INSERT ON events FOR EACH ROW WHEN (NEW.type = 'EarnedValueMoved')
    EXECUTE FUNCTION add_earned_value();
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    raise NotImplementedError("an event store is never taken down by a migration")
