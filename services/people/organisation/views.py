"""The views of the organisation over HTTP: charts, lines and reports, at any day."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from chassis.domain.decider import NotFound
from chassis.http.caller import Caller
from chassis.http.routes import EffectiveOn, KnownAt
from chassis.store.store import Store
from services.people.organisation import chart
from services.people.organisation.domain.division import DIVISION
from services.people.organisation.domain.person.model import NEVER_HERE
from services.people.organisation.domain.person.rules import PERSON


class Chart(BaseModel):
    """A division's positions, the highest grade first."""

    seats: list[chart.Seat]


class LineOf(BaseModel):
    """Persons of a line."""

    items: list[chart.Link]


def as_of(effective_on: EffectiveOn = None, known_at: KnownAt = None) -> chart.When:
    return chart.When(effective_on, known_at)


AsOf = Annotated[chart.When, Depends(as_of)]


def router(store: Store) -> APIRouter:
    routes = APIRouter()

    @routes.get(
        "/divisions/{id}/chart",
        operation_id="get_division_chart",
        tags=["divisions"],
        summary="A division's positions, holders and reporting lines: now, on a day, as known at a moment.",
    )
    async def division_chart(id: UUID, actor: Caller, when: AsOf) -> Chart:
        if (await store.load(DIVISION, id)).state is None:
            raise NotFound
        return Chart(seats=await chart.chart(store, id, when))

    @routes.get(
        "/persons/{id}/line",
        operation_id="get_person_line",
        tags=["persons"],
        summary="A person's reporting line upwards, nearest first: now, on a day, as known at a moment.",
    )
    async def person_line(id: UUID, actor: Caller, when: AsOf) -> LineOf:
        found = await chart.line(store, id, when)
        if not found:
            raise NotFound
        return LineOf(items=found)

    @routes.get(
        "/persons/{id}/reports",
        operation_id="list_person_reports",
        tags=["persons"],
        summary="A person's direct reports: now, on a day, as known at a moment.",
    )
    async def person_reports(id: UUID, actor: Caller, when: AsOf) -> LineOf:
        person = (await store.load(PERSON, id)).state
        if person is None or person.employment in NEVER_HERE:
            raise NotFound
        return LineOf(items=await chart.reports(store, id, when))

    return routes
