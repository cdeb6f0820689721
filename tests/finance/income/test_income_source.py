"""The rules of income: nothing counts twice, no more comes in than was earned, and every figure adds up."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from chassis.domain.decider import Actor
from contracts.finance import income
from contracts.roles import Role
from contracts.values import Money, Period
from services.finance.income.commands import INCOME_SOURCES
from services.finance.income.domain import income_source
from services.finance.income.domain.income_source import INCOME_SOURCE, IncomeSource
from services.finance.organisation.domain.known import DivisionFacts, KnownDivision
from tests.scenarios import given, who_may

ID, DIVISION, ENTRY, RECEIPT, OTHER = (UUID(int=n) for n in range(100, 105))
CLERK, CONTROLLER, HEAD = (UUID(int=n) for n in range(1, 4))
TODAY = date(2026, 11, 30)
YEAR = Period(start=date(2026, 1, 1), end=date(2026, 12, 31))
FIRST = Period(start=date(2026, 1, 1), end=date(2026, 6, 30))
SECOND = Period(start=date(2026, 7, 1), end=date(2026, 12, 31))


def euros(amount: str | int, currency: str = "EUR") -> Money:
    return Money(amount=Decimal(amount), currency=currency)


def facts(actor: UUID = CLERK, *roles: Role, for_whom: UUID | None = None, **known: Any) -> DivisionFacts:
    acts = Actor(str(actor), frozenset(roles), str(for_whom) if for_whom else None)
    division = KnownDivision(open=True, heads=(HEAD,))
    return DivisionFacts(acts, datetime(2026, 11, 30, tzinfo=UTC), ID, **{"division": division, **known})


SAID: dict[str, Any] = {"division_id": DIVISION, "name": "Hosting", "currency": "EUR", "period": YEAR}
OPEN, OPENED = income_source.OpenIncomeSource(**SAID), income.IncomeSourceOpened(**SAID)
OWED: dict[str, Any] = {"entry_id": ENTRY, "amount": euros(100), "earned_on": TODAY, "reference": "Invoice 1"}
EARN = income_source.RecordEarnedIncome(**OWED)
EARNED = income.IncomeEarned(**OWED, earned=euros(100), recorded_by=str(CLERK), recorded_for=None)
PAID: dict[str, Any] = {"receipt_id": RECEIPT, "entry_id": ENTRY, "received_on": TODAY, "reference": "Bank 7"}
RECEIVE = income_source.RecordReceivedIncome(**PAID, amount=euros(60))
RECEIVED = income.IncomeReceived(**PAID, amount=euros(60), received=euros(60))
WRITE_OFF = income_source.WriteOffIncome(entry_id=ENTRY, reason="Insolvent.")
WRITTEN_OFF = income.IncomeWrittenOff(entry_id=ENTRY, amount=euros(40), reason="Insolvent.", written_off=euros(40))


def expect(period: Period, amount: int) -> income_source.ForecastIncome:
    return income_source.ForecastIncome(period=period, amount=euros(amount), reason="Contract.")


def expected(period: Period, amount: int, total: int, replaced: int | None = None) -> income.IncomeForecast:
    before = None if replaced is None else euros(replaced)
    return income.IncomeForecast(
        period=period, amount=euros(amount), replaced=before, reason="Contract.", total=euros(total)
    )


def state(*events: Any) -> IncomeSource:
    found = INCOME_SOURCE.fold(events)
    assert found is not None
    return found


def test_a_source_is_opened_once_in_an_open_division() -> None:
    given(INCOME_SOURCE).when(OPEN, facts()).then(OPENED)
    given(INCOME_SOURCE, OPENED, EARNED).when(OPEN, facts()).then()
    other = OPEN.model_copy(update={"currency": "USD"})
    given(INCOME_SOURCE, OPENED).when(other, facts()).then_refused("already-exists")
    given(INCOME_SOURCE).when(OPEN, facts(division=None)).then_refused("division-not-known-yet")
    given(INCOME_SOURCE).when(OPEN, facts(division=KnownDivision(open=False))).then_refused("division-closed")


def test_a_later_forecast_replaces_the_one_of_its_period() -> None:
    one, two = expected(FIRST, 50, 50), expected(SECOND, 70, 120)
    given(INCOME_SOURCE, OPENED).when(expect(FIRST, 50), facts()).then(one)
    given(INCOME_SOURCE, OPENED, one).when(expect(FIRST, 50), facts()).then()
    given(INCOME_SOURCE, OPENED, one).when(expect(SECOND, 70), facts()).then(two)
    again = expected(FIRST, 40, 110, replaced=50)
    given(INCOME_SOURCE, OPENED, one, two).when(expect(FIRST, 40), facts()).then(again)
    found = state(OPENED, two, one, again)
    assert [(each.period, each.amount) for each in found.forecasts] == [(FIRST, euros(40)), (SECOND, euros(70))]
    assert found.forecast == euros(110)


def test_forecasts_do_not_overlap_and_lie_within_the_sources_period() -> None:
    scenario = given(INCOME_SOURCE, OPENED, expected(FIRST, 50, 50))
    scenario.when(expect(YEAR, 70), facts()).then_refused("periods-overlap")
    beyond = Period(start=date(2026, 12, 1), end=date(2027, 1, 1))
    scenario.when(expect(beyond, 70), facts()).then_refused("within-period")
    scenario.when(expect(SECOND, -1), facts()).then_refused("amount-not-negative")
    dollars = expect(SECOND, 5).model_copy(update={"amount": euros(5, "USD")})
    scenario.when(dollars, facts()).then_refused("currency-differs")


def test_an_entry_is_recorded_once_by_its_id() -> None:
    given(INCOME_SOURCE, OPENED).when(EARN, facts()).then(EARNED)
    given(INCOME_SOURCE, OPENED, EARNED).when(EARN, facts()).then()
    other = EARN.model_copy(update={"amount": euros(99)})
    given(INCOME_SOURCE, OPENED, EARNED).when(other, facts()).then_refused("entry-differs")


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"amount": euros(0)}, "amount-positive"),
        ({"amount": euros(1, "USD")}, "currency-differs"),
        ({"earned_on": date(2026, 12, 1)}, "not-in-the-future"),
        ({"earned_on": date(2025, 12, 31)}, "within-period"),
    ],
)
def test_what_is_earned_is_above_zero_in_the_sources_currency_and_period(changed: dict[str, Any], rule: str) -> None:
    given(INCOME_SOURCE, OPENED).when(EARN.model_copy(update=changed), facts()).then_refused(rule)


def test_a_wrong_entry_is_reversed_while_nothing_came_in_for_it() -> None:
    reverse = income_source.ReverseEarnedIncome(entry_id=ENTRY, reason="Wrong.")
    reversed_ = income.IncomeEarnedReversed(entry_id=ENTRY, amount=euros(100), reason="Wrong.", earned=euros(0))
    given(INCOME_SOURCE, OPENED, EARNED).when(reverse, facts()).then(reversed_)
    assert state(OPENED, EARNED, reversed_) == state(OPENED)
    given(INCOME_SOURCE, OPENED).when(reverse, facts()).then_refused("entry-unknown")
    given(INCOME_SOURCE, OPENED, EARNED, RECEIVED).when(reverse, facts()).then_refused("entry-untouched")
    given(INCOME_SOURCE, OPENED, EARNED, WRITTEN_OFF).when(reverse, facts()).then_refused("entry-untouched")


def test_no_more_comes_in_than_was_earned() -> None:
    given(INCOME_SOURCE, OPENED, EARNED).when(RECEIVE, facts()).then(RECEIVED)
    given(INCOME_SOURCE, OPENED, EARNED, RECEIVED).when(RECEIVE, facts()).then()
    more = RECEIVE.model_copy(update={"receipt_id": OTHER, "amount": euros("40.01")})
    given(INCOME_SOURCE, OPENED, EARNED, RECEIVED).when(more, facts()).then_refused("received-within-earned")
    rest = RECEIVE.model_copy(update={"receipt_id": OTHER, "amount": euros(40)})
    assert given(INCOME_SOURCE, OPENED, EARNED, RECEIVED).when(rest, facts()).then_state() is not None
    given(INCOME_SOURCE, OPENED).when(RECEIVE, facts()).then_refused("entry-unknown")
    differs = RECEIVE.model_copy(update={"reference": "Bank 8"})
    given(INCOME_SOURCE, OPENED, EARNED, RECEIVED).when(differs, facts()).then_refused("receipt-differs")
    later = RECEIVE.model_copy(update={"received_on": date(2026, 12, 1)})
    given(INCOME_SOURCE, OPENED, EARNED).when(later, facts()).then_refused("not-in-the-future")


def test_a_wrong_receipt_is_reversed_and_its_entry_is_open_again() -> None:
    said: dict[str, Any] = {"receipt_id": RECEIPT, "entry_id": ENTRY, "reason": "Wrong."}
    reverse = income_source.ReverseReceivedIncome(**said)
    reversed_ = income.IncomeReceivedReversed(**said, amount=euros(60), received=euros(0))
    given(INCOME_SOURCE, OPENED, EARNED, RECEIVED).when(reverse, facts()).then(reversed_)
    assert state(OPENED, EARNED, RECEIVED, reversed_) == state(OPENED, EARNED)
    given(INCOME_SOURCE, OPENED, EARNED).when(reverse, facts()).then_refused("receipt-unknown")


def test_what_is_open_is_written_off_by_a_controller_who_did_not_record_it() -> None:
    scenario = who_may(INCOME_SOURCES, OPENED, EARNED, RECEIVED)
    scenario.when(WRITE_OFF, facts(CONTROLLER, Role.FINANCE_CONTROLLER)).then(WRITTEN_OFF)
    scenario.when(WRITE_OFF, facts(CLERK, Role.FINANCE_CONTROLLER)).then_refused("recorder-writes-nothing-off")
    place = facts(CONTROLLER, Role.FINANCE_CONTROLLER, for_whom=CLERK)
    scenario.when(WRITE_OFF, place).then_refused("recorder-writes-nothing-off")
    scenario.when(WRITE_OFF, facts(CONTROLLER, Role.EXECUTIVE)).then_refused("not-authorised")
    settled = given(INCOME_SOURCE, OPENED, EARNED, RECEIVED, WRITTEN_OFF)
    settled.when(WRITE_OFF, facts()).then_refused("nothing-open")


def test_what_is_outstanding_was_earned_and_neither_came_in_nor_is_written_off() -> None:
    figures = state(OPENED, EARNED, RECEIVED)
    assert (figures.earned, figures.received, figures.outstanding) == (euros(100), euros(60), euros(40))
    assert state(OPENED, EARNED, RECEIVED, WRITTEN_OFF).outstanding == euros(0)


def test_a_source_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    for bound in ("MOST_ENTRIES", "MOST_RECEIPTS", "MOST_FORECASTS"):
        monkeypatch.setattr(income_source, bound, 1)
    events = (OPENED, EARNED, RECEIVED, expected(FIRST, 50, 50))
    another = {"entry_id": OTHER}
    given(INCOME_SOURCE, *events).when(EARN.model_copy(update=another), facts()).then_refused("too-many-entries")
    receipt = RECEIVE.model_copy(update={"receipt_id": OTHER, "amount": euros(1)})
    given(INCOME_SOURCE, *events).when(receipt, facts()).then_refused("too-many-receipts")
    given(INCOME_SOURCE, *events).when(expect(SECOND, 70), facts()).then_refused("too-many-forecasts")
    given(INCOME_SOURCE, *events).when(expect(FIRST, 70), facts()).then(expected(FIRST, 70, 70, replaced=50))


def test_managers_of_the_division_record_what_is_earned_and_finance_what_came_in() -> None:
    there = KnownDivision(open=True, actor_works_here=True)
    scenario = who_may(INCOME_SOURCES, OPENED, EARNED)
    manager = facts(CLERK, Role.MANAGER, division=there)
    who_may(INCOME_SOURCES, OPENED).when(EARN, manager).then(EARNED)
    who_may(INCOME_SOURCES, OPENED).when(EARN, facts(CLERK, Role.MANAGER)).then_refused("not-authorised")
    scenario.when(RECEIVE, manager).then_refused("not-authorised")
    scenario.when(RECEIVE, facts(CONTROLLER, Role.FINANCE_CONTROLLER)).then(RECEIVED)
