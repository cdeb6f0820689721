"""The rules of review cycles."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel

from chassis.domain.decider import Actor
from contracts.people import ReviewCycleCompleted, ReviewCyclePlanned, ReviewCycleStarted
from services.people.performance.domain import review_cycle
from tests.scenarios import given

FIRST, LAST, DUE = date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 31)


def method(
    goals: str = "60", feedback: str = "30", self_assessment: str = "10", **scale: int
) -> review_cycle.ReviewMethod:
    weights = {"goals": goals, "feedback": feedback, "self_assessment": self_assessment}
    return review_cycle.ReviewMethod(
        **{name: Decimal(weight) for name, weight in weights.items()}, **{"lowest": 1, "highest": 5, **scale}
    )


def plan(**changes: Any) -> review_cycle.PlanReviewCycle:
    usual = {"name": "2026", "first_on": FIRST, "last_on": LAST, "due_on": DUE, "method": method()}
    return review_cycle.PlanReviewCycle(**(usual | changes))


def revise(**changes: Any) -> review_cycle.ReviseReviewCycle:
    return review_cycle.ReviseReviewCycle(**vars(plan(**changes)))


def facts(reviews: int = 0, open_reviews: int = 0) -> review_cycle.ReviewCycleFacts:
    at = datetime(2026, 1, 10, tzinfo=UTC)
    return review_cycle.ReviewCycleFacts(Actor("hr"), at, UUID(int=1), reviews=reviews, open_reviews=open_reviews)


def planned(of: review_cycle.PlanReviewCycle | review_cycle.ReviseReviewCycle) -> tuple[BaseModel, BaseModel]:
    public = ReviewCyclePlanned(name=of.name, first_on=of.first_on, last_on=of.last_on, due_on=of.due_on)
    return public, review_cycle.ReviewMethodSet(method=of.method)


PLANNED = planned(plan())
STARTED = (*PLANNED, ReviewCycleStarted())
COMPLETED = (*STARTED, ReviewCycleCompleted())


def test_a_cycle_is_planned_with_its_method_which_is_not_published() -> None:
    given(review_cycle.REVIEW_CYCLE).when(plan(), facts()).then(*PLANNED)
    assert set(ReviewCyclePlanned.model_fields) == {"name", "first_on", "last_on", "due_on"}
    given(review_cycle.REVIEW_CYCLE, *PLANNED).when(plan(), facts()).then()
    given(review_cycle.REVIEW_CYCLE, *PLANNED).when(plan(name="Other"), facts()).then_refused("already-exists")


@pytest.mark.parametrize("days", [{"last_on": date(2025, 12, 31)}, {"due_on": date(2025, 12, 31)}])
def test_the_days_of_a_cycle_are_in_order(days: dict[str, date]) -> None:
    given(review_cycle.REVIEW_CYCLE).when(plan(**days), facts()).then_refused("days-in-order")


@pytest.mark.parametrize("goals", ["59.9999", "60.0001", "0"])
def test_what_counts_sums_to_a_hundred(goals: str) -> None:
    given(review_cycle.REVIEW_CYCLE).when(plan(method=method(goals)), facts()).then_refused("weights-sum-to-100")
    given(review_cycle.REVIEW_CYCLE, *PLANNED).when(revise(method=method(goals)), facts()).then_refused(
        "weights-sum-to-100"
    )


def test_self_assessment_alone_is_no_review() -> None:
    given(review_cycle.REVIEW_CYCLE).when(plan(method=method("0", "0", "100")), facts()).then_refused("reviewer-counts")


def test_a_scale_has_more_than_one_grade() -> None:
    given(review_cycle.REVIEW_CYCLE).when(plan(method=method(lowest=5)), facts()).then_refused("scale-ascends")


def test_a_cycle_is_planned_anew_until_a_review_uses_it() -> None:
    other = revise(method=method("50", "40"), due_on=date(2027, 2, 28))
    given(review_cycle.REVIEW_CYCLE, *PLANNED).when(other, facts()).then(*planned(other))
    given(review_cycle.REVIEW_CYCLE, *STARTED).when(other, facts()).then(*planned(other))
    given(review_cycle.REVIEW_CYCLE, *STARTED).when(other, facts(reviews=1)).then_refused("method-frozen")
    given(review_cycle.REVIEW_CYCLE, *STARTED).when(revise(due_on=LAST), facts(reviews=1)).then_refused("cycle-in-use")
    given(review_cycle.REVIEW_CYCLE, *STARTED).when(revise(), facts(reviews=1)).then()
    given(review_cycle.REVIEW_CYCLE, *COMPLETED).when(other, facts()).then_refused("cycle-completed")


def test_planning_a_started_cycle_anew_does_not_stop_it() -> None:
    revised = planned(revise(name="This year"))
    given(review_cycle.REVIEW_CYCLE, *STARTED, *revised).when(review_cycle.CompleteReviewCycle(), facts()).then(
        ReviewCycleCompleted()
    )


def test_a_cycle_starts_once() -> None:
    given(review_cycle.REVIEW_CYCLE, *PLANNED).when(review_cycle.StartReviewCycle(), facts()).then(ReviewCycleStarted())
    given(review_cycle.REVIEW_CYCLE, *STARTED).when(review_cycle.StartReviewCycle(), facts()).then()
    given(review_cycle.REVIEW_CYCLE, *COMPLETED).when(review_cycle.StartReviewCycle(), facts()).then_refused(
        "cycle-completed"
    )


def test_a_cycle_completes_with_no_review_open() -> None:
    complete = review_cycle.CompleteReviewCycle()
    given(review_cycle.REVIEW_CYCLE, *PLANNED).when(complete, facts()).then_refused("cycle-started")
    given(review_cycle.REVIEW_CYCLE, *STARTED).when(complete, facts(2, 1)).then_refused("no-review-open")
    given(review_cycle.REVIEW_CYCLE, *STARTED).when(complete, facts(2)).then(ReviewCycleCompleted())
    given(review_cycle.REVIEW_CYCLE, *COMPLETED).when(complete, facts(2)).then()
