"""Contracted hours: how many hours a week a person is employed for, from which day on.

For the person, the line above and HR only. Hours for days to come are planned, what was recorded wrongly for days past
is corrected; each is an event of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, assert_never

from pydantic import Field

from chassis.domain.decider import Command, Decider, PrivateEvent, Refused, State, existing
from contracts.base import Value
from contracts.values import Day, Line, Personal, Subject
from services.people.organisation.domain.line import LineFacts, check_employed

WeeklyHours = Annotated[Decimal, Field(ge=0, le=80, max_digits=4, decimal_places=2)]
MOST_TERMS = 100


class Terms(Value):
    """The hours a week from a day on."""

    weekly_hours: Personal[Decimal | None]
    effective_on: date


class ContractedHours(State):
    """The hours of a person by their days, the earliest first; before the first they are full-time."""

    person_id: Subject
    terms: tuple[Terms, ...] = ()


class SetContractedHours(Command):
    """Set the hours a week a person is employed for, from a day on; a day to come makes them planned."""

    weekly_hours: WeeklyHours
    effective_on: Day


class CorrectContractedHours(Command):
    """Correct the hours that were recorded for a day past, or missing: how many they were from that day on, and why."""

    weekly_hours: WeeklyHours
    effective_on: Day
    reason: Personal[Line]


class CancelPlannedHours(Command):
    """Cancel the hours planned for a day; those before go on."""

    effective_on: Day


class ContractedHoursSet(PrivateEvent):
    """A person is employed for these hours a week, from a day on."""

    person_id: Subject
    weekly_hours: Personal[Decimal | None]
    effective_on: date


class ContractedHoursCorrected(PrivateEvent):
    """These were the hours from a day on; they were recorded wrongly or not at all."""

    person_id: Subject
    weekly_hours: Personal[Decimal | None]
    effective_on: date
    reason: Personal[Line]


class PlannedHoursCancelled(PrivateEvent):
    """The hours planned for a day do not come."""

    planned_for: date


HoursCommand = SetContractedHours | CorrectContractedHours | CancelPlannedHours
HoursEvent = ContractedHoursSet | ContractedHoursCorrected | PlannedHoursCancelled


@dataclass(frozen=True)
class HoursFacts(LineFacts):
    """``hired_on``: the first day of the person's employment."""

    hired_on: date | None = None


def decide(state: ContractedHours | None, command: HoursCommand, facts: HoursFacts) -> Sequence[HoursEvent]:
    match command:
        case SetContractedHours():
            check_employed(facts)
            return set_hours(state, command, facts)
        case CorrectContractedHours():
            return correct(state, command, facts)
        case CancelPlannedHours():
            return cancel(existing(state), command, facts)
        case _:
            assert_never(command)


def set_hours(state: ContractedHours | None, command: SetContractedHours, facts: HoursFacts) -> Sequence[HoursEvent]:
    """Hours are set in the order of their days; a day that is planned for already gets the new ones."""
    if is_told(state, command):
        return []
    check_terms(state, command, facts)
    begun = max((each.effective_on for each in begun_terms(state, facts)), default=None)
    if begun is not None and command.effective_on < begun:
        detail = f"The hours are set from {begun} on."
        raise Refused("dates-in-order", detail, f"Give {begun} or a later day, or correct the hours.")
    return [ContractedHoursSet(person_id=facts.id, **vars(command))]


def correct(state: ContractedHours | None, command: CorrectContractedHours, facts: HoursFacts) -> Sequence[HoursEvent]:
    """What has begun is corrected; what is planned is set again or cancelled."""
    if is_told(state, command):
        return []
    if command.effective_on > facts.today:
        detail = f"{command.effective_on} is in the future."
        raise Refused("not-in-the-future", detail, "Set the hours planned for that day instead.")
    check_terms(state, command, facts)
    return [ContractedHoursCorrected(person_id=facts.id, **vars(command))]


def cancel(hours: ContractedHours, command: CancelPlannedHours, facts: HoursFacts) -> Sequence[HoursEvent]:
    """Only what is planned is cancelled."""
    planned = {each.effective_on for each in hours.terms if each.effective_on > facts.today}
    return [PlannedHoursCancelled(planned_for=command.effective_on)] if command.effective_on in planned else []


def is_told(state: ContractedHours | None, command: SetContractedHours | CorrectContractedHours) -> bool:
    """Return whether these hours begin on this day already."""
    terms = Terms(weekly_hours=command.weekly_hours, effective_on=command.effective_on)
    return state is not None and terms in state.terms


def begun_terms(state: ContractedHours | None, facts: HoursFacts) -> Sequence[Terms]:
    """The terms that are not planned any more."""
    return [each for each in state.terms if each.effective_on <= facts.today] if state else []


def check_terms(
    state: ContractedHours | None, command: SetContractedHours | CorrectContractedHours, facts: HoursFacts
) -> None:
    """Hours lie within the employment, and there are not too many of them."""
    if facts.hired_on is not None and command.effective_on < facts.hired_on:
        detail = f"The person was hired on {facts.hired_on}."
        raise Refused("within-employment", detail, f"Give {facts.hired_on} or a later day.")
    others = [each for each in state.terms if each.effective_on != command.effective_on] if state else []
    if len(others) >= MOST_TERMS:
        raise Refused("terms-bounded", f"There are {MOST_TERMS} changes of hours already.", "Correct one of them.")


def evolve(state: ContractedHours | None, event: HoursEvent) -> ContractedHours:
    match event:
        case ContractedHoursSet() | ContractedHoursCorrected():
            hours = state or ContractedHours(person_id=event.person_id)
            terms = Terms(weekly_hours=event.weekly_hours, effective_on=event.effective_on)
            return hours.but(terms=in_order([*without(hours, event.effective_on), terms]))
        case PlannedHoursCancelled(planned_for=day):
            hours = existing(state)
            return hours.but(terms=without(hours, day))
        case _:
            assert_never(event)


def without(hours: ContractedHours, day: date) -> tuple[Terms, ...]:
    """The terms but those that begin on a day."""
    return tuple(each for each in hours.terms if each.effective_on != day)


def in_order(terms: Sequence[Terms]) -> tuple[Terms, ...]:
    """The terms by their days."""
    return tuple(sorted(terms, key=lambda each: each.effective_on))


CONTRACTED_HOURS = Decider(
    kind="contracted-hours", state=ContractedHours, events=HoursEvent, decide=decide, evolve=evolve
)


def on_day(terms: Sequence[Terms], day: date) -> Decimal | None:
    """The hours a week on a day; None for full-time."""
    return next((each.weekly_hours for each in reversed(terms) if each.effective_on <= day), None)


def of(hours: ContractedHours | None) -> tuple[Terms, ...]:
    """The terms of a person; none where nothing was recorded."""
    return hours.terms if hours else ()
