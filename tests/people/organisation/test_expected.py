"""Persons whose first day is to come: planned, changed, withdrawn, and here on the day."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from chassis.domain.decider import Actor
from contracts import people
from services.people.organisation.domain.person import absence, appointment, handover, model, planning, rules
from tests.people.organisation.test_person import (
    BOSS,
    IT,
    JUNIOR,
    LEAD,
    OTHER,
    SENIOR,
    TEN_YEARS,
    TODAY,
    TOMORROW,
    appoint,
    appointed,
    facts,
)
from tests.scenarios import given

DAY = timedelta(days=1)
FIRST_DAY = TODAY + 30 * DAY
HIRE = rules.HirePerson(name="Ada", effective_on=FIRST_DAY, division_id=IT)
EXPECTED = model.HirePlanned(name="Ada", planned_for=FIRST_DAY, division_id=IT)
HIRED = people.PersonHired(name="Ada", effective_on=FIRST_DAY, division_id=IT)
APPOINTED_FIRST = model.AppointmentPlanned(position_id=LEAD, line_manager_id=None, planned_for=FIRST_DAY)
WITHDRAWN = model.PlanCancelled(what=model.PlanKind.HIRE)
CANCEL = planning.CancelPlan(what=model.PlanKind.HIRE)
CARRY_OUT = planning.CarryOutPlans()
ELIGIBLE = people.EligibilityChanged(senior_manager=True)


def now(**known: Any) -> model.PersonFacts:
    return facts(division_open=True, position=JUNIOR, **known)


def on_the_day(**known: Any) -> model.PersonFacts:
    system = Actor("system:people", frozenset({"system"}))
    return facts(FIRST_DAY, actor=system, position=JUNIOR, **({"division_open": True} | known))


def person(*events: Any) -> model.Person:
    state = rules.PERSON.fold(events)
    assert state is not None
    return state


def test_a_hire_for_a_day_to_come_is_planned_and_nothing_of_it_is_published() -> None:
    given(rules.PERSON).when(HIRE, now()).then(EXPECTED)
    given(rules.PERSON, EXPECTED).when(HIRE, now()).then()
    state = person(EXPECTED)
    assert (state.employment, state.works_here, state.planned_hire) == (model.Employment.EXPECTED, False, FIRST_DAY)
    assert model.HirePlanned.__name__ not in {each.__name__ for each in people.EVENTS}


def test_nobody_is_planned_for_a_closed_division() -> None:
    given(rules.PERSON).when(HIRE, facts(division_open=False)).then_refused("division-open")


def test_who_is_expected_joins_when_the_day_begins() -> None:
    assert rules.PERSON.due_at(person(EXPECTED)) == datetime.combine(FIRST_DAY, time(), UTC)
    given(rules.PERSON, EXPECTED).when(CARRY_OUT, now()).then()
    given(rules.PERSON, EXPECTED).when(CARRY_OUT, on_the_day()).then(HIRED)
    here = person(EXPECTED, HIRED)
    assert (here.works_here, here.planned_hire, here.hired_on) == (True, None, FIRST_DAY)
    assert rules.PERSON.due_at(here) is None


def test_what_is_known_of_who_is_expected_is_theirs_on_the_first_day() -> None:
    given(rules.PERSON, EXPECTED, *TEN_YEARS).when(CARRY_OUT, on_the_day()).then(HIRED, ELIGIBLE)
    assert person(EXPECTED, *TEN_YEARS, HIRED).experience == person(HIRED, *TEN_YEARS).experience
    for known in (TEN_YEARS[0], APPOINTED_FIRST):
        assert person(EXPECTED, known) != person(EXPECTED)


def test_nobody_is_eligible_before_they_are_here() -> None:
    given(rules.PERSON, EXPECTED, *TEN_YEARS).when(rules.ReviewEligibility(), now()).then()


def test_another_day_division_or_name_takes_the_place_of_the_one_before() -> None:
    later = HIRE.model_copy(update={"effective_on": FIRST_DAY + DAY})
    given(rules.PERSON, EXPECTED).when(later, now()).then(EXPECTED.model_copy(update={"planned_for": FIRST_DAY + DAY}))
    nowhere = HIRE.model_copy(update={"division_id": None})
    given(rules.PERSON, EXPECTED).when(nowhere, now()).then(EXPECTED.model_copy(update={"division_id": None}))
    renamed = EXPECTED.model_copy(update={"name": "Ada L."})
    given(rules.PERSON, EXPECTED).when(rules.RenamePerson(name="Ada L."), now()).then(renamed)
    given(rules.PERSON, EXPECTED, renamed).when(rules.RenamePerson(name="Ada L."), now()).then()


def test_who_comes_before_the_day_planned_is_hired_on_the_day_they_came() -> None:
    early = HIRE.model_copy(update={"effective_on": TODAY})
    given(rules.PERSON, EXPECTED).when(early, now()).then(HIRED.model_copy(update={"effective_on": TODAY}))


def test_who_is_expected_gets_a_position_on_their_first_day_or_later() -> None:
    given(rules.PERSON, EXPECTED).when(appoint(JUNIOR, FIRST_DAY), now()).then(APPOINTED_FIRST)
    for day in (TODAY, FIRST_DAY - DAY):
        given(rules.PERSON, EXPECTED).when(appoint(JUNIOR, day), now()).then_refused("joins-before")
    later = HIRE.model_copy(update={"effective_on": FIRST_DAY + DAY})
    given(rules.PERSON, EXPECTED, APPOINTED_FIRST).when(later, now()).then_refused("joins-before")


def test_on_the_first_day_the_hire_comes_first_and_then_the_appointment() -> None:
    before = (EXPECTED, APPOINTED_FIRST)
    given(rules.PERSON, *before).when(CARRY_OUT, on_the_day()).then(HIRED)
    assert rules.PERSON.due_at(person(*before, HIRED)) == datetime.combine(FIRST_DAY, time(), UTC)
    given(rules.PERSON, *before, HIRED).when(CARRY_OUT, on_the_day()).then(appointed(JUNIOR, FIRST_DAY))


@pytest.mark.parametrize(
    "command",
    [
        appointment.ChangeLineManager(line_manager_id=BOSS, effective_on=TODAY),
        appointment.WaiveGate(reason="Nobody else."),
        absence.NameStandIn(stand_in_id=OTHER, starts_on=TODAY, ends_on=TOMORROW),
        absence.RecordAbsence(absence_id=OTHER, starts_on=TODAY, ends_on=TOMORROW),
        handover.HandOver(to_id=OTHER),
        planning.RehirePerson(effective_on=TODAY),
        planning.WithdrawLeaving(reason="A mistake."),
        rules.SuspendPerson(effective_on=TODAY),
        rules.ReinstatePerson(effective_on=TODAY),
        rules.RecordLeaving(effective_on=TODAY),
    ],
)
def test_what_is_for_those_who_work_here_waits_for_the_first_day(command: rules.PersonChange) -> None:
    given(rules.PERSON, EXPECTED).when(command, now(stand_in_active=True)).then_refused("not-here-yet")


def test_a_hire_is_withdrawn_for_good_before_its_day() -> None:
    given(rules.PERSON, EXPECTED, APPOINTED_FIRST).when(CANCEL, now()).then(WITHDRAWN)
    gone = person(EXPECTED, APPOINTED_FIRST, WITHDRAWN)
    assert (gone.employment, gone.planned_appointment) == (model.Employment.WITHDRAWN, None)
    assert rules.PERSON.due_at(gone) is None
    for command in (HIRE, appoint(SENIOR, FIRST_DAY), rules.RenamePerson(name="Ada L."), CANCEL):
        given(rules.PERSON, EXPECTED, WITHDRAWN).when(command, now()).then_refused("hire-withdrawn")


def test_a_position_planned_for_who_is_expected_is_cancelled_alone() -> None:
    cancel = planning.CancelPlan(what=model.PlanKind.APPOINTMENT)
    cancelled = model.PlanCancelled(what=model.PlanKind.APPOINTMENT)
    given(rules.PERSON, EXPECTED, APPOINTED_FIRST).when(cancel, now()).then(cancelled)
    assert person(EXPECTED, APPOINTED_FIRST, cancelled) == person(EXPECTED)


def test_who_never_came_is_erased_and_nobody_outside_hears_of_it() -> None:
    erase = rules.ErasePerson(reason="They asked for it.")
    given(rules.PERSON, EXPECTED).when(erase, now()).then_refused("still-employed")
    erased = model.WithdrawnPersonErased(reason="They asked for it.")
    given(rules.PERSON, EXPECTED, WITHDRAWN).when(erase, now()).then(erased)
    assert person(EXPECTED, *TEN_YEARS, WITHDRAWN, erased).experience == ()
    naming = rules.ErasePerson(reason="Ada asked for it.")
    given(rules.PERSON, EXPECTED, WITHDRAWN).when(naming, now()).then_refused("reason-names-nobody")
    given(rules.PERSON, EXPECTED, WITHDRAWN, erased).when(HIRE, now()).then_refused("person-erased")


def test_a_hire_refused_on_its_day_waits_for_hr_with_the_reason_and_is_planned_again() -> None:
    before = (EXPECTED, APPOINTED_FIRST)
    failed = rules.PERSON.decide(person(*before), CARRY_OUT, on_the_day(division_open=False))
    refused = person(*before, *failed)
    assert refused.failed_plan is not None
    assert (refused.failed_plan.what, refused.failed_plan.rule) == (model.PlanKind.HIRE, "division-open")
    assert (refused.employment, refused.planned_hire, refused.planned_appointment) == (
        model.Employment.EXPECTED,
        None,
        None,
    )
    assert rules.PERSON.due_at(refused) is None
    for command in (appoint(JUNIOR, FIRST_DAY), rules.RenamePerson(name="Ada L.")):
        given(rules.PERSON, *before, *failed).when(command, on_the_day()).then_refused("not-here-yet")
    again = HIRE.model_copy(update={"effective_on": FIRST_DAY + DAY})
    planned = EXPECTED.model_copy(update={"planned_for": FIRST_DAY + DAY})
    given(rules.PERSON, *before, *failed).when(again, on_the_day()).then(planned)
    given(rules.PERSON, *before, *failed).when(HIRE, on_the_day()).then(HIRED)
    given(rules.PERSON, *before, *failed).when(CANCEL, on_the_day()).then(WITHDRAWN)
    assert person(*before, *failed, planned).failed_plan is None


@pytest.mark.parametrize("before", [(EXPECTED,), (EXPECTED, WITHDRAWN)])
def test_an_accepted_candidate_joins_whatever_hr_planned_under_their_id(before: tuple[Any, ...]) -> None:
    take_on = rules.TakeOnPerson(name="Ada", position_id=LEAD, effective_on=TODAY)
    joins = people.PersonHired(name="Ada", effective_on=TODAY, division_id=IT)
    given(rules.PERSON, *before).when(take_on, now()).then(joins, appointed(JUNIOR, TODAY))
