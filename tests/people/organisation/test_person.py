"""The rules of persons."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel, ValidationError

from chassis.domain.decider import Actor, Forbidden
from contracts import people
from contracts.values import Grade
from services.people.organisation.commands import PERSONS
from services.people.organisation.domain.person import experience as experiences
from services.people.organisation.domain.person import model as person_model
from services.people.organisation.domain.person import planning
from services.people.organisation.domain.person import rules as person_rules
from services.people.organisation.domain.person.appointment import (
    AppointPerson,
    ChangeLineManager,
    WaiveGate,
    Waiver,
    passes_gate,
)
from tests.people.acting import as_executive, in_hr
from tests.scenarios import given, who_may

ADA, BOSS, OTHER_BOSS, OTHER = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4)
HEAD, LEAD, IT, SALES = UUID(int=11), UUID(int=12), UUID(int=21), UUID(int=22)
JOB, OTHER_JOB = UUID(int=31), UUID(int=32)
HIRED_ON, TODAY, TOMORROW, BEFORE = date(2026, 1, 7), date(2026, 11, 22), date(2026, 11, 23), date(2026, 1, 6)
SENIOR = person_model.KnownPosition(HEAD, "Head of IT", IT, Grade.SENIOR_MANAGER, Decimal(10), approved=True)
JUNIOR = person_model.KnownPosition(LEAD, "Team lead", IT, Grade.JUNIOR_MANAGER, Decimal(0), approved=True)

HIRED = people.PersonHired(name="Ada", effective_on=HIRED_ON)
LEFT = people.PersonLeft(line_manager_id=None, effective_on=TODAY)
SUSPENDED = people.PersonSuspended(effective_on=TODAY)
ELIGIBLE, INELIGIBLE = people.EligibilityChanged(senior_manager=True), people.EligibilityChanged(senior_manager=False)


def facts(on: date = TODAY, **known: Any) -> person_model.PersonFacts:
    usual: dict[str, Any] = {
        "actor": Actor(str(OTHER)),
        "policy_years": Decimal(10),
        "position": SENIOR,
        "default_line_manager": BOSS,
        "manager_employed": True,
        "managers_above": (),
    }
    at = datetime.combine(on, time(12), UTC)
    return person_model.PersonFacts(at=at, id=ADA, **(usual | known))


def recorded(
    id: UUID, started_on: date, ended_on: date | None, it_management: bool = True
) -> person_model.ExperienceRecorded:
    return person_model.ExperienceRecorded(
        experience_id=id,
        employer="Acme",
        role="IT manager",
        it_management=it_management,
        started_on=started_on,
        ended_on=ended_on,
    )


def worked(
    started_on: date, ended_on: date, it_management: bool = True, id: UUID = JOB
) -> tuple[person_model.ExperienceRecorded, person_model.ExperienceVerified]:
    return recorded(id, started_on, ended_on, it_management), person_model.ExperienceVerified(
        experience_id=id, until=ended_on
    )


def appoint(position: person_model.KnownPosition = SENIOR, on: date = TODAY, **more: Any) -> AppointPerson:
    return AppointPerson(position_id=position.id, effective_on=on, **more)


def appointed(position: person_model.KnownPosition = SENIOR, on: date = TODAY, **more: Any) -> people.PersonAppointed:
    usual: dict[str, Any] = {"line_manager_id": BOSS, "transferred": False, "promoted": False}
    return people.PersonAppointed(
        position_id=position.id,
        title=position.title,
        division_id=position.division_id,
        grade=position.grade,
        effective_on=on,
        **(usual | more),
    )


def waived(verified: str, required: int = 10) -> people.SeniorManagerGateWaived:
    return people.SeniorManagerGateWaived(
        position_id=HEAD,
        required_years=Decimal(required),
        verified_years=Decimal(verified),
        approver=str(OTHER),
        reason="nobody else",
        effective_on=TODAY,
    )


TEN_YEARS = worked(date(2016, 11, 22), date(2026, 11, 21))
NINE_YEARS = worked(date(2017, 11, 22), date(2026, 11, 21))
WAIVER = Waiver(reason="nobody else")
RECORD = experiences.RecordExperience(
    experience_id=JOB,
    employer="Acme",
    role="IT manager",
    it_management=True,
    started_on=date(2020, 1, 1),
    ended_on=date(2020, 12, 31),
)
RECORDED = recorded(JOB, date(2020, 1, 1), date(2020, 12, 31))
VERIFY = experiences.VerifyExperience(experience_id=JOB)
ONGOING = recorded(JOB, date(2016, 11, 22), None)


# Joining, names


def test_a_person_is_hired() -> None:
    given(person_rules.PERSON).when(person_rules.HirePerson(name="Ada", effective_on=HIRED_ON), facts()).then(HIRED)


def test_hiring_them_again_with_the_same_facts_changes_nothing() -> None:
    again = person_rules.HirePerson(name="Ada", effective_on=HIRED_ON)
    given(person_rules.PERSON, HIRED, appointed(JUNIOR)).when(again, facts()).then()


def test_hiring_somebody_else_under_the_same_id_is_refused() -> None:
    given(person_rules.PERSON, HIRED).when(
        person_rules.HirePerson(name="Bob", effective_on=HIRED_ON), facts()
    ).then_refused("already-exists")
    given(person_rules.PERSON, HIRED).when(
        person_rules.HirePerson(name="Ada", effective_on=TODAY), facts()
    ).then_refused("already-exists")


def test_a_person_is_renamed() -> None:
    given(person_rules.PERSON, HIRED).when(person_rules.RenamePerson(name="Ada L."), facts()).then(
        people.PersonRenamed(name="Ada L.")
    )
    given(person_rules.PERSON, HIRED).when(person_rules.RenamePerson(name="Ada"), facts()).then()


# Experience


def test_experience_is_recorded() -> None:
    given(person_rules.PERSON, HIRED).when(RECORD, facts()).then(RECORDED)


def test_experience_may_go_on() -> None:
    on = RECORD.model_copy(update={"ended_on": None})
    given(person_rules.PERSON, HIRED).when(on, facts()).then(recorded(JOB, date(2020, 1, 1), None))


def test_recording_the_same_experience_again_changes_nothing() -> None:
    given(person_rules.PERSON, HIRED, RECORDED).when(RECORD, facts()).then()
    verified = person_model.ExperienceVerified(experience_id=JOB, until=date(2020, 12, 31))
    given(person_rules.PERSON, HIRED, RECORDED, verified).when(RECORD, facts()).then()


@pytest.mark.parametrize(
    "different",
    [{"employer": "B"}, {"role": "B"}, {"it_management": False}, {"started_on": BEFORE}, {"ended_on": None}],
)
def test_recording_another_experience_under_the_same_id_is_refused(different: dict[str, Any]) -> None:
    other = RECORD.model_copy(update=different)
    given(person_rules.PERSON, HIRED, RECORDED).when(other, facts()).then_refused("experience-known")


def test_experience_does_not_end_before_it_starts() -> None:
    backwards = RECORD.model_copy(update={"ended_on": date(2019, 12, 31)})
    given(person_rules.PERSON, HIRED).when(backwards, facts()).then_refused("experience-in-order")


def test_experience_of_a_single_day_is_recorded() -> None:
    a_day = RECORD.model_copy(update={"ended_on": date(2020, 1, 1)})
    given(person_rules.PERSON, HIRED).when(a_day, facts()).then(recorded(JOB, date(2020, 1, 1), date(2020, 1, 1)))


@pytest.mark.parametrize("days", [{"ended_on": TOMORROW}, {"started_on": TOMORROW, "ended_on": None}])
def test_experience_lies_in_the_past(days: dict[str, Any]) -> None:
    given(person_rules.PERSON, HIRED).when(RECORD.model_copy(update=days), facts()).then_refused(
        "experience-in-the-past"
    )


def test_experience_before_1900_is_not_understood() -> None:
    with pytest.raises(ValidationError):
        experiences.RecordExperience(**(dict(RECORD) | {"started_on": date(1899, 12, 31)}))


def test_a_person_has_a_hundred_experiences_at_most() -> None:
    many = [recorded(UUID(int=100 + n), date(2020, 1, 1), None) for n in range(100)]
    given(person_rules.PERSON, HIRED, *many[1:]).when(RECORD, facts()).then(RECORDED)
    given(person_rules.PERSON, HIRED, *many).when(RECORD, facts()).then_refused("experience-bounded")


def test_experience_is_verified_up_to_its_end() -> None:
    given(person_rules.PERSON, HIRED, RECORDED).when(VERIFY, facts()).then(
        person_model.ExperienceVerified(experience_id=JOB, until=date(2020, 12, 31))
    )


def test_experience_that_goes_on_is_verified_up_to_today() -> None:
    ongoing = recorded(JOB, date(2020, 1, 1), None)
    given(person_rules.PERSON, HIRED, ongoing).when(VERIFY, facts()).then(
        person_model.ExperienceVerified(experience_id=JOB, until=TODAY)
    )


def test_experience_that_goes_on_is_verified_further_on_a_later_day() -> None:
    ongoing = recorded(JOB, date(2020, 1, 1), None)
    before = person_model.ExperienceVerified(experience_id=JOB, until=TODAY)
    given(person_rules.PERSON, HIRED, ongoing, before).when(VERIFY, facts(TOMORROW)).then(
        person_model.ExperienceVerified(experience_id=JOB, until=TOMORROW)
    )


@pytest.mark.parametrize(
    ("grade", "years", "passes"),
    [(Grade.SENIOR_MANAGER, "9", True), (Grade.SENIOR_MANAGER, "10", False), (Grade.MANAGER, "10", True)],
)
def test_whoever_would_pass_the_gate_has_the_years_that_a_senior_position_demands(
    grade: Grade, years: str, passes: bool
) -> None:
    person = person_rules.PERSON.fold([HIRED, *NINE_YEARS])
    assert person is not None
    assert passes_gate(person, grade, Decimal(years), TODAY) is passes


TAKE_ON = person_rules.TakeOnPerson(name="Ada", position_id=LEAD, effective_on=TODAY)


def test_an_accepted_candidate_is_hired_and_appointed_at_once() -> None:
    joined = given(person_rules.PERSON).when(TAKE_ON, facts(position=JUNIOR)).then_state()
    assert isinstance(joined, person_model.Person)
    assert joined.appointment is not None
    assert (joined.hired_on, joined.appointment.position_id, joined.line_manager_id) == (TODAY, LEAD, BOSS)
    stays = given(person_rules.PERSON, HIRED).when(TAKE_ON, facts(position=JUNIOR)).then_state()
    assert isinstance(stays, person_model.Person)
    assert stays.appointment is not None
    assert (stays.hired_on, stays.appointment.position_id) == (HIRED_ON, LEAD)
    given(person_rules.PERSON, HIRED, LEFT).when(TAKE_ON, facts(position=JUNIOR)).then_refused("dates-in-order")
    held = replace(JUNIOR, holder_id=OTHER)
    given(person_rules.PERSON).when(TAKE_ON, facts(position=held)).then_refused("position-vacant")


def test_a_candidate_whom_the_gate_does_not_let_pass_is_hired_and_appointed_afterwards() -> None:
    senior = TAKE_ON.model_copy(update={"position_id": HEAD})
    joined = given(person_rules.PERSON).when(senior, facts()).then_state()
    assert isinstance(joined, person_model.Person)
    assert (joined.hired_on, joined.appointment) == (TODAY, None)


def test_who_recorded_experience_does_not_verify_it() -> None:
    recorder = in_hr(facts(recorded_by=frozenset({str(OTHER)})))
    asked = who_may(PERSONS, HIRED, *TEN_YEARS[:1])
    asked.when(VERIFY, recorder).then_refused("verified-by-another")
    verified = asked.when(VERIFY, in_hr(facts(recorded_by=frozenset({str(OTHER)}), four_eyes=False))).then_state()
    assert isinstance(verified, person_model.Person)
    assert verified.experience[0].verified_until is not None


def test_verifying_again_changes_nothing() -> None:
    verified = person_model.ExperienceVerified(experience_id=JOB, until=date(2020, 12, 31))
    given(person_rules.PERSON, HIRED, RECORDED, verified).when(VERIFY, facts()).then()


def test_unknown_experience_is_not_verified() -> None:
    given(person_rules.PERSON, HIRED).when(VERIFY, facts()).then_refused("experience-unknown")


@pytest.mark.parametrize("actor", [Actor(str(ADA)), Actor(str(OTHER), for_whom=str(ADA))])
def test_nobody_verifies_their_own_experience(actor: Actor) -> None:
    refused = (
        who_may(PERSONS, HIRED, RECORDED).when(VERIFY, in_hr(facts(actor=actor))).then_refused("verified-by-another")
    )
    assert isinstance(refused, Forbidden)


def test_experience_is_vouched_for_up_to_the_day_that_is_stated() -> None:
    then = date(2018, 6, 30)
    stated = experiences.VerifyExperience(experience_id=JOB, until=then)
    verified = person_model.ExperienceVerified(experience_id=JOB, until=then)
    given(person_rules.PERSON, HIRED, ONGOING).when(stated, facts()).then(verified)
    given(person_rules.PERSON, HIRED, ONGOING, verified).when(stated, facts()).then()
    further = person_model.ExperienceVerified(experience_id=JOB, until=TODAY)
    given(person_rules.PERSON, HIRED, ONGOING, further, ELIGIBLE).when(stated, facts()).then(verified, INELIGIBLE)


@pytest.mark.parametrize(
    ("experience", "until"),
    [(RECORDED, date(2021, 1, 1)), (RECORDED, date(2019, 12, 31)), (ONGOING, TOMORROW)],
    ids=["after its end", "before its first day", "in the future"],
)
def test_nobody_vouches_for_days_on_which_the_experience_did_not_last(experience: BaseModel, until: date) -> None:
    stated = experiences.VerifyExperience(experience_id=JOB, until=until)
    given(person_rules.PERSON, HIRED, experience).when(stated, facts()).then_refused("verified-while-it-lasted")


def test_experience_that_goes_on_is_ended_and_what_was_verified_of_it_stays() -> None:
    end = experiences.EndExperience(experience_id=JOB, ended_on=date(2019, 12, 31))
    ended = person_model.ExperienceEnded(experience_id=JOB, ended_on=date(2019, 12, 31))
    given(person_rules.PERSON, HIRED, ONGOING).when(end, facts()).then(ended)
    given(person_rules.PERSON, HIRED, ONGOING, ended).when(end, facts()).then()
    for until in (date(2018, 1, 1), None):
        before = [person_model.ExperienceVerified(experience_id=JOB, until=until)] if until else []
        person = given(person_rules.PERSON, HIRED, ONGOING, *before).when(end, facts()).then_state()
        assert isinstance(person, person_model.Person)
        assert [(each.ended_on, each.verified_until) for each in person.experience] == [(end.ended_on, until)]


def test_what_was_verified_beyond_the_end_of_an_experience_counts_no_longer() -> None:
    verified = person_model.ExperienceVerified(experience_id=JOB, until=TODAY)
    end = experiences.EndExperience(experience_id=JOB, ended_on=date(2025, 11, 20))
    ended = person_model.ExperienceEnded(experience_id=JOB, ended_on=end.ended_on)
    given(person_rules.PERSON, HIRED, ONGOING, verified, ELIGIBLE).when(end, facts()).then(ended, INELIGIBLE)
    again = person_model.ExperienceVerified(experience_id=JOB, until=end.ended_on)
    given(person_rules.PERSON, HIRED, ONGOING, ended).when(VERIFY, facts()).then(again)


def test_experience_ends_once_after_it_started_and_not_in_the_future() -> None:
    def end(on: date) -> experiences.EndExperience:
        return experiences.EndExperience(experience_id=JOB, ended_on=on)

    given(person_rules.PERSON, HIRED).when(end(TODAY), facts()).then_refused("experience-unknown")
    given(person_rules.PERSON, HIRED, RECORDED).when(end(TODAY), facts()).then_refused("experience-goes-on")
    given(person_rules.PERSON, HIRED, ONGOING).when(end(date(2016, 11, 21)), facts()).then_refused(
        "experience-in-order"
    )
    given(person_rules.PERSON, HIRED, ONGOING).when(end(TOMORROW), facts()).then_refused("experience-in-the-past")


def test_withdrawn_experience_counts_no_longer_and_may_be_recorded_again() -> None:
    withdraw, withdrawn = (
        experiences.WithdrawExperience(experience_id=JOB),
        person_model.ExperienceWithdrawn(experience_id=JOB),
    )
    given(person_rules.PERSON, HIRED, *TEN_YEARS, ELIGIBLE).when(withdraw, facts()).then(withdrawn, INELIGIBLE)
    given(person_rules.PERSON, HIRED, *TEN_YEARS, withdrawn).when(withdraw, facts()).then()
    given(person_rules.PERSON, HIRED, *TEN_YEARS, withdrawn).when(RECORD, facts()).then(RECORDED)
    given(person_rules.PERSON, HIRED, *TEN_YEARS, withdrawn).when(VERIFY, facts()).then_refused("experience-unknown")


# Appointment


def test_a_person_is_appointed_reporting_to_the_holder_of_the_superior_position() -> None:
    given(person_rules.PERSON, HIRED).when(appoint(JUNIOR), facts(position=JUNIOR)).then(appointed(JUNIOR))


def test_a_person_is_appointed_reporting_to_a_named_line_manager() -> None:
    named = appoint(JUNIOR, line_manager_id=OTHER_BOSS)
    given(person_rules.PERSON, HIRED).when(named, facts(position=JUNIOR)).then(
        appointed(JUNIOR, line_manager_id=OTHER_BOSS)
    )


def test_a_person_at_the_top_reports_to_nobody() -> None:
    top = facts(position=JUNIOR, default_line_manager=None, manager_employed=None, managers_above=None)
    given(person_rules.PERSON, HIRED).when(appoint(JUNIOR), top).then(appointed(JUNIOR, line_manager_id=None))


def test_the_position_exists() -> None:
    given(person_rules.PERSON, HIRED).when(appoint(), facts(position=None)).then_refused("position-unknown")


def test_the_position_is_approved() -> None:
    draft = person_model.KnownPosition(LEAD, "Team lead", IT, Grade.STAFF, Decimal(0), approved=False)
    given(person_rules.PERSON, HIRED).when(appoint(draft), facts(position=draft)).then_refused("position-approved")


def test_the_position_is_vacant() -> None:
    held = person_model.KnownPosition(LEAD, "Team lead", IT, Grade.STAFF, Decimal(0), approved=True, holder_id=OTHER)
    given(person_rules.PERSON, HIRED).when(appoint(held), facts(position=held)).then_refused("position-vacant")


@pytest.mark.parametrize("more", [{}, {"line_manager_id": BOSS}, {"on": TOMORROW}])
def test_appointing_somebody_to_what_they_hold_changes_nothing(more: dict[str, Any]) -> None:
    held = person_model.KnownPosition(
        LEAD, "Team lead", IT, Grade.JUNIOR_MANAGER, Decimal(0), approved=True, holder_id=ADA
    )
    known = facts(position=held, default_line_manager=OTHER_BOSS)
    given(person_rules.PERSON, HIRED, appointed(JUNIOR)).when(appoint(JUNIOR, **more), known).then()


def test_appointing_somebody_to_what_they_hold_does_not_change_their_line_manager() -> None:
    other = appoint(JUNIOR, line_manager_id=OTHER_BOSS)
    given(person_rules.PERSON, HIRED, appointed(JUNIOR)).when(other, facts(position=JUNIOR)).then_refused(
        "position-held"
    )


def test_whoever_holds_a_revised_position_is_appointed_to_it_again() -> None:
    revised = person_model.KnownPosition(LEAD, "Manager", IT, Grade.MANAGER, Decimal(0), approved=True, holder_id=ADA)
    given(person_rules.PERSON, HIRED, appointed(JUNIOR)).when(appoint(revised), facts(position=revised)).then(
        appointed(revised, promoted=True)
    )


def test_a_position_revised_to_a_senior_one_is_not_a_way_around_the_gate() -> None:
    revised = person_model.KnownPosition(
        LEAD, "Head", IT, Grade.SENIOR_MANAGER, Decimal(10), approved=True, holder_id=ADA
    )
    given(person_rules.PERSON, HIRED, appointed(JUNIOR)).when(appoint(revised), facts(position=revised)).then_refused(
        "senior-manager-gate"
    )


def test_the_gate_is_waived_for_who_holds_a_position_that_will_demand_seniority() -> None:
    held = (HIRED, appointed(JUNIOR))
    waive = WaiveGate(reason="nobody else")
    noted = waived("0").model_copy(update={"position_id": LEAD})
    given(person_rules.PERSON, *held).when(waive, facts()).then(noted, ELIGIBLE)
    given(person_rules.PERSON, *held, noted, ELIGIBLE).when(waive, facts()).then()
    given(person_rules.PERSON, *held, *TEN_YEARS, ELIGIBLE).when(waive, facts()).then_refused("waiver-not-needed")
    given(person_rules.PERSON, HIRED).when(waive, facts()).then_refused("position-held")


def test_nobody_is_appointed_to_days_on_which_another_held_the_position() -> None:
    refusal = (
        given(person_rules.PERSON, HIRED)
        .when(appoint(JUNIOR, HIRED_ON), facts(position=JUNIOR, held_until=date(2026, 5, 31)))
        .then_refused("position-vacant")
    )
    assert refusal.remedy == "Give 2026-06-01 or a later day."


def test_nobody_reports_to_somebody_on_days_before_they_were_hired() -> None:
    hired_later = facts(position=JUNIOR, manager_hired_on=date(2026, 3, 1))
    named = appoint(JUNIOR, date(2026, 2, 28), line_manager_id=BOSS)
    given(person_rules.PERSON, HIRED).when(named, hired_later).then_refused("line-manager-employed")
    for day in (date(2026, 3, 1), date(2026, 3, 2)):
        given(person_rules.PERSON, HIRED).when(appoint(JUNIOR, day), hired_later).then(appointed(JUNIOR, day))


def test_who_is_appointed_before_the_holder_above_was_hired_reports_to_them_from_that_day_on() -> None:
    hired_later = facts(position=JUNIOR, manager_hired_on=date(2026, 3, 1))
    given(person_rules.PERSON, HIRED).when(appoint(JUNIOR, date(2026, 2, 28)), hired_later).then(
        appointed(JUNIOR, date(2026, 2, 28), line_manager_id=None),
        people.LineManagerChanged(line_manager_id=BOSS, effective_on=date(2026, 3, 1)),
    )


def test_nobody_is_appointed_before_they_are_hired() -> None:
    given(person_rules.PERSON, HIRED).when(appoint(JUNIOR, BEFORE), facts(position=JUNIOR)).then_refused(
        "dates-in-order"
    )
    given(person_rules.PERSON, HIRED).when(appoint(JUNIOR, HIRED_ON), facts(position=JUNIOR)).then(
        appointed(JUNIOR, HIRED_ON)
    )


def test_nobody_is_appointed_before_their_last_appointment() -> None:
    last = appointed(JUNIOR, date(2026, 6, 2))
    given(person_rules.PERSON, HIRED, last, *TEN_YEARS, ELIGIBLE).when(
        appoint(SENIOR, date(2026, 6, 1)), facts()
    ).then_refused("dates-in-order")


def test_a_person_is_transferred_to_another_division() -> None:
    sales = person_model.KnownPosition(OTHER, "Team lead", SALES, Grade.JUNIOR_MANAGER, Decimal(0), approved=True)
    given(person_rules.PERSON, HIRED, appointed(JUNIOR)).when(appoint(sales), facts(position=sales)).then(
        appointed(sales, transferred=True)
    )


def test_a_person_is_promoted_to_a_higher_grade() -> None:
    manager = person_model.KnownPosition(OTHER, "Manager", IT, Grade.MANAGER, Decimal(0), approved=True)
    given(person_rules.PERSON, HIRED, appointed(JUNIOR)).when(appoint(manager), facts(position=manager)).then(
        appointed(manager, promoted=True)
    )


def test_a_lower_grade_is_no_promotion() -> None:
    staff = person_model.KnownPosition(OTHER, "Engineer", IT, Grade.STAFF, Decimal(0), approved=True)
    given(person_rules.PERSON, HIRED, appointed(JUNIOR)).when(appoint(staff), facts(position=staff)).then(
        appointed(staff)
    )


# The ten-year gate


def test_ten_years_of_verified_it_management_open_the_gate() -> None:
    given(person_rules.PERSON, HIRED, *TEN_YEARS, ELIGIBLE).when(appoint(), facts()).then(appointed())


@pytest.mark.parametrize("on", [date(2020, 1, 1), date(2021, 3, 1), date(2024, 2, 29), date(2025, 1, 1)])
def test_ten_calendar_years_are_ten_years_on_every_day_after_them(on: date) -> None:
    told = [*worked(date(2010, 1, 1), date(2014, 12, 31)), *worked(date(2015, 1, 1), date(2019, 12, 31), id=OTHER_JOB)]
    person = person_rules.PERSON.fold([HIRED, *told])
    assert isinstance(person, person_model.Person)
    assert experiences.verified_years(person.experience, on) == 10


def test_a_day_less_than_ten_years_does_not() -> None:
    a_day_less = worked(date(2016, 11, 23), date(2026, 11, 21))
    refused = (
        given(person_rules.PERSON, HIRED, *a_day_less).when(appoint(), facts()).then_refused("senior-manager-gate")
    )
    assert "9.99" in refused.detail
    assert refused.remedy


def test_executives_pass_the_gate_too() -> None:
    cio = person_model.KnownPosition(OTHER, "CIO", IT, Grade.EXECUTIVE, Decimal(10), approved=True)
    given(person_rules.PERSON, HIRED, *NINE_YEARS).when(appoint(cio), facts(position=cio)).then_refused(
        "senior-manager-gate"
    )


def test_managers_pass_no_gate() -> None:
    manager = person_model.KnownPosition(OTHER, "Manager", IT, Grade.MANAGER, Decimal(10), approved=True)
    given(person_rules.PERSON, HIRED).when(appoint(manager), facts(position=manager)).then(appointed(manager))


def test_unverified_experience_does_not_count() -> None:
    given(person_rules.PERSON, HIRED, TEN_YEARS[0]).when(appoint(), facts()).then_refused("senior-manager-gate")


def test_other_experience_does_not_count() -> None:
    other = worked(date(2000, 1, 1), date(2026, 11, 21), it_management=False)
    given(person_rules.PERSON, HIRED, *other).when(appoint(), facts()).then_refused("senior-manager-gate")


def test_overlapping_experience_counts_once() -> None:
    twice = (*worked(date(2018, 1, 1), date(2023, 12, 31)), *worked(date(2019, 1, 1), date(2024, 12, 31), id=OTHER_JOB))
    given(person_rules.PERSON, HIRED, *twice).when(appoint(), facts()).then_refused("senior-manager-gate")


def test_experience_is_added_up_over_gaps_in_any_order() -> None:
    five = worked(date(2005, 1, 1), date(2009, 12, 31))
    later = worked(date(2015, 1, 1), date(2019, 12, 31), id=OTHER_JOB)
    given(person_rules.PERSON, HIRED, *five, *later, ELIGIBLE).when(appoint(), facts()).then(appointed())
    given(person_rules.PERSON, HIRED, *later, *five, ELIGIBLE).when(appoint(), facts()).then(appointed())
    a_day_less = worked(date(2015, 1, 1), date(2019, 12, 30), id=OTHER_JOB)
    given(person_rules.PERSON, HIRED, *five, *a_day_less).when(appoint(), facts()).then_refused("senior-manager-gate")


def test_only_experience_before_the_appointment_counts() -> None:
    earlier = appoint(on=date(2026, 11, 21))
    given(person_rules.PERSON, HIRED, *TEN_YEARS, ELIGIBLE).when(earlier, facts()).then_refused("senior-manager-gate")


def test_experience_that_goes_on_counts_up_to_when_it_was_verified() -> None:
    verified = person_model.ExperienceVerified(experience_id=JOB, until=date(2025, 1, 1))
    given(person_rules.PERSON, HIRED, ONGOING, verified).when(appoint(), facts()).then_refused("senior-manager-gate")
    again = person_model.ExperienceVerified(experience_id=JOB, until=TODAY)
    given(person_rules.PERSON, HIRED, ONGOING, verified, again, ELIGIBLE).when(appoint(), facts()).then(appointed())


def test_the_policy_may_demand_more_than_the_position() -> None:
    given(person_rules.PERSON, HIRED, *TEN_YEARS).when(appoint(), facts(policy_years=Decimal(12))).then_refused(
        "senior-manager-gate"
    )


def test_the_position_may_demand_more_than_the_policy() -> None:
    twelve = person_model.KnownPosition(HEAD, "Head of IT", IT, Grade.SENIOR_MANAGER, Decimal(12), approved=True)
    given(person_rules.PERSON, HIRED, *TEN_YEARS).when(appoint(twelve), facts(position=twelve)).then_refused(
        "senior-manager-gate"
    )


def test_a_waiver_lets_somebody_through_and_makes_them_eligible() -> None:
    given(person_rules.PERSON, HIRED, *NINE_YEARS).when(appoint(waiver=WAIVER), facts()).then(
        appointed(), waived("9"), ELIGIBLE
    )


def test_a_waiver_names_the_years_rounded_down() -> None:
    almost = worked(date(2016, 11, 23), date(2026, 11, 21))
    given(person_rules.PERSON, HIRED, *almost).when(appoint(waiver=WAIVER), facts()).then(
        appointed(), waived("9.99"), ELIGIBLE
    )


def test_a_waiver_is_only_given_where_the_gate_is_not_met() -> None:
    given(person_rules.PERSON, HIRED, *TEN_YEARS).when(appoint(waiver=WAIVER), facts()).then_refused(
        "waiver-not-needed"
    )
    given(person_rules.PERSON, HIRED).when(appoint(JUNIOR, waiver=WAIVER), facts(position=JUNIOR)).then_refused(
        "waiver-not-needed"
    )


@pytest.mark.parametrize("actor", [Actor(str(ADA)), Actor(str(OTHER), for_whom=str(ADA))])
def test_nobody_waives_the_gate_for_themself(actor: Actor) -> None:
    refused = (
        who_may(PERSONS, HIRED)
        .when(appoint(waiver=WAIVER), as_executive(facts(actor=actor)))
        .then_refused("waived-by-another")
    )
    assert isinstance(refused, Forbidden)


def test_a_waiver_needs_a_reason() -> None:
    with pytest.raises(ValidationError):
        Waiver(reason="")


def test_a_waiver_is_for_one_position_only() -> None:
    before: list[BaseModel] = [HIRED, appointed(), waived("0"), ELIGIBLE]
    cio = person_model.KnownPosition(OTHER, "CIO", IT, Grade.EXECUTIVE, Decimal(10), approved=True)
    given(person_rules.PERSON, *before).when(appoint(cio), facts(position=cio)).then_refused("senior-manager-gate")
    given(person_rules.PERSON, *before).when(appoint(JUNIOR), facts(position=JUNIOR)).then(
        appointed(JUNIOR), INELIGIBLE
    )


# The line


def change(line_manager_id: UUID | None = OTHER_BOSS, on: date = TODAY) -> ChangeLineManager:
    return ChangeLineManager(line_manager_id=line_manager_id, effective_on=on)


CHANGED = people.LineManagerChanged(line_manager_id=OTHER_BOSS, effective_on=TODAY)
BY_LINE: list[Any] = [
    pytest.param(change(), id="change"),
    pytest.param(appoint(JUNIOR, line_manager_id=OTHER_BOSS), id="appoint"),
]


def test_a_person_reports_to_somebody_else() -> None:
    given(person_rules.PERSON, HIRED, appointed(JUNIOR)).when(change(), facts()).then(CHANGED)


def test_a_person_reports_to_nobody_at_the_top() -> None:
    known = facts(manager_employed=None, managers_above=None)
    given(person_rules.PERSON, HIRED, appointed(JUNIOR)).when(change(None), known).then(
        people.LineManagerChanged(line_manager_id=None, effective_on=TODAY)
    )


def test_changing_to_the_same_line_manager_changes_nothing() -> None:
    given(person_rules.PERSON, HIRED, appointed(JUNIOR)).when(change(BOSS), facts(manager_employed=False)).then()


@pytest.mark.parametrize("command", BY_LINE)
def test_the_line_manager_works_here(command: person_rules.PersonCommand) -> None:
    given(person_rules.PERSON, HIRED).when(command, facts(position=JUNIOR, manager_employed=False)).then_refused(
        "line-manager-employed"
    )


@pytest.mark.parametrize("command", BY_LINE)
@pytest.mark.parametrize("unknown", [{"manager_employed": None}, {"managers_above": None}])
def test_the_line_manager_is_known(command: person_rules.PersonCommand, unknown: dict[str, Any]) -> None:
    given(person_rules.PERSON, HIRED).when(command, facts(position=JUNIOR, **unknown)).then_refused(
        "line-manager-unknown"
    )


@pytest.mark.parametrize("command", BY_LINE)
def test_nobody_reports_to_somebody_below(command: person_rules.PersonCommand) -> None:
    known = facts(position=JUNIOR, managers_above=(OTHER, ADA))
    given(person_rules.PERSON, HIRED).when(command, known).then_refused("no-cycles")


@pytest.mark.parametrize("command", [change(ADA), appoint(JUNIOR, line_manager_id=ADA)])
def test_nobody_reports_to_themself(command: person_rules.PersonCommand) -> None:
    given(person_rules.PERSON, HIRED).when(command, facts(position=JUNIOR)).then_refused("no-cycles")


def test_the_default_line_manager_obeys_the_same_rules() -> None:
    given(person_rules.PERSON, HIRED).when(
        appoint(JUNIOR), facts(position=JUNIOR, default_line_manager=ADA)
    ).then_refused("no-cycles")
    given(person_rules.PERSON, HIRED).when(
        appoint(JUNIOR), facts(position=JUNIOR, manager_employed=False)
    ).then_refused("line-manager-employed")


# Suspension, leaving


def test_a_person_is_suspended_and_reinstated() -> None:
    given(person_rules.PERSON, HIRED).when(person_rules.SuspendPerson(effective_on=TODAY), facts()).then(SUSPENDED)
    given(person_rules.PERSON, HIRED, SUSPENDED).when(person_rules.ReinstatePerson(effective_on=TODAY), facts()).then(
        people.PersonReinstated(effective_on=TODAY)
    )


def test_suspending_and_reinstating_again_changes_nothing() -> None:
    given(person_rules.PERSON, HIRED, SUSPENDED).when(person_rules.SuspendPerson(effective_on=TODAY), facts()).then()
    given(person_rules.PERSON, HIRED).when(person_rules.ReinstatePerson(effective_on=TODAY), facts()).then()


def test_a_person_leaves_and_their_last_line_manager_is_named() -> None:
    given(person_rules.PERSON, HIRED, appointed(JUNIOR)).when(
        person_rules.RecordLeaving(effective_on=TODAY), facts()
    ).then(people.PersonLeft(line_manager_id=BOSS, effective_on=TODAY))


def test_a_suspended_person_may_leave() -> None:
    given(person_rules.PERSON, HIRED, SUSPENDED).when(person_rules.RecordLeaving(effective_on=TODAY), facts()).then(
        LEFT
    )


def test_recording_the_same_leaving_again_changes_nothing() -> None:
    given(person_rules.PERSON, HIRED, LEFT).when(person_rules.RecordLeaving(effective_on=TODAY), facts()).then()


@pytest.mark.parametrize(
    "command",
    [
        person_rules.RenamePerson(name="Ada L."),
        RECORD,
        VERIFY,
        appoint(),
        change(),
        person_rules.SuspendPerson(effective_on=TODAY),
        person_rules.ReinstatePerson(effective_on=TODAY),
        person_rules.RecordLeaving(effective_on=HIRED_ON),
    ],
    ids=lambda command: type(command).__name__,
)
def test_after_leaving_nothing_changes(command: person_rules.PersonCommand) -> None:
    given(person_rules.PERSON, HIRED, LEFT).when(command, facts()).then_refused("person-left")


@pytest.mark.parametrize(
    "kind", [person_rules.SuspendPerson, person_rules.ReinstatePerson, person_rules.RecordLeaving, change]
)
def test_what_happens_to_a_person_is_recorded_in_order_once_it_has_happened(kind: Any) -> None:
    before = (
        [HIRED] if kind is not person_rules.ReinstatePerson else [HIRED, people.PersonSuspended(effective_on=HIRED_ON)]
    )

    def on(day: date) -> person_rules.PersonCommand:
        command: person_rules.PersonCommand = change(on=day) if kind is change else kind(effective_on=day)
        return command

    given(person_rules.PERSON, *before).when(on(BEFORE), facts()).then_refused("dates-in-order")
    planned = given(person_rules.PERSON, *before).when(on(TOMORROW), facts()).then_state()
    assert isinstance(planned, person_model.Person)
    assert [*planning.planned_days(planned).values()] == [TOMORROW], "and nothing else has changed yet"
    assert (planned.last_on, planned.line_manager_id) == (HIRED_ON, None)
    assert given(person_rules.PERSON, *before).when(on(HIRED_ON), facts()).then_state()


@pytest.mark.parametrize(
    "last",
    [appointed(JUNIOR), CHANGED, SUSPENDED, people.PersonReinstated(effective_on=TODAY)],
    ids=lambda event: type(event).__name__,
)
def test_every_dated_change_moves_the_order_on(last: BaseModel) -> None:
    leave = person_rules.RecordLeaving(effective_on=HIRED_ON)
    given(person_rules.PERSON, HIRED, last).when(leave, facts()).then_refused("dates-in-order")


# Eligibility


def test_verifying_enough_experience_makes_somebody_eligible() -> None:
    given(person_rules.PERSON, HIRED, TEN_YEARS[0]).when(VERIFY, facts()).then(TEN_YEARS[1], ELIGIBLE)
    given(person_rules.PERSON, HIRED, NINE_YEARS[0]).when(VERIFY, facts()).then(NINE_YEARS[1])


def test_eligibility_that_does_not_change_is_not_published_again() -> None:
    more = recorded(OTHER_JOB, date(2010, 1, 1), date(2010, 1, 31))
    until = person_model.ExperienceVerified(experience_id=OTHER_JOB, until=date(2010, 1, 31))
    verify = experiences.VerifyExperience(experience_id=OTHER_JOB)
    given(person_rules.PERSON, HIRED, *TEN_YEARS, ELIGIBLE, more).when(verify, facts()).then(until)


def test_a_suspended_person_is_not_eligible_until_reinstated() -> None:
    given(person_rules.PERSON, HIRED, *TEN_YEARS, ELIGIBLE).when(
        person_rules.SuspendPerson(effective_on=TODAY), facts()
    ).then(SUSPENDED, INELIGIBLE)
    given(person_rules.PERSON, HIRED, *TEN_YEARS, ELIGIBLE, SUSPENDED, INELIGIBLE).when(
        person_rules.ReinstatePerson(effective_on=TODAY), facts()
    ).then(people.PersonReinstated(effective_on=TODAY), ELIGIBLE)


def test_a_waiver_outlasts_a_suspension() -> None:
    before: list[BaseModel] = [HIRED, appointed(), waived("0"), ELIGIBLE, SUSPENDED, INELIGIBLE]
    given(person_rules.PERSON, *before).when(person_rules.ReinstatePerson(effective_on=TODAY), facts()).then(
        people.PersonReinstated(effective_on=TODAY), ELIGIBLE
    )


def test_whoever_leaves_is_not_eligible() -> None:
    given(person_rules.PERSON, HIRED, *TEN_YEARS, ELIGIBLE).when(
        person_rules.RecordLeaving(effective_on=TODAY), facts()
    ).then(LEFT, INELIGIBLE)


def test_eligibility_is_reviewed_after_the_policy_changed() -> None:
    given(person_rules.PERSON, HIRED, *TEN_YEARS, ELIGIBLE).when(
        person_rules.ReviewEligibility(), facts(policy_years=Decimal(12))
    ).then(INELIGIBLE)
    given(person_rules.PERSON, HIRED, *TEN_YEARS, ELIGIBLE).when(person_rules.ReviewEligibility(), facts()).then()
    given(person_rules.PERSON, HIRED, *TEN_YEARS, LEFT).when(person_rules.ReviewEligibility(), facts()).then()


def test_whoever_something_confidential_bars_is_not_eligible_and_the_event_does_not_say_why() -> None:
    barred = given(person_rules.PERSON, HIRED, *TEN_YEARS, ELIGIBLE).when(
        person_rules.ReviewEligibility(), facts(barred=True)
    )
    barred.then(people.EligibilityChanged(senior_manager=False))
    assert set(people.EligibilityChanged.model_fields) == {"senior_manager"}
    not_eligible = (HIRED, *TEN_YEARS, ELIGIBLE, people.EligibilityChanged(senior_manager=False))
    given(person_rules.PERSON, *not_eligible).when(person_rules.ReviewEligibility(), facts(barred=True)).then()
    given(person_rules.PERSON, *not_eligible).when(person_rules.ReviewEligibility(), facts()).then(ELIGIBLE)


def test_a_waiver_does_not_make_eligible_whoever_is_barred() -> None:
    waiving = facts(actor=Actor(str(BOSS)), barred=True)
    state = given(person_rules.PERSON, HIRED, *NINE_YEARS).when(appoint(waiver=WAIVER), waiving).then_state()
    assert isinstance(state, person_model.Person)
    assert state.gate_waived
    assert not state.eligible


def test_where_the_policy_demands_nothing_whoever_joins_is_eligible() -> None:
    hire = person_rules.HirePerson(name="Ada", effective_on=HIRED_ON)
    given(person_rules.PERSON).when(hire, facts(policy_years=Decimal(0))).then(HIRED, ELIGIBLE)


ERASE = person_rules.ErasePerson(reason="Asked for in writing.")
ERASED = people.PersonErased(reason="Asked for in writing.")


def test_somebody_who_left_is_erased() -> None:
    given(person_rules.PERSON, HIRED, LEFT).when(ERASE, facts()).then(ERASED)


def test_nothing_personal_is_left_in_the_state_of_whom_is_erased() -> None:
    events = (HIRED, *TEN_YEARS, appointed(JUNIOR), LEFT)
    state = given(person_rules.PERSON, *events).when(ERASE, facts()).then_state().model_dump()
    assert (state["name"], state["experience"], state["erased"]) == ("erased", (), True)
    assert state["appointment"]["position_id"] == LEAD


@pytest.mark.parametrize("before", [(HIRED,), (HIRED, SUSPENDED)], ids=["active", "suspended"])
def test_whoever_still_works_here_is_not_erased(before: tuple[BaseModel, ...]) -> None:
    refused = given(person_rules.PERSON, *before).when(ERASE, facts()).then_refused("still-employed")
    assert refused.remedy == "Record that they left first."


def test_nobody_is_erased_twice() -> None:
    given(person_rules.PERSON, HIRED, LEFT, ERASED).when(ERASE, facts()).then_refused("person-erased")


@pytest.mark.parametrize(
    "command",
    [
        person_rules.HirePerson(name="erased", effective_on=HIRED_ON),
        person_rules.HirePerson(name="Ada", effective_on=HIRED_ON),
        person_rules.RenamePerson(name="Ada"),
        RECORD,
        person_rules.RecordLeaving(effective_on=TODAY),
        AppointPerson(position_id=JOB, effective_on=TODAY),
        ChangeLineManager(line_manager_id=None, effective_on=TODAY),
    ],
    ids=lambda command: type(command).__name__,
)
def test_nothing_more_is_done_about_whom_is_erased(command: person_rules.PersonCommand) -> None:
    given(person_rules.PERSON, HIRED, LEFT, ERASED).when(command, facts()).then_refused("person-erased")


def test_a_review_of_everybody_passes_over_the_erased() -> None:
    given(person_rules.PERSON, HIRED, *TEN_YEARS, LEFT, ERASED).when(person_rules.ReviewEligibility(), facts()).then()


@pytest.mark.parametrize("reason", ["Ada asked.", "For ADA", "because (ada) wants it", "Åse-Ada's wish"])
def test_the_reason_of_an_erasure_names_nobody(reason: str) -> None:
    given(person_rules.PERSON, HIRED, LEFT).when(person_rules.ErasePerson(reason=reason), facts()).then_refused(
        "reason-names-nobody"
    )


@pytest.mark.parametrize("reason", ["Adamant about it.", "Canada moved away", "Retention ended"])
def test_a_reason_may_have_words_that_only_contain_the_name(reason: str) -> None:
    given(person_rules.PERSON, HIRED, LEFT).when(person_rules.ErasePerson(reason=reason), facts()).then(
        people.PersonErased(reason=reason)
    )


@pytest.mark.parametrize("actor", [Actor(str(OTHER_BOSS)), Actor(str(OTHER), for_whom=str(OTHER_BOSS))])
def test_nobody_makes_themself_a_line_manager_unless_the_position_says_so(actor: Actor) -> None:
    change = ChangeLineManager(line_manager_id=OTHER_BOSS, effective_on=TODAY)
    who_may(PERSONS, HIRED).when(change, in_hr(facts(actor=actor))).then_refused("nobody-on-themself")
    chosen = facts(actor=actor, position=JUNIOR)
    who_may(PERSONS, HIRED).when(appoint(JUNIOR, line_manager_id=OTHER_BOSS), in_hr(chosen)).then_refused(
        "nobody-on-themself"
    )
    by_position = facts(actor=actor, position=JUNIOR, default_line_manager=OTHER_BOSS)
    given(person_rules.PERSON, HIRED).when(appoint(JUNIOR), by_position).then(
        appointed(JUNIOR, line_manager_id=OTHER_BOSS)
    )


@pytest.mark.parametrize(
    "actor", [Actor(str(ADA)), Actor(str(ADA), for_whom=str(BOSS)), Actor(str(OTHER), for_whom=str(ADA))]
)
def test_nobody_decides_on_their_own_appointment_line_or_return(actor: Actor) -> None:
    change = ChangeLineManager(line_manager_id=OTHER_BOSS, effective_on=TODAY)
    for events, command in (
        ([HIRED], appoint(JUNIOR)),
        ([HIRED], change),
        ([HIRED, SUSPENDED], person_rules.ReinstatePerson(effective_on=TODAY)),
    ):
        asked = facts(actor=actor, position=JUNIOR)
        who_may(PERSONS, *events).when(command, in_hr(asked)).then_refused("nobody-on-themself")
