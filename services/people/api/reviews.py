"""The command tables of review cycles and of the performance reviews made in them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from services.people import policy
from services.people.api.facts import about, grade_of
from services.people.api.organisation import limits
from services.people.domain.performance_review import (
    OPEN,
    PERFORMANCE_REVIEW,
    AcknowledgeReview,
    AgreeObjectives,
    AppealReview,
    AssessPerformance,
    AssessSelf,
    CalibrateReview,
    ChangeReviewer,
    CiteEvidence,
    DecideReviewAppeal,
    EndAppealPeriod,
    MarkReviewOverdue,
    PerformanceReview,
    ReviewCommand,
    ReviewFacts,
    ReviewStatus,
    ReviseObjectives,
    WithdrawReview,
)
from services.people.domain.person import PERSON
from services.people.domain.review_cycle import (
    REVIEW_CYCLE,
    CompleteReviewCycle,
    PlanReviewCycle,
    ReviewCycle,
    ReviewCycleCommand,
    ReviewCycleFacts,
    ReviseReviewCycle,
    StartReviewCycle,
)

REVIEWS_IN = text(
    "SELECT count(*) AS reviews, count(*) FILTER (WHERE state->>'status' = ANY(:open)) AS open FROM states"
    " WHERE kind = 'performance-review' AND state->>'cycle_id' = :id AND state->>'status' <> 'withdrawn'"
)
OVERLAPPING = text(
    "SELECT count(*) AS reviews FROM states WHERE kind = 'performance-review' AND state->>'person_id' = :id"
    " AND state->>'status' <> 'withdrawn' AND state->>'first_on' <= :last AND state->>'last_on' >= :first"
    " AND stream <> :own"
)


async def cycle_facts(
    view: View, state: ReviewCycle | None, command: ReviewCycleCommand, base: Facts
) -> ReviewCycleFacts:
    """The reviews in the cycle."""
    about_it = {"id": str(base.id), "open": [str(status) for status in OPEN]}
    (row,) = await view.guarded(f"review-cycle:{base.id}:reviews", REVIEWS_IN, about_it)
    return ReviewCycleFacts(**vars(base), reviews=row.reviews, open_reviews=row.open)


async def review_facts(view: View, state: PerformanceReview | None, command: ReviewCommand, base: Facts) -> ReviewFacts:
    """The person with their line, whoever is above the reviewer, the policy; the cycle where a review begins."""
    if isinstance(command, AgreeObjectives):
        return await beginning_facts(view, command, base)
    if state is None:
        return ReviewFacts(**vars(base))
    view.bump(f"review-cycle:{state.cycle_id}:reviews", f"person:{state.person_id}:reviews")
    reviewer_id = command.reviewer_id if isinstance(command, ChangeReviewer) else state.reviewer_id
    reviewer = await view.chain(PERSON, reviewer_id, "line_manager_id")
    return ReviewFacts(
        **await about(view, base, state.person_id),
        above_reviewer=tuple(id for id, _ in reviewer[1:]),
        reviewer_grade=grade_of(reviewer[0][1]) if reviewer else None,
        policy=await limits(view),
    )


async def beginning_facts(view: View, command: AgreeObjectives, base: Facts) -> ReviewFacts:
    """The person with their line, the cycle, and the person's other reviews in its days."""
    view.bump(f"review-cycle:{command.cycle_id}:reviews", f"person:{command.person_id}:reviews")
    known = await about(view, base, command.person_id)
    cycle = await view.state(REVIEW_CYCLE, command.cycle_id)
    if cycle is None:
        return ReviewFacts(**known)
    overlapping = await overlapping_reviews(view, command.person_id, cycle)
    return ReviewFacts(**known, cycle=cycle, overlapping=overlapping)


async def overlapping_reviews(view: View, person_id: UUID, cycle: ReviewCycle) -> int:
    """How many other reviews of the person share a day with the cycle."""
    about_it = {"id": str(person_id), "first": str(cycle.first_on), "last": str(cycle.last_on), "own": view.stream}
    (row,) = await view.guarded(f"person:{person_id}:reviews", OVERLAPPING, about_it)
    return int(row.reviews)


def when_due(review: PerformanceReview, due_at: datetime) -> MarkReviewOverdue | EndAppealPeriod:
    """Before calibration a review is overdue, afterwards its time for an appeal is over."""
    return EndAppealPeriod() if review.status is ReviewStatus.CALIBRATED else MarkReviewOverdue()


REVIEW_CYCLES = Aggregate(
    REVIEW_CYCLE,
    path="review-cycles",
    commands=[
        CommandRow("plan", PlanReviewCycle, policy.hr, cycle_facts, creates=True),
        CommandRow("revise", ReviseReviewCycle, policy.hr, cycle_facts),
        CommandRow("start", StartReviewCycle, policy.hr, cycle_facts),
        CommandRow("complete", CompleteReviewCycle, policy.hr, cycle_facts),
    ],
    filters=["status"],
    sorts=["due_on", "name"],
)

PERFORMANCE_REVIEWS = Aggregate(
    PERFORMANCE_REVIEW,
    path="performance-reviews",
    commands=[
        CommandRow("agree-objectives", AgreeObjectives, policy.line_above, review_facts, creates=True),
        CommandRow("revise-objectives", ReviseObjectives, policy.whoever_sees, review_facts),
        CommandRow("cite-evidence", CiteEvidence, policy.whoever_sees, review_facts),
        CommandRow("change-reviewer", ChangeReviewer, policy.line_above, review_facts),
        CommandRow("assess-self", AssessSelf, policy.whoever_sees, review_facts),
        CommandRow("assess", AssessPerformance, policy.whoever_sees, review_facts),
        CommandRow("calibrate", CalibrateReview, policy.whoever_sees, review_facts),
        CommandRow("acknowledge", AcknowledgeReview, policy.whoever_sees, review_facts),
        CommandRow("appeal", AppealReview, policy.whoever_sees, review_facts),
        CommandRow("decide-appeal", DecideReviewAppeal, policy.whoever_sees, review_facts),
        CommandRow("withdraw", WithdrawReview, policy.whoever_sees, review_facts),
        CommandRow("mark-overdue", MarkReviewOverdue, policy.service, review_facts),
        CommandRow("end-appeal-period", EndAppealPeriod, policy.service, review_facts),
    ],
    sees=policy.REVIEWS,
    watched="person_id",
    filters=["person_id", "cycle_id", "reviewer_id", "status", "overdue"],
    sorts=["due_on"],
    when_due=when_due,
)
