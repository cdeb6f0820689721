"""ReviewCycle: the period in which performance is reviewed, and the method by which; run by HR."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, assert_never

from pydantic import Field

from chassis.domain.decider import Command, Decider, Facts, PrivateEvent, Refused, State, existing, new
from contracts.base import Value
from contracts.people import ReviewCycleCompleted, ReviewCyclePlanned, ReviewCycleStarted
from contracts.values import Day, Name, Share

Grading = Annotated[int, Field(ge=0, le=10)]
"""The lowest or the highest grade of a scale: 0 to 10."""


class ReviewMethod(Value):
    """The weights of goals, feedback and self-assessment (in percent, together 100), and a scale from ``lowest`` up."""

    goals: Share
    feedback: Share
    self_assessment: Share
    lowest: Grading
    highest: Grading


class CycleStatus(StrEnum):
    """The status of a cycle."""

    PLANNED = "planned"
    IN_PROGRESS = "in progress"
    COMPLETED = "completed"


class ReviewCycle(State):
    """A cycle as it stands: the period under review, by when its reviews are due, and their method."""

    name: Name
    first_on: date
    last_on: date
    due_on: date
    method: ReviewMethod | None = None
    status: CycleStatus = CycleStatus.PLANNED


class PlanReviewCycle(Command):
    """Plan a cycle: the days under review, the method, and by when reviews are due. Repeating it changes nothing."""

    name: Name
    first_on: Day
    last_on: Day
    due_on: Day
    method: ReviewMethod


class ReviseReviewCycle(Command):
    """Revise a cycle that no review uses yet."""

    name: Name
    first_on: Day
    last_on: Day
    due_on: Day
    method: ReviewMethod


class StartReviewCycle(Command):
    """Start the cycle, so that reviews can begin."""


class CompleteReviewCycle(Command):
    """Complete a cycle without open reviews."""


class ReviewMethodSet(PrivateEvent):
    """The reviews of the cycle are made by this method."""

    method: ReviewMethod


ReviewCycleCommand = PlanReviewCycle | ReviseReviewCycle | StartReviewCycle | CompleteReviewCycle
ReviewCycleEvent = ReviewCyclePlanned | ReviewMethodSet | ReviewCycleStarted | ReviewCycleCompleted


@dataclass(frozen=True)
class ReviewCycleFacts(Facts):
    """``reviews``: how many there are in the cycle, withdrawn ones left out; ``open_reviews``: how many are open."""

    reviews: int = 0
    open_reviews: int = 0


def decide(
    state: ReviewCycle | None, command: ReviewCycleCommand, facts: ReviewCycleFacts
) -> Sequence[ReviewCycleEvent]:
    match command:
        case PlanReviewCycle():
            if state is not None and state == state.but(**vars(command)):
                return []
            new(state, "review cycle")
            return planned(command)
        case ReviseReviewCycle():
            return revise(existing(state), command, facts)
        case StartReviewCycle():
            return start(existing(state))
        case CompleteReviewCycle():
            return complete(existing(state), facts)
        case _:
            assert_never(command)


def planned(command: PlanReviewCycle | ReviseReviewCycle) -> Sequence[ReviewCycleEvent]:
    """The plan holds together: days in order, weights that sum to 100, a scale."""
    if not command.first_on <= command.last_on or command.due_on < command.first_on:
        detail = "A cycle must end after it begins, and its reviews cannot be due before its end."
        raise Refused("days-in-order", detail, "Correct the days.")
    check_method(command.method)
    public = ReviewCyclePlanned(
        name=command.name, first_on=command.first_on, last_on=command.last_on, due_on=command.due_on
    )
    return [public, ReviewMethodSet(method=command.method)]


def check_method(method: ReviewMethod) -> None:
    """Check that the weights sum to 100, the reviewer's judgement counts, and the scale has more than one grade."""
    total = method.goals + method.feedback + method.self_assessment
    if total != 100:
        raise Refused("weights-sum-to-100", f"The weights sum to {total}.", "Make them sum to 100.")
    if method.self_assessment == 100:
        detail = "Self-assessment alone cannot make up the rating."
        raise Refused("reviewer-counts", detail, "Give weight to goals or feedback too.")
    if method.lowest >= method.highest:
        raise Refused("scale-ascends", "The lowest grade is not below the highest.", "Correct the scale.")


def revise(cycle: ReviewCycle, command: ReviseReviewCycle, facts: ReviewCycleFacts) -> Sequence[ReviewCycleEvent]:
    """Revise a cycle; its method is frozen once reviews use it."""
    if cycle == cycle.but(**vars(command)):
        return []
    if cycle.status is CycleStatus.COMPLETED:
        raise Refused("cycle-completed", "The cycle is completed.", "Plan another one.")
    if facts.reviews:
        rule = "method-frozen" if command.method != cycle.method else "cycle-in-use"
        raise Refused(rule, f"There are reviews in the cycle already: {facts.reviews}.", "Plan another cycle.")
    return planned(command)


def start(cycle: ReviewCycle) -> Sequence[ReviewCycleEvent]:
    """A cycle starts once."""
    if cycle.status is CycleStatus.COMPLETED:
        raise Refused("cycle-completed", "The cycle is completed.", "Plan another one.")
    return [ReviewCycleStarted()] if cycle.status is CycleStatus.PLANNED else []


def complete(cycle: ReviewCycle, facts: ReviewCycleFacts) -> Sequence[ReviewCycleEvent]:
    """No review stays open in a completed cycle."""
    if cycle.status is CycleStatus.COMPLETED:
        return []
    if cycle.status is CycleStatus.PLANNED:
        raise Refused("cycle-started", "The cycle has not started.", "Start it first.")
    if facts.open_reviews:
        detail = f"Reviews in the cycle are open: {facts.open_reviews}."
        remedy = "Look for them among the performance reviews of the cycle; have them finished, or withdraw them."
        raise Refused("no-review-open", detail, remedy)
    return [ReviewCycleCompleted()]


def evolve(state: ReviewCycle | None, event: ReviewCycleEvent) -> ReviewCycle:
    if isinstance(event, ReviewCyclePlanned):
        return ReviewCycle(**vars(event)) if state is None else state.but(**vars(event))
    cycle = existing(state)
    match event:
        case ReviewMethodSet(method=method):
            return cycle.but(method=method)
        case ReviewCycleStarted():
            return cycle.but(status=CycleStatus.IN_PROGRESS)
        case ReviewCycleCompleted():
            return cycle.but(status=CycleStatus.COMPLETED)
        case _:
            assert_never(event)


REVIEW_CYCLE = Decider(kind="review-cycle", state=ReviewCycle, events=ReviewCycleEvent, decide=decide, evolve=evolve)
