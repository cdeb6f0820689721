"""The picture of all projects, read over one consistent snapshot."""

from datetime import date
from uuid import UUID

from sqlalchemy import text

from chassis.store.store import Store
from services.reporting.portfolio.domain.picture import Picture

PROJECTS = text(
    "SELECT p.*, m.currency, coalesce(m.granted, 0) AS granted, coalesce(m.committed, 0) AS committed,"
    " coalesce(m.actual, 0) AS actual, m.estimate, m.estimate_as_of,"
    " coalesce(m.overrun, false) AS overrun, m.marks AS money_marks"
    " FROM projects p LEFT JOIN project_money m ON m.id = p.id"
    " WHERE (CAST(:division AS uuid) IS NULL OR p.division_id = :division)"
    " AND (CAST(:system AS text) IS NULL OR p.source_system = :system)"
    " ORDER BY p.name, p.id"
)


async def picture(store: Store, today: date, *, division_id: UUID | None = None, system: str | None = None) -> Picture:
    """Everything the scores are worked out from."""
    projects = await store.rows(PROJECTS, {"division": division_id, "system": system})
    return Picture(
        divisions={row.id: row for row in await store.rows(text("SELECT * FROM divisions"))},
        persons={
            row.id: row for row in await store.rows(text("SELECT id, name, division_id, status, title FROM persons"))
        },
        initiatives={row.id: row for row in await store.rows(text("SELECT id, name FROM initiatives"))},
        projects=projects,
        today=today,
    )
