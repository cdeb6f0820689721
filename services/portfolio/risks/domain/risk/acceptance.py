"""The acceptance of a risk: asked for, given by somebody else until a day, and over when anything changes."""

from datetime import timedelta
from typing import Literal, assert_never

from chassis.domain.decider import Command, Deadline, Refused
from contracts.portfolio import risks
from contracts.values import Day, Line
from services.portfolio.organisation.domain.known import systems
from services.portfolio.risks.domain.risk import model


class AskAcceptance(Command):
    """Ask that the risk is accepted as it stands, until the end of a day. Extending an acceptance is asked the same."""

    until: Day
    reason: Line


class GiveAcceptance(Command):
    """Accept the risk as it stands, until the day that was asked for."""

    reason: Line


class RefuseAcceptance(Command):
    """Refuse to accept the risk; an acceptance in force stays until its end."""

    reason: Line


class WithdrawAcceptance(Command):
    """Withdraw what was asked for, or where nothing is, the acceptance in force."""

    reason: Line


class ExpireAcceptance(Command):
    """End the acceptance because its last day is over."""


AcceptanceCommand = AskAcceptance | GiveAcceptance | RefuseAcceptance | WithdrawAcceptance | ExpireAcceptance
EXPIRED: Line = "Its last day is over."


def accept(risk: model.Risk, command: AcceptanceCommand, facts: model.RiskFacts) -> model.Events:
    """The events of a command about the acceptance."""
    match command:
        case AskAcceptance():
            return ask(risk, command, facts)
        case GiveAcceptance(reason=reason):
            return give(risk, reason, facts)
        case RefuseAcceptance(reason=reason):
            requested(risk)
            return [risks.RiskAcceptanceRefused(reason=reason)]
        case WithdrawAcceptance(reason=reason):
            return withdraw(risk, reason, facts)
        case ExpireAcceptance():
            return expire(risk, facts)
        case _:
            assert_never(command)


def ask(risk: model.Risk, command: AskAcceptance, facts: model.RiskFacts) -> model.Events:
    """What is asked for keeps the scores, their policy and the treatment of this moment."""
    model.require(risk, model.JUDGED, "Evaluate it first.")
    if risk.treatment is None:
        raise Refused("acceptance-needs-treatment", "No treatment was chosen.", "Choose one first, be it to accept.")
    check_ahead(command.until, facts)
    asked = risks.RiskAcceptanceAsked(
        asked_by=tuple(sorted(facts.actor.persons)),
        asking_systems=systems(facts.actor),
        until=command.until,
        reason=command.reason,
        inherent=model.scored(risk.inherent),
        current=model.scored(risk.current),
        residual=risk.residual,
        treatment=risk.treatment.treatment,
    )
    if risk.asked == model.Acceptance(**vars(asked)):
        return []
    if risk.asked is not None and risk.asked.until >= facts.today:
        raise Refused("acceptance-asked", "An acceptance is asked for already.", "Wait for the answer, or withdraw it.")
    return [asked]


def check_ahead(until: Day, facts: model.RiskFacts) -> None:
    """An acceptance ends, and not in the past."""
    if until < facts.today:
        raise Refused("acceptance-lies-ahead", f"It is {facts.today} today.", "Ask until today or a later day.")


def requested(risk: model.Risk) -> model.Acceptance:
    """What is asked for; refused where nothing is."""
    model.check_open(risk)
    if risk.asked is None:
        raise Refused("acceptance-not-asked", "No acceptance waits for an answer.", "Have the owner ask for it first.")
    return risk.asked


def give(risk: model.Risk, reason: Line, facts: model.RiskFacts) -> model.Events:
    """Somebody who did not ask accepts it while the day still lies ahead."""
    asked = requested(risk)
    check_ahead(asked.until, facts)
    given = risks.RiskAcceptanceGiven(given_by=facts.actor.acts_as, until=asked.until, reason=reason)
    if asked.treatment is risks.RiskTreatment.ACCEPT and risk.status is not model.RiskStatus.MONITORED:
        review_on = facts.review_of(asked.current)
        return [given, risks.RiskMonitored(note="It was accepted.", review_on=review_on)]
    return [given]


def withdraw(risk: model.Risk, reason: Line, facts: model.RiskFacts) -> model.Events:
    """What is asked for is withdrawn first; without anything in force there is nothing to withdraw."""
    model.check_open(risk)
    if risk.asked is not None:
        return [risks.RiskAcceptanceRequestWithdrawn(reason=reason)]
    if risk.acceptance is None:
        raise Refused("risk-not-accepted", "The risk is not accepted now.", "Ask for an acceptance first.")
    return [ending("withdrawn", reason, facts)]


def expire(risk: model.Risk, facts: model.RiskFacts) -> model.Events:
    """An acceptance ends after its last day, wherever it is looked at late."""
    if not risk.open or risk.acceptance is None or risk.acceptance.until >= facts.today:
        return []
    return [ending("expired", EXPIRED, facts)]


def ending(how: Literal["expired", "withdrawn"], reason: Line, facts: model.RiskFacts) -> risks.RiskAcceptanceEnded:
    """The end of an acceptance, and who above the owner hears of it."""
    return risks.RiskAcceptanceEnded(how=how, to_id=facts.above.id if facts.above else None, reason=reason)


def material(risk: model.Risk, reason: Line, facts: model.RiskFacts) -> model.Events:
    """A material change ends what was asked for and what was given: both were of something else."""
    return [
        *([risks.RiskAcceptanceRequestWithdrawn(reason=reason)] if risk.asked else []),
        *([ending("withdrawn", reason, facts)] if risk.acceptance else []),
    ]


def due(risk: model.Risk) -> Deadline | None:
    """The acceptance expires after its last day, in the division's time zone."""
    if not risk.open or risk.acceptance is None:
        return None
    return Deadline.on(risk.acceptance.until + timedelta(days=1), ExpireAcceptance())
