"""A risk: state, facts, events, and how each event changes the state."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, assert_never
from uuid import UUID

from chassis.domain.decider import Refused, State, existing
from contracts.base import Value
from contracts.portfolio import risks
from contracts.values import Line, Money, Name, Text
from services.portfolio.organisation.domain.confidence import InConfidence
from services.portfolio.organisation.domain.known import KnownPerson, LineFacts
from services.portfolio.risks.domain.risk_policy import RiskPolicy


class RiskStatus(StrEnum):
    """The status of a risk; the end of its acceptance takes it back to evaluated."""

    IDENTIFIED = "identified"
    ANALYSED = "analysed"
    EVALUATED = "evaluated"
    TREATING = "treating"
    MONITORED = "monitored"
    MATERIALISED = "materialised"
    CLOSED = "closed"


OVER = (RiskStatus.MATERIALISED, RiskStatus.CLOSED)
SCORED = frozenset({RiskStatus.ANALYSED, RiskStatus.EVALUATED, RiskStatus.TREATING, RiskStatus.MONITORED})
JUDGED = SCORED - {RiskStatus.ANALYSED}


class Treatment(Value):
    """What is done about the risk, and until when."""

    treatment: risks.RiskTreatment
    plan: Text
    due_on: date | None


class Acceptance(Value):
    """An acceptance that is asked for or was given, with what it is for; it holds until the end of ``until``."""

    asked_by: tuple[UUID, ...]
    asking_systems: tuple[str, ...] = ()
    until: date
    reason: Line
    inherent: risks.RiskScore
    current: risks.RiskScore
    residual: risks.RiskScore | None
    treatment: risks.RiskTreatment
    given_by: UUID | None = None
    given_because: Line | None = None


class Contingency(Value):
    """What was asked of the project's contingency; ``drawn`` is None until finance answers."""

    amount: Money
    drawn: bool | None = None
    reason: Line | None = None


class Risk(State):
    """A risk as it stands.

    ``level`` and ``score`` are those of the current score, the latter with leading zeros, by which lists sort.
    ``above_appetite`` is False until it is scored. ``asked``: an acceptance that waits for an answer; ``acceptance``:
    the one in force. ``told_id``: who was told that an acceptance ended. ``unresolved``: its owner left, and nobody
    above is known.
    """

    title: Name
    description: Text
    category: risks.RiskCategory
    division_id: UUID
    project_id: UUID | None
    owner_id: UUID
    identified_by: UUID | None
    confidential: bool = False
    status: RiskStatus = RiskStatus.IDENTIFIED
    inherent: risks.RiskScore | None = None
    current: risks.RiskScore | None = None
    residual: risks.RiskScore | None = None
    level: Name | None = None
    score: str | None = None
    above_appetite: bool = False
    review_on: date | None = None
    rationale: Line | None = None
    treatment: Treatment | None = None
    asked: Acceptance | None = None
    acceptance: Acceptance | None = None
    told_id: UUID | None = None
    unresolved: bool = False
    issue_id: UUID | None = None
    contingency: Contingency | None = None
    closing_reason: Line | None = None

    @property
    def open(self) -> bool:
        """Return whether it may still happen."""
        return self.status not in OVER


RiskFact = (
    risks.RiskIdentified
    | risks.RiskAnalysed
    | risks.RiskEvaluated
    | risks.RiskTreatmentChosen
    | risks.RiskRescored
    | risks.RiskAcceptanceAsked
    | risks.RiskAcceptanceGiven
    | risks.RiskAcceptanceRefused
    | risks.RiskAcceptanceRequestWithdrawn
    | risks.RiskAcceptanceEnded
    | risks.RiskMonitored
    | risks.RiskReviewed
    | risks.RiskOwnerNamed
    | risks.RiskPassedUp
    | risks.RiskUnresolved
    | risks.RiskMaterialised
    | risks.RiskContingencyAnswered
    | risks.RiskClosed
)
ScoringEvent = risks.RiskAnalysed | risks.RiskEvaluated | risks.RiskTreatmentChosen | risks.RiskRescored
AcceptanceEvent = (
    risks.RiskAcceptanceAsked
    | risks.RiskAcceptanceGiven
    | risks.RiskAcceptanceRefused
    | risks.RiskAcceptanceRequestWithdrawn
    | risks.RiskAcceptanceEnded
)
RiskEvent = RiskFact | risks.ContingencyAsked | risks.ConfidentialRiskChanged | InConfidence[Any]
Events = Sequence[RiskFact | risks.ContingencyAsked]


@dataclass(frozen=True)
class RiskFacts(LineFacts):
    """About the owner (``subject``) and their line; ``division_head``: who heads the division.

    ``owner``: the person the command names; ``above``: the nearest manager in office above the owner. ``leaver``: the
    owner who is reported to have left, as known now. ``project_known``: the project named exists, in the division
    ``project_division``. ``policy``: the one in force for the category and division, None where there is none.
    """

    division_open: bool | None = None
    division_head: UUID | None = None
    owner: KnownPerson | None = None
    above: KnownPerson | None = None
    leaver: KnownPerson | None = None
    project_known: bool = True
    project_division: UUID | None = None
    policy: RiskPolicy | None = None
    policy_id: UUID | None = None

    def review_of(self, score: risks.RiskScore) -> date:
        """The day on which a risk with this score is to be reviewed after today."""
        return self.today + timedelta(days=score.review_days)


def require(risk: Risk, statuses: Set[RiskStatus], remedy: str) -> None:
    """The risk has one of these statuses."""
    check_open(risk)
    if risk.status not in statuses:
        raise Refused("not-at-this-stage", f"The risk is {risk.status}.", remedy)


def check_open(risk: Risk) -> None:
    """Refuse changes to what is over."""
    if not risk.open:
        raise Refused("risk-over", f"The risk is {risk.status}.", "Identify another one.")


def scored(score: risks.RiskScore | None) -> risks.RiskScore:
    """The score that a risk has by now."""
    assert score is not None, "it was analysed"
    return score


def evolve(state: Risk | None, event: RiskEvent) -> Risk:
    if isinstance(event, InConfidence):
        return evolve(state, event.fact)
    if isinstance(event, risks.RiskIdentified):
        return Risk(**vars(event))
    risk = existing(state)
    if isinstance(event, ScoringEvent):
        return judged(risk, event)
    if isinstance(event, AcceptanceEvent):
        return accepted(risk, event)
    match event:
        case risks.RiskMonitored(review_on=review_on):
            return risk.but(status=RiskStatus.MONITORED, review_on=review_on, told_id=None)
        case risks.RiskReviewed(review_on=review_on):
            return risk.but(review_on=review_on)
        case risks.RiskOwnerNamed(owner_id=owner_id) | risks.RiskPassedUp(owner_id=owner_id):
            return risk.but(owner_id=owner_id, unresolved=False)
        case risks.RiskUnresolved():
            return risk.but(unresolved=True)
        case risks.RiskMaterialised(issue_id=issue_id):
            return ended(risk, RiskStatus.MATERIALISED).but(issue_id=issue_id)
        case risks.ContingencyAsked(amount=amount):
            return risk.but(contingency=Contingency(amount=amount))
        case risks.RiskContingencyAnswered(drawn=drawn, amount=amount, reason=reason):
            return risk.but(contingency=Contingency(amount=amount, drawn=drawn, reason=reason))
        case risks.RiskClosed(reason=reason):
            return ended(risk, RiskStatus.CLOSED).but(closing_reason=reason)
        case risks.ConfidentialRiskChanged():
            return risk
        case _:
            assert_never(event)


def ended(risk: Risk, status: RiskStatus) -> Risk:
    """A risk that is over asks for nothing and is not reviewed; the acceptance it had stays for the record."""
    return risk.but(status=status, asked=None, review_on=None, told_id=None)


def judged(risk: Risk, event: ScoringEvent) -> Risk:
    """Apply scores, their evaluation and the treatment."""
    match event:
        case risks.RiskAnalysed(inherent=inherent, current=current, review_on=review_on):
            analysed = risk.but(status=RiskStatus.ANALYSED, inherent=inherent)
            return with_current(analysed, current, review_on)
        case risks.RiskRescored(current=current, review_on=review_on):
            rescored = with_current(risk, current, review_on)
            beyond = risk.status is RiskStatus.MONITORED and rescored.above_appetite
            return rescored.but(status=RiskStatus.EVALUATED) if beyond else rescored
        case risks.RiskEvaluated(rationale=rationale):
            return risk.but(status=RiskStatus.EVALUATED, rationale=rationale)
        case risks.RiskTreatmentChosen():
            chosen = Treatment(treatment=event.treatment, plan=event.plan, due_on=event.due_on)
            return risk.but(status=RiskStatus.TREATING, treatment=chosen, residual=event.residual, told_id=None)
        case _:
            assert_never(event)


def with_current(risk: Risk, current: risks.RiskScore, review_on: date) -> Risk:
    """The risk with a current score, by which lists sort and filter."""
    return risk.but(
        current=current,
        level=current.level,
        score=f"{current.number:014.6f}",
        above_appetite=not current.within,
        review_on=review_on,
    )


def accepted(risk: Risk, event: AcceptanceEvent) -> Risk:
    """Apply what happens to the acceptance; its end reopens the risk."""
    match event:
        case risks.RiskAcceptanceAsked():
            return risk.but(asked=Acceptance(**vars(event)))
        case risks.RiskAcceptanceGiven(given_by=given_by, reason=reason):
            given = risk.asked and risk.asked.model_copy(update={"given_by": given_by, "given_because": reason})
            return risk.but(asked=None, acceptance=given, told_id=None)
        case risks.RiskAcceptanceRefused() | risks.RiskAcceptanceRequestWithdrawn():
            return risk.but(asked=None)
        case risks.RiskAcceptanceEnded(to_id=to_id):
            return risk.but(status=RiskStatus.EVALUATED, acceptance=None, told_id=to_id)
        case _:
            assert_never(event)
