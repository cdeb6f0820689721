"""Delegation of responsibility, never of accountability: commands and rules."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Literal, assert_never
from uuid import UUID

from chassis.domain.decider import Command, Deadline, Refused
from contracts import portfolio
from contracts.values import Day, Line
from services.portfolio.organisation.domain.known import DELEGATES, KnownPerson, known
from services.portfolio.projects.domain.project import model


class OfferDelegation(Command):
    """Offer responsibility to a manager below; accountability stays. ``until`` is the last day of it."""

    delegate_id: UUID
    until: Day | None = None
    scope: Line


class AcceptDelegation(Command):
    """Accept the responsibility that was offered to you."""


class DeclineDelegation(Command):
    """Decline the responsibility that was offered to you."""

    reason: Line


class ReturnDelegation(Command):
    """Return the delegated responsibility."""

    reason: Line


class RevokeDelegation(Command):
    """Revoke the delegation, or its offer."""

    reason: Line


class EndDelegationOfLeaver(Command):
    """End the delegation because the delegate left."""

    person_id: UUID
    reason: Line


class ExpireDelegation(Command):
    """End the delegation because its last day is over."""


DelegationCommand = (
    OfferDelegation
    | AcceptDelegation
    | DeclineDelegation
    | ReturnDelegation
    | RevokeDelegation
    | EndDelegationOfLeaver
    | ExpireDelegation
)

EXPIRED: Line = "Its last day is over."


def delegate(
    project: model.Project, command: DelegationCommand, facts: model.ProjectFacts
) -> Sequence[model.DelegationEvent]:
    """Responsibility moves; who is accountable does not."""
    match command:
        case OfferDelegation():
            return offer(project, command, facts)
        case AcceptDelegation():
            return accept(project, facts)
        case DeclineDelegation(reason=reason):
            return decline(project, reason)
        case ReturnDelegation(reason=reason):
            return give_back(project, reason)
        case RevokeDelegation(reason=reason):
            return revoke(project, reason, facts)
        case EndDelegationOfLeaver(person_id=person_id, reason=reason):
            return end_of_leaver(project, person_id, reason)
        case ExpireDelegation():
            return expire(project, facts)
        case _:
            assert_never(command)


def offer(
    project: model.Project, command: OfferDelegation, facts: model.ProjectFacts
) -> Sequence[model.DelegationEvent]:
    """One delegation at a time is offered, to a manager below."""
    model.check_going_on(project)
    offered_by = delegator(project, facts)
    present = project.delegation
    if present is not None:
        if (present.delegate_id, present.until, present.scope) == (command.delegate_id, command.until, command.scope):
            return []
        raise Refused(
            "one-delegation-at-a-time",
            "Responsibility is offered or delegated already.",
            "Revoke the delegation first.",
        )
    if command.until is not None and command.until < facts.today:
        raise Refused(
            "delegation-lies-ahead", "The last day of the delegation is in the past.", "Name today or a later day."
        )
    check_delegate(project, facts.delegate, command.delegate_id)
    return [portfolio.DelegationOffered(offered_by=offered_by, **vars(command))]


def accept(project: model.Project, facts: model.ProjectFacts) -> Sequence[model.DelegationEvent]:
    """The delegate accepts while the offer stands and they still qualify."""
    delegation = delegated(project)
    if delegation.status is model.DelegationStatus.ACTIVE:
        return []
    if over(delegation, facts):
        raise Refused("delegation-expired", "The last day of the delegation is over.", "Ask for another offer.")
    check_delegate(project, facts.delegate, delegation.delegate_id)
    return [portfolio.DelegationAccepted(delegate_id=delegation.delegate_id)]


def decline(project: model.Project, reason: Line) -> Sequence[model.DelegationEvent]:
    """Only an offer can be declined."""
    delegation = delegated(project)
    if delegation.status is model.DelegationStatus.ACTIVE:
        raise Refused("delegation-accepted", "The delegation was accepted already.", "Return it instead.")
    return [portfolio.DelegationDeclined(delegate_id=delegation.delegate_id, reason=reason)]


def give_back(project: model.Project, reason: Line) -> Sequence[model.DelegationEvent]:
    """Only what was accepted can be returned."""
    delegation = delegated(project)
    if delegation.status is model.DelegationStatus.OFFERED:
        raise Refused("delegation-not-accepted", "The delegation is only offered.", "Decline it instead.")
    return ending(project, "returned", reason)


def revoke(project: model.Project, reason: Line, facts: model.ProjectFacts) -> Sequence[model.DelegationEvent]:
    """Those who may offer may revoke."""
    delegator(project, facts)
    delegated(project)
    return ending(project, "revoked", reason)


def end_of_leaver(project: model.Project, person_id: UUID, reason: Line) -> Sequence[model.DelegationEvent]:
    """A delegate who leaves is responsible no more."""
    if project.delegation is None or project.delegation.delegate_id != person_id:
        return []
    return ending(project, "delegate left", reason)


def expire(project: model.Project, facts: model.ProjectFacts) -> Sequence[model.DelegationEvent]:
    """A delegation, or its offer, ends after its last day."""
    if project.delegation is None or not over(project.delegation, facts):
        return []
    return ending(project, "expired", EXPIRED)


def due(project: model.Project) -> Deadline | None:
    """The delegation expires at the end of its last day, in UTC."""
    if project.delegation is None or project.delegation.until is None:
        return None
    end = datetime.combine(project.delegation.until, time(), UTC) + timedelta(days=1)
    return Deadline(end, ExpireDelegation())


def over(delegation: model.Delegation, facts: model.ProjectFacts) -> bool:
    """Return whether the last day has passed."""
    return delegation.until is not None and delegation.until < facts.today


def ending(
    project: model.Project,
    how: Literal["returned", "revoked", "expired", "delegate left", "project ended"],
    reason: Line,
) -> Sequence[model.DelegationEvent]:
    """The end of the delegation, if there is one."""
    if project.delegation is None:
        return []
    return [portfolio.DelegationEnded(delegate_id=project.delegation.delegate_id, how=how, reason=reason)]


def delegated(project: model.Project) -> model.Delegation:
    """The delegation there must be."""
    if project.delegation is None:
        raise Refused("nothing-delegated", "The project has no delegation.", "Offer the delegation first.")
    return project.delegation


def delegator(project: model.Project, facts: model.ProjectFacts) -> UUID:
    """Return the actor; where portfolio does not know whether they are above somebody, that is refused."""
    person = facts.actor.person
    assert person is not None, "no system delegates"
    if person != project.accountable_id:
        known(facts.accountable, project.accountable_id, "the accountable manager")
    return person


def check_delegate(project: model.Project, person: KnownPerson | None, id: UUID) -> None:
    """The delegate is an active junior manager or manager below the accountable one."""
    person = known(person, id, "the delegate")
    if not person.active:
        raise Refused("delegate-is-active", "The delegate does not work here now.", "Choose an active manager.")
    if person.grade not in DELEGATES:
        raise Refused(
            "delegate-is-a-manager",
            "The delegate is neither a junior manager nor a manager.",
            "Choose a junior manager or a manager.",
        )
    if project.accountable_id == id or project.accountable_id not in person.line:
        raise Refused(
            "delegate-is-below",
            "The delegate does not report to the accountable manager.",
            "Choose a manager below the accountable one.",
        )
