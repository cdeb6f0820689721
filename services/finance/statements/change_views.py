"""Changes between two days over HTTP: what changed a division's budgets, and who submitted and approved it."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field

from chassis.domain.clock import CalendarDay, Moment
from chassis.http.caller import Standing
from chassis.http.export import EXPORTED, PAGE, Page, file_asked
from chassis.http.known_parameters import refused
from chassis.http.paging import BadPageToken, PageSize, PageToken, read_page_token, write_token
from chassis.http.quota import Rates
from chassis.http.routes import EVENTS_OF_A_READ
from chassis.store.store import Store
from contracts.values import Currency, Name
from services.finance.budgets.domain.division_budget.model import DivisionBudget
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.spending.domain.commitment import COMMITMENT, Commitment
from services.finance.spending.domain.expense import EXPENSE, Expense
from services.finance.statements.domain.changes import Balance, ChangeKind, Window
from services.finance.statements.domain.statement import Figures
from services.finance.statements.facts import Changed, Changes, changes_of


class AskedChanges(BaseModel):
    """Of which division and days, in which order."""

    model_config = ConfigDict(extra="forbid")

    division_id: UUID
    begin: CalendarDay = Field(alias="from", description="first day")
    to: CalendarDay = Field(description="last day, included")
    known_at: Moment | None = Field(None, description="as it was known at this moment")
    budget_id: list[UUID] | None = Field(None, max_length=50)
    kind: list[ChangeKind] | None = Field(None, max_length=50)
    category: list[Name] | None = Field(None, max_length=50)
    sort: Literal["on", "-on", "available", "-available"] = "on"
    page_size: PageSize = 100
    page_token: PageToken | None = None


class BudgetChange(BaseModel):
    """An event of a budget, or of what draws on it, and by how much it changed each figure of the budget.

    ``on``: the day that it counts from; what was spent counts from the day it occurred. Amounts are in the budget's
    currency. Persons are ids: ``by`` did what the event says; ``..._for``: whom somebody stood in for.
    """

    budget_id: UUID
    division_id: UUID
    fiscal_year: int
    currency: Currency
    kind: ChangeKind
    on: date
    recorded_at: datetime
    category: Name | None
    other_id: UUID | None = Field(description="the other budget, or the project")
    record_kind: str | None = Field(description="what charged the budget: an expense, a commitment or a reservation")
    record_id: UUID | None
    by: str
    submitted_by: str | None
    submitted_for: str | None
    approved_by: str | None
    approved_for: str | None
    change: Figures = Field(description="by how much each figure of the budget changed")


class FiguresThen(BaseModel):
    """Figures of a budget on a day; 0 before there was a budget."""

    current: Decimal
    spent: Decimal
    available: Decimal


class BudgetBetween(BaseModel):
    """A budget before the first day and at the end of the last one."""

    budget_id: UUID
    division_id: UUID
    fiscal_year: int
    currency: Currency
    before: FiguresThen
    after: FiguresThen


class ChangesPage(BaseModel):
    """A page of changes, and all budgets that they may be of: changes of all pages sum to after - before."""

    items: list[BudgetChange]
    budgets: list[BudgetBetween]
    next_page_token: str | None


Who = tuple[str | None, str | None, str | None, str | None]
"""Who submitted for whom, and who approved for whom."""
Records = dict[tuple[str, UUID], Any]


async def page_of(store: Store, asked: AskedChanges, found: Changes) -> ChangesPage:
    """A page of the changes that were asked for."""
    bound = asked.model_dump_json(exclude={"page_size", "page_token"})
    changed = in_order([each for each in found.changed if is_asked(each, asked)], asked.sort)
    start = place_after(changed, asked.page_token, bound) if asked.page_token else 0
    shown = changed[start : start + asked.page_size]
    more = len(changed) > start + len(shown)
    ids = [each.id for each in found.balances]
    budgets = {id: each.state for id, each in zip(ids, await store.load_many(DIVISION_BUDGET, ids), strict=True)}
    records = await records_of(store, shown)
    return ChangesPage(
        items=[change_of(each, budgets[each.change.budget_id], records) for each in shown],
        budgets=[between(each, budgets[each.id]) for each in found.balances],
        next_page_token=write_token(*map(str, shown[-1].change.order), bound) if more else None,
    )


def is_asked(changed: Changed, asked: AskedChanges) -> bool:
    change = changed.change
    return (
        (asked.budget_id is None or change.budget_id in asked.budget_id)
        and (asked.kind is None or change.kind in asked.kind)
        and (asked.category is None or change.category in asked.category)
    )


def in_order(changed: Sequence[Changed], sort: str) -> list[Changed]:
    """By day or by what became available, then as the log has it."""

    def key(each: Changed) -> Any:
        by = each.change.told.on if sort.endswith("on") else each.change.figures.available
        return by, each.change.order

    return sorted(changed, key=key, reverse=sort.startswith("-"))


def place_after(changed: Sequence[Changed], token: str, bound: str) -> int:
    last = read_page_token(token, bound)
    for place, each in enumerate(changed, 1):
        if tuple(map(str, each.change.order)) == last:
            return place
    raise BadPageToken


async def records_of(store: Store, shown: Sequence[Changed]) -> Records:
    """The orders and expenses of a page."""
    expenses, orders = ids_of(EXPENSE.kind, shown), ids_of(COMMITMENT.kind, shown)
    found: Records = {}
    for id, loaded in zip(expenses, await store.load_many(EXPENSE, expenses), strict=True):
        found[EXPENSE.kind, id] = loaded.state
    for id, loaded in zip(orders, await store.load_many(COMMITMENT, orders), strict=True):
        found[COMMITMENT.kind, id] = loaded.state
    return found


def ids_of(kind: str, shown: Sequence[Changed]) -> list[UUID]:
    return sorted({each.record[1] for each in shown if each.record is not None and each.record[0] == kind})


def who(changed: Changed, records: Records) -> Who:
    """Who submitted and who approved what changed the budget."""
    match records.get(changed.record) if changed.record else None:
        case Expense() as expense:
            return expense.submitted_by, expense.submitted_for, expense.approved_by, expense.approved_for
        case Commitment() as order:
            return order.drafted_by, order.drafted_for, order.approved_by, order.approved_for
    change, metadata = changed.change, changed.stored.metadata
    if changed.record is not None or change.kind in (ChangeKind.DRAFTED, ChangeKind.CHARGED):
        return None, None, None, None
    return change.submitted_by, change.submitted_for, metadata["actor"], metadata.get("for_whom")


def change_of(changed: Changed, budget: DivisionBudget, records: Records) -> BudgetChange:
    submitted_by, submitted_for, approved_by, approved_for = who(changed, records)
    record_kind, record_id = changed.record or (None, None)
    change = changed.change
    return BudgetChange(
        budget_id=change.budget_id,
        division_id=budget.division_id,
        fiscal_year=budget.fiscal_year,
        currency=budget.currency,
        kind=change.kind,
        on=change.told.on,
        recorded_at=changed.stored.recorded_at,
        category=change.category,
        other_id=change.other_id,
        record_kind=record_kind,
        record_id=record_id,
        by=changed.stored.metadata["actor"],
        submitted_by=submitted_by,
        submitted_for=submitted_for,
        approved_by=approved_by,
        approved_for=approved_for,
        change=change.figures,
    )


def between(balance: Balance, budget: DivisionBudget) -> BudgetBetween:
    return BudgetBetween(
        budget_id=balance.id,
        division_id=budget.division_id,
        fiscal_year=budget.fiscal_year,
        currency=budget.currency,
        before=then(balance.before),
        after=then(balance.after),
    )


def then(figures: Figures) -> FiguresThen:
    return FiguresThen(current=figures.current, spent=figures.spent, available=figures.available)


def router(store: Store) -> APIRouter:
    """``GET /statements/changes``."""
    routes = APIRouter()

    @routes.get(
        "/statements/changes",
        operation_id="list_statement_changes",
        response_model=ChangesPage,
        responses={200: {"content": dict(EXPORTED)}},
        summary="What changed in the budgets of a division and of those below it between two days, and by whom.",
    )
    async def changes(
        request: Request, actor: Standing, asked: Annotated[AskedChanges, Query()]
    ) -> ChangesPage | Response:
        if asked.to < asked.begin:
            raise RequestValidationError([refused("to", f"It is before {asked.begin}.")])
        rates: Rates = request.app.state.rates
        await rates.past_reads.admit(actor.id)
        found = await changes_of(store, asked.division_id, Window(asked.begin, asked.to), asked.known_at)
        rates.past_reads.charge(actor.id, found.events // EVENTS_OF_A_READ)

        async def page_after(token: str | None) -> Page:
            page = await page_of(store, asked.model_copy(update={"page_size": PAGE, "page_token": token}), found)
            return page.items, page.next_page_token

        file = await file_asked(request, actor.id, BudgetChange, "changes", page_after, asked.page_token)
        return await page_of(store, asked, found) if file is None else file

    return routes
