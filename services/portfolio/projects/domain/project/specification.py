"""Specification, signature, approval and funding of a project: commands and rules."""

from collections.abc import Sequence
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Command, Refused
from contracts import portfolio
from contracts.values import Line, Money, Text
from services.portfolio.projects.domain.project import model
from services.portfolio.projects.domain.project.accountability import check_sponsor


class NameSponsor(Command):
    """Name the business sponsor, who signs the specification."""

    sponsor_id: UUID


class WriteSpecification(Command):
    """Write the next version of the specification, until the project is approved."""

    scope: Text
    success_criteria: model.Criteria
    plan: model.Plan
    budget_asked: Money


class SignSpecification(Command):
    """Sign the latest version of the specification as the business sponsor."""

    version: model.Version


class ChangeSpecification(Command):
    """Change the signed specification as a change request has it that the business sponsor approved."""

    scope: Text
    success_criteria: model.Criteria
    plan: model.Plan
    budget_asked: Money
    change_request_id: UUID


class ApproveProject(Command):
    """Approve the project at its gate; finance is asked for its budget."""


class ConfirmFunding(Command):
    """Record that finance granted the funding."""

    granted: Money


class ReturnToSpecification(Command):
    """Record that finance refused the funding; the project returns to its specification."""

    reason: Line


class RecycleProject(Command):
    """Return the project to its specification, as decided at its gate."""

    reason: Line


SpecificationCommand = (
    NameSponsor
    | WriteSpecification
    | SignSpecification
    | ChangeSpecification
    | ApproveProject
    | ConfirmFunding
    | ReturnToSpecification
    | RecycleProject
)

OPEN_FOR_SPECIFICATION = frozenset({portfolio.Stage.PROPOSED, portfolio.Stage.SPECIFIED})
RECYCLED = frozenset(
    {portfolio.Stage.SPECIFIED, portfolio.Stage.FUNDED, portfolio.Stage.IN_PROGRESS, portfolio.Stage.ON_HOLD}
)


def specify(project: model.Project, command: SpecificationCommand, facts: model.ProjectFacts) -> model.Events:
    """Decide on the specification, the approval and the funding of a project."""
    match command:
        case NameSponsor(sponsor_id=sponsor_id):
            return name_sponsor(project, sponsor_id, facts)
        case WriteSpecification():
            return write(project, command)
        case SignSpecification(version=version):
            return sign(project, version)
        case ChangeSpecification():
            return change(project, command)
        case ApproveProject():
            return approve(project)
        case ConfirmFunding(granted=granted):
            return fund(project, granted)
        case ReturnToSpecification(reason=reason):
            return give_back(project, reason)
        case RecycleProject(reason=reason):
            return recycle(project, reason)
        case _:
            assert_never(command)


def name_sponsor(project: model.Project, sponsor_id: UUID, facts: model.ProjectFacts) -> model.Events:
    """The sponsor is an active person."""
    if sponsor_id == project.sponsor_id:
        return []
    model.check_going_on(project)
    check_sponsor(facts.sponsor, sponsor_id)
    return [portfolio.SponsorNamed(sponsor_id=sponsor_id)]


def write(project: model.Project, command: WriteSpecification) -> model.Events:
    """Versions count up from 1 until the project is approved."""
    latest = project.specification
    if latest is not None and same(latest, command):
        return []
    model.require(
        project,
        OPEN_FOR_SPECIFICATION,
        "Raise a change request: after approval a specification changes through change control.",
        rule="specification-frozen",
    )
    check_specification(command)
    return [portfolio.ProjectSpecified(version=latest.version + 1 if latest else 1, **vars(command))]


def same(latest: model.Specification, command: WriteSpecification) -> bool:
    """Return whether the latest version says so already."""
    return (latest.scope, latest.success_criteria, latest.plan, latest.budget_asked) == (
        command.scope,
        command.success_criteria,
        command.plan,
        command.budget_asked,
    )


def check_specification(command: WriteSpecification | ChangeSpecification) -> None:
    """A scope, criteria that differ from each other, and no negative budget."""
    if not command.scope.strip():
        raise Refused("scope-required", "The scope is empty.", "State what the project delivers.")
    if len(set(command.success_criteria)) < len(command.success_criteria):
        raise Refused("criteria-differ", "A success criterion appears twice.", "State each criterion once.")
    if command.budget_asked.amount < 0:
        raise Refused("budget-not-negative", "The requested budget is negative.", "Request 0 or more.")


def sign(project: model.Project, version: int) -> model.Events:
    """The latest version is signed for the business sponsor there is."""
    sponsor_id, latest = project.sponsor_id, project.specification
    if sponsor_id is None:
        raise Refused("sponsor-required", "The project has no business sponsor.", "Name the sponsor first.")
    if latest is None or latest.version != version:
        raise Refused(
            "latest-version-only", "This is not the latest version of the specification.", "Sign the latest version."
        )
    if latest.signed_by == sponsor_id:
        return []
    model.require(project, OPEN_FOR_SPECIFICATION, "Sign before the project is approved.")
    return [portfolio.SpecificationSigned(version=version, signed_by=sponsor_id)]


def change(project: model.Project, command: ChangeSpecification) -> model.Events:
    """A signed specification changes by a change request alone, and the next version is signed with it."""
    model.check_going_on(project)
    latest = project.specification
    if latest is None or latest.signed_by is None or project.sponsor_id is None:
        raise Refused(
            "signed-specification-required", "The specification is not signed.", "Write its next version instead."
        )
    check_specification(command)
    return [portfolio.SpecificationChanged(version=latest.version + 1, signed_by=project.sponsor_id, **vars(command))]


def approve(project: model.Project) -> model.Events:
    """A signed specification passes the gate."""
    if project.stage is portfolio.Stage.APPROVED:
        return []
    model.require(project, OPEN_FOR_SPECIFICATION, "Approve a project that is specified.")
    latest = project.specification
    if latest is None or latest.signed_by is None:
        raise Refused(
            "signed-specification-required",
            "The latest version of the specification is not signed.",
            "Ask the business sponsor to sign it.",
        )
    approved = portfolio.ProjectApproved(
        division_id=project.division_id,
        specification_version=latest.version,
        budget_asked=latest.budget_asked,
        plan=latest.plan,
    )
    return [approved, *granted_before(project, latest)]


def granted_before(project: model.Project, latest: model.Specification) -> Sequence[portfolio.ProjectFunded]:
    """Money that was granted before the project was recycled is its money still."""
    if project.granted is None:
        return []
    if project.budget_approved not in (None, latest.budget_asked):
        detail = "Its money was granted already, and the specification asks for another amount."
        raise Refused("granted-money-stays", detail, "Ask for the same amount; finance supplements a budget.")
    return [portfolio.ProjectFunded(granted=project.granted)]


def fund(project: model.Project, granted: Money) -> model.Events:
    """Finance's grant lets an approved project start."""
    if project.stage is not portfolio.Stage.APPROVED and project.granted == granted:
        return []
    model.require(project, {portfolio.Stage.APPROVED}, "Have it approved first.", rule="funded-only-when-approved")
    return [portfolio.ProjectFunded(granted=granted)]


def give_back(project: model.Project, reason: Line) -> model.Events:
    """Finance's refusal takes an approved project back to its specification."""
    if project.stage is portfolio.Stage.SPECIFIED:
        return []
    model.require(
        project,
        {portfolio.Stage.APPROVED},
        "Only an approved project waits for money.",
        rule="returned-only-when-approved",
    )
    return [portfolio.ProjectReturned(reason=reason)]


def recycle(project: model.Project, reason: Line) -> model.Events:
    """Whatever is not closing or over is specified again; not while finance thinks about its money."""
    if project.stage is portfolio.Stage.PROPOSED:
        return []
    if project.stage is portfolio.Stage.APPROVED:
        raise Refused(
            "recycled-when-funding-is-answered",
            "Finance has not answered yet whether it grants the money.",
            "Wait for its answer, or kill the project.",
        )
    model.require(project, RECYCLED, "A project that is closing is closed.")
    return [portfolio.ProjectReturned(reason=reason)]
