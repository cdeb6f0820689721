"""The pages of money: what each division has and what is left of it, and the events behind every figure."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from chassis.http.paging import PageToken
from chassis.store.store import Store
from services.reporting.dashboard.frame import PageRoute, SignedIn, page
from services.reporting.money import figures, queries
from services.reporting.money.entries import Figure

MOST_PROJECTS = 200
ENTRIES_A_PAGE = 100
Year = Annotated[int | None, Query(ge=1900, le=2200)]


def router(store: Store) -> APIRouter:
    routes = APIRouter(include_in_schema=False, route_class=PageRoute)

    @routes.get("/money")
    async def money(_viewer: SignedIn, year: Year = None) -> Response:
        everything = await queries.spend(store)
        years = sorted({each.fiscal_year for each in everything}, reverse=True)
        shown = year if year is not None else latest(everything, years)
        rows = [each for each in everything if each.fiscal_year == shown]
        return page("money.html", rows=rows, totals=queries.totals(rows), years=years, year=shown, active="money")

    @routes.get("/money/{budget_id}")
    async def budget(_viewer: SignedIn, budget_id: UUID) -> Response:
        return page(
            "budget.html",
            budget=await queries.budget(store, budget_id),
            projects=await queries.funded(store, budget_id, "", MOST_PROJECTS),
            most_projects=MOST_PROJECTS,
            below=await queries.spend(store, parent_id=budget_id),
            active="money",
        )

    @routes.get("/money/{budget_id}/{figure}")
    async def figure(
        _viewer: SignedIn, budget_id: UUID, figure: Figure, page_token: PageToken | None = None
    ) -> Response:
        found = await figures.explain(store, budget_id, figure, ENTRIES_A_PAGE, page_token)
        return page("figure.html", found=found, budget_id=budget_id, figure=figure, active="money")

    return routes


def latest(rows: list[queries.Spend], years: list[int]) -> int | None:
    """The latest year of which something is granted, ordered or spent, else the latest; None without any budget."""
    begun = [each.fiscal_year for each in rows if each.in_force and each.free != each.current]
    return max(begun, default=years[0] if years else None)
