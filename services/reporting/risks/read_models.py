"""Risks as portfolio publishes them."""

from uuid import UUID

from chassis.consumers.projection import Fold, of_kind
from chassis.messaging.cloudevents import Envelope
from contracts.portfolio import risks
from services.reporting.risks.domain.rows import RiskRow


def fold_risk(row: RiskRow | None, envelope: Envelope, key: UUID) -> RiskRow | None:
    """The row after an event; there is none of a confidential risk."""
    match envelope.event:
        case risks.RiskIdentified() as event:
            return RiskRow(
                id=key,
                title=event.title,
                category=str(event.category),
                division_id=event.division_id,
                project_id=event.project_id,
                owner_id=event.owner_id,
            )
        case _:
            return None if row is None else fold_treatment(row, envelope)


def fold_treatment(risk: RiskRow, envelope: Envelope) -> RiskRow:
    match envelope.event:
        case risks.RiskAnalysed(current=current, review_on=day):
            return scored(risk, current).but(status="analysed", review_on=day)
        case risks.RiskRescored(current=current, review_on=day):
            return scored(risk, current).but(review_on=day)
        case risks.RiskEvaluated():
            return risk.but(status="evaluated")
        case risks.RiskTreatmentChosen(treatment=treatment):
            return risk.but(status="treating", treatment=str(treatment))
        case risks.RiskAcceptanceGiven(until=until):
            return risk.but(accepted_until=until)
        case risks.RiskAcceptanceEnded():
            return risk.but(status="evaluated", accepted_until=None)
        case risks.RiskMonitored(review_on=day):
            return risk.but(status="monitored", review_on=day)
        case risks.RiskReviewed(review_on=day):
            return risk.but(review_on=day)
        case risks.RiskOwnerNamed(owner_id=owner_id) | risks.RiskPassedUp(owner_id=owner_id):
            return risk.but(owner_id=owner_id)
        case risks.RiskMaterialised():
            return risk.but(status="materialised", accepted_until=None)
        case risks.RiskClosed():
            return risk.but(status="closed", accepted_until=None)
        case _:
            return risk


def scored(risk: RiskRow, score: risks.RiskScore) -> RiskRow:
    """The risk with this current score."""
    return risk.but(level=score.level, number=score.number, appetite=score.appetite, above_appetite=not score.within)


RISKS = Fold("risks", RiskRow, of_kind("risk"), fold_risk)
