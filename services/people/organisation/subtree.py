"""The divisions that a question about a division is about: itself and those below it, or itself alone."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import Query
from sqlalchemy import text

from chassis.store.fields import Fields
from chassis.store.past_states import PastStates
from chassis.store.store import Store
from services.people.organisation.domain.division import DIVISION

D = Fields(DIVISION)
Alone = Annotated[bool, Query(description="the division alone, without those below it")]
BELOW = text("SELECT id FROM divisions_below(CAST(:id AS text))")
PARENTS = text(f"SELECT {D.id} AS id, {D.parent_id} AS parent_id FROM states WHERE {D.of_kind}")


async def divisions_of(
    store: Store, division_id: UUID | None, *, alone: bool, then: PastStates | None = None
) -> list[str] | None:
    """The ids asked for, as text, of those below as they are or as they were ``then``; None for all divisions."""
    if division_id is None:
        return None
    if alone:
        return [str(division_id)]
    if then is not None:
        return below(str(division_id), {row.id: row.parent_id for row in await then.rows(PARENTS)})
    return [row.id for row in await store.rows(BELOW, {"id": str(division_id)})]


def below(division: str, parents: Mapping[str, str | None]) -> list[str]:
    """A division and all divisions below it, however far."""
    found = [division]
    for above in found:
        found += [each for each, parent in parents.items() if parent == above and each not in found]
    return found


def within(division: str) -> str:
    """The condition that a field names one of the ``:divisions`` asked for, if any are."""
    return f"(CAST(:divisions AS text[]) IS NULL OR {division} = ANY(CAST(:divisions AS text[])))"
