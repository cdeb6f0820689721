"""The rules of pay and of pay bands."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from chassis.domain.decider import Actor, Forbidden
from contracts.values import Grade, Money
from services.people.organisation.domain.line import Above
from services.people.organisation.domain.staffing_policy import StaffingPolicy, UsedCurrency
from services.people.pay.commands import PAY
from services.people.pay.domain import pay as pay_rules
from services.people.pay.domain import pay_band
from tests.people.acting import in_hr
from tests.scenarios import given, who_may

ADA, BOSS, STAND_IN = UUID(int=1), UUID(int=2), UUID(int=3)
DAY, BEFORE = date(2026, 3, 1), date(2026, 2, 28)
AT = datetime(2026, 3, 10, tzinfo=UTC)
LATER, LATEST = date(2026, 4, 1), date(2030, 1, 1)
BAND = pay_rules.Band("EUR", Decimal(50_000), Decimal(80_000))
FACTORS = (pay_rules.Weighed(factor=pay_rules.PayFactor.EXPERTISE, finding="Leads the network team."),)


def facts(actor: str = str(BOSS), for_whom: str | None = None, at: datetime = AT, **known: Any) -> pay_rules.PayFacts:
    usual: dict[str, Any] = {
        "subject": ADA,
        "employed": True,
        "grade": Grade.STAFF,
        "line": (Above(BOSS),),
        "bands": (BAND,),
        "hired_on": date(2020, 1, 1),
    }
    return pay_rules.PayFacts(actor=Actor(actor, for_whom=for_whom), at=at, id=ADA, **(usual | known))


def pay(amount: int = 60_000, on: date = DAY, **more: Any) -> pay_rules.SetPay:
    return pay_rules.SetPay(yearly=euros(amount), factors=FACTORS, effective_on=on, **more)


def paid(amount: int = 60_000, on: date = DAY, outside_band: str | None = None) -> pay_rules.PaySet:
    return pay_rules.PaySet(
        person_id=ADA, yearly=euros(amount), factors=FACTORS, outside_band=outside_band, effective_on=on
    )


def planned(amount: int = 65_000, on: date = LATER) -> pay_rules.PayPlanned:
    what = pay_rules.PlannedPay(yearly=euros(amount), factors=FACTORS, outside_band=None, effective_on=on)
    return pay_rules.PayPlanned(person_id=ADA, planned=what, beside=True)


def euros(amount: int) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


def test_pay_within_the_band_is_set_with_its_factors() -> None:
    given(pay_rules.PAY).when(pay(), facts()).then(paid())


def test_the_same_pay_again_changes_nothing() -> None:
    given(pay_rules.PAY, paid()).when(pay(), facts()).then()


def test_pay_outside_the_band_needs_a_reason() -> None:
    given(pay_rules.PAY).when(pay(90_000), facts()).then_refused("outside-band")
    reason = "The market for this skill."
    given(pay_rules.PAY).when(pay(90_000, outside_band=reason), facts()).then(paid(90_000, outside_band=reason))


def test_a_reason_without_need_is_refused() -> None:
    given(pay_rules.PAY).when(pay(outside_band="Why not."), facts()).then_refused("within-band")


@pytest.mark.parametrize("amount", [50_000, 80_000])
def test_the_ends_of_the_band_belong_to_it(amount: int) -> None:
    given(pay_rules.PAY).when(pay(amount), facts()).then(paid(amount))


def test_nobody_sets_their_own_pay() -> None:
    assert isinstance(who_may(PAY).when(pay(), in_hr(facts(str(ADA)))).then_refused("nobody-on-themself"), Forbidden)


def test_nobody_sets_their_own_pay_in_the_place_of_their_manager() -> None:
    who_may(PAY).when(pay(), in_hr(facts(str(ADA), for_whom=str(BOSS)))).then_refused("nobody-on-themself")


def test_a_stand_in_does_not_set_the_pay_of_whom_they_stand_in_for() -> None:
    who_may(PAY).when(pay(), in_hr(facts(str(STAND_IN), for_whom=str(ADA)))).then_refused("nobody-on-themself")


def test_who_does_not_work_here_is_not_paid() -> None:
    given(pay_rules.PAY).when(pay(), facts(employed=False)).then_refused("person-employed")


def test_pay_is_set_in_the_order_of_its_days() -> None:
    given(pay_rules.PAY, paid()).when(pay(70_000, BEFORE), facts()).then_refused("dates-in-order")


def test_pay_for_a_day_to_come_is_planned_and_the_present_pay_stays() -> None:
    given(pay_rules.PAY).when(pay(65_000, LATER), facts()).then(planned())
    state = given(pay_rules.PAY, paid()).when(pay(65_000, LATER), facts()).then_state()
    assert isinstance(state, pay_rules.Pay)
    assert (state.yearly, state.effective_on, state.planned) == (euros(60_000), DAY, (planned().planned,))
    given(pay_rules.PAY, paid(), planned()).when(pay(65_000, LATER), facts()).then()


def test_what_is_planned_keeps_to_the_band_and_is_not_planned_by_themself() -> None:
    given(pay_rules.PAY).when(pay(90_000, LATER), facts()).then_refused("outside-band")
    who_may(PAY).when(pay(65_000, LATER), in_hr(facts(str(ADA)))).then_refused("nobody-on-themself")


def test_the_present_pay_is_corrected_while_another_is_planned() -> None:
    given(pay_rules.PAY, paid(), planned(on=LATEST)).when(pay(62_000, AT.date()), facts()).then(paid(62_000, AT.date()))
    state = pay_rules.PAY.fold([paid(), planned(on=LATEST), paid(62_000, AT.date())])
    assert state is not None
    assert state.planned == (planned(on=LATEST).planned,)


def test_several_changes_are_planned_each_for_a_day_of_its_own() -> None:
    state = given(pay_rules.PAY, paid(), planned(on=LATEST)).when(pay(63_000, LATER), facts()).then_state()
    assert isinstance(state, pay_rules.Pay)
    assert state.planned == (planned(63_000).planned, planned(on=LATEST).planned)
    given(pay_rules.PAY, paid(), planned()).when(pay(63_000, LATER), facts()).then_refused("one-change-on-a-day")
    twelve = [planned(on=LATER + timedelta(days=days)) for days in range(1, 13)]
    given(pay_rules.PAY, paid(), *twelve).when(pay(63_000, LATER), facts()).then_refused("planned-pay-bounded")


def test_of_former_days_another_plan_took_the_place_of_the_one_before() -> None:
    alone = planned(63_000).model_copy(update={"beside": False})
    state = pay_rules.PAY.fold([paid(), planned(on=LATEST), alone, pay_rules.PlannedPayCancelled()])
    assert state is not None
    assert state.planned == ()


def test_one_of_several_planned_changes_is_cancelled() -> None:
    cancel, cancelled = (
        pay_rules.CancelPlannedPay(effective_on=LATER),
        pay_rules.PlannedPayCancelled(effective_on=LATER),
    )
    two = [paid(), planned(), planned(on=LATEST)]
    given(pay_rules.PAY, *two).when(cancel, facts()).then(cancelled)
    state = given(pay_rules.PAY, *two).when(cancel, facts()).then_state()
    assert isinstance(state, pay_rules.Pay)
    assert state.planned == (planned(on=LATEST).planned,)
    given(pay_rules.PAY, *two, cancelled).when(cancel, facts()).then()


@pytest.mark.parametrize("amount", [0, -5_000])
def test_pay_is_above_zero(amount: int) -> None:
    given(pay_rules.PAY).when(pay(amount), facts(bands=())).then_refused("pay-above-zero")


def in_currency(currency: str, **more: Any) -> pay_rules.SetPay:
    return pay().model_copy(update={"yearly": Money(amount=Decimal(60_000), currency=currency), **more})


def test_pay_is_in_a_currency_that_the_company_uses() -> None:
    given(pay_rules.PAY).when(in_currency("QQQ"), facts(bands=())).then_refused("currency-used")
    euros_only = StaffingPolicy(currencies=(UsedCurrency(currency="EUR"),))
    given(pay_rules.PAY).when(in_currency("CHF"), facts(bands=(), policy=euros_only)).then_refused("currency-used")


def test_nobody_is_paid_before_they_were_hired() -> None:
    given(pay_rules.PAY).when(pay(on=date(1950, 1, 1)), facts()).then_refused("within-employment")


def test_the_band_holds_in_another_currency_where_its_rate_is_known() -> None:
    rates = StaffingPolicy(
        currencies=(UsedCurrency(currency="EUR"), UsedCurrency(currency="CHF", rate=Decimal("1.05")))
    )
    given(pay_rules.PAY).when(in_currency("CHF"), facts(policy=rates)).then(
        paid().model_copy(update={"yearly": Money(amount=Decimal(60_000), currency="CHF")})
    )
    much = in_currency("CHF", yearly=Money(amount=Decimal(900_000), currency="CHF"))
    given(pay_rules.PAY).when(much, facts(policy=rates)).then_refused("outside-band")


def test_without_a_rate_pay_in_another_currency_needs_a_reason() -> None:
    given(pay_rules.PAY).when(in_currency("CHF"), facts()).then_refused("band-not-comparable")
    said = in_currency("CHF", outside_band="Lives in Basel.")
    told = given(pay_rules.PAY).when(said, facts()).then_state()
    assert isinstance(told, pay_rules.Pay)
    assert told.outside_band == "Lives in Basel."


def test_a_refusal_tells_the_band_to_those_alone_who_read_bands() -> None:
    asked = given(pay_rules.PAY)
    assert "80000" in asked.when(pay(90_000), facts(reads_bands=True)).then_refused("outside-band").detail
    hidden = asked.when(pay(90_000), facts()).then_refused("outside-band")
    assert not any(each.isdigit() for each in hidden.detail + hidden.remedy)


def correction(amount: int = 61_000, on: date = DAY) -> pay_rules.CorrectPay:
    return pay_rules.CorrectPay(yearly=euros(amount), factors=FACTORS, effective_on=on, reason="A slip of the pen.")


def corrected(amount: int = 61_000, on: date = DAY) -> pay_rules.PayCorrected:
    return pay_rules.PayCorrected(
        person_id=ADA,
        yearly=euros(amount),
        factors=FACTORS,
        outside_band=None,
        effective_on=on,
        reason="A slip of the pen.",
    )


def test_pay_that_was_recorded_wrongly_is_corrected_on_record() -> None:
    given(pay_rules.PAY, paid(), planned()).when(correction(), facts()).then(corrected())
    given(pay_rules.PAY, paid(), corrected()).when(correction(), facts()).then()
    given(pay_rules.PAY, paid()).when(correction(on=BEFORE), facts()).then(corrected(on=BEFORE))
    state = given(pay_rules.PAY, paid(), planned()).when(correction(on=BEFORE), facts()).then_state()
    assert isinstance(state, pay_rules.Pay)
    assert (state.yearly, state.effective_on, state.planned) == (euros(61_000), BEFORE, (planned().planned,))


def test_offered_pay_is_set_as_somebody_is_hired_who_was_nobody_before() -> None:
    offered = pay_rules.SetOfferedPay(yearly=euros(60_000), factors=FACTORS, effective_on=DAY)
    given(pay_rules.PAY).when(offered, facts("system:people", employed=False)).then(paid())
    given(pay_rules.PAY, paid(on=LATER)).when(offered, facts("system:people")).then_refused("dates-in-order")


def test_a_correction_stays_after_the_pay_before_and_obeys_the_rules_of_pay() -> None:
    two = [paid(on=BEFORE), paid(62_000)]
    given(pay_rules.PAY, *two).when(correction(on=BEFORE), facts()).then_refused("dates-in-order")
    given(pay_rules.PAY, paid()).when(correction(on=LATER), facts()).then_refused("not-in-the-future")
    given(pay_rules.PAY, paid()).when(correction(90_000), facts()).then_refused("outside-band")
    given(pay_rules.PAY, planned()).when(correction(), facts()).then_refused("pay-in-effect")
    who_may(PAY, paid()).when(correction(), in_hr(facts(str(ADA)))).then_refused("nobody-on-themself")


def test_what_is_planned_takes_effect_on_its_day_and_not_before() -> None:
    state = pay_rules.PAY.fold([paid(), planned()])
    assert state is not None
    day = datetime(2026, 4, 1, tzinfo=UTC)
    assert pay_rules.PAY.due_at(state) == day
    given(pay_rules.PAY, paid(), planned()).when(pay_rules.PutPayIntoEffect(), facts("system:people")).then()
    on_its_day = given(pay_rules.PAY, paid(), planned()).when(
        pay_rules.PutPayIntoEffect(), facts("system:people", at=day)
    )
    on_its_day.then(paid(65_000, LATER))
    after = on_its_day.then_state()
    assert isinstance(after, pay_rules.Pay)
    assert (after.yearly, after.planned, pay_rules.PAY.due_at(after)) == (euros(65_000), (), None)


def test_nothing_takes_effect_for_somebody_who_left_meanwhile() -> None:
    late = facts("system:people", at=datetime(2026, 4, 2, tzinfo=UTC), employed=False)
    given(pay_rules.PAY, paid(), planned()).when(pay_rules.PutPayIntoEffect(), late).then(
        pay_rules.PlannedPayCancelled()
    )


def test_what_is_planned_is_cancelled_by_another() -> None:
    given(pay_rules.PAY, paid(), planned()).when(pay_rules.CancelPlannedPay(), facts()).then(
        pay_rules.PlannedPayCancelled()
    )
    given(pay_rules.PAY, paid(), planned(), pay_rules.PlannedPayCancelled()).when(
        pay_rules.CancelPlannedPay(), facts()
    ).then()
    refused = who_may(PAY, paid(), planned()).when(pay_rules.CancelPlannedPay(), in_hr(facts(str(ADA))))
    assert isinstance(refused.then_refused("nobody-on-themself"), Forbidden)


def test_pay_set_from_the_day_of_what_was_planned_takes_its_place() -> None:
    state = pay_rules.PAY.fold([paid(), planned(), paid(62_000, LATER)])
    assert state is not None
    assert (state.yearly, state.planned) == (euros(62_000), ())


def band(
    minimum: int = 50_000, maximum: int = 80_000, on: date = DAY, grade: Grade = Grade.STAFF
) -> pay_band.SetPayBand:
    return pay_band.SetPayBand(
        grade=grade, currency="EUR", minimum=Decimal(minimum), maximum=Decimal(maximum), effective_on=on
    )


FACTS = pay_band.BandFacts(actor=Actor("hr"), at=AT, id=ADA)
SET = pay_band.PayBandSet(**vars(band()))


def test_a_band_goes_from_a_minimum_to_a_maximum_that_is_not_below_it() -> None:
    with pytest.raises(ValidationError, match="not below it"):
        band(80_000, 50_000)
    with pytest.raises(ValidationError, match="above zero"):
        band(0, 50_000)


def test_a_band_is_set_and_set_anew() -> None:
    given(pay_band.PAY_BAND).when(band(), FACTS).then(SET)
    given(pay_band.PAY_BAND, SET).when(band(), FACTS).then()
    given(pay_band.PAY_BAND, SET).when(band(55_000), FACTS).then(pay_band.PayBandSet(**vars(band(55_000))))


def test_a_band_is_set_in_the_order_of_its_days() -> None:
    given(pay_band.PAY_BAND, SET).when(band(55_000, on=BEFORE), FACTS).then_refused("dates-in-order")


def test_the_first_band_of_a_grade_is_not_set_for_a_day_to_come() -> None:
    given(pay_band.PAY_BAND).when(band(on=LATER), FACTS).then_refused("not-in-the-future")


def next_band(minimum: int = 55_000, on: date = LATER) -> pay_band.PayBandPlanned:
    planned = pay_band.PlannedBand(minimum=Decimal(minimum), maximum=Decimal(80_000), effective_on=on)
    return pay_band.PayBandPlanned(planned=planned)


def test_a_band_for_a_day_to_come_is_planned_takes_effect_on_its_day_and_can_be_cancelled() -> None:
    given(pay_band.PAY_BAND, SET).when(band(55_000, on=LATER), FACTS).then(next_band())
    given(pay_band.PAY_BAND, SET, next_band()).when(band(55_000, on=LATER), FACTS).then()
    given(pay_band.PAY_BAND, SET, next_band()).when(band(56_000, on=LATER), FACTS).then_refused("one-change-on-a-day")
    state = pay_band.PAY_BAND.fold([SET, next_band()])
    assert state is not None
    assert pay_band.PAY_BAND.due_at(state) == datetime.combine(LATER, time(), UTC)
    bounds = [state.on(day) for day in (LATER - timedelta(days=1), LATER)]
    assert bounds == [(Decimal(50_000), Decimal(80_000)), (Decimal(55_000), Decimal(80_000))]
    come = pay_band.PutBandIntoEffect()
    given(pay_band.PAY_BAND, SET, next_band()).when(come, FACTS).then()
    on_the_day = replace(FACTS, at=datetime.combine(LATER, time(), UTC))
    begun = pay_band.PayBandSet(**vars(band(55_000, on=LATER)))
    given(pay_band.PAY_BAND, SET, next_band()).when(come, on_the_day).then(begun)
    cancel = pay_band.CancelPlannedBand(effective_on=LATER)
    cancelled = pay_band.PlannedBandCancelled(planned_for=LATER)
    given(pay_band.PAY_BAND, SET, next_band()).when(cancel, FACTS).then(cancelled)
    given(pay_band.PAY_BAND, SET, next_band(), cancelled).when(cancel, FACTS).then()
    days = [LATER + timedelta(days=number) for number in range(1, 13)]
    many = [next_band(on=day) for day in days]
    given(pay_band.PAY_BAND, SET, *many).when(band(55_000, on=LATER), FACTS).then_refused("planned-bands-bounded")
    withdrawn = pay_band.PAY_BAND.fold([SET, next_band(), pay_band.PayBandWithdrawn(reason="Replaced.")])
    assert withdrawn is not None
    assert pay_band.PAY_BAND.due_at(withdrawn) is None


def test_a_band_that_was_recorded_wrongly_is_corrected_after_the_band_before_it() -> None:
    def asked(minimum: int, on: date) -> pay_band.CorrectPayBand:
        told = {"minimum": Decimal(minimum), "maximum": Decimal(80_000), "reason": "A slip of the pen."}
        return pay_band.CorrectPayBand(effective_on=on, **told)

    right = pay_band.PayBandCorrected(**vars(asked(52_000, BEFORE)))
    given(pay_band.PAY_BAND, SET).when(asked(52_000, BEFORE), FACTS).then(right)
    given(pay_band.PAY_BAND, SET, right).when(asked(52_000, BEFORE), FACTS).then()
    given(pay_band.PAY_BAND, SET).when(asked(52_000, LATER), FACTS).then_refused("not-in-the-future")
    first = pay_band.PayBandSet(**vars(band(on=BEFORE)))
    given(pay_band.PAY_BAND, first, SET).when(asked(52_000, BEFORE), FACTS).then_refused("dates-in-order")
    withdrawn = pay_band.PayBandWithdrawn(reason="Replaced.")
    given(pay_band.PAY_BAND, SET, withdrawn).when(asked(52_000, BEFORE), FACTS).then_refused("band-withdrawn")
    with pytest.raises(ValidationError, match="not below it"):
        asked(90_000, BEFORE)


def test_a_band_stays_with_its_grade() -> None:
    given(pay_band.PAY_BAND, SET).when(band(grade=Grade.MANAGER), FACTS).then_refused("already-exists")


def test_a_withdrawn_band_stays_withdrawn() -> None:
    withdrawn = pay_band.PayBandWithdrawn(reason="Replaced.")
    given(pay_band.PAY_BAND, SET).when(pay_band.WithdrawPayBand(reason="Replaced."), FACTS).then(withdrawn)
    given(pay_band.PAY_BAND, SET, withdrawn).when(pay_band.WithdrawPayBand(reason="Again."), FACTS).then()
    given(pay_band.PAY_BAND, SET, withdrawn).when(band(55_000), FACTS).then_refused("band-withdrawn")
