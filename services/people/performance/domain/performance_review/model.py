"""A performance review: state, facts, events, and how each event changes the state."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field, StringConstraints

from chassis.domain.decider import PrivateEvent, State, existing
from contracts.base import Value
from contracts.values import Grade, Line, Personal, Share, Subject
from services.people.organisation.domain.line import LineFacts
from services.people.organisation.domain.staffing_policy import StaffingPolicy
from services.people.organisation.domain.statement import Statement
from services.people.performance.domain.review_cycle import ReviewCycle, ReviewMethod

MOST_OBJECTIVES, MOST_EVIDENCE = 20, 10

Rating = Annotated[Decimal, Field(ge=0, le=10, max_digits=4, decimal_places=2)]
"""A grade on the method's scale, with at most two decimals."""

StreamName = Annotated[
    str,
    StringConstraints(
        max_length=100, pattern=r"^[a-z]+(-[a-z]+)*-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
    ),
    Field(examples=["qualifications-3fa85f64-5717-4562-b3fc-2c963f66afa6"]),
]
"""The name of a record's stream, such as ``enrolment-<id>``; it names a record, and says nothing of it."""


class ReviewStatus(StrEnum):
    """The status of a review; ``unanswered``: neither acknowledged nor appealed in time."""

    OBJECTIVES_AGREED = "objectives agreed"
    SELF_ASSESSED = "self-assessed"
    ASSESSED = "assessed"
    CALIBRATED = "calibrated"
    ACKNOWLEDGED = "acknowledged"
    UNANSWERED = "unanswered"
    APPEALED = "appealed"
    APPEAL_DECIDED = "appeal decided"
    WITHDRAWN = "withdrawn"


TO_ASSESS = (ReviewStatus.OBJECTIVES_AGREED, ReviewStatus.SELF_ASSESSED)
UNFINISHED = (*TO_ASSESS, ReviewStatus.ASSESSED)
OPEN = (*UNFINISHED, ReviewStatus.CALIBRATED, ReviewStatus.APPEALED)
"""A cycle with such a review is not completed."""


class AgreedObjective(Value):
    """An agreed objective: its weight among the objectives (percent), and the evidence for it."""

    objective_id: UUID
    title: Personal[Line]
    weight: Share
    evidence: Annotated[tuple[StreamName, ...], Field(max_length=MOST_EVIDENCE)] = ()


Objectives = Annotated[tuple[AgreedObjective, ...], Field(min_length=1, max_length=MOST_OBJECTIVES)]


class Objective(AgreedObjective):
    """An objective with what it was rated."""

    rating: Personal[Rating | None] = None


class PerformanceReview(State):
    """A review as it stands; each part is None until its step is taken.

    ``calculated`` follows from the ratings by the method; ``final`` is that, or what calibration or an appeal made of
    it, on ``calibrated_on``; ``calibrated_by``: who did so, and in whose place. ``appeal_until`` is the last day for an
    appeal. ``overdue``: its day has passed, and it is not calibrated; a review is on time whose ``calibrated_on`` is
    not after ``due_on``.
    """

    person_id: Subject
    cycle_id: UUID
    reviewer_id: UUID
    first_on: date
    last_on: date
    due_on: date
    method: ReviewMethod
    objectives: tuple[Objective, ...]
    status: ReviewStatus = ReviewStatus.OBJECTIVES_AGREED
    overdue: bool = False
    self_rating: Personal[Rating | None] = None
    self_assessment: Personal[Statement | None] = None
    feedback: Personal[Rating | None] = None
    assessment: Personal[Statement | None] = None
    calculated: Personal[Rating | None] = None
    final: Personal[Rating | None] = None
    calibration: Personal[Statement | None] = None
    calibrated_on: date | None = None
    calibrated_by: tuple[str, ...] = ()
    appeal_until: date | None = None
    comment: Personal[Statement | None] = None
    grounds: Personal[Statement | None] = None
    appeal_reasons: Personal[Statement | None] = None
    withdrawal: Personal[Statement | None] = None


TEXT = (
    "self_rating",
    "self_assessment",
    "feedback",
    "assessment",
    "calculated",
    "final",
    "calibration",
    "comment",
    "grounds",
    "appeal_reasons",
    "withdrawal",
)
"""The fields with what is said and how somebody is rated."""


def calculate(
    method: ReviewMethod, goals: Iterable[tuple[Decimal, Decimal]], feedback: Decimal, self_rating: Decimal | None
) -> Decimal:
    """The rating by the method, with two decimals, halves rounded up.

    ``goals`` are the objectives' weights (together 100) with their ratings; their weighted mean counts as goals. The
    rating is the mean of goals, feedback and self assessment, weighted by the method. Without a self assessment the
    mean is that of the others: its weight falls to them in proportion. So it always lies within the scale.
    """
    mean = sum((weight * rating for weight, rating in goals), Decimal(0)) / 100
    parts = [(method.goals, mean), (method.feedback, feedback)]
    if self_rating is not None:
        parts.append((method.self_assessment, self_rating))
    weights = sum((weight for weight, _ in parts), Decimal(0))
    total = sum((weight * part for weight, part in parts), Decimal(0))
    return (total / weights).quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass(frozen=True)
class ReviewFacts(LineFacts):
    """The person concerned with their line; ``cycle`` is the one the review is made in, None where unknown.

    ``overlapping``: how many of the person's other reviews share a day with the cycle. ``above_reviewer``: everybody
    above the reviewer, or above the person the command names as one; ``reviewer_grade`` is the grade of that one, None
    where they are not active in a position.
    """

    cycle: ReviewCycle | None = None
    overlapping: int = 0
    above_reviewer: Sequence[UUID] = ()
    reviewer_grade: Grade | None = None
    policy: StaffingPolicy = StaffingPolicy()  # noqa: RUF009 (a frozen value: the defaults)


class ObjectivesAgreed(PrivateEvent):
    """A person's review in a cycle began with these objectives; period, due day and method are the cycle's."""

    person_id: Subject
    cycle_id: UUID
    reviewer_id: UUID
    first_on: date
    last_on: date
    due_on: date
    method: ReviewMethod
    objectives: tuple[AgreedObjective, ...]


class ObjectivesRevised(PrivateEvent):
    """Other objectives were agreed."""

    person_id: Subject
    objectives: tuple[AgreedObjective, ...]


class EvidenceCited(PrivateEvent):
    """A record bears out how an objective was met."""

    objective_id: UUID
    evidence: StreamName


class ReviewerChanged(PrivateEvent):
    """Somebody else reviews."""

    reviewer_id: UUID


class SelfAssessed(PrivateEvent):
    """The person assessed themselves."""

    person_id: Subject
    rating: Personal[Rating | None]
    statement: Personal[Statement]


class ObjectiveRated(Value):
    """The rating of an objective; None once that was erased."""

    objective_id: UUID
    rating: Personal[Rating | None]


class PerformanceAssessed(PrivateEvent):
    """The reviewer rated the objectives and the feedback; the rating follows by the method."""

    person_id: Subject
    ratings: tuple[ObjectiveRated, ...]
    feedback: Personal[Rating | None]
    statement: Personal[Statement]
    calculated: Personal[Rating | None]


class ReviewCalibrated(PrivateEvent):
    """The rating was compared with others' on a day; the person may appeal until another."""

    person_id: Subject
    final: Personal[Rating | None]
    reasons: Personal[Statement]
    calibrated_on: date
    appeal_until: date
    calibrated_by: tuple[str, ...] = ()


class ReviewAcknowledged(PrivateEvent):
    """The person acknowledged the review."""

    person_id: Subject
    comment: Personal[Statement | None]


class ReviewAppealed(PrivateEvent):
    """The person appealed against the rating."""

    person_id: Subject
    grounds: Personal[Statement]


class ReviewAppealWithdrawn(PrivateEvent):
    """The person appeals no longer; the rating stands."""


class ReviewAppealDecided(PrivateEvent):
    """Somebody above the reviewer decided on the appeal."""

    person_id: Subject
    final: Personal[Rating | None]
    reasons: Personal[Statement]


class ReviewWithdrawn(PrivateEvent):
    """The review ended without a rating."""

    person_id: Subject
    reason: Personal[Statement]


class ReviewOverdue(PrivateEvent):
    """The day by which the review was due has passed."""


class ReviewUnanswered(PrivateEvent):
    """The person neither acknowledged the review nor appealed in time."""


ReviewEvent = (
    ObjectivesAgreed
    | ObjectivesRevised
    | EvidenceCited
    | ReviewerChanged
    | SelfAssessed
    | PerformanceAssessed
    | ReviewCalibrated
    | ReviewAcknowledged
    | ReviewAppealed
    | ReviewAppealWithdrawn
    | ReviewAppealDecided
    | ReviewWithdrawn
    | ReviewOverdue
    | ReviewUnanswered
)
Events = Sequence[ReviewEvent]


def evolve(state: PerformanceReview | None, event: ReviewEvent) -> PerformanceReview:
    if isinstance(event, ObjectivesAgreed):
        return PerformanceReview(**{**vars(event), "objectives": unrated(event.objectives)})
    review = existing(state)
    match event:
        case ObjectivesRevised(objectives=objectives):
            return review.but(objectives=unrated(objectives))
        case EvidenceCited():
            return with_evidence(review, event)
        case ReviewerChanged(reviewer_id=reviewer_id):
            return review.but(reviewer_id=reviewer_id)
        case SelfAssessed(rating=rating, statement=statement):
            return review.but(self_rating=rating, self_assessment=statement, status=ReviewStatus.SELF_ASSESSED)
        case PerformanceAssessed():
            return assessed(review, event)
        case ReviewCalibrated():
            return calibrated(review, event)
        case ReviewAcknowledged(comment=comment):
            return review.but(comment=comment, status=ReviewStatus.ACKNOWLEDGED)
        case ReviewAppealed(grounds=grounds):
            return review.but(grounds=grounds, status=ReviewStatus.APPEALED)
        case ReviewAppealWithdrawn():
            return review.but(grounds=None, status=ReviewStatus.CALIBRATED)
        case ReviewAppealDecided(final=final, reasons=reasons):
            return review.but(final=final, appeal_reasons=reasons, status=ReviewStatus.APPEAL_DECIDED)
        case ReviewWithdrawn(reason=reason):
            return review.but(withdrawal=reason, status=ReviewStatus.WITHDRAWN, overdue=False)
        case ReviewOverdue():
            return review.but(overdue=True)
        case ReviewUnanswered():
            return review.but(status=ReviewStatus.UNANSWERED)
        case _:
            assert_never(event)


def unrated(objectives: tuple[AgreedObjective, ...]) -> tuple[Objective, ...]:
    """Objectives nobody has rated yet."""
    return tuple(Objective(**vars(each)) for each in objectives)


def with_evidence(review: PerformanceReview, event: EvidenceCited) -> PerformanceReview:
    return review.but(
        objectives=tuple(
            each.model_copy(update={"evidence": (*each.evidence, event.evidence)})
            if each.objective_id == event.objective_id
            else each
            for each in review.objectives
        )
    )


def assessed(review: PerformanceReview, event: PerformanceAssessed) -> PerformanceReview:
    ratings = {each.objective_id: each.rating for each in event.ratings}
    return review.but(
        objectives=tuple(
            each.model_copy(update={"rating": ratings.get(each.objective_id)}) for each in review.objectives
        ),
        feedback=event.feedback,
        assessment=event.statement,
        calculated=event.calculated,
        final=event.calculated,
        status=ReviewStatus.ASSESSED,
    )


def calibrated(review: PerformanceReview, event: ReviewCalibrated) -> PerformanceReview:
    """The rating was compared, on time or late."""
    return review.but(
        final=event.final,
        calibration=event.reasons,
        calibrated_on=event.calibrated_on,
        calibrated_by=event.calibrated_by,
        appeal_until=event.appeal_until,
        status=ReviewStatus.CALIBRATED,
        overdue=False,
    )
