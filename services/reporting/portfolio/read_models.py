"""Initiatives and projects as portfolio publishes them."""

from typing import Any
from uuid import UUID

from chassis.consumers.projection import Fold, of_kind
from chassis.messaging.cloudevents import Envelope
from contracts import portfolio
from contracts.portfolio import Stage
from services.reporting.organisation.domain.rows import Basis, DelegationStatus
from services.reporting.organisation.streams import mark
from services.reporting.portfolio.domain.rows import InitiativeRow, ProjectRow


def fold_initiative(row: InitiativeRow | None, envelope: Envelope, key: UUID) -> InitiativeRow:
    initiative = row or InitiativeRow(id=key)
    match envelope.event:
        case portfolio.InitiativeShaped(name=name, division_id=division_id):
            return initiative.but(name=name, division_id=division_id)
        case portfolio.InitiativeRenamed(name=name):
            return initiative.but(name=name)
        case portfolio.InitiativeApproved():
            return initiative.but(stage="approved")
        case portfolio.InitiativeStarted():
            return initiative.but(stage="running")
        case portfolio.InitiativeCompleted(outcome=outcome):
            return initiative.but(stage="completed", outcome=str(outcome))
        case portfolio.InitiativeStopped():
            return initiative.but(stage="stopped")
        case _:
            return initiative


def fold_project(row: ProjectRow | None, envelope: Envelope, key: UUID) -> ProjectRow:
    project = row or ProjectRow(id=key)
    match envelope.event:
        case portfolio.ProjectProposed() as event:
            return noted(project, envelope, "stage", "accountability").but(
                name=event.name,
                division_id=event.division_id,
                initiative_id=event.initiative_id,
                sponsor_id=event.sponsor_id,
                accountable_id=event.accountable_id,
            )
        case portfolio.ProjectTakenOver() as event:
            taken = taken_over(project, envelope, event)
            return noted(taken, envelope, "accountability").but(
                division_id=event.division_id,
                accountable_id=event.accountable_id,
                source_system=event.source.system,
                source_reference=event.source.reference,
            )
        case portfolio.TakeOverCorrected() as event:
            return taken_over(project, envelope, event)
        case portfolio.SponsorNamed(sponsor_id=sponsor_id):
            return project.but(sponsor_id=sponsor_id)
        case portfolio.ProjectSpecified(plan=plan):
            return noted(project, envelope, "stage", "plan").but(
                stage=str(Stage.SPECIFIED), plan_start=plan.start, plan_end=plan.end
            )
        case portfolio.ProgressReported() as event:
            return noted(project, envelope, "progress").but(
                percent_complete=event.percent_complete,
                expected_completion=event.expected_completion,
                reported_as_of=event.as_of,
                declared_health=str(event.health) if event.health else None,
            )
        case portfolio.ProjectClosed(outcome=outcome):
            return noted(project, envelope, "stage").but(stage=str(Stage.CLOSED), outcome=str(outcome))
        case _:
            return fold_accountability(fold_stage(project, envelope), envelope)


STAGES: dict[type[Any], Stage] = {
    portfolio.ProjectApproved: Stage.APPROVED,
    portfolio.ProjectFunded: Stage.FUNDED,
    portfolio.ProjectReturned: Stage.SPECIFIED,
    portfolio.ProjectStarted: Stage.IN_PROGRESS,
    portfolio.ProjectPutOnHold: Stage.ON_HOLD,
    portfolio.ProjectResumed: Stage.IN_PROGRESS,
    portfolio.ProjectClosing: Stage.CLOSING,
    portfolio.ProjectCancelled: Stage.CANCELLED,
}


def fold_stage(project: ProjectRow, envelope: Envelope) -> ProjectRow:
    """The project after an event that only moves its stage."""
    stage = STAGES.get(type(envelope.event))
    return noted(project, envelope, "stage").but(stage=str(stage)) if stage else project


def fold_accountability(project: ProjectRow, envelope: Envelope) -> ProjectRow:
    """The project after an event about who answers for it."""
    match envelope.event:
        case portfolio.AccountabilityWaived():
            return noted(project, envelope, "accountability").but(accountable_basis=Basis.STANDS_IN)
        case portfolio.AccountabilityTransferred(accountable_id=accountable_id, basis=basis):
            return noted(project, envelope, "accountability").but(
                accountable_id=accountable_id, accountable_basis=basis, unresolved=False
            )
        case portfolio.AccountabilityUnresolved():
            return noted(project, envelope, "accountability").but(unresolved=True)
        case portfolio.DelegationOffered(delegate_id=delegate_id):
            return noted(project, envelope, "delegation").but(
                delegate_id=delegate_id, delegation=DelegationStatus.OFFERED
            )
        case portfolio.DelegationAccepted():
            return noted(project, envelope, "delegation").but(delegation=DelegationStatus.ACTIVE)
        case portfolio.DelegationDeclined() | portfolio.DelegationEnded():
            return noted(project, envelope, "delegation").but(delegate_id=None, delegation=None)
        case _:
            return project


def taken_over(
    project: ProjectRow, envelope: Envelope, event: portfolio.ProjectTakenOver | portfolio.TakeOverCorrected
) -> ProjectRow:
    """The project as another system describes it."""
    return noted(project, envelope, "stage", "plan").but(
        name=event.name,
        initiative_id=event.initiative_id,
        stage=str(event.stage),
        outcome="not recorded" if event.stage is Stage.CLOSED else None,
        plan_start=event.plan.start if event.plan else None,
        plan_end=event.plan.end if event.plan else None,
        gaps=list(event.gaps),
    )


def noted(project: ProjectRow, envelope: Envelope, *facts: str) -> ProjectRow:
    """The same project, these facts marked with the event they come from."""
    return project.but(marks=project.marks | dict.fromkeys(facts, mark(envelope)))


INITIATIVES = Fold("initiatives", InitiativeRow, of_kind("initiative"), fold_initiative)
PROJECTS = Fold("projects", ProjectRow, of_kind("project"), fold_project)
