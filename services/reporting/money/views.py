"""Divisional money over HTTP: spend against budget, and what was taken over."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, WithJsonSchema

from chassis.http.paging import PageSize, PageToken, cut, read_token
from chassis.store.store import Store
from contracts.values import Name
from services.reporting.money import figures, queries
from services.reporting.money.entries import Figure
from services.reporting.organisation.access import Reader

Shown = Annotated[Figure, WithJsonSchema({"type": "string", "enum": [*Figure]})]
"""A figure of a budget, as a part of a path."""


class SpendList(BaseModel):
    """Division budgets with what is drawn from them."""

    items: list[queries.Spend]


class FundedProjects(BaseModel):
    """A page of projects that draw on a division's budget, by id."""

    items: list[queries.ProjectMoney]
    next_page_token: str | None


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
        return SpendList(items=await queries.spend(store, fiscal_year=fiscal_year))

    @routes.get("/spend/{id}", operation_id="get_spend_of_budget", summary="A division's budget and its figures.")
    async def of_budget(actor: Reader, id: UUID) -> queries.Spend:
        return await queries.budget(store, id)

    @routes.get(
        "/spend/{id}/projects",
        operation_id="list_projects_of_budget",
        summary="The projects that draw on a division's budget.",
    )
    async def of_projects(
        actor: Reader, id: UUID, page_size: PageSize = 100, page_token: PageToken | None = None
    ) -> FundedProjects:
        after = read_token(page_token, str)[0] if page_token else ""
        found = await queries.funded(store, id, after, page_size + 1)
        page, onwards = cut(found, page_size, lambda project: (str(project.id),))
        return FundedProjects(items=page, next_page_token=onwards)

    @routes.get(
        "/budgets/{id}/figures/{figure}",
        operation_id="explain_figure_of_budget",
        summary="The events that a figure of a division's or a project's budget is the sum of.",
    )
    async def explained(
        actor: Reader, id: UUID, figure: Shown, page_size: PageSize = 100, page_token: PageToken | None = None
    ) -> figures.FigureOfBudget:
        return await figures.explain(store, id, figure, page_size, page_token)

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
