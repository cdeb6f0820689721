"""How likely a risk is and how much it would hurt, held against the appetite, and what is done about it."""

from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Command, Refused
from contracts.base import Value
from contracts.portfolio import risks
from contracts.values import Day, Line, Share, Text
from services.portfolio.risks.domain import risk_policy
from services.portfolio.risks.domain.risk import model
from services.portfolio.risks.domain.risk.acceptance import material
from services.portfolio.risks.domain.risk_policy import Position


class Controls(Value):
    """The effectiveness of all controls together, in per cent."""

    effectiveness: Share


class AnalyseRisk(Command):
    """Score the risk without any control, and with those there are where they make a difference."""

    inherent: Position
    current: Position | None = None


class EvaluateRisk(Command):
    """Hold the current score against the appetite, and say what follows."""

    rationale: Line


class TreatRisk(Command):
    """Choose what is done about the risk.

    What will remain of it then is a place in the matrix, or what controls of such an effectiveness leave of the
    inherent score.
    """

    treatment: risks.RiskTreatment
    plan: Text = ""
    due_on: Day | None = None
    residual: Position | Controls | None = None


class ScoreRisk(Command):
    """Score the risk as it is now, at the version of the policy in force."""

    current: Position
    reason: Line


ScoringCommand = AnalyseRisk | EvaluateRisk | TreatRisk | ScoreRisk


def score(risk: model.Risk, command: ScoringCommand, facts: model.RiskFacts) -> model.Events:
    """The events of a command that scores, evaluates or treats."""
    match command:
        case AnalyseRisk():
            return analyse(risk, command, facts)
        case EvaluateRisk(rationale=rationale):
            return evaluate(risk, rationale)
        case TreatRisk():
            return treat(risk, command, facts)
        case ScoreRisk():
            return rescore(risk, command, facts)
        case _:
            assert_never(command)


def analyse(risk: model.Risk, command: AnalyseRisk, facts: model.RiskFacts) -> model.Events:
    """The first scores; until the risk is evaluated they may be corrected."""
    model.require(risk, {model.RiskStatus.IDENTIFIED, model.RiskStatus.ANALYSED}, "Score it again instead.")
    inherent = placed(command.inherent, "inherent", facts)
    current = inherent if command.current is None else placed(command.current, "current", facts)
    if (inherent, current) == (risk.inherent, risk.current):
        return []
    return [risks.RiskAnalysed(inherent=inherent, current=current, review_on=facts.review_of(current))]


def placed(at: Position, field: str, facts: model.RiskFacts) -> risks.RiskScore:
    """The score of a place in the matrix in force."""
    return risk_policy.score(*policy_of(facts), at, field)


def policy_of(facts: model.RiskFacts) -> tuple[risk_policy.RiskPolicy, UUID]:
    """The policy there has to be, with its id: nobody but the company says what its appetite is."""
    if facts.policy is None or facts.policy_id is None:
        raise Refused(
            "risk-policy-missing",
            "There is no risk policy for this category, neither for the division nor in general.",
            "Ask an executive to define one.",
        )
    return facts.policy, facts.policy_id


def evaluate(risk: model.Risk, rationale: Line) -> model.Events:
    """A risk is evaluated by its current score."""
    if risk.status is model.RiskStatus.EVALUATED and risk.rationale == rationale:
        return []
    model.require(risk, {model.RiskStatus.ANALYSED, model.RiskStatus.EVALUATED}, "Analyse it first.")
    return [risks.RiskEvaluated(above_appetite=risk.above_appetite, rationale=rationale)]


def treat(risk: model.Risk, command: TreatRisk, facts: model.RiskFacts) -> model.Events:
    """A treatment is chosen for a risk that was evaluated; another one needs another acceptance."""
    model.require(risk, model.JUDGED, "Evaluate it first.")
    if command.due_on is not None and command.due_on < facts.today:
        raise Refused("due-day-lies-ahead", f"It is {facts.today} today.", "Name today or a later day.")
    chosen = risks.RiskTreatmentChosen(
        treatment=command.treatment, plan=command.plan, due_on=command.due_on, residual=remaining(risk, command, facts)
    )
    if model.evolve(risk, chosen) == risk:
        return []
    return [*material(risk, "Another treatment was chosen.", facts), chosen]


def remaining(risk: model.Risk, command: TreatRisk, facts: model.RiskFacts) -> risks.RiskScore | None:
    """What is to remain once the treatment is done."""
    match command.residual:
        case Position() as at:
            return placed(at, "residual", facts)
        case Controls(effectiveness=effectiveness):
            return risk_policy.controlled(*policy_of(facts), model.scored(risk.inherent), effectiveness)
    return None


def rescore(risk: model.Risk, command: ScoreRisk, facts: model.RiskFacts) -> model.Events:
    """A new current score; an acceptance was of the one before."""
    model.require(risk, model.SCORED, "Analyse it first.")
    current = placed(command.current, "current", facts)
    if current == risk.current:
        return []
    rescored = risks.RiskRescored(current=current, review_on=facts.review_of(current), reason=command.reason)
    return [rescored, *material(risk, "It was scored again.", facts)]
