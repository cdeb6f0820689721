"""The change calendar over HTTP."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from chassis.domain.clock import Clock
from chassis.store.store import Store
from services.reporting.changes import queries
from services.reporting.organisation.access import Reader


class ChangeCalendar(BaseModel):
    """Scheduled changes, freezes and maintenance windows, the earliest first; at most 1,000."""

    items: list[queries.CalendarEntry]


def router(store: Store, clock: Clock) -> APIRouter:
    routes = APIRouter(tags=["views"])

    @routes.get("/changes", operation_id="get_changes_ahead", summary="Scheduled changes, freezes and maintenance.")
    async def changes(
        actor: Reader,
        division_id: UUID | None = None,
        days: Annotated[int, Query(ge=1, le=366, description="days to look ahead")] = 30,
    ) -> ChangeCalendar:
        now = clock()
        return ChangeCalendar(items=await queries.calendar(store, now, now + timedelta(days=days), division_id))

    return routes
