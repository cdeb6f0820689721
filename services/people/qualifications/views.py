"""The views of qualifications over HTTP: gaps, and who is about to lose what their position requires."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel

from chassis.domain.clock import Clock
from chassis.http.caller import Standing
from chassis.http.known_parameters import refused
from chassis.http.paging import PageSize, PageToken, cut, read_token
from chassis.store.decision_view import View
from chassis.store.store import Store
from contracts.values import Day
from services.people.organisation import zones
from services.people.organisation.domain.person.rules import PERSON
from services.people.organisation.subtree import Alone, divisions_of
from services.people.qualifications.gaps import Forecast, PersonGap, WasBarred, forecasts, gap_of


class ForecastPage(BaseModel):
    """A page of persons who are about to lose something."""

    items: list[Forecast]
    next_page_token: str | None


On = Annotated[Day | None, Query(description="reference day; default: today")]


def router(store: Store, clock: Clock, was_barred: WasBarred) -> APIRouter:
    routes = APIRouter()

    @routes.get(
        "/persons/{id}/gaps",
        operation_id="get_person_gaps",
        tags=["persons"],
        summary="A person's gap to their position: missing and stale skills, certificates.",
    )
    async def gaps(id: UUID, actor: Standing, on: On = None) -> PersonGap:
        today = await zones.today_of(View(store), zones.PERSON_ZONE, id, clock())
        return await gap_of(store, actor, id, on or today, today, was_barred)

    @routes.get(
        "/qualification-forecast",
        operation_id="list_qualification_forecast",
        tags=["persons"],
        summary="Persons about to lose required certificates, fresh skills or eligibility.",
    )
    async def forecast(
        actor: Standing,
        division_id: UUID | None = None,
        alone: Alone = False,
        days: Annotated[int, Query(ge=1, le=366, description="days to look ahead")] = 90,
        on: On = None,
        page_size: PageSize = 100,
        page_token: PageToken | None = None,
    ) -> ForecastPage:
        (after,) = read_token(page_token, str) if page_token else ("",)
        today = await zones.today_of(View(store), zones.DIVISION_ZONE, division_id, clock())
        day = on or today
        if day < today:
            raise RequestValidationError([refused("on", "A forecast begins today or later.")])
        divisions = await divisions_of(store, division_id, alone=alone)
        found = await forecasts(store, actor, divisions, day, days, after, page_size + 1)
        page, onwards = cut(found, page_size, lambda forecast: [PERSON.stream(forecast.person_id)])
        return ForecastPage(items=page, next_page_token=onwards)

    return routes
