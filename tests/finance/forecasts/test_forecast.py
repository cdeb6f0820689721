"""Forecasts: where budgets land, what somebody states instead, what is kept at each close, and how good it was."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as over
from hypothesis import strategies as some

from chassis.domain.decider import Actor
from contracts.finance import BudgetLine, CostKind, Purpose, forecasts
from contracts.roles import Role
from contracts.values import Money
from services.finance.budgets.domain.division_budget.model import DivisionBudget
from services.finance.budgets.domain.finance_policy import FinancePolicy
from services.finance.budgets.domain.money import Sums
from services.finance.budgets.domain.project_budget.model import Estimate, ProjectBudget
from services.finance.forecasts.commands import FORECASTS
from services.finance.forecasts.domain.accuracy import Accuracy, accuracy
from services.finance.forecasts.domain.completion import CompletionBasis, EarnedValue, completion
from services.finance.forecasts.domain.forecast import (
    FORECAST,
    ForecastFacts,
    FreezeForecast,
    StateForecast,
    WithdrawForecast,
)
from services.finance.forecasts.domain.landing import Landing, Spent, landings
from services.finance.forecasts.domain.spending import spent_of
from services.finance.organisation.domain.known import KnownDivision
from tests.scenarios import given, who_may

ID, DIVISION, HEAD, OTHER = (UUID(int=n) for n in range(1, 5))
TODAY = date(2026, 8, 15)
CLOSED_JUNE = FinancePolicy(closed_through=date(2026, 6, 30))


def euros(amount: str | int, currency: str = "EUR") -> Money:
    return Money(amount=Decimal(amount), currency=currency)


def line(category: str, amount: int, *shares: int) -> BudgetLine:
    spread = tuple(Decimal(share) for share in shares)
    return BudgetLine(
        category=category, cost_kind=CostKind.OPEX, purpose=Purpose.RUN, amount=euros(amount), spread=spread
    )


QUARTERS = (line("licences", 1000, 25, 25, 25, 25), line("travel", 100, 0, 0, 50, 50))


def budget(status: str = "approved", **charged: dict[str, Any]) -> DivisionBudget:
    """A budget of 2026 in quarters; of what is charged, ``months`` says when it was spent."""
    spent = {name: {month: Decimal(amount) for month, amount in of["months"].items()} for name, of in charged.items()}
    sums = {
        name: Sums(planned=Decimal(of.get("planned", 0)), spent=sum(spent[name].values(), Decimal(0)))
        for name, of in charged.items()
    }
    known: dict[str, Any] = {"division_id": DIVISION, "fiscal_year": 2026, "parent_budget_id": None}
    amounts = {"original": euros(1100), "current": euros(1100)}
    return DivisionBudget(**known, **amounts, lines=QUARTERS, status=status, charged=sums, spent_in=spent)


def facts(actor: UUID = HEAD, *roles: Role, of: DivisionBudget | None, **known: Any) -> ForecastFacts:
    acts = Actor(str(actor), frozenset(roles))
    at = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
    return ForecastFacts(acts, at, ID, division=KnownDivision(open=True, heads=(HEAD,)), budget=of, **known)


def landed(charged: dict[str, Spent], stated: dict[str, dict[int, Decimal]], closed: int) -> dict[str, Landing]:
    return {each.category: each for each in landings(QUARTERS, charged, stated, closed=closed)}


def amounts(*numbers: str | int) -> tuple[Decimal, ...]:
    return tuple(Decimal(number) for number in numbers)


OF = {"division_id": DIVISION, "fiscal_year": 2026, "currency": "EUR"}
STATED = forecasts.ForecastStated(**OF, category="licences", period=4, amount=Decimal(400), reason="A new contract.")
STATE = StateForecast(category="licences", period=4, amount=euros(400), reason="A new contract.")


def test_of_what_is_over_the_actual_counts_and_of_what_is_ahead_the_budget() -> None:
    found = landed({"licences": Spent(amounts(200, 300, 40, 0))}, {}, closed=2)
    assert found["licences"].expected == amounts(200, 300, 250, 250)
    assert found["licences"].total == 1000
    assert found["travel"].expected == amounts(0, 0, 50, 50)


def test_what_is_spent_ahead_is_not_expected_twice() -> None:
    assert landed({"licences": Spent(amounts(0, 0, 300, 0))}, {}, closed=2)["licences"].expected == amounts(
        0, 0, 300, 250
    )


def test_orders_beyond_the_budget_are_expected() -> None:
    bound = landed({"licences": Spent(amounts(0, 0, 0, 0), Decimal("600.01"))}, {}, closed=2)["licences"]
    assert bound.expected == amounts(0, 0, "300.01", 300)
    unbudgeted = landed({"training": Spent(amounts(0, 0, 0, 0), Decimal(99))}, {}, closed=2)["training"]
    assert (unbudgeted.budgeted, unbudgeted.expected) == (amounts(0, 0, 0, 0), amounts(0, 0, "49.50", "49.50"))


def test_after_the_year_open_orders_are_expected_in_its_last_period() -> None:
    found = landed({"licences": Spent(amounts(10, 10, 10, 10), Decimal(5))}, {}, closed=4)
    assert found["licences"].expected == amounts(10, 10, 10, 15)
    assert found["travel"].total == 0


def test_what_is_stated_takes_the_place_of_the_rule_until_the_period_is_over_or_more_is_spent() -> None:
    stated = {"licences": {3: Decimal(100), 4: Decimal(400)}}
    ahead = landed({}, stated, closed=2)["licences"]
    assert (ahead.expected, ahead.stated) == (amounts(0, 0, 100, 400), (3, 4))
    spent = landed({"licences": Spent(amounts(0, 0, 120, 0))}, stated, closed=2)["licences"]
    assert spent.expected == amounts(0, 0, 120, 400)
    over_now = landed({"licences": Spent(amounts(0, 0, 120, 0))}, stated, closed=3)["licences"]
    assert (over_now.expected, over_now.stated) == (amounts(0, 0, 120, 400), (4,))


@over(
    spent=some.lists(some.integers(-500, 5000), min_size=4, max_size=4),
    bound=some.integers(0, 9999),
    closed=some.integers(0, 4),
)
def test_a_landing_is_never_less_than_what_is_spent_and_bound(spent: list[int], bound: int, closed: int) -> None:
    actual = tuple(Decimal(each) / 100 for each in spent)
    found = landed({"licences": Spent(actual, Decimal(bound) / 100)}, {}, closed=closed)["licences"]
    assert found.total >= sum(actual) + Decimal(bound) / 100
    assert all(expected >= came for expected, came in zip(found.expected, actual, strict=True))
    assert found.expected[:closed][: min(closed, 3)] == actual[: min(closed, 3)]


def test_what_a_budget_keeps_by_month_is_counted_in_the_periods_of_its_fiscal_year() -> None:
    of = budget(licences={"months": {"2025-12": 1, "2026-01": 2, "2026-03": 4, "2026-04": 8, "2027-02": 16}})
    assert spent_of(of, FinancePolicy())["licences"].periods == amounts(7, 8, 0, 16)
    april = spent_of(of, FinancePolicy(fiscal_year_starts=4))["licences"]
    assert april.periods == amounts(0, 0, 1, 30)


def test_what_is_reserved_is_bound_and_what_was_passed_on_from_last_year_is_spent() -> None:
    sums = Sums(reserved=Decimal(7), planned=Decimal(2), committed=Decimal(1), spent=Decimal(15))
    of = budget(licences={"months": {"2026-04": 5}}).but(charged={"licences": sums})
    assert spent_of(of, FinancePolicy())["licences"] == Spent(amounts(10, 5, 0, 0), Decimal(10))


def test_only_an_approved_budget_is_forecast() -> None:
    for of in (None, budget("drafted"), budget("submitted")):
        given(FORECAST).when(STATE, facts(of=of)).then_refused("budget-approved")
    given(FORECAST).when(STATE, facts(of=budget())).then(STATED)
    given(FORECAST, STATED).when(STATE, facts(of=budget())).then()


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"category": "parties"}, "category-of-budget"),
        ({"period": 2}, "period-ahead"),
        ({"period": 5}, "period-ahead"),
        ({"amount": euros(1, "USD")}, "currency-differs"),
        ({"amount": euros(-1)}, "amount-not-negative"),
        ({"period": 3, "amount": euros(39)}, "spent-already"),
    ],
)
def test_a_statement_is_of_a_period_ahead_in_the_budgets_terms(changes: dict[str, Any], rule: str) -> None:
    of = budget(licences={"months": {"2026-08": 40}})
    given(FORECAST).when(STATE.model_copy(update=changes), facts(of=of)).then_refused(rule)


def test_a_statement_is_withdrawn_and_what_was_expected_at_a_close_stays() -> None:
    withdrawn = forecasts.ForecastWithdrawn(category="licences", period=4, reason="Not signed.")
    withdraw = WithdrawForecast(category="licences", period=4, reason="Not signed.")
    given(FORECAST, STATED).when(withdraw, facts(of=budget())).then(withdrawn)
    given(FORECAST, STATED, withdrawn).when(withdraw, facts(of=budget())).then()
    kept = forecasts.ForecastFrozen(
        **OF,
        closed=2,
        landing=(
            forecasts.CategoryLanding(category="licences", periods=amounts(0, 0, "250.00", 400)),
            forecasts.CategoryLanding(category="travel", periods=amounts(0, 0, "50.00", "50.00")),
        ),
    )
    frozen = given(FORECAST, STATED).when(FreezeForecast(), facts(of=budget(), policy=CLOSED_JUNE))
    frozen.then(kept)
    state = FORECAST.fold([STATED, kept, withdrawn])
    assert state is not None
    assert state.frozen == {2: amounts(0, 0, 300, 450)}


def test_each_close_keeps_one_forecast() -> None:
    kept = FORECAST.decide(None, FreezeForecast(), facts(of=budget(), policy=CLOSED_JUNE))
    frozen = FORECAST.fold(kept)
    assert frozen is not None
    assert list(frozen.frozen) == [2]
    again = facts(of=budget(licences={"months": {"2026-05": 900}}), policy=CLOSED_JUNE)
    assert not FORECAST.decide(frozen, FreezeForecast(), again)
    open_books = facts(of=budget(), policy=FinancePolicy(closed_through=date(2026, 3, 30)))
    given(FORECAST).when(FreezeForecast(), open_books).then()


def test_whose_budget_it_is_says_what_it_lands_at() -> None:
    who_may(FORECASTS).when(STATE, facts(HEAD, of=budget())).then(STATED)
    who_may(FORECASTS).when(STATE, facts(OTHER, Role.FINANCE_CONTROLLER, of=budget())).then(STATED)
    who_may(FORECASTS).when(STATE, facts(OTHER, Role.MANAGER, of=budget())).then_refused("not-authorised")
    closing = facts(HEAD, of=budget(), policy=CLOSED_JUNE)
    who_may(FORECASTS).when(FreezeForecast(), closing).then_refused("not-authorised")


def test_accuracy_is_the_mean_percentage_and_the_mean_difference() -> None:
    """The worked example W19: five periods, forecast one ahead."""
    actual, expected = amounts(102, 120, 125, 110, 100), amounts(110, 116, 120, 120, 113)
    frozen = {at: tuple(expected) for at in range(5)}
    (one, *_) = accuracy(frozen, actual, closed=5)
    assert (one.lead, one.compared, one.undefined) == (1, 5, 0)
    assert one.mape is not None
    assert f"{float(one.mape):.4f}" == "7.4535"
    assert float(one.bias) == 4.4


def test_accuracy_is_told_by_lead_time_and_undefined_where_nothing_was_spent() -> None:
    frozen = {1: amounts(0, 10, 20), 2: amounts(0, 0, 30)}
    one, two = accuracy(frozen, amounts(5, 0, 40), closed=3)
    assert one == Accuracy(lead=1, compared=2, undefined=1, mape=Fraction(25), bias=Fraction(0))
    assert two == Accuracy(lead=2, compared=1, undefined=0, mape=Fraction(50), bias=Fraction(-20))
    (nothing,) = accuracy({1: amounts(0, 10, 20)}, amounts(5, 0, 40), closed=2)
    assert nothing == Accuracy(lead=1, compared=1, undefined=1, mape=None, bias=Fraction(10))
    assert accuracy({2: amounts(0, 0, 30)}, amounts(5, 0, 40), closed=2) == []


FIGURES = {"granted": 100, "returned": 0, "planned": 0, "committed": 0, "spent": 0}


def project(**changes: Any) -> ProjectBudget:
    known: dict[str, Any] = {"division_id": DIVISION, "status": "funded", "asked": None, "contingency": euros(0)}
    sums = {name: euros(amount) for name, amount in FIGURES.items()}
    return ProjectBudget(**{**known, **sums, "available": euros(100), **changes})


def test_a_project_lands_at_what_was_stated_else_by_earned_value_else_at_its_budget() -> None:
    earned = EarnedValue("EUR", earned=Decimal(30), budget=Decimal(100), actual=Decimal(40))
    stated = Estimate(estimate=euros(90), basis="stated", as_of=TODAY)
    assert completion(project(estimate=stated), earned).basis is CompletionBasis.STATED
    by_value = completion(project(), earned)
    assert (by_value.estimate, by_value.basis) == (euros("133.33"), CompletionBasis.EARNED_VALUE)
    for known in (
        None,
        EarnedValue("USD", Decimal(1), Decimal(1), Decimal(1)),
        EarnedValue("EUR", Decimal(0), Decimal(9), Decimal(9)),
    ):
        assert completion(project(), known).estimate == euros(100)
    assert completion(project(charged={"licences": Sums(spent=Decimal(120))}), None).estimate == euros(120)
