"""The rules of review cycles."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel

from chassis.domain.decider import Actor
from chassis.domain.scenarios import given
from contracts.people import ReviewCycleCompleted, ReviewCyclePlanned, ReviewCycleStarted
from services.people.domain.review_cycle import (
    REVIEW_CYCLE,
    CompleteReviewCycle,
    PlanReviewCycle,
    ReviewCycleFacts,
    ReviewMethod,
    ReviewMethodSet,
    ReviseReviewCycle,
    StartReviewCycle,
)

FIRST, LAST, DUE = date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 31)


def method(goals: str = "60", feedback: str = "30", self_assessment: str = "10", **scale: int) -> ReviewMethod:
    weights = {"goals": goals, "feedback": feedback, "self_assessment": self_assessment}
    return ReviewMethod(
        **{name: Decimal(weight) for name, weight in weights.items()}, **{"lowest": 1, "highest": 5, **scale}
    )


def plan(**changes: Any) -> PlanReviewCycle:
    usual = {"name": "2026", "first_on": FIRST, "last_on": LAST, "due_on": DUE, "method": method()}
    return PlanReviewCycle(**(usual | changes))


def revise(**changes: Any) -> ReviseReviewCycle:
    return ReviseReviewCycle(**vars(plan(**changes)))


def facts(reviews: int = 0, open_reviews: int = 0) -> ReviewCycleFacts:
    at = datetime(2026, 1, 10, tzinfo=UTC)
    return ReviewCycleFacts(Actor("hr"), at, UUID(int=1), reviews=reviews, open_reviews=open_reviews)


def planned(of: PlanReviewCycle | ReviseReviewCycle) -> tuple[BaseModel, BaseModel]:
    public = ReviewCyclePlanned(name=of.name, first_on=of.first_on, last_on=of.last_on, due_on=of.due_on)
    return public, ReviewMethodSet(method=of.method)


PLANNED = planned(plan())
STARTED = (*PLANNED, ReviewCycleStarted())
COMPLETED = (*STARTED, ReviewCycleCompleted())


def test_a_cycle_is_planned_with_its_method_which_is_not_published() -> None:
    given(REVIEW_CYCLE).when(plan(), facts()).then(*PLANNED)
    assert set(ReviewCyclePlanned.model_fields) == {"name", "first_on", "last_on", "due_on"}
    given(REVIEW_CYCLE, *PLANNED).when(plan(), facts()).then()
    given(REVIEW_CYCLE, *PLANNED).when(plan(name="Other"), facts()).then_refused("already-exists")


@pytest.mark.parametrize("days", [{"last_on": date(2025, 12, 31)}, {"due_on": date(2025, 12, 31)}])
def test_the_days_of_a_cycle_are_in_order(days: dict[str, date]) -> None:
    given(REVIEW_CYCLE).when(plan(**days), facts()).then_refused("days-in-order")


@pytest.mark.parametrize("goals", ["59.9999", "60.0001", "0"])
def test_what_counts_sums_to_a_hundred(goals: str) -> None:
    given(REVIEW_CYCLE).when(plan(method=method(goals)), facts()).then_refused("weights-sum-to-100")
    given(REVIEW_CYCLE, *PLANNED).when(revise(method=method(goals)), facts()).then_refused("weights-sum-to-100")


def test_self_assessment_alone_is_no_review() -> None:
    given(REVIEW_CYCLE).when(plan(method=method("0", "0", "100")), facts()).then_refused("reviewer-counts")


def test_a_scale_has_more_than_one_grade() -> None:
    given(REVIEW_CYCLE).when(plan(method=method(lowest=5)), facts()).then_refused("scale-ascends")


def test_a_cycle_is_planned_anew_until_a_review_uses_it() -> None:
    other = revise(method=method("50", "40"), due_on=date(2027, 2, 28))
    given(REVIEW_CYCLE, *PLANNED).when(other, facts()).then(*planned(other))
    given(REVIEW_CYCLE, *STARTED).when(other, facts()).then(*planned(other))
    given(REVIEW_CYCLE, *STARTED).when(other, facts(reviews=1)).then_refused("method-frozen")
    given(REVIEW_CYCLE, *STARTED).when(revise(due_on=LAST), facts(reviews=1)).then_refused("cycle-in-use")
    given(REVIEW_CYCLE, *STARTED).when(revise(), facts(reviews=1)).then()
    given(REVIEW_CYCLE, *COMPLETED).when(other, facts()).then_refused("cycle-completed")


def test_planning_a_started_cycle_anew_does_not_stop_it() -> None:
    revised = planned(revise(name="This year"))
    given(REVIEW_CYCLE, *STARTED, *revised).when(CompleteReviewCycle(), facts()).then(ReviewCycleCompleted())


def test_a_cycle_starts_once() -> None:
    given(REVIEW_CYCLE, *PLANNED).when(StartReviewCycle(), facts()).then(ReviewCycleStarted())
    given(REVIEW_CYCLE, *STARTED).when(StartReviewCycle(), facts()).then()
    given(REVIEW_CYCLE, *COMPLETED).when(StartReviewCycle(), facts()).then_refused("cycle-completed")


def test_a_cycle_completes_with_no_review_open() -> None:
    complete = CompleteReviewCycle()
    given(REVIEW_CYCLE, *PLANNED).when(complete, facts()).then_refused("cycle-started")
    given(REVIEW_CYCLE, *STARTED).when(complete, facts(2, 1)).then_refused("no-review-open")
    given(REVIEW_CYCLE, *STARTED).when(complete, facts(2)).then(ReviewCycleCompleted())
    given(REVIEW_CYCLE, *COMPLETED).when(complete, facts(2)).then()
