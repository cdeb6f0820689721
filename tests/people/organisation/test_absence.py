"""The rules of being away and of standing in."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from chassis.domain.decider import Actor
from contracts import people
from services.people.organisation.commands import PERSONS
from services.people.organisation.domain.person import absence
from services.people.organisation.domain.person import model as person_model
from services.people.organisation.domain.person.rules import PERSON, RecordLeaving
from tests.people.acting import in_hr
from tests.people.organisation.test_person import ADA, BOSS, HIRED_ON, OTHER, TODAY, facts
from tests.scenarios import given, who_may

HIRED = people.PersonHired(name="Ada", effective_on=HIRED_ON)
TOMORROW, NEXT_WEEK, LATER, YESTERDAY = (TODAY + timedelta(days=days) for days in (1, 7, 14, -1))
ADA_HERSELF = Actor(str(ADA))


def named(stand_in: UUID = BOSS, starts_on: date = TODAY, ends_on: date = NEXT_WEEK) -> people.StandInNamed:
    return people.StandInNamed(stand_in_id=stand_in, effective_on=starts_on, ends_on=ends_on)


def name(stand_in: UUID = BOSS, starts_on: date = TODAY, ends_on: date = NEXT_WEEK) -> absence.NameStandIn:
    return absence.NameStandIn(stand_in_id=stand_in, starts_on=starts_on, ends_on=ends_on)


def known(**more: Any) -> Any:
    return facts(**({"stand_in_active": True} | more))


def test_somebody_active_stands_in_for_days_to_come() -> None:
    given(PERSON, HIRED).when(name(), known()).then(named())
    given(PERSON, HIRED, named()).when(name(), known()).then()


def test_nobody_stands_in_for_themself() -> None:
    given(PERSON, HIRED).when(name(ADA), known()).then_refused("stand-in-is-another")


def test_who_is_not_at_work_does_not_stand_in() -> None:
    given(PERSON, HIRED).when(name(), known(stand_in_active=False)).then_refused("stand-in-active")


def test_nobody_stands_in_for_days_that_are_over() -> None:
    given(PERSON, HIRED).when(name(starts_on=HIRED_ON, ends_on=YESTERDAY), known()).then_refused("stand-in-to-come")


def test_nobody_stands_in_for_ever() -> None:
    last = TODAY + timedelta(days=absence.LONGEST_DAYS)
    given(PERSON, HIRED).when(name(ends_on=last), known()).then(named(ends_on=last))
    late = name(ends_on=last + timedelta(days=1))
    given(PERSON, HIRED).when(late, known()).then_refused("stand-in-bounded")


def test_the_last_day_of_standing_in_is_not_before_the_first() -> None:
    given(PERSON, HIRED).when(name(starts_on=NEXT_WEEK, ends_on=TODAY), known()).then_refused("days-in-order")


def test_there_are_only_so_many_stand_ins_at_a_time() -> None:
    many = [named(UUID(int=100 + number)) for number in range(person_model.MOST_STAND_INS)]
    given(PERSON, HIRED, *many).when(name(), known()).then_refused("stand-ins-bounded")
    given(PERSON, HIRED, *many).when(name(UUID(int=100), ends_on=TOMORROW), known()).then(
        named(UUID(int=100), ends_on=TOMORROW)
    )


def test_somebody_stands_in_more_than_once_and_never_twice_on_a_day() -> None:
    later = name(starts_on=LATER, ends_on=LATER)
    state = given(PERSON, HIRED, named()).when(later, known()).then_state()
    assert isinstance(state, person_model.Person)
    assert [[each.on(day) for each in state.stand_ins] for day in (TODAY, LATER)] == [[True, False], [False, True]]
    over = name(starts_on=TOMORROW, ends_on=LATER)
    given(PERSON, HIRED, named()).when(over, known()).then_refused("stand-ins-apart")


def test_the_same_first_day_named_anew_has_another_last_day() -> None:
    state = given(PERSON, HIRED, named()).when(name(ends_on=TOMORROW), known()).then_state()
    assert isinstance(state, person_model.Person)
    assert state.stand_ins == (person_model.StandIn(stand_in_id=BOSS, starts_on=TODAY, ends_on=TOMORROW),)


def test_who_stands_in_now_goes_on_when_somebody_is_named_for_later() -> None:
    state = given(PERSON, HIRED, named()).when(name(OTHER, NEXT_WEEK, LATER), known(actor=ADA_HERSELF)).then_state()
    assert isinstance(state, person_model.Person)
    assert [each.stand_in_id for each in state.stand_ins if each.on(TODAY)] == [BOSS]
    assert [each.stand_in_id for each in state.stand_ins if each.on(LATER)] == [OTHER]


def test_of_many_stand_ins_those_that_end_first_are_let_go() -> None:
    over = [named(UUID(int=100 + number), HIRED_ON, YESTERDAY) for number in range(person_model.MOST_STAND_INS - 1)]
    state = given(PERSON, HIRED, named(OTHER), *over).when(name(), known(actor=ADA_HERSELF)).then_state()
    assert isinstance(state, person_model.Person)
    assert [each.stand_in_id for each in state.stand_ins if each.on(TODAY)] == [OTHER, BOSS]
    assert len(state.stand_ins) == person_model.MOST_STAND_INS


def test_a_stand_in_neither_names_nor_withdraws_a_stand_in() -> None:
    in_place = known(actor=Actor(str(OTHER), for_whom=str(ADA)))
    who_may(PERSONS, HIRED, named(OTHER)).when(name(OTHER, ends_on=LATER), in_hr(in_place)).then_refused("in-person")
    who_may(PERSONS, HIRED, named(BOSS)).when(absence.WithdrawStandIn(stand_in_id=BOSS), in_hr(in_place)).then_refused(
        "in-person"
    )


def test_nobody_names_themself_as_a_stand_in() -> None:
    who_may(PERSONS, HIRED).when(name(BOSS), in_hr(known(actor=Actor(str(BOSS))))).then_refused("nobody-names-themself")


def test_standing_in_ends_at_once_when_withdrawn() -> None:
    withdrawn = people.StandInWithdrawn(stand_in_id=BOSS, effective_on=TODAY)
    given(PERSON, HIRED, named()).when(absence.WithdrawStandIn(stand_in_id=BOSS), known()).then(withdrawn)
    given(PERSON, HIRED, named(), withdrawn).when(absence.WithdrawStandIn(stand_in_id=BOSS), known()).then()
    given(PERSON, HIRED).when(absence.WithdrawStandIn(stand_in_id=OTHER), known()).then()


def absent(id: int = 1, starts_on: date = TODAY, ends_on: date = NEXT_WEEK) -> person_model.AbsenceRecorded:
    return person_model.AbsenceRecorded(absence_id=UUID(int=id), effective_on=starts_on, ends_on=ends_on)


def away(id: int = 1, starts_on: date = TODAY, ends_on: date = NEXT_WEEK) -> absence.RecordAbsence:
    return absence.RecordAbsence(absence_id=UUID(int=id), starts_on=starts_on, ends_on=ends_on)


def test_an_absence_is_recorded_changed_and_cancelled() -> None:
    given(PERSON, HIRED).when(away(), known()).then(absent())
    given(PERSON, HIRED, absent()).when(away(), known()).then()
    given(PERSON, HIRED, absent()).when(away(ends_on=TOMORROW), known()).then(absent(ends_on=TOMORROW))
    cancelled = person_model.AbsenceCancelled(absence_id=UUID(int=1))
    given(PERSON, HIRED, absent()).when(absence.CancelAbsence(absence_id=UUID(int=1)), known()).then(cancelled)
    given(PERSON, HIRED, absent(), cancelled).when(absence.CancelAbsence(absence_id=UUID(int=1)), known()).then()


def test_two_absences_do_not_overlap() -> None:
    given(PERSON, HIRED, absent()).when(away(2, NEXT_WEEK, NEXT_WEEK), known()).then_refused("absences-apart")
    after = NEXT_WEEK + timedelta(days=1)
    given(PERSON, HIRED, absent()).when(away(2, after, after), known()).then(absent(2, after, after))


def test_an_absence_ends_after_it_starts() -> None:
    given(PERSON, HIRED).when(away(starts_on=NEXT_WEEK, ends_on=TODAY), known()).then_refused("days-in-order")


def test_there_are_only_so_many_absences() -> None:
    days = [TODAY - timedelta(days=number + 1) for number in range(absence.MOST_ABSENCES)]
    many = [absent(number, day, day) for number, day in enumerate(days)]
    given(PERSON, HIRED, *many).when(away(1000), known()).then_refused("absences-bounded")


def test_who_has_left_is_not_away() -> None:
    left = people.PersonLeft(line_manager_id=None, effective_on=TODAY)
    given(PERSON, HIRED, left).when(away(), known()).then_refused("person-left")


def test_nobody_leaves_with_tools_still_out() -> None:

    given(PERSON, HIRED).when(RecordLeaving(effective_on=TODAY), known(tools_out=1)).then_refused("tools-returned")
