"""The day on which something of a person took effect is corrected, and the past obeys the rules on every day."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from chassis.domain.decider import Actor
from contracts import people
from contracts.roles import Role
from services.people.organisation.commands import PERSONS
from services.people.organisation.domain.person import correction, history, model, planning, rules
from tests.people.acting import as_executive, in_hr, with_role
from tests.people.organisation.test_person import (
    ADA,
    BOSS,
    ELIGIBLE,
    HEAD,
    HIRED,
    HIRED_ON,
    JUNIOR,
    LEAD,
    NINE_YEARS,
    OTHER_BOSS,
    SENIOR,
    TEN_YEARS,
    TODAY,
    TOMORROW,
    appointed,
    facts,
    waived,
)
from tests.scenarios import given, who_may

DAY = timedelta(days=1)
MARCH, MAY, JULY = date(2026, 3, 1), date(2026, 5, 31), date(2026, 7, 1)
LED = appointed(JUNIOR, MARCH)
LEFT = people.PersonLeft(line_manager_id=BOSS, effective_on=MAY)
BACK = people.PersonRehired(effective_on=JULY)
MOVED = people.LineManagerChanged(line_manager_id=OTHER_BOSS, effective_on=MAY)
SUSPENDED, REINSTATED = people.PersonSuspended(effective_on=MARCH), people.PersonReinstated(effective_on=MAY)
LONG_HERE = (history.Span(date(2000, 1, 1), None),)


def numbered(events: tuple[BaseModel, ...]) -> list[history.Happened]:
    """The events with their numbers, as if all public ones were published."""
    found: list[history.Happened] = []
    for each in events:
        public = type(each) in people.EVENTS
        found.append(history.Happened(sum(one.number is not None for one in found) + 1 if public else None, each))
    return found


def knowing(*events: BaseModel, on: date = TODAY, **known: Any) -> model.PersonFacts:
    """The facts of a correction of somebody to whom this happened."""
    of_past = {name: known.pop(name) for name in list(known) if name in history.Past.__dataclass_fields__}
    usual: dict[str, Any] = {"employments": {BOSS: LONG_HERE, OTHER_BOSS: LONG_HERE}}
    past = history.Past(happened=numbered(events), **(usual | of_past))
    return replace(facts(on, position=JUNIOR), past=past, **known)


def correct(number: int, day: date) -> correction.CorrectDay:
    return correction.CorrectDay(corrects=number, effective_on=day, reason="A slip of the pen.")


def recorded(number: int, day: date, **more: Any) -> model.CorrectionRecorded:
    days: dict[str, Any] = {"hired_on": HIRED_ON, "last_on": day} | more
    return model.CorrectionRecorded(corrects=number, effective_on=day, reason="A slip of the pen.", **days)


def corrected(number: int, day: date) -> people.EffectiveDayCorrected:
    return people.EffectiveDayCorrected(corrects=number, effective_on=day)


def refused(rule: str, number: int, day: date, *events: BaseModel, **known: Any) -> None:
    given(rules.PERSON, *events).when(correct(number, day), knowing(*events, **known)).then_refused(rule)


def test_the_last_day_of_a_leaver_is_corrected_with_its_reason_and_its_number_is_published() -> None:
    before = (HIRED, LED, LEFT)
    given(rules.PERSON, *before).when(correct(3, MAY - DAY), knowing(*before)).then(
        recorded(3, MAY - DAY, left_from=MARCH), corrected(3, MAY - DAY)
    )
    given(rules.PERSON, *before).when(correct(3, MAY), knowing(*before)).then()
    state = given(rules.PERSON, *before).when(correct(3, MARCH), knowing(*before)).then_state()
    assert isinstance(state, model.Person)
    assert (state.last_on, state.employment) == (MARCH, model.Employment.LEFT)


def test_the_last_day_of_who_came_back_is_corrected_in_their_earlier_employment() -> None:
    before = (HIRED, LED, LEFT, BACK)
    state = given(rules.PERSON, *before).when(correct(3, JULY - DAY), knowing(*before)).then_state()
    assert isinstance(state, model.Person)
    assert state.earlier == (model.EarlierEmployment(hired_on=HIRED_ON, left_on=JULY - DAY),)
    assert (state.hired_on, state.last_on) == (JULY, JULY)
    refused("dates-in-order", 3, JULY, *before)
    refused("dates-in-order", 4, MAY, *before)


def test_the_hire_day_is_corrected_before_all_that_followed() -> None:
    before = (HIRED, LED)
    for day in (HIRED_ON - DAY, MARCH):
        state = given(rules.PERSON, *before).when(correct(1, day), knowing(*before)).then_state()
        assert isinstance(state, model.Person)
        assert (state.hired_on, state.last_on) == (day, MARCH)
    refused("dates-in-order", 1, MARCH + DAY, *before)
    alone = given(rules.PERSON, HIRED).when(correct(1, MARCH), knowing(HIRED)).then_state()
    assert isinstance(alone, model.Person)
    assert (alone.hired_on, alone.last_on) == (MARCH, MARCH)


@pytest.mark.parametrize("number", [2, 3])
def test_appointments_present_and_earlier_lie_between_what_came_before_and_after(number: int) -> None:
    before = (HIRED, LED, appointed(SENIOR, MAY), people.PersonSuspended(effective_on=JULY))
    first, last = {2: (HIRED_ON, MAY), 3: (MARCH, JULY)}[number]
    refused("dates-in-order", number, first - DAY, *before)
    refused("dates-in-order", number, last + DAY, *before)
    given(rules.PERSON, *before).when(correct(number, last), knowing(*before)).then(
        recorded(number, last, last_on=JULY), corrected(number, last)
    )


def test_suspensions_reinstatements_and_line_changes_are_corrected() -> None:
    for before, number, day in (
        ((HIRED, LED, SUSPENDED, REINSTATED), 3, MARCH + DAY),
        ((HIRED, LED, SUSPENDED, REINSTATED), 4, MAY - DAY),
        ((HIRED, LED, MOVED), 3, MAY - DAY),
    ):
        decided = rules.PERSON.decide(rules.PERSON.fold(before), correct(number, day), knowing(*before))
        assert decided[-1] == corrected(number, day)


def test_nothing_is_corrected_to_a_day_to_come_and_nothing_that_has_no_day() -> None:
    refused("not-in-the-future", 1, TOMORROW, HIRED)
    for number in (2, 3):
        refused("dated-event", number, HIRED_ON, HIRED, people.PersonRenamed(name="Ada L."))


def test_a_withdrawn_leaving_is_not_corrected_and_stands_in_the_way_of_nothing() -> None:
    before = (HIRED, LED, LEFT, people.LeavingWithdrawn(reason="Not them."))
    refused("dated-event", 3, MARCH, *before)
    given(rules.PERSON, *before).when(correct(2, JULY), knowing(*before)).then(recorded(2, JULY), corrected(2, JULY))


def test_who_is_expected_has_no_day_to_correct() -> None:
    expected = model.HirePlanned(name="Ada", planned_for=TOMORROW)
    refused("not-here-yet", 1, TODAY, expected)


def test_an_earlier_appointment_passes_the_gate_on_its_day_also_where_it_was_waived_later() -> None:
    known: dict[str, Any] = {"position": SENIOR}
    through = (HIRED, *TEN_YEARS, appointed(SENIOR, TODAY))
    refused("senior-manager-gate", 2, TODAY - DAY, *through, **known)
    waiver = waived("9")
    by_waiver = (HIRED, *NINE_YEARS, appointed(SENIOR, TODAY), waiver)
    refused("senior-manager-gate", 2, TODAY - DAY, *by_waiver, **known)
    early = (HIRED, *NINE_YEARS, appointed(SENIOR, MARCH), waiver.model_copy(update={"effective_on": MARCH}), ELIGIBLE)
    given(rules.PERSON, *early).when(correct(2, MAY), knowing(*early, **known)).then(
        recorded(2, MAY), corrected(2, MAY), corrected(3, MAY)
    )


@pytest.mark.parametrize(
    ("number", "day", "held"),
    [
        (2, MARCH - 3 * DAY, history.Span(HIRED_ON, MARCH)),
        (3, MAY + 5 * DAY, history.Span(MAY + 4 * DAY, None)),
        (3, MAY + 5 * DAY, history.Span(MAY + DAY, MAY + 2 * DAY)),
    ],
)
def test_a_position_has_one_holder_on_every_day_that_a_correction_changes(
    number: int, day: date, held: history.Span
) -> None:
    before = (HIRED, LED, LEFT)
    others = (history.Holding(LEAD, held),)
    refused("position-vacant", number, day, *before, held_by_others=others)
    elsewhere = (history.Holding(HEAD, held),)
    decided = rules.PERSON.decide(
        rules.PERSON.fold(before), correct(number, day), knowing(*before, held_by_others=elsewhere)
    )
    assert decided[-1] == corrected(number, day)


def test_who_held_a_position_until_the_day_it_was_given_up_is_no_obstacle() -> None:
    before = (HIRED, LED, LEFT)
    others = (
        history.Holding(LEAD, history.Span(HIRED_ON, MARCH - DAY)),
        history.Holding(LEAD, history.Span(JULY, None)),
    )
    for number, day in ((2, MARCH - DAY), (3, JULY)):
        decided = rules.PERSON.decide(
            rules.PERSON.fold(before), correct(number, day), knowing(*before, held_by_others=others)
        )
        assert decided[-1] == corrected(number, day)


def test_the_earlier_position_is_not_held_longer_than_it_was_free() -> None:
    before = (HIRED, LED, appointed(SENIOR, MAY))
    others = (history.Holding(LEAD, history.Span(MAY + DAY, None)),)
    refused("position-vacant", 3, MAY + 2 * DAY, *before, held_by_others=others)


def test_nobody_comes_to_report_to_who_does_not_work_here_then() -> None:
    hired_in_april = {BOSS: (history.Span(date(2026, 2, 15), None),)}
    refused("line-manager-employed", 2, date(2026, 2, 14), HIRED, LED, employments=hired_in_april)
    gone_in_june = {OTHER_BOSS: (history.Span(HIRED_ON, MAY + DAY),)}
    refused("line-manager-employed", 3, MAY + DAY, HIRED, LED, MOVED, employments=gone_in_june)
    given(rules.PERSON, HIRED, LED).when(
        correct(2, date(2026, 2, 15)), knowing(HIRED, LED, employments=hired_in_april)
    ).then(recorded(2, date(2026, 2, 15)), corrected(2, date(2026, 2, 15)))


def test_nobody_reports_to_themselves_on_a_day_that_a_correction_changes() -> None:
    refused("no-cycles", 3, MARCH, HIRED, LED, MOVED, cycle_on=MARCH + DAY)


def test_others_came_to_report_to_somebody_while_they_worked_here() -> None:
    before = (HIRED, LED, LEFT)
    refused("leads-while-employed", 1, HIRED_ON + 2 * DAY, *before, led_from=(HIRED_ON + DAY,))
    refused("leads-while-employed", 3, MARCH, *before, led_from=(MARCH + DAY,))
    assert rules.PERSON.decide(
        rules.PERSON.fold(before), correct(1, HIRED_ON + DAY), knowing(*before, led_from=(HIRED_ON + DAY,))
    )


def test_pay_and_contracted_hours_lie_within_the_employment() -> None:
    refused("within-employment", 1, HIRED_ON + DAY, HIRED, LED, terms_from=(HIRED_ON,))


def test_a_second_correction_starts_from_the_first() -> None:
    first = (recorded(2, MAY), corrected(2, MAY))
    events = (HIRED, LED, *first)
    happened = history.dated_anew(numbered(events[:2]), [2], MAY)
    known = replace(knowing(*events), past=history.Past(happened=happened, employments={BOSS: LONG_HERE}))
    given(rules.PERSON, *events).when(correct(2, MAY), known).then()
    given(rules.PERSON, *events).when(correct(2, JULY), known).then(recorded(2, JULY), corrected(2, JULY))


def test_what_follows_a_correction_follows_the_corrected_day() -> None:
    before = (HIRED, LED, LEFT, recorded(3, MARCH, left_from=MARCH), corrected(3, MARCH))
    back = planning.RehirePerson(effective_on=MARCH + DAY)
    given(rules.PERSON, *before).when(back, facts()).then(people.PersonRehired(effective_on=MARCH + DAY))


def test_hr_corrects_and_nobody_does_for_themselves() -> None:
    asked = knowing(HIRED, LED)
    by_hr = who_may(PERSONS, HIRED, LED).when(correct(2, MAY), in_hr(asked))
    by_hr.then(recorded(2, MAY), corrected(2, MAY))
    themself = replace(asked, actor=Actor(str(ADA)))
    who_may(PERSONS, HIRED, LED).when(correct(2, MAY), in_hr(themself)).then_refused("nobody-on-themself")
    for others in (asked, as_executive(asked), with_role(asked, Role.ADMINISTRATOR)):
        who_may(PERSONS, HIRED, LED).when(correct(2, MAY), others).then_refused("not-authorised")
