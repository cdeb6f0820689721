"""The views of people over HTTP, beside its aggregates' own reads."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from chassis.api import Caller
from chassis.clock import Clock
from chassis.decider import NotFound
from chassis.handle import Aggregate
from chassis.paging import PageSize, PageToken, read_token, write_token
from chassis.store import Store
from services.people.queries.reads import Look, looks


class LookPage(BaseModel):
    """A page of looks, the last first."""

    items: list[Look]
    next_page_token: str | None


def views(store: Store, aggregates: Sequence[Aggregate], clock: Clock) -> APIRouter:
    """The routes of all views."""
    router = APIRouter()

    @router.get(
        "/persons/{id}/reads",
        operation_id="list_person_reads",
        tags=["persons"],
        summary="Who was shown sensitive records about you; for the person concerned alone.",
    )
    async def reads(
        id: UUID,
        actor: Caller,
        page_size: Annotated[PageSize, Query()] = 100,
        page_token: Annotated[PageToken | None, Query()] = None,
    ) -> LookPage:
        if actor.person != id:
            raise NotFound
        (before,) = read_token(page_token, int) if page_token else (None,)
        found = await looks(store, aggregates, id, before, page_size + 1)
        page = found[:page_size]
        more = len(found) > page_size
        return LookPage(items=[look for _, look in page], next_page_token=write_token(page[-1][0]) if more else None)

    return router
