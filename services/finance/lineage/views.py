"""Lineage over HTTP: of an expense back to first allotments, and of a budget forward to where its money is."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from chassis.domain.decider import NotFound, Refused
from chassis.http.caller import Standing
from chassis.http.export import EXPORTED, rows_asked
from chassis.store.store import Store
from contracts.values import Amount, Currency
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.lineage.domain.lineage import RULE, Ledger, MovementKind, OriginKind, Part, Place, forward, merged
from services.finance.lineage.facts import movements_about
from services.finance.spending.domain.expense import EXPENSE, SPENT


class LineageStep(BaseModel):
    """From one budget to another, a project's has the project's id; ``id``: of the transfer, year end or project."""

    kind: MovementKind
    from_budget_id: UUID
    to_budget_id: UUID
    id: UUID | None


class LineagePart(BaseModel):
    """Some of the money: where it was first allotted, and the way it took from there."""

    amount: Amount
    origin: OriginKind
    origin_budget_id: UUID
    path: Sequence[LineageStep]


class ExpenseLineage(BaseModel):
    """Where the money of an expense came from; the parts sum to it."""

    expense_id: UUID
    amount: Amount
    currency: Currency
    rule: str = Field(description="how money is told apart")
    parts: Sequence[LineagePart]


class MoneyPlace(BaseModel):
    """Where money is: ``kind`` is null for what is still held there; by a project where it was funded."""

    holder_id: UUID
    kind: MovementKind | None
    amount: Amount


class BudgetLineage(BaseModel):
    """Where all money is now that has been in a budget; the places sum to the total."""

    division_budget_id: UUID
    currency: Currency
    rule: str
    total: Amount
    places: Sequence[MoneyPlace]


def router(store: Store) -> APIRouter:
    routes = APIRouter()

    @routes.get(
        "/expenses/{id}/lineage",
        operation_id="get_expense_lineage",
        response_model=ExpenseLineage,
        responses={200: {"content": dict(EXPORTED)}},
        tags=["expenses"],
        summary="Where the money of an expense came from, back to first allotments, oldest money first.",
    )
    async def of_expense(request: Request, id: UUID, actor: Standing) -> ExpenseLineage | Response:
        expense = (await store.load(EXPENSE, id)).state
        if expense is None:
            raise NotFound
        if expense.status not in SPENT or expense.amount.amount < 0:
            detail = f"The expense of {expense.amount.amount:,f} {expense.amount.currency} is {expense.status}."
            raise Refused("only-spent", detail, "Ask for one that is approved and no credit: it alone took money.")
        budgets = [expense.division_budget_id] if expense.division_budget_id else []
        ledger = Ledger(await movements_about(store, *budgets, project_id=expense.project_id))
        parts = [shown(part) for part in merged(ledger.spent(id))]
        if file := await rows_asked(request, actor.id, LineagePart, "lineage", parts):
            return file
        amount = expense.amount
        return ExpenseLineage(expense_id=id, amount=amount.amount, currency=amount.currency, rule=RULE, parts=parts)

    @routes.get(
        "/division-budgets/{id}/lineage",
        operation_id="get_division_budget_lineage",
        response_model=BudgetLineage,
        responses={200: {"content": dict(EXPORTED)}},
        tags=["division-budgets"],
        summary="Where the money is now that has been in a budget: spent, lapsed, or held where.",
    )
    async def of_budget(request: Request, id: UUID, actor: Standing) -> BudgetLineage | Response:
        budget = (await store.load(DIVISION_BUDGET, id)).state
        if budget is None:
            raise NotFound
        found = forward(Ledger(await movements_about(store, id)), id, lambda place: Place(place.budget_id, place.kind))
        places = [
            MoneyPlace(holder_id=place.budget_id, kind=place.kind, amount=amount) for place, amount in found.items()
        ]
        if file := await rows_asked(request, actor.id, MoneyPlace, "lineage", places):
            return file
        whole = sum((place.amount for place in places), Decimal(0))
        return BudgetLineage(
            division_budget_id=id, currency=budget.current.currency, rule=RULE, total=whole, places=places
        )

    return routes


def shown(part: Part) -> LineagePart:
    steps = [
        LineageStep(kind=step.kind, from_budget_id=step.from_id, to_budget_id=step.to_id, id=step.id)
        for step in part.path
    ]
    return LineagePart(amount=part.amount, origin=part.origin.kind, origin_budget_id=part.origin.budget_id, path=steps)
