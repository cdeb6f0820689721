"""Forecasts over HTTP: where a division's budget and its projects land, and how good forecasts were."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.domain.clock import Clock
from chassis.domain.decider import NotFound
from chassis.domain.streams import id_of
from chassis.http.caller import Standing
from chassis.http.export import EXPORTED, rows_asked
from chassis.store.decision_view import View
from chassis.store.store import Store
from contracts.values import Currency
from services.finance.budgets.domain.division_budget.model import DivisionBudget
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.domain.finance_policy import FinancePolicy
from services.finance.budgets.domain.project_budget.model import ProjectBudget
from services.finance.budgets.domain.project_budget.rules import PROJECT_BUDGET
from services.finance.budgets.facts import policy
from services.finance.forecasts.domain import accuracy, forecast, landing, spending
from services.finance.forecasts.domain.completion import Completion, CompletionBasis, EarnedValue, completion
from services.finance.organisation.zones import today_of

FUNDED = text("SELECT stream FROM projects_funded_by(CAST(:id AS text)) ORDER BY stream")
KNOWN = text("SELECT id, currency, earned, budget, actual FROM project_earned_value WHERE id = ANY(:ids)")
MOST_PROJECTS = 100
PLACES = 4
PerPeriod = list[Decimal]


class CategoryForecast(BaseModel):
    """A category of the budget: amounts of each period in order, in the budget's currency."""

    category: str
    budgeted: PerPeriod
    actual: PerPeriod = Field(description="spent, by the day it occurred")
    bound: Decimal = Field(description="reservations, planned and open orders")
    expected: PerPeriod = Field(description="spent and still to come; of periods that are over, what was spent")
    stated: list[int] = Field(description="the periods in which somebody expects another amount than follows by rule")
    total: Decimal = Field(description="what the category lands at")


class ProjectForecast(BaseModel):
    """A project that draws on the budget; it lives as long as it takes, whatever the fiscal year."""

    project_id: UUID
    granted: Decimal
    spent: Decimal
    committed: Decimal
    estimate: Decimal = Field(description="at completion")
    basis: CompletionBasis
    over: Decimal = Field(description="estimate - granted; below 0 where less is expected")


class ProjectsForecast(BaseModel):
    """The projects that draw on the budget, together, and those that go over theirs by most."""

    projects: int
    granted: Decimal
    estimate: Decimal
    items: list[ProjectForecast] = Field(description=f"at most {MOST_PROJECTS}, the largest `over` first")


class BudgetForecast(BaseModel):
    """Where a division's budget lands: its own categories by period, and its projects."""

    division_budget_id: UUID
    division_id: UUID
    fiscal_year: int
    currency: Currency
    over: int = Field(description="how many periods of the year are over")
    current: Decimal = Field(description="the budget, with supplements and transfers")
    total: Decimal = Field(description="what the division's own categories land at")
    items: list[CategoryForecast]
    projects: ProjectsForecast


class AccuracyAtLead(BaseModel):
    """Forecasts made so many periods ahead, compared with what came."""

    lead: int = Field(description="periods between the close at which it was made and the period it is for")
    compared: int
    undefined: int = Field(description="of those compared, periods in which nothing was spent: no percentage of 0")
    mape: Decimal | None = Field(description="mean absolute percentage error; null where every actual is 0")
    bias: Decimal = Field(description="mean of forecast - actual in the budget's currency; above 0: too much")


class ForecastAccuracy(BaseModel):
    """How good a budget's forecasts were, by lead time."""

    division_budget_id: UUID
    currency: Currency
    closed: int = Field(description="how many periods of the year are closed")
    items: list[AccuracyAtLead]


def category_forecast(of: landing.Landing) -> CategoryForecast:
    return CategoryForecast(
        category=of.category,
        budgeted=list(of.budgeted),
        actual=list(of.actual),
        bound=of.bound,
        expected=list(of.expected),
        stated=list(of.stated),
        total=of.total,
    )


def project_forecast(project_id: UUID, budget: ProjectBudget, found: Completion) -> ProjectForecast:
    return ProjectForecast(
        project_id=project_id,
        granted=budget.granted.amount,
        spent=budget.spent.amount,
        committed=budget.committed.amount,
        estimate=found.estimate.amount,
        basis=found.basis,
        over=found.estimate.amount - budget.granted.amount,
    )


async def project_forecasts(store: Store, ids: Sequence[UUID]) -> list[ProjectForecast]:
    rows = await store.rows(KNOWN, {"ids": list(ids)})
    known = {row.id: EarnedValue(row.currency, row.earned, row.budget, row.actual) for row in rows}
    loaded = zip(ids, await store.load_many(PROJECT_BUDGET, ids), strict=True)
    budgets = [(id, each.state) for id, each in loaded]
    return [
        project_forecast(id, budget, completion(budget, known.get(id))) for id, budget in budgets if budget is not None
    ]


def together(projects: Sequence[ProjectForecast]) -> ProjectsForecast:
    zero = Decimal(0)
    return ProjectsForecast(
        projects=len(projects),
        granted=sum((each.granted for each in projects), zero),
        estimate=sum((each.estimate for each in projects), zero),
        items=sorted(projects, key=lambda each: (-each.over, each.project_id))[:MOST_PROJECTS],
    )


def accuracy_at(of: accuracy.Accuracy) -> AccuracyAtLead:
    mape = None if of.mape is None else shown(of.mape)
    return AccuracyAtLead(lead=of.lead, compared=of.compared, undefined=of.undefined, mape=mape, bias=shown(of.bias))


def shown(value: Fraction) -> Decimal:
    """A figure as it is shown: rounded last, half to even."""
    return Decimal(round(value * 10**PLACES)).scaleb(-PLACES)


def router(store: Store, clock: Clock) -> APIRouter:
    routes = APIRouter(tags=["forecasts"])

    async def budget_of(id: UUID) -> tuple[DivisionBudget, FinancePolicy]:
        budget = (await store.load(DIVISION_BUDGET, id)).state
        if budget is None:
            raise NotFound
        return budget, await policy(View(store))

    @routes.get(
        "/division-budgets/{id}/forecast",
        operation_id="get_division_budget_forecast",
        response_model=BudgetForecast,
        responses={200: {"content": dict(EXPORTED)}},
        summary="Where a division's budget lands: by category and period, and its projects at completion.",
    )
    async def of_budget(request: Request, id: UUID, actor: Standing) -> BudgetForecast | Response:
        budget, in_force = await budget_of(id)
        today = await today_of(View(store), budget.division_id, clock())
        over = in_force.periods_over(budget.fiscal_year, today, len(budget.lines[0].spread))
        stated = (await store.load(forecast.FORECAST, id)).state
        items = [category_forecast(each) for each in forecast.landing_of(stated, budget, in_force, closed=over)]
        if file := await rows_asked(request, actor.id, CategoryForecast, "forecast", items):
            return file
        funded = [id_of(row.stream) for row in await store.rows(FUNDED, {"id": id})]
        return BudgetForecast(
            division_budget_id=id,
            division_id=budget.division_id,
            fiscal_year=budget.fiscal_year,
            currency=budget.current.currency,
            over=over,
            current=budget.current.amount,
            total=sum((each.total for each in items), Decimal(0)),
            items=items,
            projects=together(await project_forecasts(store, funded)),
        )

    @routes.get(
        "/division-budgets/{id}/forecast-accuracy",
        operation_id="get_division_budget_forecast_accuracy",
        response_model=ForecastAccuracy,
        responses={200: {"content": dict(EXPORTED)}},
        summary="How good a budget's forecasts were: MAPE and bias by lead time.",
    )
    async def of_forecasts(request: Request, id: UUID, actor: Standing) -> ForecastAccuracy | Response:
        budget, in_force = await budget_of(id)
        kept = (await store.load(forecast.FORECAST, id)).state
        periods = len(budget.lines[0].spread)
        closed = in_force.periods_closed(budget.fiscal_year, periods)
        spent = spending.spent_of(budget, in_force).values()
        actual = [sum((each.periods[at] for each in spent), Decimal(0)) for at in range(periods)]
        found = accuracy.accuracy(kept.frozen if kept else {}, actual, closed=closed)
        items = [accuracy_at(each) for each in found]
        if file := await rows_asked(request, actor.id, AccuracyAtLead, "forecast-accuracy", items):
            return file
        return ForecastAccuracy(division_budget_id=id, currency=budget.current.currency, closed=closed, items=items)

    @routes.get(
        "/project-budgets/{id}/forecast",
        operation_id="get_project_budget_forecast",
        summary="What a project is expected to cost at completion, and what that rests on.",
    )
    async def of_project(id: UUID, _actor: Standing) -> ProjectForecast:
        found = await project_forecasts(store, [id])
        if not found:
            raise NotFound
        return found[0]

    return routes
