"""Succession: who could follow in a critical position, how soon, by which plan. Its id is the position's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Command, Deadline, Decider, Facts, PrivateEvent, Refused, State, existing
from contracts.base import Value
from contracts.people import PositionMarkedCritical, PositionNoLongerCritical
from contracts.values import Day, Grade, Line

MOST_SUCCESSORS = 20


class Readiness(StrEnum):
    """A successor's readiness: how soon they could take over."""

    NOW = "now"
    ONE_YEAR = "1 year"
    THREE_YEARS = "3 years"


class Successor(Value):
    """Somebody who could follow."""

    person_id: UUID
    readiness: Readiness


class Succession(State):
    """A position's succession as it stands; ``agreed``: the plan with just these successors was agreed.

    ``next_review_on`` is the day of the plan's next review, ``review_due`` once that has come.
    """

    critical: bool = True
    reason: Line
    successors: tuple[Successor, ...] = ()
    agreed: bool = False
    next_review_on: date | None = None
    review_due: bool = False


class MarkCritical(Command):
    """Mark a position as critical, with the reason; repeat it to correct the reason."""

    reason: Line


class MarkNoLongerCritical(Command):
    """Mark a position as no longer critical, which removes its successors."""

    reason: Line


class NameSuccessor(Command):
    """Name a successor and their readiness; repeat it to change the readiness."""

    person_id: UUID
    readiness: Readiness


class RemoveSuccessor(Command):
    """Remove a successor."""

    person_id: UUID


class AgreePlan(Command):
    """Agree to the named successors until the plan's next review."""

    next_review_on: Day


class ReviewPlan(Command):
    """Record that the agreed plan was reviewed and confirmed, and the day of its next review."""

    next_review_on: Day


class MarkReviewDue(Command):
    """Mark the plan's review as due."""


class SuccessorNamed(PrivateEvent):
    """Somebody could follow, so soon."""

    person_id: UUID
    readiness: Readiness


class SuccessorRemoved(PrivateEvent):
    """They are not thought of as a successor any more."""

    person_id: UUID


class PlanAgreed(PrivateEvent):
    """The plan was agreed, until its next review."""

    next_review_on: date


class PlanReviewed(PrivateEvent):
    """The plan was reviewed and stays, until its next review."""

    next_review_on: date


class PlanReviewDue(PrivateEvent):
    """The day of the plan's review has come."""


SuccessionCommand = (
    MarkCritical | MarkNoLongerCritical | NameSuccessor | RemoveSuccessor | AgreePlan | ReviewPlan | MarkReviewDue
)

SuccessionEvent = (
    PositionMarkedCritical
    | PositionNoLongerCritical
    | SuccessorNamed
    | SuccessorRemoved
    | PlanAgreed
    | PlanReviewed
    | PlanReviewDue
)


@dataclass(frozen=True)
class SuccessionFacts(Facts):
    """The position: its ``grade`` (None where there is none), ``retired``, its ``holder``; who is ``above`` it.

    ``in_office``: whether the actor is. About the person the command names: ``active`` at work, ``passes_gate``: they
    would, to this position, today. ``unready``: those named as ready now who would not.
    """

    grade: Grade | None = None
    retired: bool = False
    holder: UUID | None = None
    above: Sequence[UUID] = ()
    in_office: bool = False
    active: bool = False
    passes_gate: bool = False
    unready: Sequence[UUID] = ()

    @property
    def in_line(self) -> bool:
        """Return whether somebody acts who is above the position, and in office."""
        return self.in_office and self.actor.acts_as in self.above


def decide(state: Succession | None, command: SuccessionCommand, facts: SuccessionFacts) -> Sequence[SuccessionEvent]:
    if isinstance(command, MarkCritical):
        return mark_critical(state, command, facts)
    succession = existing(state)
    if isinstance(command, MarkNoLongerCritical):
        return [PositionNoLongerCritical(reason=command.reason)] if succession.critical else []
    if isinstance(command, RemoveSuccessor):
        return remove(succession, command)
    check_critical(succession)
    match command:
        case NameSuccessor():
            return name(succession, command, facts)
        case AgreePlan():
            return agree(succession, command, facts)
        case ReviewPlan():
            return review(succession, command, facts)
        case MarkReviewDue():
            deadline = due(succession)
            return [PlanReviewDue()] if deadline is not None and facts.at >= deadline.due_in(facts.zone) else []
        case _:
            assert_never(command)


def mark_critical(state: Succession | None, command: MarkCritical, facts: SuccessionFacts) -> Sequence[SuccessionEvent]:
    """A position that exists and may be filled can be critical."""
    if facts.grade is None:
        raise Refused("position-unknown", "There is no such position.", "Draft it first.")
    if state is not None and state.critical and state.reason == command.reason:
        return []
    if facts.retired:
        raise Refused("position-retired", "The position is retired.", "Choose another position.")
    return [PositionMarkedCritical(reason=command.reason)]


def check_critical(succession: Succession) -> None:
    """Only critical positions are planned for."""
    if not succession.critical:
        raise Refused("position-critical", "The position is not critical.", "Mark it as critical first.")


def name(succession: Succession, command: NameSuccessor, facts: SuccessionFacts) -> Sequence[SuccessionEvent]:
    """Somebody else than the holder follows; ready now is only who would pass the gate to the position today."""
    ready = command.readiness is not Readiness.NOW or facts.passes_gate
    if Successor(**vars(command)) in succession.successors and ready:
        return []
    if not facts.active:
        raise Refused("successor-active", "The successor is not active here.", "Name somebody who is.")
    if command.person_id == facts.holder:
        raise Refused("successor-is-another", "The successor holds the position now.", "Name somebody else.")
    if not ready:
        detail = "The successor would not pass the gate to the position today."
        raise Refused("ready-only-when-eligible", detail, "Name them with a later readiness.")
    others = [each for each in succession.successors if each.person_id != command.person_id]
    if len(others) >= MOST_SUCCESSORS:
        raise Refused("successors-bounded", f"There are {MOST_SUCCESSORS} successors already.", "Remove one first.")
    return [SuccessorNamed(**vars(command))]


def remove(succession: Succession, command: RemoveSuccessor) -> Sequence[SuccessionEvent]:
    """Remove a successor who is named; otherwise nothing changes."""
    named = any(each.person_id == command.person_id for each in succession.successors)
    return [SuccessorRemoved(person_id=command.person_id)] if named else []


def agree(succession: Succession, command: AgreePlan, facts: SuccessionFacts) -> Sequence[SuccessionEvent]:
    """A plan that is agreed to names somebody."""
    if succession.agreed and succession.next_review_on == command.next_review_on:
        return []
    if not succession.successors:
        raise Refused("plan-names-somebody", "Nobody is named as a successor.", "Name somebody first.")
    check_ready(facts)
    check_ahead(command.next_review_on, facts)
    return [PlanAgreed(next_review_on=command.next_review_on)]


def review(succession: Succession, command: ReviewPlan, facts: SuccessionFacts) -> Sequence[SuccessionEvent]:
    """An agreed plan is reviewed from time to time."""
    if not succession.agreed:
        raise Refused("plan-agreed", "The current plan is not agreed.", "Agree to it first.")
    if succession.next_review_on == command.next_review_on and not succession.review_due:
        return []
    check_ready(facts)
    check_ahead(command.next_review_on, facts)
    return [PlanReviewed(next_review_on=command.next_review_on)]


def check_ready(facts: SuccessionFacts) -> None:
    """Nobody is agreed to as ready now who is not, whatever has changed since they were named."""
    if facts.unready:
        detail = f"Named as ready now, who would not pass the gate today: {len(facts.unready)}."
        raise Refused("ready-only-when-eligible", detail, "Name them with a later readiness, or remove them.")


def check_ahead(day: date, facts: SuccessionFacts) -> None:
    """The next review is not due yet."""
    if day <= facts.today:
        raise Refused("review-lies-ahead", f"{day} is not in the future.", "Name a later day.")


def due(succession: Succession) -> Deadline | None:
    """The plan's review falls due at the beginning of its day."""
    if succession.next_review_on is None or succession.review_due:
        return None
    return Deadline.on(succession.next_review_on, MarkReviewDue())


def evolve(state: Succession | None, event: SuccessionEvent) -> Succession:
    if isinstance(event, PositionMarkedCritical):
        return Succession(reason=event.reason) if state is None else state.but(critical=True, reason=event.reason)
    succession = existing(state)
    match event:
        case PositionNoLongerCritical(reason=reason):
            return Succession(critical=False, reason=reason)
        case SuccessorNamed(person_id=person_id):
            return replanned(succession, person_id, Successor(**vars(event)))
        case SuccessorRemoved(person_id=person_id):
            return replanned(succession, person_id)
        case PlanAgreed(next_review_on=on):
            return succession.but(agreed=True, next_review_on=on, review_due=False)
        case PlanReviewed(next_review_on=on):
            return succession.but(next_review_on=on, review_due=False)
        case PlanReviewDue():
            return succession.but(review_due=True)
        case _:
            assert_never(event)


def replanned(succession: Succession, person_id: UUID, *named: Successor) -> Succession:
    """Other successors than those a plan was agreed for: it has to be agreed again."""
    kept = tuple(each for each in succession.successors if each.person_id != person_id)
    return succession.but(successors=(*kept, *named), agreed=False)


SUCCESSION = Decider(kind="succession", state=Succession, events=SuccessionEvent, decide=decide, evolve=evolve, due=due)
