"""Accountability for a project: exactly one accountable senior manager at all times; commands and rules."""

from typing import Literal, assert_never
from uuid import UUID

from chassis.domain.decider import Command, Refused
from contracts.portfolio import AccountabilityTransferred, AccountabilityUnresolved
from contracts.values import Line
from services.portfolio.organisation.domain.known import SENIOR, KnownPerson, known
from services.portfolio.projects.domain.project import model
from services.portfolio.projects.domain.project.delegation import ending


class HandOverAccountability(Command):
    """Hand accountability over to another senior manager."""

    accountable_id: UUID
    reason: Line


class EscalateAccountability(Command):
    """Pass accountability up the line because the accountable manager left or lost their eligibility."""

    leaver_id: UUID
    reason: Line


AccountabilityCommand = HandOverAccountability | EscalateAccountability
NOT_BELOW: Line = "Accountability passed to somebody whom the delegate does not report to."


def answer(project: model.Project, command: AccountabilityCommand, facts: model.ProjectFacts) -> model.Events:
    """Accountability passes from one person to exactly one other."""
    match command:
        case HandOverAccountability():
            return hand_over(project, command, facts)
        case EscalateAccountability():
            return escalate(project, command, facts)
        case _:
            assert_never(command)


def hand_over(project: model.Project, command: HandOverAccountability, facts: model.ProjectFacts) -> model.Events:
    """Accountability is handed to another senior manager; one who can answer again is confirmed this way too."""
    if command.accountable_id == project.accountable_id and not project.unresolved:
        return []
    model.check_going_on(project)
    to = check_accountable(facts.accountable, command.accountable_id)
    return transfer(project, to, "handover", command.reason, facts)


def escalate(project: model.Project, command: EscalateAccountability, facts: model.ProjectFacts) -> model.Events:
    """A leaver's accountability passes up the line, and waits there for somebody eligible where there is nobody.

    Who may answer by now keeps it: what was heard of them may be long over.
    """
    if project.ended or command.leaver_id != project.accountable_id:
        return []
    if facts.leaver is not None and facts.leaver.can_answer:
        return transfer(project, facts.leaver, "escalated", command.reason, facts) if project.unresolved else []
    successor = facts.successor
    if successor is not None and successor.can_answer and successor.id != command.leaver_id:
        return transfer(project, successor, "escalated", command.reason, facts)
    if project.unresolved:
        return []
    return [AccountabilityUnresolved(accountable_id=project.accountable_id, reason=command.reason)]


def transfer(
    project: model.Project,
    to: KnownPerson,
    basis: Literal["handover", "escalated"],
    reason: Line,
    facts: model.ProjectFacts,
) -> model.Events:
    """Accountability passes on; a delegate who is not below the new accountable manager is responsible no more."""
    return [
        *([] if stays_below(project, to, facts.delegate) else ending(project, "revoked", NOT_BELOW)),
        AccountabilityTransferred(from_id=project.accountable_id, accountable_id=to.id, basis=basis, reason=reason),
    ]


def stays_below(project: model.Project, accountable: KnownPerson, delegate: KnownPerson | None) -> bool:
    """Return whether the present delegate is known to report to this person, who is somebody else."""
    return (
        project.delegation is not None
        and delegate is not None
        and delegate.id != accountable.id
        and delegate.id == project.delegation.delegate_id
        and accountable.id in delegate.line
    )


def check_accountable(person: KnownPerson | None, id: UUID) -> KnownPerson:
    """An active, eligible senior manager or executive."""
    person = known(person, id, "the accountable manager")
    if not person.active:
        raise Refused(
            "accountable-is-active", "The accountable manager does not work here now.", "Name an active person."
        )
    if person.grade not in SENIOR:
        raise Refused(
            "accountable-is-senior",
            "The accountable person is neither a senior manager nor an executive.",
            "Name a senior manager or an executive.",
        )
    if not person.eligible_for_senior:
        raise Refused(
            "accountable-is-eligible",
            "The accountable manager is not eligible for senior responsibilities.",
            "Name an eligible senior manager.",
        )
    return person


def check_sponsor(person: KnownPerson | None, id: UUID) -> None:
    """An active person."""
    if not known(person, id, "the sponsor").active:
        raise Refused("sponsor-is-active", "The sponsor does not work here now.", "Name an active person.")
