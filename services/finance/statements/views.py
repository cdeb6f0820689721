"""Statements over HTTP: a division's budget as it is or was, what is available of each, and which are overrun."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import text

from chassis.domain.clock import CalendarDay, Moment
from chassis.domain.decider import Actor, NotFound
from chassis.domain.streams import id_of
from chassis.http.caller import Standing
from chassis.http.export import EXPORTED, PAGE, Page, file_asked, rows_asked
from chassis.http.paging import BadPageToken, PageSize, PageToken, read_page_token, write_token
from chassis.http.quota import Rates
from chassis.http.routes import EVENTS_OF_A_READ
from chassis.store.fields import Fields
from chassis.store.store import Store
from contracts.values import Currency
from services.finance.budgets.domain.division_budget.drafting import FiscalYear
from services.finance.budgets.domain.division_budget.model import DivisionBudget, Status
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.domain.project_budget.rules import PROJECT_BUDGET
from services.finance.statements import change_views
from services.finance.statements.domain.statement import (
    CategoryFigures,
    Drawn,
    Figures,
    categories_of,
    drawn_of,
    figures_of,
)

B, P = Fields(DIVISION_BUDGET), Fields(PROJECT_BUDGET)
FUNDED = text("SELECT stream FROM projects_funded_by(CAST(:id AS text)) ORDER BY stream")
BELOW = text(
    f"SELECT stream FROM states WHERE {B.of_kind} AND {B.parent_budget_id} = CAST(:id AS text) ORDER BY stream"
)
AsOf = Annotated[
    CalendarDay | None, Query(description="as it was at the end of this day; spent: by the day it occurred")
]
KnownAt = Annotated[Moment | None, Query(description="as it was known at this moment")]


class Statement(BaseModel):
    """A division's budget: its figures, and those of its categories, in its currency."""

    division_budget_id: UUID
    division_id: UUID
    fiscal_year: int
    status: Status
    currency: Currency
    overrun: Decimal
    figures: Figures
    items: list[CategoryFigures]


def statement_of(id: UUID, budget: DivisionBudget, drawn: Drawn) -> Statement:
    figures = figures_of(budget, drawn)
    return Statement(
        division_budget_id=id,
        division_id=budget.division_id,
        fiscal_year=budget.fiscal_year,
        status=budget.status,
        currency=budget.current.currency,
        overrun=max(-figures.available, Decimal(0)) if budget.status != "drafted" else Decimal(0),
        figures=figures,
        items=categories_of(budget),
    )


async def stated(store: Store, id: UUID, on: date | None, at: datetime | None) -> tuple[DivisionBudget, Drawn]:
    """A budget and what others draw from it, of now or of a time; of now it is read from what is stored."""
    projects = [id_of(row.stream) for row in await store.rows(FUNDED, {"id": str(id)})]
    below = [id_of(row.stream) for row in await store.rows(BELOW, {"id": str(id)})]
    if on is None and at is None:
        (budget,) = await store.load_many(DIVISION_BUDGET, [id])
        drawing = await store.load_many(PROJECT_BUDGET, projects)
        children = await store.load_many(DIVISION_BUDGET, below)
    else:
        (budget,) = await store.folded_many(DIVISION_BUDGET, [id], known_at=at, effective_on=on)
        drawing = await store.folded_many(PROJECT_BUDGET, projects, known_at=at, effective_on=on)
        children = await store.folded_many(DIVISION_BUDGET, below, known_at=at, effective_on=on)
    if budget.state is None:
        raise NotFound
    drawn = drawn_of(
        id, [each.state for each in drawing if each.state], [each.state for each in children if each.state]
    )
    return budget.state, drawn


class Availability(BaseModel):
    """What is available of a budget that is or was in force: the one formula with its figures.

    available = current - granted - contingency - reserved - planned - committed - spent; ``current`` of a closed budget
    is without what was carried over, lapsed or went back.
    """

    kind: Literal["division", "project"]
    budget_id: UUID
    division_id: UUID
    fiscal_year: int | None = Field(description="null: of a project")
    currency: Currency
    current: Decimal
    granted: Decimal = Field(description="to projects and to the budgets below")
    contingency: Decimal
    reserved: Decimal
    planned: Decimal
    committed: Decimal
    spent: Decimal
    available: Decimal
    overrun: Decimal = Field(description="by how much what is drawn and charged exceeds the budget")


class AvailabilityPage(BaseModel):
    """A page of budgets."""

    items: list[Availability]
    next_page_token: str | None


class Asked(BaseModel):
    """Which budgets, in which order."""

    model_config = ConfigDict(extra="forbid")

    kind: list[Literal["division", "project"]] | None = Field(None, max_length=2)
    division_id: list[UUID] | None = Field(None, max_length=50)
    fiscal_year: list[FiscalYear] | None = Field(None, max_length=50)
    currency: list[Currency] | None = Field(None, max_length=50)
    sort: Literal["available", "-available", "overrun", "-overrun"] = "available"
    page_size: PageSize = 100
    page_token: PageToken | None = None


def number(path: str) -> str:
    return f"CAST({path} AS numeric)"


def charged(figure: str) -> str:
    sums = getattr(B.charged.at("each"), figure)
    return f"coalesce((SELECT sum({number(sums)}) FROM jsonb_object_keys({B.charged.json}) each), 0)"


BUDGET_ID = f"substr(stream, {len(DIVISION_BUDGET.stream(UUID(int=0))) - 35})"
IN_FORCE = f"{B.of_kind} AND {B.status.one_of('approved', 'closed')}"
DIVISIONS = (
    f"SELECT 'division' AS kind, stream, {BUDGET_ID} AS id, {B.division_id} AS division_id,"
    f" CAST({B.fiscal_year} AS integer) AS fiscal_year, {B.current.currency} AS currency,"
    f" {number(B.current.amount)} - {number(B.carried_over)} - {number(B.lapsed)} AS current,"
    f" allotted_to_projects({BUDGET_ID}) + coalesce((SELECT amount FROM below WHERE below.id = {BUDGET_ID}), 0)"
    f" AS granted, 0 AS contingency, {charged('reserved')} AS reserved, {charged('planned')} AS planned,"
    f" {charged('committed')} AS committed, {charged('spent')} AS spent FROM states WHERE {IN_FORCE}"
)
PROJECTS = (
    f"SELECT 'project', stream, substr(stream, {len(PROJECT_BUDGET.stream(UUID(int=0))) - 35}), {P.division_id},"
    f" CAST(NULL AS integer), {P.granted.currency}, {number(P.granted.amount)} - {number(P.returned.amount)}, 0,"
    f" {number(P.contingency.amount)}, 0, {number(P.planned.amount)}, {number(P.committed.amount)},"
    f" {number(P.spent.amount)} FROM states WHERE {P.of_kind} AND {P.status.one_of('funded', 'closed')}"
)
BELOW_EACH = (
    f"SELECT {B.parent_budget_id} AS id, sum({number(B.current.amount)}) AS amount FROM states"
    f" WHERE {IN_FORCE} AND {B.parent_budget_id} IS NOT NULL GROUP BY 1"
)
CHARGED = "reserved - planned - committed - spent"
EACH = (
    f"WITH below AS ({BELOW_EACH}), budgets AS ({DIVISIONS} UNION ALL {PROJECTS}), each AS (SELECT budgets.*,"
    f" current - granted - contingency - {CHARGED} AS available,"
    f" greatest(-(current - granted - {CHARGED}), 0) AS overrun FROM budgets)"
)
FILTERS = ("kind", "division_id", "fiscal_year", "currency")


async def page_of(store: Store, asked: Asked, *, overrun: bool) -> AvailabilityPage:
    """A page of the budgets, by key; ``overrun``: only of those that are exceeded."""
    key, descending = asked.sort.removeprefix("-"), asked.sort.startswith("-")
    direction, sign = ("DESC", "<") if descending else ("ASC", ">")
    parts, parameters = ["overrun > 0"] if overrun else ["true"], dict[str, Any](limit=asked.page_size + 1)
    for name in FILTERS:
        if (values := getattr(asked, name)) is not None:
            parts.append(f"{name} = ANY(:{name})")
            parameters[name] = [each if isinstance(each, int) else str(each) for each in values]
    bound = f"{overrun}|{asked.model_dump_json(exclude={'page_size', 'page_token'})}"
    if asked.page_token:
        after, stream = read_page_token(asked.page_token, bound)
        parts.append(f"({key}, stream) {sign} (CAST(:after AS numeric), :stream)")
        parameters |= {"after": figure(after), "stream": stream}
    query = f"{EACH} SELECT * FROM each WHERE {' AND '.join(parts)} ORDER BY {key} {direction}, stream {direction}"
    rows = await store.rows(text(f"{query} LIMIT :limit"), parameters)
    shown = rows[: asked.page_size]
    last = shown[-1] if len(rows) > len(shown) else None
    return AvailabilityPage(
        items=[Availability(budget_id=UUID(row.id), **row._mapping) for row in shown],
        next_page_token=write_token(f"{getattr(last, key):f}", last.stream, bound) if last else None,
    )


def figure(key: str) -> Decimal:
    """The amount in a page token."""
    try:
        found = Decimal(key)
    except InvalidOperation as error:
        raise BadPageToken from error
    if not found.is_finite():
        raise BadPageToken
    return found


def router(store: Store) -> APIRouter:
    routes = APIRouter(tags=["statements"])
    routes.include_router(change_views.router(store))

    async def listed(request: Request, actor: Actor, asked: Asked, *, overrun: bool) -> AvailabilityPage | Response:
        async def page_after(token: str | None) -> Page:
            one = asked.model_copy(update={"page_size": PAGE, "page_token": token})
            page = await page_of(store, one, overrun=overrun)
            return page.items, page.next_page_token

        name = "overruns" if overrun else "availability"
        file = await file_asked(request, actor.id, Availability, name, page_after, asked.page_token)
        return await page_of(store, asked, overrun=overrun) if file is None else file

    @routes.get(
        "/division-budgets/{id}/statement",
        operation_id="get_division_budget_statement",
        response_model=Statement,
        responses={200: {"content": dict(EXPORTED)}},
        summary="A budget of a division: where its money came from, what is charged to it, what is available.",
    )
    async def statement(
        request: Request, id: UUID, actor: Standing, as_of: AsOf = None, known_at: KnownAt = None
    ) -> Statement | Response:
        if as_of is not None or known_at is not None:
            now = await store.load(DIVISION_BUDGET, id)
            rates: Rates = request.app.state.rates
            rates.past_reads.charge(actor.id, now.version // EVENTS_OF_A_READ)
        budget, drawn = await stated(store, id, as_of, known_at)
        shown = statement_of(id, budget, drawn)
        return await rows_asked(request, actor.id, Statement, "statement", [shown]) or shown

    @routes.get(
        "/availability",
        operation_id="list_availability",
        response_model=AvailabilityPage,
        responses={200: {"content": dict(EXPORTED)}},
        summary="What is available of every budget in force: filtered, sorted, paged.",
    )
    async def availability(
        request: Request, actor: Standing, asked: Annotated[Asked, Query()]
    ) -> AvailabilityPage | Response:
        return await listed(request, actor, asked, overrun=False)

    @routes.get(
        "/overruns",
        operation_id="list_overruns",
        response_model=AvailabilityPage,
        responses={200: {"content": dict(EXPORTED)}},
        summary="Budgets of divisions and projects that are exceeded: filtered, sorted, paged.",
    )
    async def overruns(
        request: Request, actor: Standing, asked: Annotated[Asked, Query()]
    ) -> AvailabilityPage | Response:
        return await listed(request, actor, asked, overrun=True)

    return routes
