"""The views of reporting over HTTP: each read model with an endpoint of its own."""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from chassis.domain.clock import Clock, Moment
from chassis.domain.decider import NotFound
from chassis.http.paging import PageSize, PageToken, read_token, write_token
from chassis.store.store import Store
from contracts.values import Name
from services.reporting import queries
from services.reporting.domain.picture import DivisionScore, MoneyScore, ProjectHealth, assess, score, total
from services.reporting.policy import Reader


class Scorecard(BaseModel):
    """Every division, and all of them together."""

    divisions: list[DivisionScore]
    money: list[MoneyScore]


class HealthPage(BaseModel):
    """A page of projects, worst first."""

    items: list[ProjectHealth]
    next_page_token: str | None


class SpendList(BaseModel):
    """Division budgets with what is drawn from them."""

    items: list[queries.Spend]


class TakeOverList(BaseModel):
    """What was taken over from a system."""

    items: list[queries.TakeOver]


class AnsweringList(BaseModel):
    """Who answers for how much."""

    items: list[queries.Answering]


class Ledger(BaseModel):
    """Who answered for what, from when to when."""

    items: list[queries.LedgerEntry]


class FreshnessList(BaseModel):
    """How fresh each source is."""

    items: list[queries.Freshness]


Rated = Literal["on track", "at risk", "off track"]
WORST_FIRST = {"off track": 0, "at risk": 1, "on track": 2, None: 3}


def views(store: Store, topics: Sequence[tuple[str, str]], clock: Clock) -> APIRouter:
    """All views; ``topics`` are the sources with their topics."""
    router = APIRouter(tags=["views"])

    @router.get("/divisions/scorecard", operation_id="get_scorecard", summary="How every division stands.")
    async def scorecard(actor: Reader) -> Scorecard:
        picture = await queries.picture(store, clock().date())
        projects = assess(picture)
        return Scorecard(divisions=score(picture, projects), money=total(projects))

    @router.get(
        "/divisions/{division_id}/scorecard", operation_id="get_division_scorecard", summary="How one division stands."
    )
    async def division_scorecard(division_id: UUID, actor: Reader) -> DivisionScore:
        picture = await queries.picture(store, clock().date(), division_id=division_id)
        found = [division for division in score(picture, assess(picture)) if division.id == division_id]
        if not found:
            raise NotFound
        return found[0]

    @router.get(
        "/portfolio/health", operation_id="list_project_health", summary="Projects with their health and its reasons."
    )
    async def health(
        actor: Reader,
        division_id: UUID | None = None,
        rating: Annotated[list[Rated] | None, Query()] = None,
        stage: Annotated[list[str] | None, Query(max_length=9)] = None,
        disagrees: bool | None = None,
        page_size: Annotated[PageSize, Query()] = 100,
        page_token: Annotated[PageToken | None, Query()] = None,
    ) -> HealthPage:
        picture = await queries.picture(store, clock().date(), division_id=division_id)
        chosen = [
            project
            for project in assess(picture)
            if (rating is None or project.rating in rating)
            and (stage is None or project.stage in stage)
            and (disagrees is None or project.disagrees is disagrees)
        ]
        chosen.sort(key=lambda project: (WORST_FIRST[project.rating], project.name, str(project.id)))
        if page_token:
            rank, name, last = read_token(page_token, int, str, str)
            chosen = [p for p in chosen if (WORST_FIRST[p.rating], p.name, str(p.id)) > (rank, name, last)]
        page = chosen[:page_size]
        more = len(chosen) > page_size
        token = write_token(WORST_FIRST[page[-1].rating], page[-1].name, str(page[-1].id)) if more else None
        return HealthPage(items=page, next_page_token=token)

    @router.get("/accountability", operation_id="get_accountability", summary="Who answers for how much.")
    async def answering(actor: Reader) -> AnsweringList:
        return AnsweringList(items=await queries.accountability(store))

    @router.get(
        "/accountability/ledger",
        operation_id="get_accountability_ledger",
        summary="Who answered for what, from when to when: for a project, a person or a moment.",
    )
    async def ledger(
        actor: Reader,
        project_id: UUID | None = None,
        person_id: UUID | None = None,
        at: Moment | None = None,
    ) -> Ledger:
        return Ledger(items=await queries.ledger(store, project_id, person_id, at))

    @router.get("/spend", operation_id="get_spend", summary="Divisional spend against budget.")
    async def spend(actor: Reader, fiscal_year: Annotated[int | None, Query(ge=1900, le=2200)] = None) -> SpendList:
        return SpendList(items=await queries.spend(store, fiscal_year))

    @router.get(
        "/takeovers", operation_id="get_takeovers", summary="What was taken over from another system, by division."
    )
    async def take_overs(actor: Reader, system: Annotated[Name, Query()]) -> TakeOverList:
        return TakeOverList(items=await queries.take_overs(store, system))

    @router.get("/freshness", operation_id="get_freshness", summary="How fresh what is shown is, per source.")
    async def freshness(actor: Reader) -> FreshnessList:
        return FreshnessList(items=await queries.freshness(store, topics))

    return router
