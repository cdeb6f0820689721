"""The picture of all projects, read over one consistent snapshot."""

from datetime import date
from typing import TypeVar
from uuid import UUID

from sqlalchemy import TextClause, text

from chassis.domain.read_row import ReadRow
from chassis.store.store import Store
from services.reporting.organisation.domain.rows import DivisionRow, PersonRow
from services.reporting.portfolio.domain.picture import EarnedValueSums, Picture
from services.reporting.portfolio.domain.rows import ExceptionRow, InitiativeRow, ProjectWithMoney

R = TypeVar("R", bound=ReadRow)

PROJECTS = text(
    "SELECT p.*, h.rating, coalesce(h.reasons, '[]') AS reasons, coalesce(h.disagrees, false) AS disagrees,"
    " m.currency, coalesce(m.granted, 0) AS granted, coalesce(m.committed, 0) AS committed,"
    " coalesce(m.actual, 0) AS actual, m.estimate, m.estimate_as_of,"
    " coalesce(m.overrun, false) AS overrun, coalesce(m.marks, '{}') AS money_marks"
    " FROM projects p LEFT JOIN project_money m ON m.id = p.id"
    " LEFT JOIN project_health h ON h.id = p.id"
    " WHERE (CAST(:division AS uuid) IS NULL OR p.division_id = :division)"
    " AND (CAST(:system AS text) IS NULL OR p.source_system = :system)"
    " ORDER BY p.name, p.id"
)


EARNED_VALUE = text(
    "SELECT division_id, currency, sum(budget) AS bac,"
    " sum(amount + slope * (CAST(:on AS date) - day + 1)) AS pv, sum(earned) AS ev, sum(actual) AS ac"
    " FROM earned_value_days WHERE day <= :on GROUP BY division_id, currency HAVING sum(budget) <> 0 ORDER BY currency"
)
OPEN_EXCEPTIONS = text("SELECT * FROM exceptions WHERE status = 'raised' ORDER BY raised_at")


async def picture(store: Store, today: date, *, division_id: UUID | None = None, system: str | None = None) -> Picture:
    """Everything the scores are worked out from."""
    return Picture(
        divisions={row.id: row for row in await rows(store, DivisionRow, text("SELECT * FROM divisions"))},
        persons={row.id: row for row in await rows(store, PersonRow, text("SELECT * FROM persons"))},
        initiatives={row.id: row for row in await rows(store, InitiativeRow, text("SELECT * FROM initiatives"))},
        projects=await rows(store, ProjectWithMoney, PROJECTS, division=division_id, system=system),
        today=today,
        earned_value=[EarnedValueSums(**row._asdict()) for row in await store.rows(EARNED_VALUE, {"on": today})],
        exceptions=await rows(store, ExceptionRow, OPEN_EXCEPTIONS),
    )


async def rows(store: Store, row: type[R], query: TextClause, **asked: object) -> list[R]:
    """Return a query's results as rows whose fields are its columns."""
    return [row.model_validate(found._asdict()) for found in await store.rows(query, asked)]
