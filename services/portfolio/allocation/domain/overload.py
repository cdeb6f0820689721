"""Overload: more is allocated to a person in a week than they have hours; approved, or risen by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import assert_never
from uuid import UUID, uuid5

from chassis.domain.decider import Command, Deadline, Decider, PrivateEvent, State, existing
from contracts.portfolio.allocation import Monday, OverloadEnded, PersonOverloaded
from contracts.values import Line
from services.portfolio.organisation.domain.known import LineFacts

WEEK = timedelta(days=7)


def overload_of(person_id: UUID, monday: date) -> UUID:
    """The id of a person's overload in a week: there is one."""
    return uuid5(person_id, str(monday))


class Overload(State):
    """A person's week: ``live`` while more is allocated than fits, with who approved that and why, if somebody did."""

    person_id: UUID
    monday: date
    live: bool = False
    approved_by: tuple[str, ...] = ()
    reason: Line | None = None


class RecordOverload(Command):
    """Record an overload that somebody approved."""

    person_id: UUID
    monday: Monday
    approved_by: tuple[str, ...]
    reason: Line


class ReviewOverload(Command):
    """Look again whether what is allocated fits the person's week."""

    person_id: UUID
    monday: Monday


class EndWeek(Command):
    """The week is over, and with it the overload."""


class WeekReviewed(PrivateEvent):
    """A person's week was looked at for the first time."""

    person_id: UUID
    monday: date


class OverloadExplained(PrivateEvent):
    """The reason why an overload was approved."""

    reason: Line


OverloadCommand = RecordOverload | ReviewOverload | EndWeek
OverloadEvent = WeekReviewed | PersonOverloaded | OverloadExplained | OverloadEnded
Events = Sequence[OverloadEvent]


@dataclass(frozen=True)
class OverloadFacts(LineFacts):
    """``capacity``: the person's hours in the week, None where they are not known; ``allocated``: those allocated."""

    capacity: Decimal | None = None
    allocated: Decimal = Decimal(0)


def decide(state: Overload | None, command: OverloadCommand, facts: OverloadFacts) -> Events:
    match command:
        case RecordOverload():
            return record(command)
        case ReviewOverload():
            return review(state, command, facts)
        case EndWeek():
            return end_week(existing(state))
        case _:
            assert_never(command)


def record(command: RecordOverload) -> Events:
    """Every approval is recorded, also of what is overloaded already."""
    overloaded = PersonOverloaded(person_id=command.person_id, monday=command.monday, approved_by=command.approved_by)
    return [overloaded, OverloadExplained(reason=command.reason)]


def review(state: Overload | None, command: ReviewOverload, facts: OverloadFacts) -> Events:
    """An overload rises when the hours become too few, and ends when they suffice; unknown hours say nothing."""
    began = [] if state else [WeekReviewed(**vars(command))]
    if facts.allocated == 0 or (facts.capacity is not None and facts.allocated <= facts.capacity):
        return [*began, *([OverloadEnded(**vars(command), how="fits again")] if state and state.live else [])]
    if facts.capacity is None or (state and state.live):
        return began
    return [*began, PersonOverloaded(**vars(command), approved_by=())]


def end_week(overload: Overload) -> Events:
    if not overload.live:
        return []
    return [OverloadEnded(person_id=overload.person_id, monday=overload.monday, how="week over")]


def due(overload: Overload) -> Deadline | None:
    """An overload ends with its week."""
    return Deadline.on(overload.monday + WEEK, EndWeek()) if overload.live else None


def evolve(state: Overload | None, event: OverloadEvent) -> Overload:
    match event:
        case WeekReviewed(person_id=person_id, monday=monday):
            return Overload(person_id=person_id, monday=monday)
        case PersonOverloaded(person_id=person_id, monday=monday, approved_by=approved_by):
            return Overload(person_id=person_id, monday=monday, live=True, approved_by=approved_by)
        case OverloadExplained(reason=reason):
            return existing(state).but(reason=reason)
        case OverloadEnded():
            return existing(state).but(live=False)
        case _:
            assert_never(event)


OVERLOAD = Decider(kind="overload", state=Overload, events=OverloadEvent, decide=decide, evolve=evolve, due=due)
