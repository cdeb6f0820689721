"""Forecast: what a division's budget is expected to land at; what somebody states instead, and what is kept of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import Command, Decider, Refused, State, existing
from contracts.finance import forecasts
from contracts.values import Amount, Currency, Line, Money, Name
from services.finance.budgets.domain import money
from services.finance.budgets.domain.division_budget.model import DivisionBudget
from services.finance.budgets.domain.finance_policy import DEFAULTS, FinancePolicy
from services.finance.currencies.domain.rounding import ExactMoney
from services.finance.forecasts.domain.landing import Landing, landings
from services.finance.forecasts.domain.spending import spent_of
from services.finance.organisation.domain.known import DivisionFacts

Period = Annotated[int, Field(ge=1, le=53)]


class Forecast(State):
    """A budget's forecast: what is ``stated`` by category and period, and what was expected in all at each close.

    ``frozen`` has, by how many periods were closed then, the amount of each period of the year.
    """

    division_id: UUID
    fiscal_year: int
    currency: Currency
    stated: dict[Name, dict[int, Amount]] = {}
    frozen: dict[int, tuple[Amount, ...]] = {}


class StateForecast(Command):
    """Expect another amount of a category in a period than follows by rule, with the reason."""

    category: Name
    period: Period
    amount: ExactMoney
    reason: Line


class WithdrawForecast(Command):
    """Let what follows by rule hold again."""

    category: Name
    period: Period
    reason: Line


class FreezeForecast(Command):
    """Keep what is expected as the books are closed."""


ForecastCommand = StateForecast | WithdrawForecast | FreezeForecast
ForecastEvent = forecasts.ForecastStated | forecasts.ForecastWithdrawn | forecasts.ForecastFrozen
Events = Sequence[ForecastEvent]


@dataclass(frozen=True)
class ForecastFacts(DivisionFacts):
    """``budget``: the division's budget whose forecast it is; None where there is none."""

    budget: DivisionBudget | None = None
    policy: FinancePolicy = DEFAULTS


def decide(state: Forecast | None, command: ForecastCommand, facts: ForecastFacts) -> Events:
    budget = facts.budget
    if budget is None or budget.status not in ("approved", "closed"):
        detail = "There is no approved budget of this id."
        raise Refused("budget-approved", detail, "Forecast an approved budget.")
    match command:
        case StateForecast():
            return state_forecast(state, command, budget, facts)
        case WithdrawForecast(category=category, period=period, reason=reason):
            if period not in existing(state).stated.get(category, {}):
                return []
            return [forecasts.ForecastWithdrawn(category=category, period=period, reason=reason)]
        case FreezeForecast():
            return freeze(state, budget, facts.policy)
        case _:
            assert_never(command)


def state_forecast(
    state: Forecast | None, command: StateForecast, budget: DivisionBudget, facts: ForecastFacts
) -> Events:
    """What is over is not forecast, and neither is less than is spent already."""
    category, period, amount = command.category, command.period, command.amount
    if state is not None and state.stated.get(category, {}).get(period) == amount.amount:
        return []
    money.check_currency(budget.current.currency, amount)
    money.check_not_negative(amount)
    if category not in {*(line.category for line in budget.lines), *budget.charged}:
        detail = f"'{category}' is neither budgeted nor charged."
        raise Refused("category-of-budget", detail, "Name a category of the budget.")
    periods = len(budget.lines[0].spread)
    over = facts.policy.periods_over(budget.fiscal_year, facts.today, periods)
    if not over < period <= periods:
        detail = f"Period {period} is not ahead: {over} of {periods} periods are over."
        raise Refused("period-ahead", detail, "Name the present period or a later one.")
    actual = spent_of(budget, facts.policy)[category].periods[period - 1] if category in budget.charged else Decimal(0)
    if amount.amount < actual:
        spent = money.shown(Money(amount=actual, currency=amount.currency))
        raise Refused("spent-already", f"{spent} is spent in this period already.", f"Expect at least {spent}.")
    return [forecasts.ForecastStated(**of(budget), **{**vars(command), "amount": amount.amount})]


def of(budget: DivisionBudget) -> dict[str, object]:
    """Which budget an event is of."""
    known = {"division_id": budget.division_id, "fiscal_year": budget.fiscal_year}
    return {**known, "currency": budget.current.currency}


def freeze(state: Forecast | None, budget: DivisionBudget, policy: FinancePolicy) -> Events:
    """Each close keeps one forecast: the one that held when so many periods of the year were closed first."""
    closed = policy.periods_closed(budget.fiscal_year, len(budget.lines[0].spread))
    if not closed or (state is not None and closed in state.frozen):
        return []
    kept = tuple(
        forecasts.CategoryLanding(category=each.category, periods=each.expected)
        for each in landing_of(state, budget, policy, closed=closed)
    )
    return [forecasts.ForecastFrozen(**of(budget), closed=closed, landing=kept)]


def landing_of(
    state: Forecast | None, budget: DivisionBudget, policy: FinancePolicy, *, closed: int
) -> tuple[Landing, ...]:
    """The landing of a budget when so many periods are over."""
    return landings(budget.lines, spent_of(budget, policy), state.stated if state else {}, closed=closed)


def evolve(state: Forecast | None, event: ForecastEvent) -> Forecast:
    match event:
        case forecasts.ForecastStated(category=category, period=period, amount=amount):
            forecast = state or begun(event)
            of_category = {**forecast.stated.get(category, {}), period: amount}
            return forecast.but(stated={**forecast.stated, category: of_category})
        case forecasts.ForecastWithdrawn(category=category, period=period):
            forecast = existing(state)
            kept = {at: amount for at, amount in forecast.stated[category].items() if at != period}
            return forecast.but(stated={**forecast.stated, category: kept})
        case forecasts.ForecastFrozen(closed=closed, landing=kept):
            totals = tuple(sum(amounts, Decimal(0)) for amounts in zip(*(each.periods for each in kept), strict=True))
            forecast = state or begun(event)
            return forecast.but(frozen={**forecast.frozen, closed: totals})
        case _:
            assert_never(event)


def begun(event: forecasts.ForecastStated | forecasts.ForecastFrozen) -> Forecast:
    return Forecast(division_id=event.division_id, fiscal_year=event.fiscal_year, currency=event.currency)


FORECAST = Decider(kind="forecast", state=Forecast, events=ForecastEvent, decide=decide, evolve=evolve)
