"""The command tables of review cycles and of the performance reviews made in them."""

from uuid import UUID

from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from services.people.organisation import zones
from services.people.organisation.access import HR, LINE_ABOVE_IN_CONFIDENCE, SERVICE
from services.people.organisation.domain.person.rules import PERSON
from services.people.organisation.facts import about, grade_of, limits
from services.people.performance import access
from services.people.performance.domain import review_cycle
from services.people.performance.domain.performance_review import model as performance_review_model
from services.people.performance.domain.performance_review import rules as performance_review

REVIEW = Fields(performance_review.PERFORMANCE_REVIEW)
STANDING = f"{REVIEW.of_kind} AND {REVIEW.status.none_of(performance_review_model.ReviewStatus.WITHDRAWN)}"
REVIEWS_IN = text(
    "SELECT count(*) AS reviews,"
    f" count(*) FILTER (WHERE {REVIEW.status.one_of(*performance_review_model.OPEN)}) AS open"
    f" FROM states WHERE {STANDING} AND {REVIEW.cycle_id} = :id"
)

OVERLAPPING = text(
    f"SELECT count(*) AS reviews FROM states WHERE {STANDING} AND {REVIEW.person_id} = :id"
    f" AND {REVIEW.first_on} <= :last AND {REVIEW.last_on} >= :first AND stream <> :own"
)


async def cycle_facts(
    view: View, state: review_cycle.ReviewCycle | None, command: review_cycle.ReviewCycleCommand, base: Facts
) -> review_cycle.ReviewCycleFacts:
    (row,) = await view.guarded(f"review-cycle:{base.id}:reviews", REVIEWS_IN, {"id": str(base.id)})
    return review_cycle.ReviewCycleFacts(**vars(base), reviews=row.reviews, open_reviews=row.open)


async def review_facts(
    view: View,
    state: performance_review_model.PerformanceReview | None,
    command: performance_review.ReviewCommand,
    base: Facts,
) -> performance_review_model.ReviewFacts:
    """The person with their line, those above the reviewer, the policy; the cycle where a review begins."""
    if isinstance(command, performance_review.AgreeObjectives):
        return await beginning_facts(view, command, base)
    if state is None:
        return performance_review_model.ReviewFacts(**vars(base))
    view.bump(f"review-cycle:{state.cycle_id}:reviews", f"person:{state.person_id}:reviews")
    naming = performance_review.ChangeReviewer | performance_review.TakeOverReview
    reviewer_id = command.reviewer_id if isinstance(command, naming) else state.reviewer_id
    reviewer = await view.chain(PERSON, reviewer_id, "line_manager_id")
    policy = await limits(view)
    return performance_review_model.ReviewFacts(
        **await about(view, base, state.person_id),
        four_eyes=policy.four_eyes,
        above_reviewer=tuple(id for id, _ in reviewer[1:]),
        reviewer_grade=grade_of(reviewer[0][1]) if reviewer else None,
        policy=policy,
    )


async def beginning_facts(
    view: View, command: performance_review.AgreeObjectives, base: Facts
) -> performance_review_model.ReviewFacts:
    """The person with their line, the cycle, and the person's other reviews in its days."""
    view.bump(f"review-cycle:{command.cycle_id}:reviews", f"person:{command.person_id}:reviews")
    known = await about(view, base, command.person_id)
    cycle = await view.state(review_cycle.REVIEW_CYCLE, command.cycle_id)
    if cycle is None:
        return performance_review_model.ReviewFacts(**known)
    overlapping = await overlapping_reviews(view, command.person_id, cycle)
    return performance_review_model.ReviewFacts(**known, cycle=cycle, overlapping=overlapping)


async def overlapping_reviews(view: View, person_id: UUID, cycle: review_cycle.ReviewCycle) -> int:
    """Count the person's other reviews that share a day with the cycle."""
    about_it = {"id": str(person_id), "first": str(cycle.first_on), "last": str(cycle.last_on), "own": view.stream}
    (row,) = await view.guarded(f"person:{person_id}:reviews", OVERLAPPING, about_it)
    return int(row.reviews)


REVIEW_CYCLES = Aggregate(
    review_cycle.REVIEW_CYCLE,
    path="review-cycles",
    commands=[
        CommandRow("plan", review_cycle.PlanReviewCycle, HR, creates=True),
        CommandRow("revise", review_cycle.ReviseReviewCycle, HR),
        CommandRow("start", review_cycle.StartReviewCycle, HR),
        CommandRow("complete", review_cycle.CompleteReviewCycle, HR),
    ],
    facts=cycle_facts,
    filters=["status"],
    sorts=["due_on", "name"],
    searched=["name"],
)

PERFORMANCE_REVIEWS = Aggregate(
    performance_review.PERFORMANCE_REVIEW,
    path="performance-reviews",
    commands=[
        CommandRow("agree-objectives", performance_review.AgreeObjectives, LINE_ABOVE_IN_CONFIDENCE, creates=True),
        CommandRow("revise-objectives", performance_review.ReviseObjectives, access.REVIEWER),
        CommandRow("cite-evidence", performance_review.CiteEvidence, access.CITES),
        CommandRow("change-reviewer", performance_review.ChangeReviewer, access.CHANGES_REVIEWER),
        CommandRow("take-over", performance_review.TakeOverReview, SERVICE),
        CommandRow("assess-self", performance_review.AssessSelf, access.THE_PERSON),
        CommandRow("assess", performance_review.AssessPerformance, access.REVIEWER),
        CommandRow("calibrate", performance_review.CalibrateReview, access.CALIBRATES),
        CommandRow("acknowledge", performance_review.AcknowledgeReview, access.THE_PERSON),
        CommandRow("appeal", performance_review.AppealReview, access.THE_PERSON),
        CommandRow("withdraw-appeal", performance_review.WithdrawReviewAppeal, access.WITHDRAWS_APPEAL),
        CommandRow("decide-appeal", performance_review.DecideReviewAppeal, access.DECIDES_APPEAL),
        CommandRow("withdraw", performance_review.WithdrawReview, access.IN_CHARGE),
        CommandRow("mark-overdue", performance_review.MarkReviewOverdue, SERVICE),
        CommandRow("end-appeal-period", performance_review.EndAppealPeriod, SERVICE),
    ],
    facts=review_facts,
    zone=zones.OF_PERSON,
    sees=access.SEES,
    discloses=access.READS,
    private={"objectives": (), **dict.fromkeys(performance_review_model.TEXT)},
    audited="person_id",
    filters=["person_id", "cycle_id", "reviewer_id", "status", "overdue"],
    sorts=["due_on"],
)
