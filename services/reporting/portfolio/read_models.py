"""Initiatives, projects, their health, exceptions and earned value as portfolio publishes them."""

from collections.abc import Sequence
from datetime import date
from decimal import Context, Decimal
from typing import Any
from uuid import UUID

from chassis.consumers.projection import Fold, of_kind
from chassis.messaging.cloudevents import Envelope
from contracts import portfolio
from contracts.portfolio import Stage, planning
from services.reporting.organisation.domain.rows import Basis, DelegationStatus
from services.reporting.organisation.streams import mark
from services.reporting.portfolio.domain.rows import (
    EarnedValueDayRow,
    ExceptionRow,
    InitiativeRow,
    ProjectHealthRow,
    ProjectRow,
)

EXACT = Context(prec=80)
THIRTY_PLACES = Decimal(1).scaleb(-30)
"""What division by the days of a work package loses stays far below a cent."""


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
        case portfolio.SpecificationChanged(plan=plan):
            return noted(project, envelope, "plan").but(plan_start=plan.start, plan_end=plan.end)
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


def fold_health(row: ProjectHealthRow | None, envelope: Envelope, key: UUID) -> ProjectHealthRow:
    health = row or ProjectHealthRow(id=key)
    match envelope.event:
        case planning.HealthJudged() as judged:
            return health.but(
                rating=judged.rating,
                reasons=[reason.model_dump(mode="json") for reason in judged.reasons],
                declared=judged.declared,
                disagrees=judged.disagrees,
                judged_on=judged.effective_on,
            )
        case _:
            return health


def fold_exception(row: ExceptionRow | None, envelope: Envelope, key: UUID) -> ExceptionRow:
    report = row or ExceptionRow(id=key)
    match envelope.event:
        case planning.ExceptionRaised() as raised:
            return report.but(
                project_id=raised.project_id,
                division_id=raised.division_id,
                forecast=raised.forecast,
                sentence=raised.sentence,
                awaits_id=raised.awaits_id,
                answer_by=raised.answer_by,
                raised_at=envelope.time,
            )
        case planning.ExceptionEscalated(awaits_id=awaits_id, answer_by=answer_by):
            return report.but(status="raised", awaits_id=awaits_id, answer_by=answer_by, level=report.level + 1)
        case planning.ExceptionPassedOn(awaits_id=awaits_id, answer_by=answer_by):
            return report.but(awaits_id=awaits_id, answer_by=answer_by)
        case planning.ExceptionAnswered(answer=answer, hours=hours):
            return report.but(status="answered", answer=answer, hours=hours)
        case planning.ExceptionClosed():
            return report.but(status="closed")
        case _:
            return report


def days(envelope: Envelope) -> Sequence[str]:
    """A row for each day of a division and currency."""
    event = envelope.event
    if not isinstance(event, planning.EarnedValueMoved):
        return []
    return list(dict.fromkeys(f"{event.division_id} {event.currency} {point.day}" for point in event.points))


def fold_day(row: EarnedValueDayRow | None, envelope: Envelope, key: str) -> EarnedValueDayRow | None:
    event = envelope.event
    if not isinstance(event, planning.EarnedValueMoved):
        return row
    day = date.fromisoformat(key[-10:])
    sums = row or EarnedValueDayRow(id=key, division_id=event.division_id, currency=event.currency, day=day)
    for point in event.points:
        if point.day == day:
            sums = sums.but(
                amount=EXACT.add(sums.amount, divided(point.amount, point.over)),
                slope=EXACT.add(sums.slope, divided(point.slope, point.over)),
                earned=EXACT.add(sums.earned, point.earned),
                budget=EXACT.add(sums.budget, point.budget),
                actual=EXACT.add(sums.actual, point.actual),
            )
    return sums


def divided(value: Decimal, over: int) -> Decimal:
    return EXACT.divide(value, Decimal(over)).quantize(THIRTY_PLACES, context=EXACT)


INITIATIVES = Fold("initiatives", InitiativeRow, of_kind("initiative"), fold_initiative)
PROJECTS = Fold("projects", ProjectRow, of_kind("project"), fold_project)
PROJECT_HEALTH = Fold("project_health", ProjectHealthRow, of_kind("project-health"), fold_health)
EXCEPTIONS = Fold("exceptions", ExceptionRow, of_kind("exception"), fold_exception)
EARNED_VALUE_DAYS = Fold("earned_value_days", EarnedValueDayRow, days, fold_day)
