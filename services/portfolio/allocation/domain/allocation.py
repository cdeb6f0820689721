"""Allocation: a person works so many hours on a project in a week, as far as the hours of their week go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, assert_never
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import (
    Command,
    Decider,
    IssuedCommand,
    NotFound,
    PrivateEvent,
    Refused,
    State,
    existing,
    new,
)
from contracts.portfolio import allocation
from contracts.portfolio.allocation import AllocationEnded, Hours, Monday, PersonAllocated
from contracts.values import Line
from services.portfolio.allocation.domain.overload import OVERLOAD, RecordOverload, ReviewOverload, overload_of
from services.portfolio.organisation.domain.known import KnownPerson, LineFacts, known, who_acts
from services.portfolio.projects.domain.project import model

NOTHING, WEEK = Decimal(0), timedelta(days=7)
PlannedHours = Annotated[Decimal, Field(ge=0, le=168, max_digits=5, decimal_places=2)]
"""Hours of an allocation for which there is work: 0 to 168."""


class AllocationStatus(StrEnum):
    """An allocation holds until it is ended."""

    ALLOCATED = "allocated"
    ENDED = "ended"


class Allocation(State):
    """An allocation as it stands: ``hours`` in the week from ``monday`` on, for ``planned`` of which there is work."""

    person_id: UUID
    project_id: UUID
    monday: allocation.Monday
    hours: Decimal
    planned: Decimal = NOTHING
    status: AllocationStatus = AllocationStatus.ALLOCATED
    how_ended: str | None = None
    reason: Line | None = None


class AllocatePerson(Command):
    """Allocate a person to a project for a week, within the hours they have left in it.

    With ``overload_reason`` a manager above them allocates beyond these hours, as an overload on record.
    """

    person_id: UUID
    project_id: UUID
    monday: Monday
    hours: Hours
    overload_reason: Line | None = None


class ChangeHours(Command):
    """Change the hours of an allocation, within those that the person has left in the week."""

    hours: Hours


class PlanWork(Command):
    """Say for how many of the allocated hours there is work."""

    hours: PlannedHours


class EndAllocation(Command):
    """End an allocation whose week is not over."""

    reason: Line


class CloseAllocation(Command):
    """End an allocation because the person left, or the project ended."""

    how: Literal["person left", "project ended"]


class WorkPlanned(PrivateEvent):
    """There is work for so many of the hours."""

    hours: Decimal


class EndExplained(PrivateEvent):
    """The reason why an allocation was ended."""

    reason: Line


AllocationCommand = AllocatePerson | ChangeHours | PlanWork | EndAllocation | CloseAllocation
AllocationEvent = PersonAllocated | AllocationEnded | WorkPlanned | EndExplained
Events = Sequence[AllocationEvent]


@dataclass(frozen=True)
class AllocationFacts(LineFacts):
    """The person with their line, and the project; None where there is none.

    ``capacity``: the hours the person is there for in the week, None where portfolio has not heard. ``allocated``: the
    hours of their other allocations in it.
    """

    person: KnownPerson | None = None
    project: model.Project | None = None
    capacity: Decimal | None = None
    allocated: Decimal = NOTHING

    @property
    def reads_figures(self) -> bool:
        """Return whether the actor may read the person's hours: the line above, and they themselves."""
        return self.in_line or (self.subject is not None and self.subject == self.actor.in_person)


def decide(state: Allocation | None, command: AllocationCommand, facts: AllocationFacts) -> Events:
    if isinstance(command, AllocatePerson):
        return allocate(state, command, facts)
    found = existing(state)
    match command:
        case ChangeHours(hours=hours):
            return change(found, hours, facts)
        case PlanWork(hours=hours):
            return plan(found, hours)
        case EndAllocation(reason=reason):
            return end(found, reason, facts)
        case CloseAllocation(how=how):
            return close(found, how)
        case _:
            assert_never(command)


def allocate(state: Allocation | None, command: AllocatePerson, facts: AllocationFacts) -> Events:
    """Somebody who works here is allocated to a project that goes on, for this week or one to come."""
    said = {name: value for name, value in vars(command).items() if name != "overload_reason"}
    if state is not None and state == Allocation(**said):
        return []
    new(state, "allocation")
    check_project(facts)
    check_person(command.person_id, facts)
    check_not_over(command.monday, facts)
    left = hours_left(facts)
    if command.overload_reason is None:
        check_fits(command.hours, left, facts)
    return [PersonAllocated(**said)]


def check_project(facts: AllocationFacts) -> None:
    """There is such a project, and it has not ended."""
    if facts.project is None:
        raise NotFound
    model.check_going_on(facts.project)


def check_person(person_id: UUID, facts: AllocationFacts) -> None:
    """The person works here now."""
    if not known(facts.person, person_id, "the person").active:
        raise Refused("person-works-here", "The person does not work here now.", "Name somebody who does.")


def check_not_over(monday: Monday, facts: AllocationFacts) -> None:
    """What was is not changed any more."""
    if monday + WEEK <= facts.today:
        raise Refused("week-over", f"It is {facts.today} today.", "Name this week or a later one.")


def hours_left(facts: AllocationFacts) -> Decimal:
    """The hours that the person has left in the week."""
    if facts.capacity is None:
        raise Refused(
            "capacity-not-known",
            "Portfolio does not know the person's hours in that week.",
            "Name one of the next 26 weeks; people tells the hours of each.",
        )
    return facts.capacity - facts.allocated


def check_fits(hours: Decimal, left: Decimal, facts: AllocationFacts) -> None:
    """What is allocated in a week is no more than the hours of it; the figures are for those who may read them."""
    if hours <= left:
        return
    figures = f"The person has {facts.capacity} hours in that week, of which {facts.allocated} are allocated."
    raise Refused(
        "within-capacity",
        figures if facts.reads_figures else "The person has fewer hours left in that week.",
        "Ask for fewer hours, or a manager above the person to allocate beyond their capacity.",
    )


def change(found: Allocation, hours: Decimal, facts: AllocationFacts) -> Events:
    """Fewer hours always fit; more of them have to."""
    if hours == found.hours:
        return []
    check_allocated(found)
    check_not_over(found.monday, facts)
    if hours > found.hours:
        check_project(facts)
        check_person(found.person_id, facts)
        check_fits(hours, hours_left(facts), facts)
    again = PersonAllocated(person_id=found.person_id, project_id=found.project_id, monday=found.monday, hours=hours)
    return [again, *([WorkPlanned(hours=hours)] if found.planned > hours else [])]


def plan(found: Allocation, hours: Decimal) -> Events:
    """Work is planned for hours that are allocated."""
    if hours == found.planned:
        return []
    check_allocated(found)
    if hours > found.hours:
        raise Refused(
            "planned-within-the-allocation",
            f"{found.hours} hours are allocated.",
            "Plan no more work than that, or have more hours allocated first.",
        )
    return [WorkPlanned(hours=hours)]


def end(found: Allocation, reason: Line, facts: AllocationFacts) -> Events:
    """An allocation is ended while its week is not over."""
    if found.status is AllocationStatus.ENDED:
        return []
    check_not_over(found.monday, facts)
    return [ended(found, "ended"), EndExplained(reason=reason)]


def close(found: Allocation, how: Literal["person left", "project ended"]) -> Events:
    return [] if found.status is AllocationStatus.ENDED else [ended(found, how)]


def ended(found: Allocation, how: Literal["ended", "person left", "project ended"]) -> AllocationEnded:
    return AllocationEnded(person_id=found.person_id, project_id=found.project_id, monday=found.monday, how=how)


def check_allocated(found: Allocation) -> None:
    if found.status is AllocationStatus.ENDED:
        raise Refused("allocation-ended", "The allocation has ended.", "Allocate the person again.")


def week_reviewed(
    _command: ChangeHours, _before: Allocation, after: Allocation, _facts: AllocationFacts
) -> Sequence[IssuedCommand]:
    """The person's week is looked at in the same append, so that those who ask for its hours at once take turns."""
    return [review_of(after)]


def week_taken(
    command: AllocatePerson, _before: Allocation | None, after: Allocation, facts: AllocationFacts
) -> Sequence[IssuedCommand]:
    """The same, with the overload for which an approver answers; there is none where the hours suffice after all."""
    if command.overload_reason is None or command.hours <= hours_left(facts):
        return [review_of(after)]
    order = RecordOverload(
        person_id=command.person_id,
        monday=command.monday,
        approved_by=who_acts(facts.actor),
        reason=command.overload_reason,
    )
    return [IssuedCommand(OVERLOAD, overload_of(command.person_id, command.monday), order)]


def review_of(found: Allocation) -> IssuedCommand:
    order = ReviewOverload(person_id=found.person_id, monday=found.monday)
    return IssuedCommand(OVERLOAD, overload_of(found.person_id, found.monday), order)


def evolve(state: Allocation | None, event: AllocationEvent) -> Allocation:
    match event:
        case PersonAllocated(hours=hours):
            return Allocation(**vars(event)) if state is None else state.but(hours=hours)
        case WorkPlanned(hours=hours):
            return existing(state).but(planned=hours)
        case AllocationEnded(how=how):
            return existing(state).but(status=AllocationStatus.ENDED, how_ended=how)
        case EndExplained(reason=reason):
            return existing(state).but(reason=reason)
        case _:
            assert_never(event)


ALLOCATION = Decider(kind="allocation", state=Allocation, events=AllocationEvent, decide=decide, evolve=evolve)
