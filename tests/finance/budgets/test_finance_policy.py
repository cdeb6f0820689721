"""The finance policy: fiscal years, periods, and the control of categories."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from chassis.domain.decider import Actor, Facts, NotFound
from contracts.finance import CategoryControl, Control, FinancePolicySet
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
