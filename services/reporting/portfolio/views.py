"""The divisions' scorecards and the health of projects over HTTP."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from chassis.domain.clock import Clock
from chassis.domain.decider import NotFound
from chassis.http.paging import PageSize, PageToken, cut, read_token
from chassis.store.store import Store
from services.reporting.organisation.access import Reader
from services.reporting.portfolio import queries
from services.reporting.portfolio.domain import picture as pictures


class Scorecard(BaseModel):
    """Every division, and all of them together."""

    divisions: list[pictures.DivisionScore]
    money: list[pictures.MoneyScore]


class HealthPage(BaseModel):
    """A page of projects, worst first."""

    items: list[pictures.ProjectHealth]
    next_page_token: str | None


Rated = Literal["on track", "at risk", "off track"]
WORST_FIRST = {"off track": 0, "at risk": 1, "on track": 2, None: 3}


def place(project: pictures.ProjectHealth) -> tuple[int, str, str]:
    return WORST_FIRST[project.rating], project.name, str(project.id)


def router(store: Store, clock: Clock) -> APIRouter:
    routes = APIRouter(tags=["views"])

    @routes.get("/divisions/scorecard", operation_id="get_scorecard", summary="Scorecards of all divisions.")
    async def scorecard(actor: Reader) -> Scorecard:
        picture = await queries.picture(store, clock().date())
        projects = pictures.assess(picture)
        return Scorecard(divisions=pictures.score(picture, projects), money=pictures.total(projects))

    @routes.get(
        "/divisions/{division_id}/scorecard",
        operation_id="get_division_scorecard",
        summary="Scorecard of one division.",
    )
    async def division_scorecard(division_id: UUID, actor: Reader) -> pictures.DivisionScore:
        picture = await queries.picture(store, clock().date(), division_id=division_id)
        for division in pictures.score(picture, pictures.assess(picture)):
            if division.id == division_id:
                return division
        raise NotFound

    @routes.get(
        "/portfolio/health",
        operation_id="list_project_health",
        summary="List projects with their health and its reasons.",
    )
    async def health(
        actor: Reader,
        division_id: UUID | None = None,
        rating: Annotated[list[Rated] | None, Query()] = None,
        stage: Annotated[list[str] | None, Query(max_length=9)] = None,
        disagrees: bool | None = None,
        page_size: PageSize = 100,
        page_token: PageToken | None = None,
    ) -> HealthPage:
        picture = await queries.picture(store, clock().date(), division_id=division_id)
        chosen = [
            project
            for project in pictures.assess(picture)
            if (rating is None or project.rating in rating)
            and (stage is None or project.stage in stage)
            and (disagrees is None or project.disagrees is disagrees)
        ]
        chosen.sort(key=place)
        if page_token:
            after = read_token(page_token, int, str, str)
            chosen = [project for project in chosen if place(project) > after]
        page, onwards = cut(chosen, page_size, place)
        return HealthPage(items=page, next_page_token=onwards)

    return routes
