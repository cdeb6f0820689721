"""The views of people over HTTP, beside its aggregates' own reads."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from chassis.domain.clock import Clock
from chassis.domain.decider import Forbidden, NotFound
from chassis.http.caller import Caller, Standing
from chassis.http.openapi import CONTENT
from chassis.http.paging import PageSize, PageToken, read_token, write_token
from chassis.http.routes import EffectiveOn, KnownAt
from chassis.store.store import Store
from contracts.roles import Role
from contracts.values import Day
from services.people import policy
from services.people.domain.division import DIVISION
from services.people.domain.person import PERSON
from services.people.queries import chart
from services.people.queries.desk import Desk, desk
from services.people.queries.figures import Figures, figures
from services.people.queries.gaps import Forecast, PersonGap, forecasts, gap_of
from services.people.queries.reads import Look, looks


class LookPage(BaseModel):
    """A page of looks, the last first."""

    items: list[Look]
    next_page_token: str | None


class Chart(BaseModel):
    """A division's positions, the highest grade first."""

    seats: list[chart.Seat]


class LineOf(BaseModel):
    """Persons of a line."""

    items: list[chart.Link]


class ForecastPage(BaseModel):
    """A page of persons who are about to lose something."""

    items: list[Forecast]
    next_page_token: str | None


READS_FIGURES = (Role.HR, Role.EXECUTIVE)
ASK = "Ask them, or name the division that you head."
On = Annotated[Day | None, Query(description="seen from this day; today if none is given")]


def as_of(effective_on: EffectiveOn = None, known_at: KnownAt = None) -> chart.When:
    """As of which day, known at which moment."""
    return chart.When(effective_on, known_at)


AsOf = Annotated[chart.When, Depends(as_of)]


def views(store: Store, clock: Clock) -> APIRouter:
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
        found = await looks(store, id, before, page_size + 1)
        page = found[:page_size]
        more = len(found) > page_size
        return LookPage(items=[look for _, look in page], next_page_token=write_token(page[-1][0]) if more else None)

    @router.get(
        "/divisions/{id}/chart",
        operation_id="get_division_chart",
        tags=["divisions"],
        summary="The positions of a division, who holds them and reports to whom: now, on a day, as known at a moment.",
    )
    async def division_chart(id: UUID, actor: Caller, when: AsOf) -> Chart:
        if (await store.load(DIVISION, id)).state is None:
            raise NotFound
        return Chart(seats=await chart.chart(store, id, when))

    @router.get(
        "/persons/{id}/line",
        operation_id="get_person_line",
        tags=["persons"],
        summary="A person and everybody above them, nearest first: now, on a day, as known at a moment.",
    )
    async def person_line(id: UUID, actor: Caller, when: AsOf) -> LineOf:
        found = await chart.line(store, id, when)
        if not found:
            raise NotFound
        return LineOf(items=found)

    @router.get(
        "/persons/{id}/reports",
        operation_id="list_person_reports",
        tags=["persons"],
        summary="Who reports directly to a person: now, on a day, as known at a moment.",
    )
    async def person_reports(id: UUID, actor: Caller, when: AsOf) -> LineOf:
        if (await store.load(PERSON, id)).state is None:
            raise NotFound
        return LineOf(items=await chart.reports(store, id, when))

    add_gaps(router, store, clock)
    add_desk(router, store, clock)
    return router


def add_desk(router: APIRouter, store: Store, clock: Clock) -> None:
    """The manager's desk, and the figures."""

    @router.get(
        "/desk",
        operation_id="get_desk",
        tags=["desk"],
        summary="My team, what awaits my decision, and what falls due; in whose place I may act.",
        responses={404: {"description": "The caller is no person.", "content": CONTENT}},
    )
    async def my_desk(
        actor: Standing, days: Annotated[int, Query(ge=1, le=366, description="how far ahead")] = 90
    ) -> Desk:
        if actor.acts_as is None:
            raise NotFound
        return await desk(store, actor, clock().date(), days)

    @router.get(
        "/figures",
        operation_id="get_figures",
        tags=["desk"],
        summary="Vacancies, turnover, hiring, reviews, training, gaps and benches, each with its formula.",
        responses={404: {"description": "There is no such division.", "content": CONTENT}},
    )
    async def all_figures(actor: Standing, division_id: UUID | None = None) -> Figures:
        if division_id is not None and (await store.load(DIVISION, division_id)).state is None:
            raise NotFound
        for_head = not actor.has(*READS_FIGURES)
        if for_head and not (division_id and await store.permits(policy.HEADS, actor, DIVISION.stream(division_id))):
            raise Forbidden("reads-figures", "HR and executives read the figures, heads those of their division.", ASK)
        return await figures(store, division_id, clock().date(), for_head=for_head)


def add_gaps(router: APIRouter, store: Store, clock: Clock) -> None:
    """The routes of what persons lack, and of what they are about to lose."""

    @router.get(
        "/persons/{id}/gaps",
        operation_id="get_person_gaps",
        tags=["persons"],
        summary="What a person lacks of what their position requires: skills, stale ones, certificates.",
    )
    async def gaps(id: UUID, actor: Standing, on: On = None) -> PersonGap:
        today = clock().date()
        return await gap_of(store, actor, id, on or today, today)

    @router.get(
        "/qualification-forecast",
        operation_id="list_qualification_forecast",
        tags=["persons"],
        summary="Who is about to lose what their position requires: certificates, fresh skills, eligibility.",
    )
    async def forecast(
        actor: Standing,
        division_id: UUID | None = None,
        days: Annotated[int, Query(ge=1, le=366, description="how far ahead")] = 90,
        on: On = None,
        page_size: Annotated[PageSize, Query()] = 100,
        page_token: Annotated[PageToken | None, Query()] = None,
    ) -> ForecastPage:
        (after,) = read_token(page_token, str) if page_token else ("",)
        day = on or clock().date()
        found = await forecasts(store, actor, division_id, day, days, after, page_size + 1)
        page = found[:page_size]
        more = len(found) > page_size
        token = write_token(PERSON.stream(page[-1].person_id)) if more else None
        return ForecastPage(items=page, next_page_token=token)
