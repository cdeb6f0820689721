"""The rules of rates."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from chassis.domain.decider import Actor, Facts
from contracts.finance import currencies
from contracts.roles import Role
from services.finance.currencies.commands import RATES
from services.finance.currencies.domain import rate
from services.finance.currencies.domain.rate import RATE
from tests.scenarios import given, who_may

SAID: dict[str, Any] = {"base": "USD", "quote": "EUR", "day": date(2026, 11, 20), "source": "ECB"}


def state(amount: str = "0.9254", **known: Any) -> rate.StateRate:
    return rate.StateRate.model_validate(SAID | {"rate": amount} | known)


def facts(role: Role = Role.FINANCE_CONTROLLER) -> Facts:
    return Facts(Actor("tests", frozenset({role})), datetime(2026, 11, 22, tzinfo=UTC), rate.id_of(state()))


STATED = currencies.RateStated(rate=Decimal("0.9254"), **SAID)
CORRECT = rate.CorrectRate(rate=Decimal("0.9245"), reason="Digits changed places.")
CORRECTED = currencies.RateCorrected(rate=Decimal("0.9245"), was=Decimal("0.9254"), reason="Digits changed places.")


def test_a_rate_is_of_a_pair_and_a_day() -> None:
    given(RATE).when(state(), facts()).then(STATED)
    assert rate.id_of(state()) == rate.id_of(state("2"))
    others = [state(base="GBP"), state(quote="GBP"), state(day="2026-11-19")]
    assert len({rate.id_of(each) for each in [state(), *others]}) == 4


def test_stating_it_again_changes_nothing_and_another_one_is_refused() -> None:
    given(RATE, STATED).when(state(), facts()).then()
    given(RATE, STATED).when(state("0.93"), facts()).then_refused("already-exists")


def test_a_corrected_rate_is_a_new_event_that_says_what_it_was() -> None:
    given(RATE, STATED).when(CORRECT, facts()).then(CORRECTED)
    given(RATE, STATED, CORRECTED).when(CORRECT, facts()).then()
    assert RATE.fold([STATED, CORRECTED]) == rate.Rate(rate=Decimal("0.9245"), **SAID)


def test_a_rate_is_between_two_currencies_and_of_a_day_that_has_come() -> None:
    given(RATE).when(state(quote="USD"), facts()).then_refused("two-currencies")
    given(RATE).when(state(day="2026-11-23"), facts()).then_refused("not-in-the-future")
    given(RATE).when(state(day="2026-11-22"), facts()).then(currencies.RateStated(**vars(state(day="2026-11-22"))))


@pytest.mark.parametrize("amount", ["0", "-1", "1000000001", "0.1234567890123", "NaN", "Infinity", 1.5])
def test_a_rate_is_positive_bounded_and_exact(amount: object) -> None:
    with pytest.raises(ValidationError):
        state(amount)  # type: ignore[arg-type]


@pytest.mark.parametrize("unlisted", ["XAU", "ABC", "eur"])
def test_a_rate_is_of_listed_currencies(unlisted: str) -> None:
    with pytest.raises(ValidationError):
        state(base=unlisted)


def test_only_a_controller_states_and_corrects_rates() -> None:
    who_may(RATES, STATED).when(CORRECT, facts()).then(CORRECTED)
    who_may(RATES, STATED).when(CORRECT, facts(Role.EXECUTIVE)).then_refused("not-authorised")
