"""The rules of being away and of standing in."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from chassis.domain.decider import Actor
from contracts import people
from contracts.values import Grade
from services.people.organisation.commands import PERSONS
from services.people.organisation.domain.line import Above
from services.people.organisation.domain.person import absence
from services.people.organisation.domain.person import model as person_model
from services.people.organisation.domain.person.rules import PERSON, RecordLeaving
from tests.people.acting import in_hr
from tests.people.organisation.test_person import ADA, BOSS, HIRED_ON, OTHER, OTHER_BOSS, TODAY, facts
from tests.scenarios import given, who_may

HIRED = people.PersonHired(name="Ada", effective_on=HIRED_ON)
TOMORROW, NEXT_WEEK, LATER, YESTERDAY, LAST_WEEK = (TODAY + timedelta(days=days) for days in (1, 7, 14, -1, -7))
SLIP = "A slip of the pen."
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


def one_day_each(first: date) -> list[person_model.AbsenceRecorded]:
    days = [first + timedelta(days=number) for number in range(person_model.MOST_ABSENCES)]
    return [absent(number, day, day) for number, day in enumerate(days)]


def test_there_are_only_so_many_absences_that_are_not_over() -> None:
    many = one_day_each(TOMORROW)
    given(PERSON, HIRED, *many).when(away(1000, TODAY, TODAY), known()).then_refused("absences-bounded")


def test_of_many_absences_those_that_ended_first_are_let_go() -> None:
    many = one_day_each(TODAY - timedelta(days=person_model.MOST_ABSENCES))
    state = given(PERSON, HIRED, *many).when(away(1000), known()).then_state()
    assert isinstance(state, person_model.Person)
    assert [each.absence_id.int for each in state.absences] == [*range(1, person_model.MOST_ABSENCES), 1000]


def corrected(
    id: int = 1, starts_on: date = YESTERDAY, ends_on: date = NEXT_WEEK, since: date = YESTERDAY
) -> person_model.AbsenceCorrected:
    return person_model.AbsenceCorrected(
        absence_id=UUID(int=id), starts_on=starts_on, ends_on=ends_on, reason=SLIP, effective_on=since
    )


def correct(id: int = 1, starts_on: date = YESTERDAY, ends_on: date = NEXT_WEEK) -> absence.CorrectAbsence:
    return absence.CorrectAbsence(absence_id=UUID(int=id), starts_on=starts_on, ends_on=ends_on, reason=SLIP)


def test_of_an_absence_that_began_only_days_to_come_are_changed_without_a_reason() -> None:
    begun = absent(starts_on=LAST_WEEK)
    given(PERSON, HIRED, begun).when(away(starts_on=LAST_WEEK, ends_on=LATER), known()).then(
        absent(starts_on=LAST_WEEK, ends_on=LATER)
    )
    back_today = away(starts_on=LAST_WEEK, ends_on=YESTERDAY)
    given(PERSON, HIRED, begun).when(back_today, known()).then(absent(starts_on=LAST_WEEK, ends_on=YESTERDAY))
    for days in ((YESTERDAY, NEXT_WEEK), (LAST_WEEK, LAST_WEEK), (TODAY, NEXT_WEEK)):
        given(PERSON, HIRED, begun).when(away(1, *days), known()).then_refused("days-to-come")
    given(PERSON, HIRED, absent()).when(away(starts_on=YESTERDAY), known()).then_refused("days-to-come")
    given(PERSON, HIRED, begun).when(absence.CancelAbsence(absence_id=UUID(int=1)), known()).then_refused(
        "days-to-come"
    )


def test_an_absence_put_off_is_planned_no_longer_for_the_days_before() -> None:
    cancelled = person_model.AbsenceCancelled(absence_id=UUID(int=1))
    put_off = absent(starts_on=NEXT_WEEK, ends_on=LATER)
    given(PERSON, HIRED, absent()).when(away(starts_on=NEXT_WEEK, ends_on=LATER), known()).then(cancelled, put_off)


def test_an_absence_recorded_wrongly_is_corrected_with_the_reason_from_the_earlier_first_day_on() -> None:
    over = absent(starts_on=LAST_WEEK, ends_on=YESTERDAY)
    for days in ((HIRED_ON, LAST_WEEK), (YESTERDAY, YESTERDAY), (YESTERDAY, LATER), (TODAY, TODAY)):
        given(PERSON, HIRED, over).when(correct(1, *days), known()).then(
            corrected(1, *days, since=min(days[0], LAST_WEEK))
        )
    given(PERSON, HIRED, over).when(correct(1, LAST_WEEK, YESTERDAY), known()).then()
    state = given(PERSON, HIRED, over).when(correct(1, YESTERDAY, TODAY), known()).then_state()
    assert isinstance(state, person_model.Person)
    assert state.absences == (person_model.Absence(absence_id=UUID(int=1), starts_on=YESTERDAY, ends_on=TODAY),)


def test_an_absence_that_nobody_recorded_is_added_by_a_correction() -> None:
    given(PERSON, HIRED).when(correct(1, LAST_WEEK, YESTERDAY), known()).then(
        corrected(1, LAST_WEEK, YESTERDAY, since=LAST_WEEK)
    )


def test_days_to_come_alone_are_not_corrected_but_recorded() -> None:
    given(PERSON, HIRED).when(correct(1, TODAY, NEXT_WEEK), known()).then_refused("days-past")
    begun = absent(starts_on=LAST_WEEK)
    given(PERSON, HIRED, begun).when(correct(1, LAST_WEEK, LATER), known()).then_refused("days-past")


def test_a_corrected_absence_overlaps_none_and_ends_after_it_starts() -> None:
    others = [absent(starts_on=LAST_WEEK, ends_on=LAST_WEEK), absent(2, YESTERDAY, YESTERDAY)]
    given(PERSON, HIRED, *others).when(correct(1, LAST_WEEK, TODAY), known()).then_refused("absences-apart")
    given(PERSON, HIRED, *others).when(correct(1, YESTERDAY, LAST_WEEK), known()).then_refused("days-in-order")


def test_nobody_was_away_before_they_joined_however_it_is_said() -> None:
    before = HIRED_ON - timedelta(days=1)
    given(PERSON, HIRED).when(away(1, before, TODAY), known()).then_refused("within-employment")
    given(PERSON, HIRED).when(correct(1, before, TODAY), known()).then_refused("within-employment")
    given(PERSON, HIRED).when(name(starts_on=before, ends_on=TODAY), known()).then_refused("within-employment")


def test_an_absence_recorded_by_mistake_is_withdrawn_with_the_reason() -> None:
    over = absent(starts_on=LAST_WEEK, ends_on=YESTERDAY)
    asked = absence.WithdrawAbsence(absence_id=UUID(int=1), reason=SLIP)
    withdrawn = person_model.AbsenceWithdrawn(absence_id=UUID(int=1), reason=SLIP, effective_on=LAST_WEEK)
    given(PERSON, HIRED, over).when(asked, known()).then(withdrawn)
    given(PERSON, HIRED, over, withdrawn).when(asked, known()).then()


def test_absences_of_who_has_left_are_corrected_within_their_employment() -> None:
    left = people.PersonLeft(line_manager_id=None, effective_on=TODAY)
    before = (HIRED, absent(starts_on=YESTERDAY, ends_on=LATER), left)
    given(PERSON, *before).when(correct(1, YESTERDAY, TODAY), known()).then_refused("within-employment")
    given(PERSON, *before).when(correct(1, YESTERDAY, YESTERDAY), known()).then(corrected(1, YESTERDAY, YESTERDAY))
    given(PERSON, *before).when(correct(2, LAST_WEEK, LAST_WEEK), known()).then(
        corrected(2, LAST_WEEK, LAST_WEEK, since=LAST_WEEK)
    )


def test_the_line_and_hr_correct_absences_and_nobody_their_own() -> None:
    over = absent(starts_on=LAST_WEEK, ends_on=YESTERDAY)
    withdraw = absence.WithdrawAbsence(absence_id=UUID(int=1), reason=SLIP)
    for asked in (correct(1, YESTERDAY, YESTERDAY), withdraw):
        themself = in_hr(known(subject=ADA, actor=ADA_HERSELF))
        who_may(PERSONS, HIRED, over).when(asked, themself).then_refused("nobody-on-themself")
        above = known(
            subject=ADA, actor=Actor(str(BOSS)), line=(Above(BOSS, Grade.MANAGER),), actor_grade=Grade.MANAGER
        )
        assert who_may(PERSONS, HIRED, over).when(asked, above).then_state()
        who_may(PERSONS, HIRED, over).when(asked, known(subject=ADA)).then_refused("not-authorised")


def stood_in(starts_on: date, ends_on: date, named_from: date = LAST_WEEK) -> list[Any]:
    told = people.StandInCorrected(
        stand_in_id=BOSS,
        named_from=named_from,
        starts_on=starts_on,
        ends_on=ends_on,
        effective_on=min(starts_on, named_from),
    )
    return [told, person_model.StandInCorrectionExplained(stand_in_id=BOSS, reason=SLIP)]


def correct_stand_in(
    starts_on: date, ends_on: date, named_from: date = LAST_WEEK, stand_in: UUID = BOSS
) -> absence.CorrectStandIn:
    days = {"named_from": named_from, "starts_on": starts_on, "ends_on": ends_on}
    return absence.CorrectStandIn(stand_in_id=stand_in, reason=SLIP, **days)


def test_days_past_of_a_stand_in_are_corrected_with_the_reason() -> None:
    over = named(starts_on=LAST_WEEK, ends_on=YESTERDAY)
    for days in ((LAST_WEEK, LAST_WEEK), (YESTERDAY, YESTERDAY), (HIRED_ON, YESTERDAY)):
        given(PERSON, HIRED, over).when(correct_stand_in(*days), known()).then(*stood_in(*days))
    given(PERSON, HIRED, over).when(correct_stand_in(LAST_WEEK, YESTERDAY), known()).then()
    now = named(starts_on=LAST_WEEK)
    given(PERSON, HIRED, now).when(correct_stand_in(YESTERDAY, NEXT_WEEK), known()).then(
        *stood_in(YESTERDAY, NEXT_WEEK)
    )
    state = given(PERSON, HIRED, now).when(correct_stand_in(YESTERDAY, NEXT_WEEK), known()).then_state()
    assert isinstance(state, person_model.Person)
    assert state.stand_ins == (person_model.StandIn(stand_in_id=BOSS, starts_on=YESTERDAY, ends_on=NEXT_WEEK),)


def test_by_a_correction_nobody_comes_to_act_for_somebody_or_ceases_to() -> None:
    over, now = named(starts_on=LAST_WEEK, ends_on=YESTERDAY), named(starts_on=LAST_WEEK)
    for day in (TODAY, TOMORROW):
        given(PERSON, HIRED, over).when(correct_stand_in(LAST_WEEK, day), known()).then_refused("days-past")
        given(PERSON, HIRED, now).when(correct_stand_in(LAST_WEEK, day), known()).then_refused("days-past")
    given(PERSON, HIRED, now).when(correct_stand_in(LAST_WEEK, YESTERDAY), known()).then_refused("days-past")
    given(PERSON, HIRED, now).when(correct_stand_in(TOMORROW, NEXT_WEEK), known()).then_refused("days-past")


def test_corrected_days_of_a_stand_in_obey_the_rules_of_naming_one() -> None:
    over = [named(starts_on=LAST_WEEK, ends_on=LAST_WEEK), named(starts_on=YESTERDAY, ends_on=YESTERDAY)]
    given(PERSON, HIRED, *over).when(correct_stand_in(LAST_WEEK, YESTERDAY), known()).then_refused("stand-ins-apart")
    given(PERSON, HIRED, *over).when(correct_stand_in(YESTERDAY, LAST_WEEK), known()).then_refused("days-in-order")
    before = HIRED_ON - timedelta(days=1)
    given(PERSON, HIRED, *over).when(correct_stand_in(before, LAST_WEEK), known()).then_refused("within-employment")
    long_ago = people.PersonHired(name="Ada", effective_on=date(2020, 1, 1))
    given(PERSON, long_ago, *over).when(correct_stand_in(date(2020, 1, 1), LAST_WEEK), known()).then_refused(
        "stand-in-bounded"
    )


def test_a_stand_in_who_is_not_named_from_that_day_on_has_nothing_to_correct() -> None:
    over = named(starts_on=LAST_WEEK, ends_on=YESTERDAY)
    for asked in (
        correct_stand_in(LAST_WEEK, LAST_WEEK, named_from=YESTERDAY),
        correct_stand_in(LAST_WEEK, LAST_WEEK, stand_in=OTHER),
    ):
        given(PERSON, HIRED, over).when(asked, known()).then_refused("stand-in-named")


def test_nobody_corrects_who_stood_in_for_them_or_for_whom_they_stood_in() -> None:
    over, asked = named(starts_on=LAST_WEEK, ends_on=YESTERDAY), correct_stand_in(LAST_WEEK, LAST_WEEK)
    for actor, rule in ((ADA_HERSELF, "nobody-on-themself"), (Actor(str(BOSS)), "nobody-names-themself")):
        who_may(PERSONS, HIRED, over).when(asked, in_hr(known(subject=ADA, actor=actor))).then_refused(rule)
    in_place = Actor(str(OTHER), for_whom=str(OTHER_BOSS))
    line = {"line": (Above(OTHER_BOSS, Grade.MANAGER),), "actor_grade": Grade.MANAGER}
    who_may(PERSONS, HIRED, over).when(asked, known(subject=ADA, actor=in_place, **line)).then_refused("in-person")


def test_one_period_of_a_stand_in_is_withdrawn_and_the_other_goes_on() -> None:
    later = named(starts_on=LATER, ends_on=LATER)
    withdrawn = people.StandInWithdrawn(stand_in_id=BOSS, starts_on=LATER, effective_on=TODAY)
    asked = absence.WithdrawStandIn(stand_in_id=BOSS, starts_on=LATER)
    given(PERSON, HIRED, named(), later).when(asked, known()).then(withdrawn)
    given(PERSON, HIRED, named()).when(asked, known()).then()
    state = given(PERSON, HIRED, named(), later).when(asked, known()).then_state()
    assert isinstance(state, person_model.Person)
    assert [each.starts_on for each in state.stand_ins] == [TODAY]


def test_who_has_left_is_not_away() -> None:
    left = people.PersonLeft(line_manager_id=None, effective_on=TODAY)
    given(PERSON, HIRED, left).when(away(), known()).then_refused("person-left")


def test_nobody_leaves_with_tools_still_out() -> None:

    given(PERSON, HIRED).when(RecordLeaving(effective_on=TODAY), known(tools_out=1)).then_refused("tools-returned")
