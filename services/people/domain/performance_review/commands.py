"""What may be asked about a performance review."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import Command
from contracts.base import Value
from contracts.values import Personal
from services.people.domain.performance_review.state import MOST_OBJECTIVES, Objectives, Rating, StreamName
from services.people.domain.statement import Statement


class AgreeObjectives(Command):
    """Begin a person's review in a cycle with the objectives agreed with them; their line manager reviews."""

    person_id: UUID
    cycle_id: UUID
    objectives: Objectives


class ReviseObjectives(Command):
    """Agree other objectives, before anybody assesses them."""

    objectives: Objectives


class CiteEvidence(Command):
    """Cite a record that bears out how an objective was met."""

    objective_id: UUID
    evidence: StreamName


class ChangeReviewer(Command):
    """Let somebody else review, until the review is assessed."""

    reviewer_id: UUID


class AssessSelf(Command):
    """Assess yourself, on the scale of the method."""

    rating: Personal[Rating]
    statement: Personal[Statement]


class RatedObjective(Value):
    """How far an objective was met."""

    objective_id: UUID
    rating: Personal[Rating]


class AssessPerformance(Command):
    """Rate every objective and the feedback from others, and say why."""

    ratings: Annotated[tuple[RatedObjective, ...], Field(min_length=1, max_length=MOST_OBJECTIVES)]
    feedback: Personal[Rating]
    statement: Personal[Statement]


class CalibrateReview(Command):
    """Compare the rating with others': leave it by giving none, or give another; say why."""

    rating: Personal[Rating | None] = None
    reasons: Personal[Statement]


class AcknowledgeReview(Command):
    """Acknowledge the review about you, also with a comment."""

    comment: Personal[Statement | None] = None


class AppealReview(Command):
    """Appeal against the rating, and say why."""

    grounds: Personal[Statement]


class DecideReviewAppeal(Command):
    """Decide on an appeal: leave the rating by giving none, or give another; say why."""

    rating: Personal[Rating | None] = None
    reasons: Personal[Statement]


class WithdrawReview(Command):
    """End a review that leads nowhere, and say why."""

    reason: Personal[Statement]


class MarkReviewOverdue(Command):
    """Note that the day by which the review was due has passed."""


class EndAppealPeriod(Command):
    """Note that the person neither acknowledged the review nor appealed in time."""


ReviewStep = (
    ReviseObjectives
    | CiteEvidence
    | ChangeReviewer
    | AssessSelf
    | AssessPerformance
    | CalibrateReview
    | AcknowledgeReview
    | AppealReview
    | DecideReviewAppeal
    | WithdrawReview
    | MarkReviewOverdue
    | EndAppealPeriod
)
ReviewCommand = AgreeObjectives | ReviewStep
