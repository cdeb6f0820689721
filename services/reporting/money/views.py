"""Divisional money over HTTP: spend against budget, and what was taken over."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from chassis.http.paging import PageSize, PageToken, cut, read_token
from chassis.store.store import Store
from contracts.values import Name
from services.reporting.money import queries
from services.reporting.organisation.access import Reader


class SpendList(BaseModel):
    """Division budgets with what is drawn from them."""

    items: list[queries.Spend]


class TakeOverList(BaseModel):
    """The projects taken over from a system."""

    items: list[queries.TakeOver]


class ProjectsTakenOver(BaseModel):
    """A page of projects taken over from a system, by id."""

    items: list[queries.ProjectTakenOver]
    next_page_token: str | None


def router(store: Store) -> APIRouter:
    routes = APIRouter(tags=["views"])

    @routes.get("/spend", operation_id="get_spend", summary="Division spend against budget.")
    async def spend(actor: Reader, fiscal_year: Annotated[int | None, Query(ge=1900, le=2200)] = None) -> SpendList:
        return SpendList(items=await queries.spend(store, fiscal_year))

    @routes.get(
        "/takeovers", operation_id="get_takeovers", summary="Projects taken over from another system, by division."
    )
    async def take_overs(actor: Reader, system: Annotated[Name, Query()]) -> TakeOverList:
        return TakeOverList(items=await queries.take_overs(store, system))

    @routes.get(
        "/takeovers/projects",
        operation_id="list_projects_taken_over",
        summary="Each project taken over from another system, with its sums.",
    )
    async def projects(
        actor: Reader, system: Annotated[Name, Query()], page_size: PageSize = 100, page_token: PageToken | None = None
    ) -> ProjectsTakenOver:
        after = read_token(page_token, str)[0] if page_token else None
        found = await queries.projects_taken_over(store, system, after, page_size + 1)
        page, onwards = cut(found, page_size, lambda project: (str(project.id),))
        return ProjectsTakenOver(items=page, next_page_token=onwards)

    return routes
