"""Queries of the change calendar."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.store.store import Store

MOST = 1000


class CalendarEntry(BaseModel):
    """A scheduled change, a freeze or a maintenance window, by its moments."""

    id: UUID
    entry: Literal["change", "freeze", "maintenance"]
    title: str
    division_id: UUID | None
    division: str | None
    starts_at: datetime
    ends_at: datetime
    kind: str | None = Field(description="of a change: standard, normal or emergency")
    stage: str | None = Field(description="of a change")
    in_freeze: bool = Field(description="a freeze was declared over the change")


OF_DIVISION = "(CAST(:division AS uuid) IS NULL OR x.division_id = :division)"
BETWEEN = f"x.starts_at < :until AND x.ends_at > :since AND {OF_DIVISION}"
CALENDAR = text(
    "SELECT x.*, d.name AS division FROM ("
    "SELECT x.id, 'change' AS entry, x.title, x.division_id, x.starts_at, x.ends_at, x.kind, x.stage,"
    f" x.in_freeze > 0 AS in_freeze FROM changes x WHERE {BETWEEN} AND x.stage <> 'cancelled'"
    " UNION ALL SELECT x.id, x.kind, x.name, x.division_id, x.starts_at, x.ends_at, NULL, NULL, false"
    f" FROM change_windows x WHERE {BETWEEN} AND NOT x.withdrawn) x"
    " LEFT JOIN divisions d ON d.id = x.division_id ORDER BY x.starts_at, x.id LIMIT :most"
)


async def calendar(
    store: Store, since: datetime, until: datetime, division_id: UUID | None = None
) -> list[CalendarEntry]:
    """What lies between two moments, the earliest first."""
    asked = {"since": since, "until": until, "division": division_id, "most": MOST}
    return [CalendarEntry(**row._asdict()) for row in await store.rows(CALENDAR, asked)]
