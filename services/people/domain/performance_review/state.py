"""The state of a performance review: what its events add up to, and how its rating is calculated."""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from chassis.domain.decider import State
from contracts.base import Value
from contracts.values import Line, Personal, Share, Subject
from services.people.domain.review_cycle import ReviewMethod
from services.people.domain.statement import Statement

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
    """How far a review has come; ``unanswered``: the person neither acknowledged it nor appealed in time."""

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
    """What somebody is to achieve, how much it counts among the objectives (percent), and records that bear it out."""

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
    it, on ``calibrated_on``. ``appeal_until`` is the last day for an appeal. ``overdue``: its day has passed, and it is
    not calibrated; a review is on time whose ``calibrated_on`` is not after ``due_on``.
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
    appeal_until: date | None = None
    comment: Personal[Statement | None] = None
    grounds: Personal[Statement | None] = None
    appeal_reasons: Personal[Statement | None] = None
    withdrawal: Personal[Statement | None] = None


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
