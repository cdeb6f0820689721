"""Recorded reads of what is sensitive about a person, for that person."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.store.store import Store
from services.people.discipline import access as discipline_access
from services.people.discipline.domain.disciplinary_case.rules import DISCIPLINARY_CASE
from services.people.hiring.domain.candidacy.rules import CANDIDACY
from services.people.pay.domain.pay import PAY
from services.people.performance.domain.performance_review.rules import PERFORMANCE_REVIEW

KNOWN = {
    PAY.kind: "true",
    PERFORMANCE_REVIEW.kind: "true",
    DISCIPLINARY_CASE.kind: discipline_access.TOLD,
    CANDIDACY.kind: "true",
}
"""By kind of record: when the person it is about may know that there is one, also where they may not read it."""

PAGE = text(
    "SELECT r.id, r.stream, r.reader, r.for_whom, r.read_at FROM reads r JOIN states USING (stream)"
    " WHERE r.subject = :person AND (CAST(:before AS bigint) IS NULL OR r.id < :before) AND ("
    + " OR ".join(f"(kind = '{kind}' AND {known})" for kind, known in KNOWN.items())
    + ") ORDER BY r.id DESC LIMIT :limit"
)


class RecordedRead(BaseModel):
    """One time somebody was shown a record."""

    stream: str = Field(description="the record")
    reader: str = Field(description="the reader: a person's id, or a system's name")
    for_whom: str | None = Field(description="on whose behalf they read")
    read_at: datetime


async def recorded_reads(store: Store, person: UUID, before: int | None, limit: int) -> list[tuple[int, RecordedRead]]:
    """A page of looks at records about a person, the last first, as far as the person may know of the record itself."""
    rows = await store.rows(PAGE, {"person": person, "before": before, "limit": limit})
    return [
        (row.id, RecordedRead(stream=row.stream, reader=row.reader, for_whom=row.for_whom, read_at=row.read_at))
        for row in rows
    ]
