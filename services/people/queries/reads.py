"""Who was shown what is sensitive about a person, for that person."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.handle import Aggregate
from chassis.store import Store

PAGE = (
    "SELECT r.id, r.stream, r.reader, r.for_whom, r.read_at FROM reads r JOIN states USING (stream)"
    " WHERE r.subject = CAST(:me AS uuid) AND (CAST(:before AS bigint) IS NULL OR r.id < :before) AND ({seen})"
    " ORDER BY r.id DESC LIMIT :limit"
)


class Look(BaseModel):
    """One time somebody was shown a record."""

    stream: str = Field(description="the record")
    reader: str = Field(description="who was shown it: a person's id, or a system's name")
    for_whom: str | None = Field(description="in whose place they looked")
    read_at: datetime


async def looks(
    store: Store, aggregates: Sequence[Aggregate], person: UUID, before: int | None, limit: int
) -> list[tuple[int, Look]]:
    """A page of looks at records about a person, the last first, as far as the person may know of the record itself."""
    watched = [aggregate for aggregate in aggregates if aggregate.watched]
    seen = " OR ".join(f"(kind = '{aggregate.decider.kind}' AND ({aggregate.sees.one}))" for aggregate in watched)
    parameters = {"me": str(person), "caller": str(person), "before": before, "limit": limit}
    rows = await store.rows(text(PAGE.format(seen=seen or "false")), parameters)
    return [
        (row.id, Look(stream=row.stream, reader=row.reader, for_whom=row.for_whom, read_at=row.read_at)) for row in rows
    ]
