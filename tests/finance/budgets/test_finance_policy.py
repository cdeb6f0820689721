"""The finance policy: fiscal years, periods, and the control of categories."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from chassis.domain.decider import Actor, Facts, NotFound
from contracts.finance import CategoryControl, Control, FinancePolicySet
from contracts.finance.conversations import StandardCost
from contracts.values import Grade, Money
from services.finance.budgets.domain import finance_policy
from services.finance.budgets.domain.finance_policy import DEFAULTS, FINANCE_POLICY, POLICY_ID, FinancePolicy
from tests.scenarios import given


def facts(id: UUID = POLICY_ID) -> Facts:
    return Facts(Actor("controller"), datetime(2026, 11, 30, tzinfo=UTC), id)


def put(**parts: Any) -> finance_policy.SetFinancePolicy:
    return finance_policy.SetFinancePolicy(reason="As agreed.", **parts)


WARNED = CategoryControl(category="travel", annual=Control.WARN, cumulative=Control.STOP)


def test_what_is_left_out_stays_as_it_is() -> None:
    april = FinancePolicySet(fiscal_year_starts=4, reason="As agreed.")
    given(FINANCE_POLICY).when(put(fiscal_year_starts=4), facts()).then(april)
    state = given(FINANCE_POLICY, april).when(put(categories=(WARNED,)), facts()).then_state()
    assert isinstance(state, FinancePolicy)
    assert (state.fiscal_year_starts, state.annual) == (4, Control.STOP)
    assert state.control("travel") == WARNED
    assert state.control("licences").cumulative is Control.IGNORE
    given(FINANCE_POLICY).when(put(fiscal_year_starts=1), facts()).then()


def test_there_is_no_other_policy_than_the_one() -> None:
    with pytest.raises(NotFound):
        finance_policy.decide(None, put(), facts(UUID(int=1)))


def test_a_category_is_named_once() -> None:
    given(FINANCE_POLICY).when(put(categories=(WARNED, WARNED)), facts()).then_refused("category-once")


@pytest.mark.parametrize(
    ("starts", "day", "year"),
    [(1, "2026-01-01", 2026), (1, "2026-12-31", 2026), (4, "2026-03-31", 2026), (4, "2026-04-01", 2027)],
)
def test_a_fiscal_year_is_named_by_the_calendar_year_it_ends_in(starts: int, day: str, year: int) -> None:
    assert DEFAULTS.but(fiscal_year_starts=starts).fiscal_year(date.fromisoformat(day)) == year


@pytest.mark.parametrize(
    ("starts", "day", "periods", "begun"),
    [
        (1, "2026-01-31", 12, 1),
        (1, "2026-12-01", 12, 12),
        (1, "2026-03-31", 4, 1),
        (1, "2026-04-01", 4, 2),
        (10, "2025-10-01", 12, 1),
        (10, "2026-09-30", 12, 12),
        (1, "2025-12-31", 12, 0),
        (1, "2027-01-01", 12, 12),
        (1, "2026-06-30", 1, 1),
    ],
)
def test_a_years_periods_begin_one_after_the_other(starts: int, day: str, periods: int, begun: int) -> None:
    policy = DEFAULTS.but(fiscal_year_starts=starts)
    assert policy.periods_begun(2026, date.fromisoformat(day), periods) == begun


def test_books_are_closed_up_to_a_day_that_is_over() -> None:
    closed = FinancePolicySet(closed_through=date(2026, 11, 29), reason="As agreed.")
    given(FINANCE_POLICY).when(put(closed_through=date(2026, 11, 29)), facts()).then(closed)
    given(FINANCE_POLICY).when(put(closed_through=date(2026, 11, 30)), facts()).then_refused("period-over")


@pytest.mark.parametrize(
    ("through", "periods", "closed"),
    [("2026-06-30", 12, 6), ("2026-06-29", 12, 5), ("2026-06-30", 4, 2), ("2025-12-31", 12, 0), ("2027-01-31", 12, 12)],
)
def test_a_period_is_closed_when_its_last_day_is(through: str, periods: int, closed: int) -> None:
    policy = FinancePolicy(closed_through=date.fromisoformat(through))
    assert policy.periods_closed(2026, periods) == closed
    assert DEFAULTS.periods_closed(2026, periods) == 0


def cost(amount: str, currency: str = "EUR") -> StandardCost:
    return StandardCost(grade=Grade.STAFF, cost=Money(amount=Decimal(amount), currency=currency))


def test_the_rate_card_says_what_a_grade_is_reckoned_to_cost_in_a_currency() -> None:
    card = (cost("60000"), cost("6600000", "JPY"))
    state = given(FINANCE_POLICY).when(put(rate_card=card), facts()).then_state()
    assert isinstance(state, FinancePolicy)
    assert state.standard_cost(Grade.STAFF, "JPY") == card[1].cost
    assert state.standard_cost(Grade.STAFF, "USD") is None
    assert state.standard_cost(Grade.MANAGER, "EUR") is None


def test_a_grade_has_one_cost_in_a_currency_above_0_and_in_its_decimals() -> None:
    given(FINANCE_POLICY).when(put(rate_card=(cost("1"), cost("2"))), facts()).then_refused("grade-once")
    given(FINANCE_POLICY).when(put(rate_card=(cost("0"),)), facts()).then_refused("amount-positive")
    given(FINANCE_POLICY).when(put(rate_card=(cost("0.5", "JPY"),)), facts()).then_refused("amount-exact")
    given(FINANCE_POLICY).when(put(rate_card=(cost("1", "XAU"),)), facts()).then_refused("amount-exact")


@pytest.mark.parametrize(("starts", "last"), [(1, "2027-12-31"), (4, "2027-03-31"), (3, "2027-02-28")])
def test_a_fiscal_year_ends_on_the_day_before_the_next_begins(starts: int, last: str) -> None:
    policy = DEFAULTS.but(fiscal_year_starts=starts)
    assert policy.last_day(2027) == date.fromisoformat(last)
    assert policy.fiscal_year(date.fromisoformat(last)) == 2027
