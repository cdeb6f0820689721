"""How each event changes a performance review."""

from typing import assert_never

from chassis.domain.decider import existing
from services.people.domain.performance_review.events import (
    EvidenceCited,
    ObjectivesAgreed,
    ObjectivesRevised,
    PerformanceAssessed,
    ReviewAcknowledged,
    ReviewAppealDecided,
    ReviewAppealed,
    ReviewCalibrated,
    ReviewerChanged,
    ReviewEvent,
    ReviewOverdue,
    ReviewUnanswered,
    ReviewWithdrawn,
    SelfAssessed,
)
from services.people.domain.performance_review.state import (
    AgreedObjective,
    Objective,
    PerformanceReview,
    ReviewStatus,
)


def evolve(state: PerformanceReview | None, event: ReviewEvent) -> PerformanceReview:
    """The state after an event."""
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
    """One of the objectives has one more record that bears it out."""
    return review.but(
        objectives=tuple(
            each.model_copy(update={"evidence": (*each.evidence, event.evidence)})
            if each.objective_id == event.objective_id
            else each
            for each in review.objectives
        )
    )


def assessed(review: PerformanceReview, event: PerformanceAssessed) -> PerformanceReview:
    """Every objective has its rating."""
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
        appeal_until=event.appeal_until,
        status=ReviewStatus.CALIBRATED,
        overdue=False,
    )
