"""The divisions that a question about a division is about: itself and those below it, or itself alone."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from sqlalchemy import text

from chassis.store.store import Store

Alone = Annotated[bool, Query(description="the division alone, without those below it")]
BELOW = text("SELECT id FROM divisions_below(CAST(:id AS text))")


async def divisions_of(store: Store, division_id: UUID | None, *, alone: bool) -> list[str] | None:
    """The ids asked for, as text; None for all divisions."""
    if division_id is None:
        return None
    if alone:
        return [str(division_id)]
    return [row.id for row in await store.rows(BELOW, {"id": str(division_id)})]


def within(division: str) -> str:
    """The condition that a field names one of the ``:divisions`` asked for, if any are."""
    return f"(CAST(:divisions AS text[]) IS NULL OR {division} = ANY(CAST(:divisions AS text[])))"
