"""Exception: a project forecasts more than its tolerance allows, and somebody has to decide (PRINCE2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Literal, assert_never
from uuid import UUID

from chassis.domain.decider import (
    Command,
    Deadline,
    Decider,
    Facts,
    IssuedCommand,
    PrivateEvent,
    Refused,
    State,
    existing,
)
from contracts.portfolio import planning
from contracts.portfolio.planning import Forecast
from contracts.values import Day, Line, Share, Text
from services.portfolio.organisation.domain.known import KnownPerson, known
from services.portfolio.organisation.domain.portfolio_policy import DEFAULTS, PortfolioPolicy
from services.portfolio.projects.domain.project.rules import PROJECT
from services.portfolio.projects.domain.project.work import CancelProject

Answer = Literal["recovery plan", "new baseline", "stop"]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class ExceptionStatus(StrEnum):
    """The steps of an exception."""

    RAISED = "raised"
    ANSWERED = "answered"
    CLOSED = "closed"


class ExceptionReport(State):
    """An exception as it stands; ``awaits_id``: who has to answer, ``answer_by`` at the latest.

    ``raised_at``: when it was raised. ``hours``: from then to the answer. ``level``: how often it went up the line.
    """

    project_id: UUID
    division_id: UUID
    forecast: Forecast
    deviation: Decimal
    tolerance: Share
    sentence: Line
    awaits_id: UUID
    answer_by: date | None
    raised_at: datetime | None = None
    level: int = 0
    status: ExceptionStatus = ExceptionStatus.RAISED
    answer: Answer | None = None
    explanation: Text = ""
    owner_id: UUID | None = None
    due_on: date | None = None
    hours: Decimal | None = None


class RaiseException(Command):
    """Raise an exception to the accountable manager."""

    project_id: UUID
    division_id: UUID
    forecast: Forecast
    deviation: Decimal
    tolerance: Share
    sentence: Line
    awaits_id: UUID


class AnswerException(Command):
    """Decide what is done: a recovery plan with owner and day, a new baseline by a change request, or an end."""

    answer: Answer
    explanation: Text = ""
    owner_id: UUID | None = None
    due_on: Day | None = None


class PassOnException(Command):
    """Pass an exception that awaits who answered for the project to who answers for it now."""

    awaits_id: UUID


class EscalateException(Command):
    """Pass an exception to the next manager above: nobody has answered it, or its recovery plan's day has passed."""

    reason: Line = "It was not answered in time."


class CloseException(Command):
    """Close the exception: its cause is gone."""

    how: Literal["within tolerance", "project ended"]


class ExceptionDated(PrivateEvent):
    """When the exception was raised."""

    raised_at: datetime


class ExceptionAtTheTop(PrivateEvent):
    """Nobody is above whom it awaits: it goes no further."""


ExceptionCommand = RaiseException | AnswerException | PassOnException | EscalateException | CloseException
ExceptionEvent = (
    planning.ExceptionRaised
    | planning.ExceptionPassedOn
    | planning.ExceptionEscalated
    | planning.ExceptionAnswered
    | planning.ExceptionClosed
    | ExceptionDated
    | ExceptionAtTheTop
)
Events = Sequence[ExceptionEvent]


@dataclass(frozen=True)
class ExceptionFacts(Facts):
    """Policy; whom the exception awaits; the next manager above them in office; the owner of a recovery plan.

    ``above``: everybody above whom it awaits.
    """

    policy: PortfolioPolicy = DEFAULTS
    next_above: KnownPerson | None = None
    above: frozenset[UUID] = frozenset()
    owner: KnownPerson | None = None


def decide(state: ExceptionReport | None, command: ExceptionCommand, facts: ExceptionFacts) -> Events:
    match command:
        case RaiseException():
            if state is not None:
                return []
            raised = planning.ExceptionRaised(answer_by=answer_by(facts), **vars(command))
            return [raised, ExceptionDated(raised_at=facts.at)]
        case AnswerException():
            return answer(existing(state), command, facts)
        case PassOnException(awaits_id=awaits_id):
            return pass_on(existing(state), awaits_id, facts)
        case EscalateException(reason=reason):
            return escalate(existing(state), reason, facts)
        case CloseException(how=how):
            report = existing(state)
            return [] if report.status is ExceptionStatus.CLOSED else [planning.ExceptionClosed(how=how)]
        case _:
            assert_never(command)


def answer_by(facts: ExceptionFacts) -> date:
    """The last day for an answer."""
    return facts.today + timedelta(days=facts.policy.exception_days)


def answer(report: ExceptionReport, command: AnswerException, facts: ExceptionFacts) -> Events:
    """The decision; an answer is replaced by another one as long as the exception is there."""
    if report.status is ExceptionStatus.CLOSED:
        raise Refused("exception-closed", "The forecast is within tolerance again.", "Nothing is to be decided.")
    if command.answer == "recovery plan":
        check_recovery(command, facts)
    given = vars(command)
    if given == {name: getattr(report, name) for name in given}:
        return []
    return [
        planning.ExceptionAnswered(
            answered_by=facts.actor.for_whom or facts.actor.id, hours=hours(report, facts.at), **given
        )
    ]


def check_recovery(command: AnswerException, facts: ExceptionFacts) -> None:
    """A recovery plan has an owner who works here, and a day ahead."""
    if command.owner_id is None or command.due_on is None or not command.explanation.strip():
        raise Refused(
            "recovery-step-required", "The recovery plan lacks its step, owner or day.", "State step, owner and day."
        )
    if not known(facts.owner, command.owner_id, "the owner").active:
        raise Refused("recovery-owner-is-active", "The owner does not work here now.", "Name an active person.")
    if command.due_on < facts.today:
        raise Refused("recovery-ahead", f"It is {facts.today} today.", "Name today or a later day.")


def hours(report: ExceptionReport, at: datetime) -> Decimal:
    """The response time in hours, to the hundredth: that of the first answer."""
    if report.hours is not None:
        return report.hours
    seconds = (at - (report.raised_at or at)) / HOUR
    return Decimal(str(round(seconds, 2)))


def pass_on(report: ExceptionReport, awaits_id: UUID, facts: ExceptionFacts) -> Events:
    """What went up the line before stays where it is."""
    if report.status is not ExceptionStatus.RAISED or report.level or report.awaits_id == awaits_id:
        return []
    return [planning.ExceptionPassedOn(awaits_id=awaits_id, answer_by=answer_by(facts))]


def escalate(report: ExceptionReport, reason: Line, facts: ExceptionFacts) -> Events:
    """Up the line, as long as nobody has answered; at the top it stays. A recovery plan that failed needs an answer."""
    failed = recovering(report) and report.due_on is not None and report.due_on < facts.today
    if report.status is not ExceptionStatus.RAISED and not failed:
        return []
    if facts.next_above is None and not failed:
        return [] if report.answer_by is None else [ExceptionAtTheTop()]
    awaits_id = facts.next_above.id if facts.next_above else report.awaits_id
    return [planning.ExceptionEscalated(awaits_id=awaits_id, answer_by=answer_by(facts), reason=reason)]


def recovering(report: ExceptionReport) -> bool:
    """Return whether a recovery plan is under way."""
    return report.status is ExceptionStatus.ANSWERED and report.answer == "recovery plan"


def stopped(
    command: AnswerException, before: ExceptionReport, _after: ExceptionReport, _facts: ExceptionFacts
) -> Sequence[IssuedCommand]:
    """The answer to stop cancels the project in the same append."""
    if command.answer != "stop":
        return []
    reason = f"Exception: {before.sentence}"[:500]
    return [IssuedCommand(PROJECT, before.project_id, CancelProject(reason=reason))]


def evolve(state: ExceptionReport | None, event: ExceptionEvent) -> ExceptionReport:
    match event:
        case planning.ExceptionRaised():
            return ExceptionReport(**vars(event))
        case ExceptionDated(raised_at=raised_at):
            return existing(state).but(raised_at=raised_at)
        case planning.ExceptionEscalated(awaits_id=awaits_id, answer_by=answer_by):
            report = existing(state)
            status, level = ExceptionStatus.RAISED, report.level + 1
            return report.but(status=status, awaits_id=awaits_id, answer_by=answer_by, level=level)
        case planning.ExceptionPassedOn(awaits_id=awaits_id, answer_by=answer_by):
            return existing(state).but(awaits_id=awaits_id, answer_by=answer_by)
        case ExceptionAtTheTop():
            return existing(state).but(answer_by=None)
        case planning.ExceptionAnswered():
            said = {name: value for name, value in vars(event).items() if name != "answered_by"}
            return existing(state).but(status=ExceptionStatus.ANSWERED, **said)
        case planning.ExceptionClosed():
            return existing(state).but(status=ExceptionStatus.CLOSED)
        case _:
            assert_never(event)


def due(report: ExceptionReport) -> Deadline | None:
    """The day after the last one for an answer, or after that of the recovery plan."""
    if recovering(report) and report.due_on is not None:
        return Deadline.on(report.due_on + DAY, EscalateException(reason="The recovery plan's day has passed."))
    if report.status is not ExceptionStatus.RAISED or report.answer_by is None:
        return None
    return Deadline.on(report.answer_by + DAY, EscalateException())


EXCEPTION = Decider(
    kind="exception", state=ExceptionReport, events=ExceptionEvent, decide=decide, evolve=evolve, due=due
)
