"""Facts about what people ask for: the budget that pays, and who left the position."""

from datetime import date
from uuid import UUID

from sqlalchemy import text

from chassis.domain.streams import id_of
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET

BUDGET = Fields(DIVISION_BUDGET)
PAYING = text(
    "WITH RECURSIVE above AS ("
    " SELECT CAST(:division AS uuid) AS id, 0 AS depth"
    " UNION ALL"
    " SELECT d.parent_id, above.depth + 1 FROM above JOIN known_divisions d ON d.id = above.id"
    " WHERE d.parent_id IS NOT NULL AND above.depth < 100)"
    f" SELECT stream FROM above JOIN states ON {BUDGET.of_kind} AND {BUDGET.division_id} = CAST(above.id AS text)"
    f" AND {BUDGET.status.one_of('approved')} AND {BUDGET.fiscal_year} = :year ORDER BY depth LIMIT 1"
)
LEFT = text("SELECT max(left_on) AS left_on FROM known_persons WHERE left_position_id = :id")


async def paying(view: View, division_id: UUID, fiscal_year: int) -> UUID | None:
    """The approved budget of a division for a year, or of the nearest one above that has one."""
    rows = await view.reference(PAYING, {"division": str(division_id), "year": str(fiscal_year)})
    return id_of(rows[0].stream) if rows else None


async def left_on(view: View, position_id: UUID | None) -> date | None:
    """The day on which the last holder of a position left; None where nobody did."""
    if position_id is None:
        return None
    rows = await view.reference(LEFT, {"id": position_id})
    day: date | None = rows[0].left_on
    return day
