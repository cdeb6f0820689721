"""ChangeRequest: the way in which a baseline or a signed specification changes (PMBOK: integrated change control)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal, assert_never
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import Command, Decider, Facts, IssuedCommand, NotFound, Refused, State, existing, new
from contracts.portfolio import planning
from contracts.portfolio.planning import ChangedSpecification
from contracts.values import Amount, Line, Money, Text
from services.portfolio.organisation.domain.known import KnownPerson, who_acts
from services.portfolio.planning.domain.plan.model import Plan
from services.portfolio.planning.domain.plan.rules import PLAN, ReplaceBaseline
from services.portfolio.projects.domain.project.model import Project, check_going_on
from services.portfolio.projects.domain.project.rules import PROJECT
from services.portfolio.projects.domain.project.specification import ChangeSpecification

DaysEffect = Annotated[int, Field(ge=-36_500, le=36_500)]
Subject = Literal["baseline", "specification"]


class ChangeRequestStatus(StrEnum):
    """The steps of change control."""

    RAISED = "raised"
    ASSESSED = "assessed"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    APPLIED = "applied"


class Assessment(State):
    """The effects of the change: on cost in the project's currency, on the end in days, on scope in words."""

    cost_effect: Amount
    days_effect: int
    scope_effect: Text


class ChangeRequest(State):
    """A change request as it stands; ``raised_by``: who asked, and whom they stood in for.

    ``draft``: the number of the drafted plan that was approved as the next baseline.
    """

    project_id: UUID
    division_id: UUID
    subject: Subject
    reason: Line
    budget: Money | None
    specification: ChangedSpecification | None
    raised_by: tuple[str, ...]
    status: ChangeRequestStatus = ChangeRequestStatus.RAISED
    assessment: Assessment | None = None
    approved_by: str | None = None
    draft: int | None = None
    closing_reason: Line | None = None


class RaiseChangeRequest(Command):
    """Ask for another baseline, with what its work packages add up to, or for another specification."""

    project_id: UUID
    subject: Subject
    reason: Line
    budget: Money | None = None
    specification: ChangedSpecification | None = None


class AssessChangeRequest(Command):
    """Assess the effects on cost, in the project's currency, on the end in days, and on scope."""

    cost_effect: Amount
    days_effect: DaysEffect
    scope_effect: Text = ""


class ApproveChangeRequest(Command):
    """Approve the change."""


class RejectChangeRequest(Command):
    """Reject the change."""

    reason: Line


class WithdrawChangeRequest(Command):
    """Ask for the change no longer."""

    reason: Line


class ApplyChangeRequest(Command):
    """Make the change: the drafted plan becomes the next baseline, or the specification its next version."""


ChangeRequestCommand = (
    RaiseChangeRequest
    | AssessChangeRequest
    | ApproveChangeRequest
    | RejectChangeRequest
    | WithdrawChangeRequest
    | ApplyChangeRequest
)
ChangeRequestEvent = (
    planning.ChangeRequestRaised
    | planning.ChangeRequestAssessed
    | planning.ChangeRequestApproved
    | planning.ChangeRequestRejected
    | planning.ChangeRequestWithdrawn
    | planning.ChangeRequestApplied
)
Events = Sequence[ChangeRequestEvent]


@dataclass(frozen=True)
class ChangeRequestFacts(Facts):
    """The project, its plan, its accountable manager as known, and the head of its division."""

    project: Project | None = None
    plan: Plan | None = None
    accountable: KnownPerson | None = None
    division_head: KnownPerson | None = None


def decide(state: ChangeRequest | None, command: ChangeRequestCommand, facts: ChangeRequestFacts) -> Events:
    if facts.project is None:
        raise NotFound
    match command:
        case RaiseChangeRequest():
            return raise_request(state, command, facts, facts.project)
        case AssessChangeRequest():
            return assess(existing(state), command)
        case ApproveChangeRequest():
            return approve(existing(state), facts)
        case RejectChangeRequest(reason=reason):
            return reject(existing(state), reason)
        case WithdrawChangeRequest(reason=reason):
            return withdraw(existing(state), reason)
        case ApplyChangeRequest():
            return apply(existing(state), facts, facts.project)
        case _:
            assert_never(command)


def raise_request(
    state: ChangeRequest | None, command: RaiseChangeRequest, facts: ChangeRequestFacts, project: Project
) -> Events:
    """What is asked to change is frozen already: a baseline, or a signed specification."""
    raised = planning.ChangeRequestRaised(
        division_id=project.division_id, raised_by=who_acts(facts.actor), **vars(command)
    )
    if state is not None and state == evolve(None, raised):
        return []
    new(state, "change request")
    check_going_on(project)
    if command.subject == "baseline":
        check_baseline(command, facts.plan)
    else:
        check_specification(command, project)
    return [raised]


def check_baseline(command: RaiseChangeRequest, plan: Plan | None) -> None:
    if plan is None or plan.baseline is None:
        raise Refused("baseline-required", "The plan has no baseline.", "Draft the plan and set its first baseline.")
    if command.budget is None or command.specification is not None:
        raise Refused(
            "change-says-what", "The next baseline's budget is missing, or more is asked for.", "State its budget only."
        )
    if command.budget.currency != plan.currency or command.budget.amount < 0:
        raise Refused("currency-stays", f"The plan is in {plan.currency}.", f"State 0 or more {plan.currency}.")


def check_specification(command: RaiseChangeRequest, project: Project) -> None:
    if project.specification is None or project.specification.signed_by is None:
        raise Refused(
            "signed-specification-required",
            "The specification is not signed, so it may still be written.",
            "Write its next version.",
        )
    if command.specification is None or command.budget is not None:
        raise Refused(
            "change-says-what", "The changed specification is missing, or more is asked for.", "State it only."
        )


def assess(request: ChangeRequest, command: AssessChangeRequest) -> Events:
    assessed = planning.ChangeRequestAssessed(**vars(command))
    if evolve(request, assessed) == request:
        return []
    require(request, {ChangeRequestStatus.RAISED, ChangeRequestStatus.ASSESSED}, "Raise another one.")
    return [assessed]


def approve(request: ChangeRequest, facts: ChangeRequestFacts) -> Events:
    if request.status is ChangeRequestStatus.APPROVED:
        return []
    require(request, {ChangeRequestStatus.ASSESSED}, "Have its effects assessed first.")
    draft = facts.plan.drafts if request.subject == "baseline" and facts.plan is not None else None
    return [planning.ChangeRequestApproved(approved_by=facts.actor.for_whom or facts.actor.id, draft=draft)]


def reject(request: ChangeRequest, reason: Line) -> Events:
    if request.status is ChangeRequestStatus.REJECTED:
        return []
    require(request, {ChangeRequestStatus.RAISED, ChangeRequestStatus.ASSESSED}, "It is decided already.")
    return [planning.ChangeRequestRejected(reason=reason)]


def withdraw(request: ChangeRequest, reason: Line) -> Events:
    if request.status is ChangeRequestStatus.WITHDRAWN:
        return []
    open = {ChangeRequestStatus.RAISED, ChangeRequestStatus.ASSESSED, ChangeRequestStatus.APPROVED}
    require(request, open, "It has ended already.")
    return [planning.ChangeRequestWithdrawn(reason=reason)]


def apply(request: ChangeRequest, facts: ChangeRequestFacts, project: Project) -> Events:
    """What is applied is what was approved."""
    if request.status is ChangeRequestStatus.APPLIED:
        return []
    require(request, {ChangeRequestStatus.APPROVED}, "Have it approved first.")
    check_going_on(project)
    if request.draft is not None and (facts.plan is None or facts.plan.drafts != request.draft):
        raise Refused(
            "draft-changed-since-approval",
            "The plan was drafted again after the change was approved.",
            "Withdraw the change request, and ask for the plan as it is drafted now.",
        )
    return [planning.ChangeRequestApplied()]


def require(request: ChangeRequest, statuses: set[ChangeRequestStatus], remedy: str) -> None:
    if request.status not in statuses:
        raise Refused("not-at-this-step", f"The change request is {request.status}.", remedy)


def applied(
    _command: ApplyChangeRequest, before: ChangeRequest, after: ChangeRequest, facts: ChangeRequestFacts
) -> Sequence[IssuedCommand]:
    """What the change does to the plan or the project, in the same append."""
    if before.status is after.status:
        return []
    if after.specification is not None:
        command = ChangeSpecification(change_request_id=facts.id, **dict(after.specification))
        return [IssuedCommand(PROJECT, after.project_id, command)]
    if after.budget is not None:
        return [IssuedCommand(PLAN, after.project_id, ReplaceBaseline(budget=after.budget, change_request_id=facts.id))]
    return []


def evolve(state: ChangeRequest | None, event: ChangeRequestEvent) -> ChangeRequest:
    match event:
        case planning.ChangeRequestRaised():
            return ChangeRequest(**vars(event))
        case planning.ChangeRequestAssessed():
            return existing(state).but(status=ChangeRequestStatus.ASSESSED, assessment=Assessment(**vars(event)))
        case planning.ChangeRequestApproved(approved_by=approved_by, draft=draft):
            return existing(state).but(status=ChangeRequestStatus.APPROVED, approved_by=approved_by, draft=draft)
        case planning.ChangeRequestRejected(reason=reason):
            return existing(state).but(status=ChangeRequestStatus.REJECTED, closing_reason=reason)
        case planning.ChangeRequestWithdrawn(reason=reason):
            return existing(state).but(status=ChangeRequestStatus.WITHDRAWN, closing_reason=reason)
        case planning.ChangeRequestApplied():
            return existing(state).but(status=ChangeRequestStatus.APPLIED)
        case _:
            assert_never(event)


CHANGE_REQUEST = Decider(
    kind="change-request", state=ChangeRequest, events=ChangeRequestEvent, decide=decide, evolve=evolve
)
