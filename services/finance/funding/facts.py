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
LEFT = text(
    "SELECT id, left_on FROM known_persons WHERE left_position_id = :id AND left_on IS NOT NULL"
    " ORDER BY left_on DESC, id LIMIT 1"
)


async def paying(view: View, division_id: UUID, fiscal_year: int) -> UUID | None:
    """The approved budget of a division for a year, or of the nearest one above that has one."""
    rows = await view.reference(PAYING, {"division": str(division_id), "year": str(fiscal_year)})
    return id_of(rows[0].stream) if rows else None


async def last_to_leave(view: View, position_id: UUID | None) -> tuple[UUID | None, date | None]:
    """Who left a position last, and on which day; None where nobody did."""
    rows = await view.reference(LEFT, {"id": position_id}) if position_id is not None else ()
    return (rows[0].id, rows[0].left_on) if rows else (None, None)
