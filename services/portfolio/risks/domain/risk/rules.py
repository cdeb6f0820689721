"""The rules of a risk, put together from its parts."""

from collections.abc import Sequence
from typing import assert_never
from uuid import UUID, uuid5

from chassis.domain.decider import Command, Decider, IssuedCommand, Refused, existing, new
from contracts.portfolio import risks
from contracts.values import Day, Line, Money, Name, Text
from services.portfolio.issues.domain.issue.rules import ISSUE, RaiseIssueOfRisk
from services.portfolio.organisation.domain.confidence import in_confidence, kept
from services.portfolio.organisation.domain.known import check_division, known
from services.portfolio.risks.domain.risk import model
from services.portfolio.risks.domain.risk.acceptance import AcceptanceCommand, accept, due
from services.portfolio.risks.domain.risk.scoring import ScoringCommand, score


class IdentifyRisk(Command):
    """Describe what may happen to a division, or to one of its projects, and who owns the risk."""

    title: Name
    description: Text = ""
    category: risks.RiskCategory
    division_id: UUID
    project_id: UUID | None = None
    owner_id: UUID
    confidential: bool = False


class MonitorRisk(Command):
    """Watch the risk: it is within the appetite, or accepted."""

    note: Text = ""


class ReviewRisk(Command):
    """Record that the risk was looked at again and its scores hold."""

    note: Text = ""


class NameRiskOwner(Command):
    """Name another person who owns the risk."""

    owner_id: UUID
    reason: Line


class PassRiskUp(Command):
    """Pass the risk of a leaver to the nearest manager above them in office."""

    leaver_id: UUID
    reason: Line


class MaterialiseRisk(Command):
    """Record that it has happened: an issue is opened at once, and finance is asked for what contingency is needed."""

    effect: Text
    issue_title: Name
    issue_due_on: Day
    contingency: Money | None = None


class RecordContingency(Command):
    """Record whether finance drew the contingency."""

    drawn: bool
    amount: Money
    reason: Line | None = None


class CloseRisk(Command):
    """Close a risk that is watched and cannot happen any more, or one that is none."""

    reason: Line


LifeCommand = MonitorRisk | ReviewRisk | NameRiskOwner | PassRiskUp | MaterialiseRisk | RecordContingency | CloseRisk
RiskCommand = IdentifyRisk | ScoringCommand | AcceptanceCommand | LifeCommand


def decide(state: model.Risk | None, command: RiskCommand, facts: model.RiskFacts) -> Sequence[model.RiskEvent]:
    """The events of a command; of a confidential risk they stay in the service, but for what finance has to know."""
    events = judge(state, command, facts)
    after = state
    for event in events:
        after = model.evolve(after, event)
    if after is None or not after.confidential:
        return events
    return kept(events, risks.ConfidentialRiskChanged(division_id=after.division_id), risks.ContingencyAsked)


def judge(state: model.Risk | None, command: RiskCommand, facts: model.RiskFacts) -> model.Events:
    """The events of a command, before it is known who may hear of them."""
    if isinstance(command, IdentifyRisk):
        return identify(state, command, facts)
    risk = existing(state)
    if isinstance(command, ScoringCommand):
        return score(risk, command, facts)
    if isinstance(command, AcceptanceCommand):
        return accept(risk, command, facts)
    match command:
        case MonitorRisk(note=note):
            return monitor(risk, note, facts)
        case ReviewRisk(note=note):
            return review(risk, note, facts)
        case NameRiskOwner():
            return name_owner(risk, command, facts)
        case PassRiskUp():
            return pass_up(risk, command, facts)
        case MaterialiseRisk():
            return materialise(risk, command, facts)
        case RecordContingency():
            return record_contingency(risk, command)
        case CloseRisk(reason=reason):
            return close(risk, reason)
        case _:
            assert_never(command)


def identify(state: model.Risk | None, command: IdentifyRisk, facts: model.RiskFacts) -> model.Events:
    """A risk has an owner who works here, and belongs to an open division."""
    identified = risks.RiskIdentified(**vars(command), identified_by=facts.actor.acts_as)
    if state == model.evolve(None, identified):
        return []
    new(state, "risk")
    check_division(facts.division_open)
    check_project(command, facts)
    check_owner(command.owner_id, facts)
    return [identified]


def check_project(command: IdentifyRisk, facts: model.RiskFacts) -> None:
    """The project is known, and the division's."""
    if command.project_id is None:
        return
    if not facts.project_known:
        raise Refused("project-not-known", "There is no such project.", "Name one that exists, or none.")
    if facts.project_division != command.division_id:
        raise Refused("risk-in-its-division", "The project is another division's.", "Name that division.")


def check_owner(owner_id: UUID, facts: model.RiskFacts) -> None:
    """An active person."""
    if not known(facts.owner, owner_id, "the owner").active:
        raise Refused("owner-is-active", "The owner does not work here now.", "Name an active person.")


def monitor(risk: model.Risk, note: Text, facts: model.RiskFacts) -> model.Events:
    """Beyond the appetite nothing is only watched unless somebody accepted it."""
    if risk.status is model.RiskStatus.MONITORED:
        return []
    model.require(risk, model.JUDGED, "Evaluate it first.")
    if risk.above_appetite and risk.acceptance is None:
        current = model.scored(risk.current)
        raise Refused(
            "above-appetite-needs-acceptance",
            f"The score of {current.number:f} is above the appetite of {current.appetite:f}.",
            "Treat it and score it again, or have it accepted.",
        )
    return [risks.RiskMonitored(note=note, review_on=facts.review_of(model.scored(risk.current)))]


def review(risk: model.Risk, note: Text, facts: model.RiskFacts) -> model.Events:
    """A review of the same day changes nothing."""
    model.require(risk, model.SCORED, "Analyse it first.")
    review_on = facts.review_of(model.scored(risk.current))
    if review_on == risk.review_on and not note:
        return []
    return [risks.RiskReviewed(note=note, review_on=review_on)]


def name_owner(risk: model.Risk, command: NameRiskOwner, facts: model.RiskFacts) -> model.Events:
    """Somebody else who works here; an owner who works here again is confirmed this way too."""
    if command.owner_id == risk.owner_id and not risk.unresolved:
        return []
    model.check_open(risk)
    check_owner(command.owner_id, facts)
    return [risks.RiskOwnerNamed(**vars(command))]


def pass_up(risk: model.Risk, command: PassRiskUp, facts: model.RiskFacts) -> model.Events:
    """A leaver's risk passes up the line; who works here by now keeps it, for what was heard may be long over."""
    if not risk.open or risk.owner_id != command.leaver_id:
        return []
    leaver, above = facts.leaver, facts.above
    if leaver is not None and leaver.active:
        return [risks.RiskOwnerNamed(owner_id=leaver.id, reason=command.reason)] if risk.unresolved else []
    if above is not None:
        return [risks.RiskPassedUp(from_id=command.leaver_id, owner_id=above.id, reason=command.reason)]
    return [] if risk.unresolved else [risks.RiskUnresolved(owner_id=command.leaver_id, reason=command.reason)]


def materialise(risk: model.Risk, command: MaterialiseRisk, facts: model.RiskFacts) -> model.Events:
    """It happens once; only a project has a contingency to draw on."""
    model.check_open(risk)
    happened = risks.RiskMaterialised(issue_id=uuid5(facts.id, "issue"), effect=command.effect)
    if command.contingency is None:
        return [happened]
    if risk.project_id is None:
        raise Refused("contingency-of-a-project", "The risk is no project's.", "Leave the contingency out.")
    if command.contingency.amount <= 0:
        raise Refused("amount-positive", "The contingency is not more than 0.", "State an amount above 0.")
    return [happened, risks.ContingencyAsked(project_id=risk.project_id, amount=command.contingency)]


def opened(
    command: MaterialiseRisk, _before: model.Risk, risk: model.Risk, facts: model.RiskFacts
) -> Sequence[IssuedCommand]:
    """The issue that the risk has become, as confidential as it was."""
    assert risk.issue_id is not None, "it materialised"
    issue = RaiseIssueOfRisk(
        title=command.issue_title,
        description=command.effect,
        division_id=risk.division_id,
        project_id=risk.project_id,
        risk_id=facts.id,
        raised_by=facts.actor.acts_as,
        owner_id=risk.owner_id,
        due_on=command.issue_due_on,
        confidential=risk.confidential,
    )
    return [IssuedCommand(ISSUE, risk.issue_id, issue)]


def record_contingency(risk: model.Risk, command: RecordContingency) -> model.Events:
    """Finance's first answer to what was asked stands."""
    if risk.contingency is None or risk.contingency.drawn is not None:
        return []
    return [risks.RiskContingencyAnswered(**vars(command))]


def close(risk: model.Risk, reason: Line) -> model.Events:
    """Only what is watched, or turned out to be no risk, is closed."""
    if risk.status is model.RiskStatus.CLOSED:
        return []
    closable = {model.RiskStatus.IDENTIFIED, model.RiskStatus.MONITORED}
    model.require(risk, closable, "Treat it until it can be monitored.")
    return [risks.RiskClosed(reason=reason)]


RISK = Decider(
    kind="risk",
    state=model.Risk,
    events=model.RiskFact | risks.ContingencyAsked | risks.ConfidentialRiskChanged | in_confidence(model.RiskFact),
    decide=decide,
    evolve=model.evolve,
    due=due,
)
