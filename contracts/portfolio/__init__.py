"""The public events of portfolio: those of its base here, those of a subject in its module; all of them in EVENTS."""

from datetime import date
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import StrictBool

from contracts.base import PublicEvent, Value
from contracts.portfolio import (
    allocation,
    changes,
    governance,
    initiatives,
    issues,
    planning,
    policies,
    requests,
    risks,
    services,
    technology,
)
from contracts.values import Line, Money, Name, Period, Share, Text

TOPIC = "portolan.portfolio"


class Outcome(StrEnum):
    """The outcome of a project or an initiative."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    NOT_RECORDED = "not recorded"


class Health(StrEnum):
    """A project's health as reported by those responsible."""

    ON_TRACK = "on track"
    AT_RISK = "at risk"
    OFF_TRACK = "off track"


class Stage(StrEnum):
    """The stages of a project's life (LANGUAGE: Project)."""

    PROPOSED = "proposed"
    SPECIFIED = "specified"
    APPROVED = "approved"
    FUNDED = "funded"
    IN_PROGRESS = "in progress"
    ON_HOLD = "on hold"
    CLOSING = "closing"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Verdict(Value):
    """The verdict on one success criterion of the specification."""

    criterion: Line
    met: StrictBool
    evidence: Line


class RecoveryStep(Value):
    """What brings a project back on track, who does it, and by when."""

    step: Line
    owner_id: UUID
    due_on: date


class Source(Value):
    """The source system of a project that was taken over, and its key there."""

    system: Name
    reference: Line


class PortfolioLimitsSet(PublicEvent):
    """These limits of the portfolio policy hold from now on; null: as before."""

    cost_at_risk: Share | None = None
    cost_off_track: Share | None = None
    schedule_at_risk: Share | None = None
    schedule_off_track: Share | None = None
    scope_at_risk: Share | None = None
    scope_off_track: Share | None = None
    cost_tolerance: Share | None = None
    schedule_tolerance: Share | None = None
    scope_tolerance: Share | None = None
    exception_days: int | None = None
    gate_authorities: tuple[UUID, ...] | None = None
    fewest_in_figures: int | None = None
    issue_escalation_days: int | None = None
    continuity_test_months: int | None = None
    reason: Line


class InitiativeShaped(PublicEvent):
    """An initiative (programme) of a division was described."""

    name: Name
    purpose: Text
    division_id: UUID
    source: Source | None


class InitiativeRenamed(PublicEvent):
    """An initiative goes by another name."""

    name: Name


class InitiativeApproved(PublicEvent):
    """The initiative may run."""


class InitiativeStarted(PublicEvent):
    """The initiative runs."""


class InitiativeCompleted(PublicEvent):
    """The initiative ended."""

    outcome: Outcome
    summary: Text


class InitiativeStopped(PublicEvent):
    """The initiative was given up."""

    reason: Line


class ProjectProposed(PublicEvent):
    """A project was proposed; one senior manager is accountable for it from the first event on."""

    name: Name
    summary: Text
    division_id: UUID
    initiative_id: UUID | None
    sponsor_id: UUID
    accountable_id: UUID


class ProjectTakenOver(PublicEvent):
    """A project came from another system at some stage with what is known of it; ``gaps`` names what is not.

    ``as_of``: the day that system's statement is of, where it said so.
    """

    name: Name
    summary: Text
    division_id: UUID
    initiative_id: UUID | None
    source: Source
    stage: Stage
    plan: Period | None
    accountable_id: UUID
    gaps: tuple[Line, ...]
    as_of: date | None = None


class TakeOverCorrected(PublicEvent):
    """The other system's facts of a project taken over were wrong; these hold.

    ``accountable_id``: whom that system names, None for nobody; ``AccountabilityTransferred`` says who answers.
    """

    name: Name
    summary: Text
    initiative_id: UUID | None
    stage: Stage
    plan: Period | None
    accountable_id: UUID | None
    gaps: tuple[Line, ...]
    as_of: date | None = None


class AccountabilityWaived(PublicEvent):
    """No accountable manager was named; the division's head stands in."""

    accountable_id: UUID
    reason: Line


class SponsorNamed(PublicEvent):
    """Another person is the business sponsor from now on."""

    sponsor_id: UUID


class ProjectSpecified(PublicEvent):
    """A numbered version of the specification was written."""

    version: int
    scope: Text
    success_criteria: tuple[Line, ...]
    plan: Period
    budget_asked: Money


class SpecificationSigned(PublicEvent):
    """The business sponsor signed a version of the specification."""

    version: int
    signed_by: UUID


class SpecificationChanged(PublicEvent):
    """A change request changed the specification; the business sponsor approved it, so this version is signed."""

    version: int
    scope: Text
    success_criteria: tuple[Line, ...]
    plan: Period
    budget_asked: Money
    signed_by: UUID
    change_request_id: UUID


class ProjectApproved(PublicEvent):
    """The project passed its gate; finance is asked for this budget."""

    division_id: UUID
    specification_version: int
    budget_asked: Money
    plan: Period


class ProjectFunded(PublicEvent):
    """Finance confirmed the funding; the project may start."""

    granted: Money


class ProjectReturned(PublicEvent):
    """Finance refused the funding, or the gate recycled the project; it is back at its specification."""

    reason: Line


class ProjectStarted(PublicEvent):
    """Work began."""

    effective_on: date


class ProgressReported(PublicEvent):
    """The project's progress, expected end and health as reported, as of a date.

    ``expected_scope``: per cent of the specified scope that will be delivered. ``reason``: why less is complete than
    was reported before.
    """

    as_of: date
    percent_complete: Share | None
    expected_completion: date | None
    health: Health | None
    note: Text
    expected_scope: Share | None = None
    recovery: RecoveryStep | None = None
    reason: Line | None = None


class ProjectPutOnHold(PublicEvent):
    """Work rests."""

    reason: Line


class ProjectResumed(PublicEvent):
    """Work goes on."""


class ProjectClosing(PublicEvent):
    """Work is done; the verdicts are being gathered."""


class ProjectClosed(PublicEvent):
    """The project ended, with a verdict for every success criterion and the lessons learned."""

    outcome: Outcome
    verdicts: tuple[Verdict, ...]
    lessons: Text
    effective_on: date


class ProjectCancelled(PublicEvent):
    """The project was given up."""

    reason: Line


class AccountabilityTransferred(PublicEvent):
    """Another senior manager is accountable from now on."""

    from_id: UUID
    accountable_id: UUID
    basis: Literal["handover", "escalated"]
    reason: Line


class AccountabilityUnresolved(PublicEvent):
    """The accountable manager cannot answer any more and nobody eligible is known up their line."""

    accountable_id: UUID
    reason: Line


class DelegationOffered(PublicEvent):
    """Responsibility was offered to a manager; accountability stays where it is."""

    delegate_id: UUID
    offered_by: UUID
    until: date | None
    scope: Line


class DelegationAccepted(PublicEvent):
    """The delegate is responsible now."""

    delegate_id: UUID


class DelegationDeclined(PublicEvent):
    """The delegate declined."""

    delegate_id: UUID
    reason: Line


class DelegationEnded(PublicEvent):
    """Responsibility is back with the accountable manager."""

    delegate_id: UUID
    how: Literal["returned", "revoked", "expired", "delegate left", "project ended"]
    reason: Line


EVENTS: tuple[type[PublicEvent], ...] = (
    PortfolioLimitsSet,
    InitiativeShaped,
    InitiativeRenamed,
    InitiativeApproved,
    InitiativeStarted,
    InitiativeCompleted,
    InitiativeStopped,
    ProjectProposed,
    ProjectTakenOver,
    TakeOverCorrected,
    AccountabilityWaived,
    SponsorNamed,
    ProjectSpecified,
    SpecificationSigned,
    SpecificationChanged,
    ProjectApproved,
    ProjectFunded,
    ProjectReturned,
    ProjectStarted,
    ProgressReported,
    ProjectPutOnHold,
    ProjectResumed,
    ProjectClosing,
    ProjectClosed,
    ProjectCancelled,
    AccountabilityTransferred,
    AccountabilityUnresolved,
    DelegationOffered,
    DelegationAccepted,
    DelegationDeclined,
    DelegationEnded,
    *requests.EVENTS,
    *governance.EVENTS,
    *issues.EVENTS,
    *services.EVENTS,
    *planning.EVENTS,
    *changes.EVENTS,
    *risks.EVENTS,
    *allocation.EVENTS,
    *policies.EVENTS,
    *technology.EVENTS,
    *initiatives.EVENTS,
)
