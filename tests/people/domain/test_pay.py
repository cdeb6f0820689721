"""The rules of pay and of pay bands."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from chassis.decider import Actor, Facts, Forbidden
from chassis.testing import given
from contracts.values import Grade, Money
from services.people.domain.line import Above
from services.people.domain.pay import PAY, Band, PayFactor, PayFacts, PaySet, SetPay, Weighed
from services.people.domain.pay_band import PAY_BAND, PayBandSet, PayBandWithdrawn, SetPayBand, WithdrawPayBand

ADA, BOSS, STAND_IN = UUID(int=1), UUID(int=2), UUID(int=3)
DAY, BEFORE = date(2026, 3, 1), date(2026, 2, 28)
AT = datetime(2026, 3, 10, tzinfo=UTC)
BAND = Band("EUR", Decimal(50_000), Decimal(80_000))
FACTORS = (Weighed(factor=PayFactor.EXPERTISE, finding="Leads the network team."),)


def facts(actor: str = str(BOSS), for_whom: str | None = None, **known: Any) -> PayFacts:
    usual: dict[str, Any] = {
        "subject": ADA,
        "employed": True,
        "grade": Grade.STAFF,
        "line": (Above(BOSS),),
        "band": BAND,
    }
    return PayFacts(actor=Actor(actor, for_whom=for_whom), at=AT, id=ADA, **(usual | known))


def pay(amount: int = 60_000, on: date = DAY, **more: Any) -> SetPay:
    return SetPay(yearly=euros(amount), factors=FACTORS, effective_on=on, **more)


def paid(amount: int = 60_000, on: date = DAY, outside_band: str | None = None) -> PaySet:
    return PaySet(person_id=ADA, yearly=euros(amount), factors=FACTORS, outside_band=outside_band, effective_on=on)


def euros(amount: int) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


def test_pay_within_the_band_is_set_with_its_factors() -> None:
    given(PAY).when(pay(), facts()).then(paid())


def test_the_same_pay_again_changes_nothing() -> None:
    given(PAY, paid()).when(pay(), facts()).then()


def test_pay_outside_the_band_needs_a_reason() -> None:
    given(PAY).when(pay(90_000), facts()).then_refused("outside-band")
    reason = "The market for this skill."
    given(PAY).when(pay(90_000, outside_band=reason), facts()).then(paid(90_000, outside_band=reason))


def test_a_reason_without_need_is_refused() -> None:
    given(PAY).when(pay(outside_band="Why not."), facts()).then_refused("within-band")


@pytest.mark.parametrize("amount", [50_000, 80_000])
def test_the_ends_of_the_band_belong_to_it(amount: int) -> None:
    given(PAY).when(pay(amount), facts()).then(paid(amount))


def test_nobody_sets_their_own_pay() -> None:
    assert isinstance(given(PAY).when(pay(), facts(str(ADA))).then_refused("nobody-on-themself"), Forbidden)


def test_nobody_sets_their_own_pay_in_the_place_of_their_manager() -> None:
    given(PAY).when(pay(), facts(str(ADA), for_whom=str(BOSS))).then_refused("nobody-on-themself")


def test_a_stand_in_does_not_set_the_pay_of_whom_they_stand_in_for() -> None:
    given(PAY).when(pay(), facts(str(STAND_IN), for_whom=str(ADA))).then_refused("nobody-on-themself")


def test_who_does_not_work_here_is_not_paid() -> None:
    given(PAY).when(pay(), facts(employed=False)).then_refused("person-employed")


def test_pay_is_set_in_the_order_of_its_days() -> None:
    given(PAY, paid()).when(pay(70_000, BEFORE), facts()).then_refused("dates-in-order")


def band(minimum: int = 50_000, maximum: int = 80_000, on: date = DAY, grade: Grade = Grade.STAFF) -> SetPayBand:
    return SetPayBand(grade=grade, currency="EUR", minimum=Decimal(minimum), maximum=Decimal(maximum), effective_on=on)


FACTS = Facts(actor=Actor("hr"), at=AT, id=ADA)
SET = PayBandSet(**vars(band()))


def test_a_band_goes_from_a_minimum_to_a_maximum_that_is_not_below_it() -> None:
    with pytest.raises(ValidationError, match="not below it"):
        band(80_000, 50_000)
    with pytest.raises(ValidationError, match="above zero"):
        band(0, 50_000)


def test_a_band_is_set_and_set_anew() -> None:
    given(PAY_BAND).when(band(), FACTS).then(SET)
    given(PAY_BAND, SET).when(band(), FACTS).then()
    given(PAY_BAND, SET).when(band(55_000), FACTS).then(PayBandSet(**vars(band(55_000))))


def test_a_band_is_set_in_the_order_of_its_days() -> None:
    given(PAY_BAND, SET).when(band(55_000, on=BEFORE), FACTS).then_refused("dates-in-order")


def test_a_band_stays_with_its_grade() -> None:
    given(PAY_BAND, SET).when(band(grade=Grade.MANAGER), FACTS).then_refused("already-exists")


def test_a_withdrawn_band_stays_withdrawn() -> None:
    withdrawn = PayBandWithdrawn(reason="Replaced.")
    given(PAY_BAND, SET).when(WithdrawPayBand(reason="Replaced."), FACTS).then(withdrawn)
    given(PAY_BAND, SET, withdrawn).when(WithdrawPayBand(reason="Again."), FACTS).then()
    given(PAY_BAND, SET, withdrawn).when(band(55_000), FACTS).then_refused("band-withdrawn")
