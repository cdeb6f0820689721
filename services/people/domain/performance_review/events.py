"""What happens in a performance review. All of it is private: nothing on its stream is ever published."""

from datetime import date
from uuid import UUID

from chassis.domain.decider import PrivateEvent
from contracts.base import Value
from contracts.values import Personal, Subject
from services.people.domain.performance_review.state import AgreedObjective, Rating, StreamName
from services.people.domain.review_cycle import ReviewMethod
from services.people.domain.statement import Statement


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
    """The person assessed themself."""

    person_id: Subject
    rating: Personal[Rating | None]
    statement: Personal[Statement]


class ObjectiveRated(Value):
    """How far an objective was met; None once that was erased."""

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


class ReviewAcknowledged(PrivateEvent):
    """The person acknowledged the review."""

    person_id: Subject
    comment: Personal[Statement | None]


class ReviewAppealed(PrivateEvent):
    """The person appealed against the rating."""

    person_id: Subject
    grounds: Personal[Statement]


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
    | ReviewAppealDecided
    | ReviewWithdrawn
    | ReviewOverdue
    | ReviewUnanswered
)
