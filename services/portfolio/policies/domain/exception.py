"""PolicyException: a division need not follow a policy, until a day; granted by somebody who did not ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Command, Deadline, Decider, Facts, NotFound, Refused, State, existing, new
from contracts.portfolio import policies
from contracts.values import Day, Line
from services.portfolio.organisation.domain.known import check_division, systems
from services.portfolio.policies.domain.policy import Policy, in_force


class ExceptionStatus(StrEnum):
    """Asked, then granted or refused; a granted one ends by itself after its last day."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class PolicyException(State):
    """An exception as it stands; ``policy_version`` is the one of the policy for which it was asked."""

    policy_id: UUID
    policy_version: int
    division_id: UUID
    asked_by: tuple[UUID, ...]
    asking_systems: tuple[str, ...] = ()
    until: date
    reason: Line
    status: ExceptionStatus = ExceptionStatus.ASKED
    granted_by: UUID | None = None
    answer: Line | None = None


class AskPolicyException(Command):
    """Ask that a division need not follow a policy in force, until the end of a day."""

    policy_id: UUID
    division_id: UUID
    until: Day
    reason: Line


class GrantPolicyException(Command):
    """Grant the exception until the day that was asked for."""

    reason: Line


class RefusePolicyException(Command):
    """Refuse the exception."""

    reason: Line


class WithdrawPolicyException(Command):
    """Withdraw what was asked for, or end what was granted before its day."""

    reason: Line


class ExpirePolicyException(Command):
    """End the exception because its last day is over."""


PolicyExceptionCommand = (
    AskPolicyException | GrantPolicyException | RefusePolicyException | WithdrawPolicyException | ExpirePolicyException
)
PolicyExceptionEvent = (
    policies.PolicyExceptionAsked
    | policies.PolicyExceptionGranted
    | policies.PolicyExceptionRefused
    | policies.PolicyExceptionWithdrawn
    | policies.PolicyExceptionExpired
)


@dataclass(frozen=True)
class PolicyExceptionFacts(Facts):
    """The policy, and whether the excepted division is open."""

    policy: Policy | None = None
    division_open: bool | None = None


def decide(
    state: PolicyException | None, command: PolicyExceptionCommand, facts: PolicyExceptionFacts
) -> Sequence[PolicyExceptionEvent]:
    if isinstance(command, AskPolicyException):
        return ask(state, command, facts)
    exception = existing(state)
    match command:
        case GrantPolicyException(reason=reason):
            return grant(exception, reason, facts)
        case RefusePolicyException(reason=reason):
            check_asked(exception)
            return [policies.PolicyExceptionRefused(reason=reason)]
        case WithdrawPolicyException(reason=reason):
            return withdraw(exception, reason, facts)
        case ExpirePolicyException():
            return expire(exception, facts)
        case _:
            assert_never(command)


def ask(
    state: PolicyException | None, command: AskPolicyException, facts: PolicyExceptionFacts
) -> Sequence[policies.PolicyExceptionAsked]:
    """An exception is to the version in force, of an open division, and ends."""
    if facts.policy is None:
        raise NotFound
    new(state, "exception")
    check_division(facts.division_open)
    check_ahead(command.until, facts)
    asked_by, asking = tuple(sorted(facts.actor.persons)), systems(facts.actor)
    version = in_force(facts.policy).policy_version
    said = {"policy_version": version, "asked_by": asked_by, "asking_systems": asking}
    return [policies.PolicyExceptionAsked(**vars(command), **said)]


def check_ahead(until: date, facts: PolicyExceptionFacts) -> None:
    if until < facts.today:
        raise Refused("exception-lies-ahead", f"It is {facts.today} today.", "Ask until today or a later day.")


def check_asked(exception: PolicyException) -> None:
    if exception.status is not ExceptionStatus.ASKED:
        raise Refused("exception-answered", f"The exception is {exception.status}.", "Ask for another one.")


def grant(
    exception: PolicyException, reason: Line, facts: PolicyExceptionFacts
) -> Sequence[policies.PolicyExceptionGranted]:
    """It is granted while its day lies ahead and the policy is in force."""
    check_asked(exception)
    check_ahead(exception.until, facts)
    in_force(existing(facts.policy))
    granted_by = facts.actor.acts_as
    return [policies.PolicyExceptionGranted(granted_by=granted_by, until=exception.until, reason=reason)]


def withdraw(
    exception: PolicyException, reason: Line, facts: PolicyExceptionFacts
) -> Sequence[policies.PolicyExceptionWithdrawn | policies.PolicyExceptionExpired]:
    """What is withdrawn after its last day has expired before."""
    if exception.status is ExceptionStatus.WITHDRAWN:
        return []
    if exception.status not in {ExceptionStatus.ASKED, ExceptionStatus.GRANTED}:
        raise Refused("exception-over", f"The exception is {exception.status}.", "Leave it as it is.")
    return expire(exception, facts) or [policies.PolicyExceptionWithdrawn(reason=reason)]


def expire(exception: PolicyException, facts: PolicyExceptionFacts) -> Sequence[policies.PolicyExceptionExpired]:
    """It ends after its last day, wherever it is looked at late."""
    if exception.status is not ExceptionStatus.GRANTED or exception.until >= facts.today:
        return []
    return [policies.PolicyExceptionExpired(until=exception.until)]


def due(exception: PolicyException) -> Deadline | None:
    """It expires after its last day, in the division's time zone."""
    if exception.status is not ExceptionStatus.GRANTED:
        return None
    return Deadline.on(exception.until + timedelta(days=1), ExpirePolicyException())


def evolve(state: PolicyException | None, event: PolicyExceptionEvent) -> PolicyException:
    match event:
        case policies.PolicyExceptionAsked():
            return PolicyException(**vars(event))
    exception = existing(state)
    match event:
        case policies.PolicyExceptionGranted(granted_by=granted_by, reason=reason):
            return exception.but(status=ExceptionStatus.GRANTED, granted_by=granted_by, answer=reason)
        case policies.PolicyExceptionRefused(reason=reason):
            return exception.but(status=ExceptionStatus.REFUSED, answer=reason)
        case policies.PolicyExceptionWithdrawn():
            return exception.but(status=ExceptionStatus.WITHDRAWN)
        case policies.PolicyExceptionExpired():
            return exception.but(status=ExceptionStatus.EXPIRED)
        case _:
            assert_never(event)


POLICY_EXCEPTION = Decider(
    kind="policy-exception", state=PolicyException, events=PolicyExceptionEvent, decide=decide, evolve=evolve, due=due
)
