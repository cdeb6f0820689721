"""Changes of a person planned for a later day, and a leaving recorded by mistake."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from chassis.domain.decider import Actor
from contracts import people
from services.people.organisation.domain.person import model, planning, rules
from services.people.organisation.domain.person.appointment import AppointPerson, ChangeLineManager, Waiver
from tests.people.organisation.test_person import (
    ADA,
    BOSS,
    HEAD,
    HIRED,
    HIRED_ON,
    JUNIOR,
    LEAD,
    OTHER,
    SENIOR,
    TEN_YEARS,
    TODAY,
    TOMORROW,
    appointed,
    facts,
)
from tests.scenarios import given

DAY = timedelta(days=1)
NEXT_MONTH = TODAY + 30 * DAY
PLANNED = model.AppointmentPlanned(position_id=LEAD, line_manager_id=None, planned_for=NEXT_MONTH)
LEAVING = model.LeavingPlanned(planned_for=NEXT_MONTH)
LEFT = people.PersonLeft(line_manager_id=None, effective_on=TODAY)
CARRY_OUT = planning.CarryOutPlans()


def on_the_day(day: date = NEXT_MONTH, **known: Any) -> model.PersonFacts:
    return facts(day, actor=Actor("system:people", frozenset({"system"})), position=JUNIOR, **known)


def appoint(**more: Any) -> AppointPerson:
    return AppointPerson(**({"position_id": LEAD, "effective_on": NEXT_MONTH} | more))


def cancel(what: model.PlanKind) -> planning.CancelPlan:
    return planning.CancelPlan(what=what)


def test_an_appointment_is_planned_for_a_later_day_and_takes_effect_on_it() -> None:
    given(rules.PERSON, HIRED).when(appoint(), facts(position=JUNIOR)).then(PLANNED)
    given(rules.PERSON, HIRED, PLANNED).when(appoint(), facts(position=JUNIOR)).then()
    given(rules.PERSON, HIRED, PLANNED).when(CARRY_OUT, on_the_day(NEXT_MONTH - DAY)).then()
    given(rules.PERSON, HIRED, PLANNED).when(CARRY_OUT, on_the_day()).then(appointed(JUNIOR, NEXT_MONTH))


def test_what_is_planned_is_due_at_the_beginning_of_its_day() -> None:
    for event in (PLANNED, LEAVING):
        state = rules.PERSON.fold([HIRED, event])
        assert rules.PERSON.due_at(state) == datetime.combine(NEXT_MONTH, time(), UTC)
    state = rules.PERSON.fold([HIRED, LEAVING, LEFT])
    assert rules.PERSON.due_at(state) is None


def test_an_appointment_planned_for_a_later_day_is_judged_on_that_day() -> None:
    held = model.KnownPosition(**(vars(JUNIOR) | {"holder_id": OTHER}))
    refused = model.PlanNotCarriedOut(
        what=model.PlanKind.APPOINTMENT, rule="position-vacant", detail="The position is held by another person."
    )
    given(rules.PERSON, HIRED).when(appoint(), facts(position=held)).then(PLANNED)
    late = facts(NEXT_MONTH, actor=Actor("system:people", frozenset({"system"})), position=held)
    given(rules.PERSON, HIRED, PLANNED).when(CARRY_OUT, late).then(refused)
    state = rules.PERSON.fold([HIRED, PLANNED, refused])
    assert isinstance(state, model.Person)
    assert state.planned_appointment is None
    assert state.failed_plan is not None
    assert state.failed_plan.rule == "position-vacant"
    given(rules.PERSON, HIRED, PLANNED, refused).when(cancel(model.PlanKind.APPOINTMENT), facts()).then(
        model.PlanCancelled(what=model.PlanKind.APPOINTMENT)
    )


def test_a_waiver_planned_with_an_appointment_is_that_of_who_planned_it() -> None:
    planned = appoint(position_id=HEAD, waiver=Waiver(reason="nobody else"))
    event = model.AppointmentPlanned(
        position_id=HEAD, line_manager_id=None, planned_for=NEXT_MONTH, waiver="nobody else", approver=str(OTHER)
    )
    given(rules.PERSON, HIRED).when(planned, facts()).then(event)
    late = facts(NEXT_MONTH, actor=Actor("system:people", frozenset({"system"})))
    state = given(rules.PERSON, HIRED, event).when(CARRY_OUT, late).then_state()
    assert isinstance(state, model.Person)
    assert state.appointment is not None
    assert (state.appointment.position_id, state.gate_waived) == (HEAD, True)
    events = rules.PERSON.decide(rules.PERSON.fold([HIRED, event]), CARRY_OUT, late)
    (waiver,) = [each for each in events if isinstance(each, people.SeniorManagerGateWaived)]
    assert waiver.approver == str(OTHER)


def test_one_appointment_is_planned_at_a_time_and_none_after_a_planned_leaving() -> None:
    other = appoint(effective_on=NEXT_MONTH + DAY)
    given(rules.PERSON, HIRED, PLANNED).when(other, facts(position=JUNIOR)).then_refused("one-plan")
    given(rules.PERSON, HIRED, LEAVING).when(appoint(), facts(position=JUNIOR)).then_refused("leaves-before")
    earlier = rules.RecordLeaving(effective_on=NEXT_MONTH)
    given(rules.PERSON, HIRED, PLANNED).when(earlier, facts()).then_refused("leaves-before")
    cancelled = model.PlanCancelled(what=model.PlanKind.APPOINTMENT)
    given(rules.PERSON, HIRED, PLANNED).when(cancel(model.PlanKind.APPOINTMENT), facts()).then(cancelled)
    given(rules.PERSON, HIRED, PLANNED, cancelled).when(other, facts(position=JUNIOR)).then(
        PLANNED.model_copy(update={"planned_for": NEXT_MONTH + DAY})
    )


def test_nothing_planned_is_nothing_to_cancel() -> None:
    for what in model.PlanKind:
        given(rules.PERSON, HIRED).when(cancel(what), facts()).then()


def test_an_unknown_position_cannot_be_planned() -> None:
    given(rules.PERSON, HIRED).when(appoint(), facts(position=None)).then_refused("position-unknown")


def test_a_leaving_is_planned_for_a_later_day_moved_and_takes_effect_on_it() -> None:
    leave = rules.RecordLeaving(effective_on=NEXT_MONTH)
    given(rules.PERSON, HIRED).when(leave, facts(tools_out=1)).then(LEAVING)
    given(rules.PERSON, HIRED, LEAVING).when(leave, facts()).then()
    moved = model.LeavingPlanned(planned_for=TOMORROW)
    given(rules.PERSON, HIRED, LEAVING).when(rules.RecordLeaving(effective_on=TOMORROW), facts()).then(moved)
    left = people.PersonLeft(line_manager_id=None, effective_on=NEXT_MONTH)
    given(rules.PERSON, HIRED, LEAVING).when(CARRY_OUT, on_the_day()).then(left)


def test_who_still_holds_tools_on_the_day_does_not_leave_and_somebody_is_told() -> None:
    state = given(rules.PERSON, HIRED, LEAVING).when(CARRY_OUT, on_the_day(tools_out=1)).then_state()
    assert isinstance(state, model.Person)
    assert state.planned_leaving is None
    assert state.failed_plan is not None
    assert state.failed_plan.rule == "tools-returned"
    assert state.employment is model.Employment.ACTIVE


def test_an_appointment_made_meanwhile_or_a_leaving_ends_the_plan() -> None:
    for event in (appointed(JUNIOR), LEFT):
        state = rules.PERSON.fold([HIRED, PLANNED, event])
        assert isinstance(state, model.Person)
        assert state.planned_appointment is None
    state = rules.PERSON.fold([HIRED, PLANNED, appointed(SENIOR)])
    assert isinstance(state, model.Person)
    assert state.planned_appointment is not None, "another position than the planned one"


def test_a_leaving_recorded_by_mistake_is_withdrawn_and_recorded_on_the_right_day() -> None:
    withdrawn = people.LeavingWithdrawn(reason="The wrong person.")
    withdraw = planning.WithdrawLeaving(reason="The wrong person.")
    before = (HIRED, appointed(JUNIOR, date(2026, 3, 1)), LEFT)
    given(rules.PERSON, *before).when(withdraw, facts(position=JUNIOR)).then(withdrawn)
    given(rules.PERSON, HIRED).when(withdraw, facts()).then()
    state = rules.PERSON.fold([*before, withdrawn])
    assert isinstance(state, model.Person)
    assert state.employment is model.Employment.ACTIVE
    assert state.appointment is not None
    assert state.appointment.position_id == LEAD
    again = rules.RecordLeaving(effective_on=date(2026, 4, 1))
    given(rules.PERSON, *before, withdrawn).when(again, facts()).then(
        people.PersonLeft(line_manager_id=BOSS, effective_on=date(2026, 4, 1))
    )
    early = rules.RecordLeaving(effective_on=date(2026, 2, 28))
    given(rules.PERSON, *before, withdrawn).when(early, facts()).then_refused("dates-in-order")


def test_who_was_suspended_when_their_leaving_was_recorded_is_suspended_again() -> None:
    suspended = people.PersonSuspended(effective_on=date(2026, 3, 1))
    withdrawn = people.LeavingWithdrawn(reason="A mistake.")
    withdraw = planning.WithdrawLeaving(reason="A mistake.")
    given(rules.PERSON, HIRED, suspended, LEFT).when(withdraw, facts()).then(withdrawn, suspended)
    state = rules.PERSON.fold([HIRED, suspended, LEFT, withdrawn, suspended])
    assert isinstance(state, model.Person)
    assert (state.employment, state.last_on) == (model.Employment.SUSPENDED, date(2026, 3, 1))


def test_a_leaving_is_not_withdrawn_where_another_holds_the_position_now() -> None:
    held = model.KnownPosition(**(vars(JUNIOR) | {"holder_id": OTHER}))
    withdraw = planning.WithdrawLeaving(reason="A mistake.")
    given(rules.PERSON, HIRED, appointed(JUNIOR), LEFT).when(withdraw, facts(position=held)).then_refused(
        "position-vacant"
    )


@pytest.mark.parametrize("events", [[HIRED, PLANNED], [HIRED, LEAVING]])
def test_what_is_planned_changes_nothing_today(events: list[Any]) -> None:
    state = rules.PERSON.fold(events)
    assert isinstance(state, model.Person)
    assert (state.appointment, state.employment) == (None, model.Employment.ACTIVE)


LEFT_IN_MAY = people.PersonLeft(line_manager_id=BOSS, effective_on=date(2026, 5, 31))
BACK = people.PersonRehired(effective_on=TODAY)
REHIRE = planning.RehirePerson(effective_on=TODAY)


def test_who_has_left_is_rehired_after_the_day_they_left_on_and_keeps_their_history() -> None:
    before = (HIRED, *TEN_YEARS, appointed(JUNIOR, date(2026, 3, 1)), LEFT_IN_MAY)
    eligible = people.EligibilityChanged(senior_manager=True)
    given(rules.PERSON, *before).when(REHIRE, facts()).then(BACK, eligible)
    state = rules.PERSON.fold([*before, BACK])
    assert isinstance(state, model.Person)
    assert (state.hired_on, state.appointment, state.line_manager_id) == (TODAY, None, None)
    assert state.earlier == (model.EarlierEmployment(hired_on=HIRED_ON, left_on=date(2026, 5, 31)),)
    assert state.experience, "what was verified stays verified"
    for day in (date(2026, 5, 31), date(2026, 2, 1)):
        given(rules.PERSON, *before).when(planning.RehirePerson(effective_on=day), facts()).then_refused(
            "dates-in-order"
        )
    given(rules.PERSON, HIRED).when(REHIRE, facts()).then_refused("still-employed")
    given(rules.PERSON, *before, BACK).when(REHIRE, facts()).then()


def test_who_was_rehired_holds_nothing_that_they_held_before() -> None:
    named = people.StandInNamed(stand_in_id=OTHER, effective_on=TODAY, ends_on=NEXT_MONTH)
    away = model.AbsenceRecorded(absence_id=OTHER, effective_on=TODAY, ends_on=NEXT_MONTH)
    waived = people.SeniorManagerGateWaived(
        position_id=LEAD,
        required_years=Decimal(10),
        verified_years=Decimal(1),
        approver="hr",
        reason="Short of managers.",
        effective_on=date(2026, 3, 1),
    )
    state = rules.PERSON.fold([HIRED, appointed(SENIOR, date(2026, 3, 1)), waived, named, away, LEFT_IN_MAY, BACK])
    assert isinstance(state, model.Person)
    assert (state.stand_ins, state.absences, state.gate_waived) == ((), (), False)


def test_a_rehire_is_planned_for_a_later_day_and_cancelled() -> None:
    planned = model.RehirePlanned(planned_for=NEXT_MONTH)
    before = (HIRED, LEFT_IN_MAY)
    later = planning.RehirePerson(effective_on=NEXT_MONTH)
    given(rules.PERSON, *before).when(later, facts()).then(planned)
    given(rules.PERSON, *before, planned).when(later, facts()).then()
    state = rules.PERSON.fold([*before, planned])
    assert rules.PERSON.due_at(state) == datetime.combine(NEXT_MONTH, time(), UTC)
    given(rules.PERSON, *before, planned).when(CARRY_OUT, on_the_day(NEXT_MONTH - DAY)).then()
    given(rules.PERSON, *before, planned).when(CARRY_OUT, on_the_day()).then(
        people.PersonRehired(effective_on=NEXT_MONTH)
    )
    cancelled = model.PlanCancelled(what=model.PlanKind.REHIRE)
    given(rules.PERSON, *before, planned).when(cancel(model.PlanKind.REHIRE), facts()).then(cancelled)
    given(rules.PERSON, *before, planned, cancelled).when(CARRY_OUT, on_the_day()).then()


def test_nobody_joins_again_as_the_manager_they_were_before() -> None:
    before = (HIRED, LEFT_IN_MAY)
    team, heads = facts(team=(OTHER,)), facts(heads=(HEAD,))
    for led in (team, heads):
        given(rules.PERSON, *before).when(REHIRE, led).then_refused("duties-handed-over")
    planned = model.RehirePlanned(planned_for=NEXT_MONTH)
    later = planning.RehirePerson(effective_on=NEXT_MONTH)
    given(rules.PERSON, *before).when(later, team).then(planned)
    failed = given(rules.PERSON, *before, planned).when(CARRY_OUT, on_the_day(team=(OTHER,))).then_state()
    assert isinstance(failed, model.Person)
    assert failed.failed_plan is not None
    assert (failed.employment, failed.planned_rehire) == (model.Employment.LEFT, None)
    assert (failed.failed_plan.what, failed.failed_plan.rule) == (model.PlanKind.REHIRE, "duties-handed-over")
    assert rules.PERSON.due_at(failed) is None


def test_what_was_planned_ends_with_an_erasure() -> None:
    planned = model.RehirePlanned(planned_for=NEXT_MONTH)
    state = rules.PERSON.fold([HIRED, LEFT_IN_MAY, planned, people.PersonErased(reason="Asked for.")])
    assert rules.PERSON.due_at(state) is None, "nothing falls due that is refused for ever"


def test_a_candidate_who_worked_here_before_is_rehired_and_appointed_at_once() -> None:
    take_on = rules.TakeOnPerson(name="Ada", position_id=LEAD, effective_on=TODAY)
    given(rules.PERSON, HIRED, LEFT_IN_MAY).when(take_on, facts(position=JUNIOR)).then(BACK, appointed(JUNIOR, TODAY))
    early = rules.TakeOnPerson(name="Ada", position_id=LEAD, effective_on=date(2026, 5, 31))
    given(rules.PERSON, HIRED, LEFT_IN_MAY).when(early, facts(position=JUNIOR)).then_refused("dates-in-order")
    later = rules.TakeOnPerson(name="Ada", position_id=LEAD, effective_on=TOMORROW)
    given(rules.PERSON, HIRED, LEFT_IN_MAY).when(later, facts(position=JUNIOR)).then_refused("not-in-the-future")


LINE = model.LineChangePlanned(line_manager_id=BOSS, planned_for=NEXT_MONTH)
SUSPENSION, REINSTATEMENT = (
    model.SuspensionPlanned(planned_for=NEXT_MONTH),
    model.ReinstatementPlanned(planned_for=NEXT_MONTH + 14 * DAY),
)
SUSPENDED = people.PersonSuspended(effective_on=TODAY)


def report_to(manager: UUID | None = BOSS, on: date = NEXT_MONTH) -> ChangeLineManager:
    return ChangeLineManager(line_manager_id=manager, effective_on=on)


def suspend(on: date = NEXT_MONTH) -> rules.SuspendPerson:
    return rules.SuspendPerson(effective_on=on)


def reinstate(on: date = NEXT_MONTH + 14 * DAY) -> rules.ReinstatePerson:
    return rules.ReinstatePerson(effective_on=on)


def cancelled(what: model.PlanKind) -> model.PlanCancelled:
    return model.PlanCancelled(what=what)


def test_another_line_manager_is_planned_for_a_later_day_and_judged_on_it() -> None:
    given(rules.PERSON, HIRED).when(report_to(), facts(manager_employed=False)).then(LINE)
    given(rules.PERSON, HIRED, LINE).when(report_to(), facts()).then()
    given(rules.PERSON, HIRED, LINE).when(CARRY_OUT, on_the_day(NEXT_MONTH - DAY)).then()
    changed = people.LineManagerChanged(line_manager_id=BOSS, effective_on=NEXT_MONTH)
    given(rules.PERSON, HIRED, LINE).when(CARRY_OUT, on_the_day()).then(changed)
    state = rules.PERSON.fold([HIRED, LINE, changed])
    assert isinstance(state, model.Person)
    assert (state.line_manager_id, state.planned_line) == (BOSS, None)
    left = model.PlanNotCarriedOut(
        what=model.PlanKind.LINE, rule="line-manager-employed", detail="The line manager has left."
    )
    given(rules.PERSON, HIRED, LINE).when(CARRY_OUT, on_the_day(manager_employed=False)).then(left)
    nobody = LINE.model_copy(update={"line_manager_id": None})
    given(rules.PERSON, HIRED, LINE, changed).when(report_to(None), facts()).then(nobody)


def test_one_line_manager_is_planned_at_a_time_somebody_else_and_none_after_a_planned_leaving() -> None:
    for other in (report_to(OTHER), report_to(on=NEXT_MONTH + DAY)):
        given(rules.PERSON, HIRED, LINE).when(other, facts()).then_refused("one-plan")
    given(rules.PERSON, HIRED).when(report_to(ADA), facts()).then_refused("no-cycles")
    given(rules.PERSON, HIRED).when(report_to(), facts(manager_employed=None)).then_refused("line-manager-unknown")
    for later in (report_to(), suspend(), reinstate()):
        suspended = () if later == suspend() else (SUSPENDED,)
        given(rules.PERSON, HIRED, *suspended, LEAVING).when(later, facts()).then_refused("leaves-before")
    for planned in (LINE, SUSPENSION):
        leave = rules.RecordLeaving(effective_on=NEXT_MONTH)
        given(rules.PERSON, HIRED, planned).when(leave, facts()).then_refused("leaves-before")
    given(rules.PERSON, HIRED, LINE).when(cancel(model.PlanKind.LINE), facts()).then(cancelled(model.PlanKind.LINE))


def test_a_plan_that_is_so_already_on_its_day_is_planned_no_longer() -> None:
    now = people.LineManagerChanged(line_manager_id=BOSS, effective_on=TODAY)
    given(rules.PERSON, HIRED, now, LINE).when(CARRY_OUT, on_the_day()).then(cancelled(model.PlanKind.LINE))
    for other in (BOSS, OTHER):
        changed = now.model_copy(update={"line_manager_id": other})
        state = rules.PERSON.fold([HIRED, LINE, changed])
        assert isinstance(state, model.Person)
        assert (state.planned_line is None) == (other == BOSS), "another change leaves the plan as it is"


def test_a_suspension_and_the_day_they_act_again_are_planned_moved_and_take_effect() -> None:
    given(rules.PERSON, HIRED).when(suspend(), facts()).then(SUSPENSION)
    given(rules.PERSON, HIRED, SUSPENSION).when(suspend(), facts()).then()
    given(rules.PERSON, HIRED, SUSPENSION).when(suspend(TOMORROW), facts()).then(
        model.SuspensionPlanned(planned_for=TOMORROW)
    )
    given(rules.PERSON, HIRED, SUSPENSION).when(reinstate(), facts()).then(REINSTATEMENT)
    given(rules.PERSON, HIRED, SUSPENDED).when(reinstate(), facts()).then(REINSTATEMENT)
    given(rules.PERSON, HIRED, SUSPENSION, REINSTATEMENT).when(reinstate(), facts()).then()
    begun = people.PersonSuspended(effective_on=NEXT_MONTH)
    given(rules.PERSON, HIRED, SUSPENSION, REINSTATEMENT).when(CARRY_OUT, on_the_day()).then(begun)
    again = NEXT_MONTH + 14 * DAY
    given(rules.PERSON, HIRED, SUSPENSION, REINSTATEMENT, begun).when(CARRY_OUT, on_the_day(again)).then(
        people.PersonReinstated(effective_on=again)
    )


def test_nobody_is_to_act_again_who_is_not_suspended_then_and_nobody_is_suspended_twice() -> None:
    given(rules.PERSON, HIRED).when(reinstate(), facts()).then_refused("suspended-before")
    given(rules.PERSON, HIRED, SUSPENSION).when(reinstate(NEXT_MONTH), facts()).then_refused("suspended-before")
    given(rules.PERSON, HIRED, SUSPENDED).when(suspend(), facts()).then_refused("suspended-already")
    both = (HIRED, SUSPENSION, REINSTATEMENT)
    given(rules.PERSON, *both).when(suspend(NEXT_MONTH + 14 * DAY), facts()).then_refused("suspended-before")
    given(rules.PERSON, *both).when(cancel(model.PlanKind.SUSPENSION), facts()).then(
        cancelled(model.PlanKind.SUSPENSION), cancelled(model.PlanKind.REINSTATEMENT)
    )


def test_of_several_plans_whose_days_have_come_the_earliest_is_carried_out_first() -> None:
    leaving = model.LeavingPlanned(planned_for=NEXT_MONTH + 3 * DAY)
    late = NEXT_MONTH + 5 * DAY
    given(rules.PERSON, HIRED, LINE, leaving).when(CARRY_OUT, on_the_day(late)).then(
        people.LineManagerChanged(line_manager_id=BOSS, effective_on=NEXT_MONTH)
    )
    state = rules.PERSON.fold([HIRED, SUSPENSION, REINSTATEMENT])
    assert rules.PERSON.due_at(state) == datetime.combine(NEXT_MONTH, time(), UTC)
    gone = rules.PERSON.fold([HIRED, LINE, SUSPENSION, REINSTATEMENT, LEFT])
    assert rules.PERSON.due_at(gone) is None, "who left has no plans"
