"""The rules of the staffing policy."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from pydantic import ValidationError

from chassis.domain.decider import Actor, Facts, NotFound
from contracts.people import StaffingLimitsSet, StaffingPolicySet
from contracts.values import Grade, Money
from services.people.organisation.domain import staffing_policy
from tests.scenarios import given

TWELVE = staffing_policy.SetSeniorExperience(years=Decimal(12), reason="the board wants it")
TWELVE_SET = StaffingPolicySet(it_management_years=Decimal(12), reason="the board wants it")


def facts(id: UUID = staffing_policy.POLICY_ID) -> Facts:
    return Facts(actor=Actor("tests"), at=datetime(2026, 11, 22, tzinfo=UTC), id=id)


def test_the_policy_demands_ten_years_until_somebody_sets_it() -> None:
    assert staffing_policy.StaffingPolicy().it_management_years == 10


def test_the_ten_years_may_be_set_for_the_record() -> None:
    given(staffing_policy.STAFFING_POLICY).when(
        staffing_policy.SetSeniorExperience(years=Decimal(10), reason="as ever"), facts()
    ).then(StaffingPolicySet(it_management_years=Decimal(10), reason="as ever"))


def test_the_policy_is_set_with_a_reason() -> None:
    given(staffing_policy.STAFFING_POLICY).when(TWELVE, facts()).then(TWELVE_SET)
    assert given(staffing_policy.STAFFING_POLICY).when(TWELVE, facts()).then_state() == staffing_policy.StaffingPolicy(
        it_management_years=Decimal(12)
    )


def test_setting_what_holds_already_changes_nothing() -> None:
    given(staffing_policy.STAFFING_POLICY, TWELVE_SET).when(TWELVE, facts()).then()


def test_the_policy_can_go_back_to_ten_years() -> None:
    back = staffing_policy.SetSeniorExperience(years=Decimal(10), reason="too few candidates")
    given(staffing_policy.STAFFING_POLICY, TWELVE_SET).when(back, facts()).then(
        StaffingPolicySet(it_management_years=Decimal(10), reason="too few candidates")
    )


@pytest.mark.parametrize("years", ["0", "50"])
def test_the_policy_may_demand_none_or_up_to_fifty_years(years: str) -> None:
    given(staffing_policy.STAFFING_POLICY).when(
        staffing_policy.SetSeniorExperience(years=Decimal(years), reason="odd"), facts()
    ).then(StaffingPolicySet(it_management_years=Decimal(years), reason="odd"))


@pytest.mark.parametrize("years", ["-0.01", "50.01", "NaN", "Infinity", "1.001"])
def test_the_years_are_from_0_to_50(years: str) -> None:
    with pytest.raises(ValidationError):
        staffing_policy.SetSeniorExperience(years=Decimal(years), reason="odd")


def test_there_is_only_one_policy() -> None:
    with pytest.raises(NotFound):
        staffing_policy.STAFFING_POLICY.decide(None, TWELVE, facts(UUID(int=1)))


def test_senior_managers_and_executives_fall_under_the_policy() -> None:
    assert [grade for grade in Grade if staffing_policy.demands_seniority(grade)] == [
        Grade.SENIOR_MANAGER,
        Grade.EXECUTIVE,
    ]


LIMITS = staffing_policy.SetStaffingLimits(
    stale_skill_months=12,
    certificate_notice_days=(60, 14),
    written_warning_months=6,
    final_warning_months=12,
    appeal_days=10,
    reason="Sooner.",
)


def test_the_other_limits_have_defaults_until_somebody_sets_them() -> None:
    policy = staffing_policy.StaffingPolicy()
    assert (policy.stale_skill_months, policy.certificate_notice_days) == (24, (90, 30, 7))
    assert (policy.written_warning_months, policy.final_warning_months, policy.appeal_days) == (6, 12, 5)


def test_the_other_limits_are_set_with_a_reason_and_leave_the_years_alone() -> None:
    given(staffing_policy.STAFFING_POLICY, TWELVE_SET).when(LIMITS, facts()).then(StaffingLimitsSet(**vars(LIMITS)))
    state = given(staffing_policy.STAFFING_POLICY, TWELVE_SET).when(LIMITS, facts()).then_state()
    assert isinstance(state, staffing_policy.StaffingPolicy)
    assert (state.it_management_years, state.certificate_notice_days, state.appeal_days) == (Decimal(12), (60, 14), 10)


def test_the_other_settings_have_defaults_until_somebody_sets_them() -> None:
    policy = staffing_policy.StaffingPolicy()
    assert (policy.hearing_notice_days, policy.most_mentees, policy.fewest_in_figures) == (2, 5, 5)
    assert policy.four_eyes
    assert policy.currencies == ()


def test_of_the_procedures_what_is_left_out_stays() -> None:
    mentees = staffing_policy.SetProcedures(most_mentees=3, reason="Mentors ask for it.")
    notice = staffing_policy.SetProcedures(hearing_notice_days=5, reason="Agreed.")
    told = staffing_policy.ProceduresSet(most_mentees=3, reason="Mentors ask for it.")
    given(staffing_policy.STAFFING_POLICY).when(mentees, facts()).then(told)
    given(staffing_policy.STAFFING_POLICY, told).when(mentees, facts()).then()
    state = given(staffing_policy.STAFFING_POLICY, told).when(notice, facts()).then_state()
    assert isinstance(state, staffing_policy.StaffingPolicy)
    assert (state.hearing_notice_days, state.most_mentees, state.fewest_in_figures) == (5, 3, 5)


def test_the_four_eyes_principle_is_switched_off_on_record() -> None:
    off = staffing_policy.SwitchFourEyes(on=False, reason="We are four.")
    switched = staffing_policy.FourEyesSwitched(on=False, reason="We are four.")
    given(staffing_policy.STAFFING_POLICY).when(off, facts()).then(switched)
    given(staffing_policy.STAFFING_POLICY, switched).when(off, facts()).then()


def used(*currencies: tuple[str, str | None]) -> staffing_policy.SetCurrencies:
    named = tuple(
        staffing_policy.UsedCurrency(currency=code, rate=None if rate is None else Decimal(rate))
        for code, rate in currencies
    )
    return staffing_policy.SetCurrencies(currencies=named, reason="We pay in these.")


@pytest.mark.parametrize(
    ("currencies", "rule"),
    [
        ([("EUR", None), ("QQQ", "2")], "currency-known"),
        ([("EUR", None), ("EUR", None)], "currency-once"),
        ([("EUR", "2")], "first-rate-is-one"),
    ],
)
def test_currencies_are_those_of_iso_4217_once_each_with_rates_to_the_first(
    currencies: list[tuple[str, str | None]], rule: str
) -> None:
    given(staffing_policy.STAFFING_POLICY).when(used(*currencies), facts()).then_refused(rule)


def test_money_is_converted_where_both_rates_are_known() -> None:
    state = given(staffing_policy.STAFFING_POLICY).when(used(("EUR", None), ("CHF", "1.05"), ("NOK", None)), facts())
    policy = state.then_state()
    assert isinstance(policy, staffing_policy.StaffingPolicy)
    francs = Money(amount=Decimal(100), currency="CHF")
    assert policy.converted(francs, "EUR") == Money(amount=Decimal("105.00"), currency="EUR")
    assert policy.converted(francs, "NOK") is None
    assert [policy.uses(code) for code in ("CHF", "USD")] == [True, False]
    assert [staffing_policy.StaffingPolicy().uses(code) for code in ("USD", "QQQ")] == [True, False]


def test_setting_the_same_limits_again_changes_nothing() -> None:
    given(staffing_policy.STAFFING_POLICY, StaffingLimitsSet(**vars(LIMITS))).when(LIMITS, facts()).then()


def test_finance_is_asked_for_money_only_where_that_is_switched_on() -> None:
    assert not staffing_policy.StaffingPolicy().funding_required
    on = staffing_policy.SwitchFunding(on=True, reason="Money is short.")
    switched = staffing_policy.FundingSwitched(on=True, reason="Money is short.")
    given(staffing_policy.STAFFING_POLICY).when(on, facts()).then(switched)
    given(staffing_policy.STAFFING_POLICY, switched).when(on, facts()).then()
    state = staffing_policy.STAFFING_POLICY.fold([switched])
    assert state is not None
    assert state.funding_required
