"""Division: a part of the organisation, in a tree without cycles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Command, Decider, Facts, PrivateEvent, Refused, State, existing, new
from contracts import people
from contracts.values import Line, Name
from services.people.organisation.domain.time_zones import TimeZone
from services.people.organisation.domain.working_calendar import WorkingCalendar


class Division(State):
    """A division as it stands."""

    name: Name
    code: Name | None = None
    kind: people.DivisionKind
    parent_id: UUID | None = None
    head_id: UUID | None = None
    closed: bool = False
    time_zone: str | None = None
    calendar: WorkingCalendar | None = None


class EstablishDivision(Command):
    """Establish a division below a parent, or at the top. Repeating it with the same facts changes nothing."""

    name: Name
    code: Name | None = None
    kind: people.DivisionKind
    parent_id: UUID | None = None
    time_zone: TimeZone | None = None


class RenameDivision(Command):
    """Rename a division."""

    name: Name


class MoveDivision(Command):
    """Move a division below another parent, or to the top."""

    parent_id: UUID | None


class SetDivisionTimeZone(Command):
    """Set the time zone in which a division's days begin; null: that of the division above, UTC at the top."""

    time_zone: TimeZone | None


class SetWorkingCalendar(Command):
    """Set a division's full-time week and its holidays; null: those of the division above, five days of eight hours at
    the top."""

    calendar: WorkingCalendar | None


class AppointDivisionHead(Command):
    """Appoint the head of the division."""

    person_id: UUID


class CloseDivision(Command):
    """Close an empty division for good."""

    reason: Line


class WorkingCalendarSet(PrivateEvent):
    """A division has this full-time week and these holidays; None: those of the division above."""

    calendar: WorkingCalendar | None


DivisionCommand = (
    EstablishDivision
    | RenameDivision
    | MoveDivision
    | SetDivisionTimeZone
    | SetWorkingCalendar
    | AppointDivisionHead
    | CloseDivision
)
DivisionEvent = (
    people.DivisionEstablished
    | people.DivisionRenamed
    | people.DivisionMoved
    | people.DivisionTimeZoneSet
    | WorkingCalendarSet
    | people.DivisionHeadAppointed
    | people.DivisionClosed
)


@dataclass(frozen=True)
class DivisionFacts(Facts):
    """``parents``: the new parent and all above it, nearest first, as (id, closed); None where it is unknown."""

    parents: tuple[tuple[UUID, bool], ...] | None = ()
    members: int = 0
    children: int = 0
    head_employed: bool = False


def decide(state: Division | None, command: DivisionCommand, facts: DivisionFacts) -> Sequence[DivisionEvent]:
    if isinstance(command, EstablishDivision):
        return establish(state, command, facts)
    division = existing(state)
    if division.closed:
        raise Refused("division-closed", "The division is closed.", "Establish another one.")
    match command:
        case RenameDivision(name=name):
            return [] if name == division.name else [people.DivisionRenamed(name=name)]
        case MoveDivision():
            return move(division, command, facts)
        case SetDivisionTimeZone(time_zone=zone):
            return [] if zone == division.time_zone else [people.DivisionTimeZoneSet(time_zone=zone)]
        case SetWorkingCalendar(calendar=calendar):
            return [] if calendar == division.calendar else [WorkingCalendarSet(calendar=calendar)]
        case AppointDivisionHead(person_id=person_id):
            return appoint_head(division, person_id, facts)
        case CloseDivision():
            return close(command, facts)
        case _:
            assert_never(command)


def establish(state: Division | None, command: EstablishDivision, facts: DivisionFacts) -> Sequence[DivisionEvent]:
    """A division starts below an open parent."""
    established = people.DivisionEstablished(**command.model_dump())
    if state == evolve(None, established):
        return []
    new(state, "division")
    check_parent(command.parent_id, facts)
    return [established]


def move(division: Division, command: MoveDivision, facts: DivisionFacts) -> Sequence[DivisionEvent]:
    """A division never comes to lie below itself."""
    if command.parent_id == division.parent_id:
        return []
    check_parent(command.parent_id, facts)
    return [people.DivisionMoved(parent_id=command.parent_id)]


def check_parent(parent_id: UUID | None, facts: DivisionFacts) -> None:
    """The parent exists, is open, and does not lie below the division itself."""
    if parent_id is None:
        return
    if facts.parents is None:
        raise Refused("parent-unknown", "The parent division does not exist.", "Establish it first.")
    if facts.id in [above for above, _ in facts.parents]:
        raise Refused("no-cycles", "A division cannot lie below itself.", "Choose a parent outside the division.")
    if facts.parents[0][1]:
        raise Refused("parent-closed", "The parent division is closed.", "Choose an open one.")


def appoint_head(division: Division, person_id: UUID, facts: DivisionFacts) -> Sequence[DivisionEvent]:
    """The head is somebody who works here."""
    if person_id == division.head_id:
        return []
    if not facts.head_employed:
        raise Refused("head-employed", "The person does not work here.", "Name an employed, appointed person.")
    return [people.DivisionHeadAppointed(person_id=person_id)]


EMPTY_IT = "Retire its positions, and move or close its divisions first."


def close(command: CloseDivision, facts: DivisionFacts) -> Sequence[DivisionEvent]:
    """A division closes only when nobody and nothing is left in it."""
    if facts.members or facts.children:
        left = f"{facts.members} positions and {facts.children} divisions"
        raise Refused("closes-only-when-empty", f"There are still {left} in it.", EMPTY_IT)
    return [people.DivisionClosed(reason=command.reason)]


def evolve(state: Division | None, event: DivisionEvent) -> Division:
    match event:
        case people.DivisionEstablished(name=name, code=code, kind=kind, parent_id=parent_id, time_zone=zone):
            return Division(name=name, code=code, kind=kind, parent_id=parent_id, time_zone=zone)
    division = existing(state)
    match event:
        case people.DivisionRenamed(name=name):
            return division.but(name=name)
        case people.DivisionMoved(parent_id=parent_id):
            return division.but(parent_id=parent_id)
        case people.DivisionTimeZoneSet(time_zone=zone):
            return division.but(time_zone=zone)
        case WorkingCalendarSet(calendar=calendar):
            return division.but(calendar=calendar)
        case people.DivisionHeadAppointed(person_id=person_id):
            return division.but(head_id=person_id)
        case people.DivisionClosed():
            return division.but(closed=True)
        case _:
            assert_never(event)


DIVISION = Decider(kind="division", state=Division, events=DivisionEvent, decide=decide, evolve=evolve)
