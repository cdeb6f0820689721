"""TrainingSession: a published programme taught on some days, to so many, at a cost that a division pays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import Command, Deadline, Decider, PrivateEvent, Refused, State, existing, new
from contracts.people import (
    FundedKind,
    FundingAsked,
    TrainingSessionCancelled,
    TrainingSessionDelivered,
    TrainingSessionScheduled,
)
from contracts.values import Day, Line, Money, Name
from services.people.organisation.domain import funding as fundings
from services.people.organisation.domain.days import day_after
from services.people.organisation.domain.paying import PayingFacts, check_open
from services.people.organisation.domain.staffing_policy import StaffingPolicy, check_used

LONGEST_DAYS = 366
Seats = Annotated[int, Field(ge=1, le=500)]
"""The number of seats: 1 to 500."""


class SessionStatus(StrEnum):
    """The status of a session: scheduled, delivered or cancelled."""

    SCHEDULED = "scheduled"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class TrainingSession(State):
    """A session as it stands; ``overdue``: it should have taken place, and was not recorded as delivered.

    ``funding``: what finance says to it; None where it was not asked.
    """

    programme_id: UUID
    division_id: UUID
    cost: Money
    seats: Seats
    starts_on: date
    ends_on: date
    place: Line | None = None
    trainer_id: UUID | None = None
    provider: Name | None = None
    status: SessionStatus = SessionStatus.SCHEDULED
    overdue: bool = False
    funding: fundings.Funding | None = None


class ScheduleTrainingSession(Command):
    """Schedule a session of a published programme, with a trainer, a provider, or both."""

    programme_id: UUID
    division_id: UUID
    cost: Money
    seats: Seats
    starts_on: Day
    ends_on: Day
    place: Line
    trainer_id: UUID | None = None
    provider: Name | None = None


class ArrangeTrainingSession(Command):
    """Change a session's place and trainer."""

    place: Line
    trainer_id: UUID | None
    provider: Name | None


class AskForFunding(Command):
    """Ask finance again for the money of a session that it refused, at this cost."""

    cost: Money


class TakeOverSession(Command):
    """Take over the sessions in which somebody trained before."""

    from_id: UUID
    trainer_id: UUID


class DeliverTrainingSession(Command):
    """Record that a session was delivered."""


class CancelTrainingSession(Command):
    """Cancel a session."""

    reason: Line


class MarkSessionOverdue(Command):
    """Mark a past session that was neither delivered nor cancelled."""


class TrainingSessionArranged(PrivateEvent):
    """The place of the session, and its trainer."""

    place: Line
    trainer_id: UUID | None
    provider: Name | None


class SessionCostRevised(PrivateEvent):
    """The session costs so much."""

    cost: Money


class TrainingSessionOverdue(PrivateEvent):
    """The session is over, and was neither delivered nor cancelled."""


SessionChange = (
    ArrangeTrainingSession
    | AskForFunding
    | TakeOverSession
    | DeliverTrainingSession
    | CancelTrainingSession
    | MarkSessionOverdue
    | fundings.NoteFunding
)
SessionCommand = ScheduleTrainingSession | SessionChange
SessionEvent = (
    TrainingSessionScheduled
    | TrainingSessionArranged
    | FundingAsked
    | fundings.FundingNoted
    | SessionCostRevised
    | TrainingSessionDelivered
    | TrainingSessionCancelled
    | TrainingSessionOverdue
)


@dataclass(frozen=True)
class SessionFacts(PayingFacts):
    """``offered``: the programme is published; None where there is none.

    ``trainer_here``: whether the trainer the command names works here. ``policy`` has the currencies in use.
    """

    offered: bool | None = None
    trainer_here: bool = False
    policy: StaffingPolicy = StaffingPolicy()  # noqa: RUF009 (a frozen value: the defaults)


def decide(state: TrainingSession | None, command: SessionCommand, facts: SessionFacts) -> Sequence[SessionEvent]:
    if isinstance(command, ScheduleTrainingSession):
        return schedule(state, command, facts)
    session = existing(state)
    if isinstance(command, MarkSessionOverdue):
        return mark_overdue(session, facts)
    match command:
        case ArrangeTrainingSession():
            return arrange(session, command, facts)
        case AskForFunding():
            return ask_again(session, command, facts)
        case fundings.NoteFunding():
            return fundings.noted(session.funding, command)
        case TakeOverSession():
            return take_over(session, command, facts)
        case DeliverTrainingSession():
            return deliver(session, facts)
        case CancelTrainingSession():
            return cancel(session, command, facts)
        case _:
            assert_never(command)


def schedule(
    state: TrainingSession | None, command: ScheduleTrainingSession, facts: SessionFacts
) -> Sequence[SessionEvent]:
    """A session is of a published programme, on days in their order, paid by an open division."""
    if state is not None and state == state.but(**vars(command)):
        return []
    new(state, "training session")
    if facts.offered is None:
        raise Refused("programme-unknown", "There is no such training programme.", "Design it first.")
    if not facts.offered:
        raise Refused("programme-published", "The programme is not published, or it is retired.", "Publish it first.")
    check_open(facts)
    check_days(command)
    check_cost(command.cost, facts)
    check_trainer(command, facts)
    arranged = {name: getattr(command, name) for name in TrainingSessionArranged.model_fields}
    told = {name: getattr(command, name) for name in TrainingSessionScheduled.model_fields}
    asked = [asking(command, 1)] if facts.policy.funding_required else []
    return [TrainingSessionScheduled(**told), TrainingSessionArranged(**arranged), *asked]


def asking(session: ScheduleTrainingSession | TrainingSession, request: int) -> FundingAsked:
    """The request to finance, in the fiscal year in which the session begins."""
    return FundingAsked(
        kind=FundedKind.TRAINING,
        request=request,
        division_id=session.division_id,
        cost=session.cost,
        needed_on=session.starts_on,
    )


def ask_again(session: TrainingSession, command: AskForFunding, facts: SessionFacts) -> Sequence[SessionEvent]:
    """Of a session to come, at the same cost or another, where finance refused or was never asked."""
    if session.status is not SessionStatus.SCHEDULED:
        raise Refused("session-scheduled", f"The session is {session.status}.", "Schedule another one.")
    if not facts.policy.funding_required:
        raise Refused("funding-required", "Finance is not asked for money here.", "Switch that on first.")
    if not fundings.may_ask(session.funding):
        if session.cost == command.cost:
            return []
        raise Refused("funding-refused", "Finance has not refused the money.", "Leave the cost as it is.")
    check_cost(command.cost, facts)
    revised = [] if session.cost == command.cost else [SessionCostRevised(cost=command.cost)]
    return [*revised, asking(session.but(cost=command.cost), fundings.next_request(session.funding))]


def check_cost(cost: Money, facts: SessionFacts) -> None:
    """A session costs nothing or more, in a currency that the company uses."""
    if cost.amount < 0:
        raise Refused("cost-not-negative", "The cost of a session cannot be negative.", "Give 0 or more.")
    check_used(facts.policy, cost.currency)


def arrange(session: TrainingSession, command: ArrangeTrainingSession, facts: SessionFacts) -> Sequence[SessionEvent]:
    """Arrange a session that is not over."""
    if session == session.but(**vars(command)):
        return []
    if session.status is not SessionStatus.SCHEDULED:
        raise Refused("session-scheduled", f"The session is {session.status}.", "Schedule another one.")
    check_trainer(command, facts)
    return [TrainingSessionArranged(**vars(command))]


def take_over(session: TrainingSession, command: TakeOverSession, facts: SessionFacts) -> Sequence[SessionEvent]:
    """A session to come gets the trainer who takes over, if they work here."""
    theirs = session.status is SessionStatus.SCHEDULED and session.trainer_id == command.from_id
    if not theirs or not facts.trainer_here:
        return []
    return [TrainingSessionArranged(place=session.place, trainer_id=command.trainer_id, provider=session.provider)]


def deliver(session: TrainingSession, facts: SessionFacts) -> Sequence[SessionEvent]:
    """A session took place when its last day has come."""
    if session.status is SessionStatus.DELIVERED:
        return []
    if session.status is SessionStatus.CANCELLED:
        raise Refused("session-scheduled", "The session was cancelled.", "Schedule another one.")
    if facts.today < session.ends_on:
        detail = f"The last day of the session is {session.ends_on}."
        raise Refused("not-in-the-future", detail, "Record it then, or cancel the session.")
    return [TrainingSessionDelivered(effective_on=session.ends_on)]


def cancel(session: TrainingSession, command: CancelTrainingSession, facts: SessionFacts) -> Sequence[SessionEvent]:
    """Cancel a session that has not taken place."""
    if session.status is SessionStatus.CANCELLED:
        return []
    if session.status is SessionStatus.DELIVERED:
        raise Refused("session-scheduled", "The session took place already.", "It cannot be cancelled.")
    return [TrainingSessionCancelled(reason=command.reason, effective_on=facts.today)]


def mark_overdue(session: TrainingSession, facts: SessionFacts) -> Sequence[SessionEvent]:
    """Once, when the last day is over."""
    if session.status is not SessionStatus.SCHEDULED or session.overdue or facts.today <= session.ends_on:
        return []
    return [TrainingSessionOverdue()]


def check_days(command: ScheduleTrainingSession) -> None:
    """The last day is not before the first, nor more than a year after it."""
    if command.ends_on < command.starts_on:
        raise Refused("days-in-order", "The last day is before the first.", "Correct one of the days.")
    if (command.ends_on - command.starts_on).days > LONGEST_DAYS:
        detail = f"A session lasts at most {LONGEST_DAYS} days."
        raise Refused("session-bounded", detail, "Schedule several sessions.")


def check_trainer(command: ScheduleTrainingSession | ArrangeTrainingSession, facts: SessionFacts) -> None:
    """Somebody who works here trains, or a provider sends somebody."""
    if command.trainer_id is None and command.provider is None:
        raise Refused("trainer-named", "There is no trainer.", "Name a trainer who works here, or a provider.")
    if command.trainer_id is not None and not facts.trainer_here:
        raise Refused(
            "trainer-employed", "The trainer does not work here.", "Name somebody who does, or only the provider."
        )


def evolve(state: TrainingSession | None, event: SessionEvent) -> TrainingSession:
    if isinstance(event, TrainingSessionScheduled):
        return TrainingSession(**vars(event))
    session = existing(state)
    match event:
        case TrainingSessionArranged():
            return session.but(**vars(event))
        case FundingAsked(request=request):
            return session.but(funding=fundings.Funding(request=request))
        case fundings.FundingNoted():
            return session.but(funding=fundings.after(event))
        case SessionCostRevised(cost=cost):
            return session.but(cost=cost)
        case TrainingSessionDelivered():
            return session.but(status=SessionStatus.DELIVERED, overdue=False)
        case TrainingSessionCancelled():
            return session.but(status=SessionStatus.CANCELLED, overdue=False)
        case TrainingSessionOverdue():
            return session.but(overdue=True)
        case _:
            assert_never(event)


def due(session: TrainingSession) -> Deadline | None:
    """A session is overdue when its last day is over and it was neither delivered nor cancelled."""
    if session.status is SessionStatus.SCHEDULED and not session.overdue:
        return Deadline.on(day_after(session.ends_on), MarkSessionOverdue())
    return None


TRAINING_SESSION = Decider(
    kind="training-session", state=TrainingSession, events=SessionEvent, decide=decide, evolve=evolve, due=due
)
