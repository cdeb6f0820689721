"""Project: how each event changes its state."""

from typing import assert_never

from chassis.domain.decider import existing
from contracts.portfolio import (
    AccountabilityTransferred,
    AccountabilityUnresolved,
    AccountabilityWaived,
    DelegationAccepted,
    DelegationDeclined,
    DelegationEnded,
    DelegationOffered,
    Outcome,
    ProgressReported,
    ProjectApproved,
    ProjectCancelled,
    ProjectClosed,
    ProjectClosing,
    ProjectFunded,
    ProjectProposed,
    ProjectPutOnHold,
    ProjectResumed,
    ProjectReturned,
    ProjectSpecified,
    ProjectStarted,
    ProjectTakenOver,
    SpecificationSigned,
    SponsorNamed,
    Stage,
    TakeOverCorrected,
)
from services.portfolio.domain.project.events import (
    AccountabilityEvent,
    DelegationEvent,
    ProjectEvent,
    SpecificationEvent,
    WorkEvent,
)
from services.portfolio.domain.project.state import (
    Closure,
    Delegation,
    DelegationStatus,
    Progress,
    Project,
    Specification,
    Stated,
)


def evolve(state: Project | None, event: ProjectEvent) -> Project:
    """The state after an event."""
    if isinstance(event, ProjectProposed):
        return Project(stage=Stage.PROPOSED, **vars(event))
    if isinstance(event, ProjectTakenOver):
        return taken_over(event)
    project = existing(state)
    if isinstance(event, SpecificationEvent):
        return specified(project, event)
    if isinstance(event, AccountabilityEvent):
        return answered(project, event)
    if isinstance(event, DelegationEvent):
        return delegated(project, event)
    return worked(project, event)


def taken_over(event: ProjectTakenOver) -> Project:
    """A project begins at the stage it had elsewhere."""
    return Project(
        sponsor_id=None,
        stated=Stated(stage=event.stage, plan=event.plan, accountable_id=event.accountable_id),
        outcome=outcome_elsewhere(event.stage),
        **vars(event),
    )


def outcome_elsewhere(stage: Stage) -> Outcome | None:
    """A project closed in another system has no verdict on record."""
    return Outcome.NOT_RECORDED if stage is Stage.CLOSED else None


def specified(project: Project, event: SpecificationEvent) -> Project:
    """What the project is to be."""
    match event:
        case TakeOverCorrected():
            return corrected(project, event)
        case SponsorNamed(sponsor_id=sponsor_id):
            return project.but(sponsor_id=sponsor_id)
        case ProjectSpecified():
            return project.but(stage=Stage.SPECIFIED, specification=Specification(**vars(event)))
        case SpecificationSigned(signed_by=signed_by):
            latest = project.specification
            return project.but(specification=latest and latest.but(signed_by=signed_by))
        case ProjectApproved(specification_version=version, plan=plan):
            return project.but(stage=Stage.APPROVED, approved_version=version, plan=plan)
        case ProjectFunded(granted=granted):
            return project.but(stage=Stage.FUNDED, granted=granted)
        case ProjectReturned():
            return project.but(stage=Stage.SPECIFIED, approved_version=None)
        case _:
            assert_never(event)


def corrected(project: Project, event: TakeOverCorrected) -> Project:
    """What the event says holds; where it differs from the present, the source said so."""
    stated = project.stated or Stated(stage=event.stage, plan=event.plan, accountable_id=event.accountable_id)
    return project.but(
        name=event.name,
        summary=event.summary,
        initiative_id=event.initiative_id,
        stage=event.stage,
        plan=event.plan,
        gaps=event.gaps,
        waived=project.waived and event.accountable_id != project.accountable_id,
        outcome=project.outcome if event.stage is project.stage else outcome_elsewhere(event.stage),
        stated=Stated(
            stage=stated.stage if event.stage is project.stage else event.stage,
            plan=stated.plan if event.plan == project.plan else event.plan,
            accountable_id=event.accountable_id,
        ),
    )


def answered(project: Project, event: AccountabilityEvent) -> Project:
    """Who is accountable."""
    match event:
        case AccountabilityWaived(accountable_id=accountable_id):
            unnamed = project.stated and project.stated.but(accountable_id=None)
            return project.but(accountable_id=accountable_id, waived=True, stated=unnamed)
        case AccountabilityTransferred(accountable_id=accountable_id):
            return project.but(accountable_id=accountable_id, unresolved=False, waived=False)
        case AccountabilityUnresolved():
            return project.but(unresolved=True)
        case _:
            assert_never(event)


def delegated(project: Project, event: DelegationEvent) -> Project:
    """Who is responsible; the accountable one stays."""
    match event:
        case DelegationOffered():
            return project.but(delegation=Delegation(status=DelegationStatus.OFFERED, **vars(event)))
        case DelegationAccepted():
            present = project.delegation
            return project.but(delegation=present and present.but(status=DelegationStatus.ACTIVE))
        case DelegationDeclined() | DelegationEnded():
            return project.but(delegation=None)
        case _:
            assert_never(event)


def worked(project: Project, event: WorkEvent) -> Project:
    """How the work goes."""
    match event:
        case ProjectStarted(effective_on=effective_on):
            return project.but(stage=Stage.IN_PROGRESS, started_on=effective_on)
        case ProgressReported():
            return project.but(progress=Progress(**vars(event)))
        case ProjectPutOnHold():
            return project.but(stage=Stage.ON_HOLD)
        case ProjectResumed():
            return project.but(stage=Stage.IN_PROGRESS)
        case ProjectClosing():
            return project.but(stage=Stage.CLOSING)
        case ProjectClosed():
            return closed(project, event)
        case ProjectCancelled():
            return project.but(stage=Stage.CANCELLED)
        case _:
            assert_never(event)


def closed(project: Project, event: ProjectClosed) -> Project:
    """The project ended with a verdict."""
    closure = Closure(verdicts=event.verdicts, lessons=event.lessons, effective_on=event.effective_on)
    return project.but(stage=Stage.CLOSED, outcome=event.outcome, closure=closure)
