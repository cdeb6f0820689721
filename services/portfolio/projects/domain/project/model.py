"""A project: state, facts, events, and how each event changes the state."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import AfterValidator, Field

from chassis.domain.decider import Facts, Refused, State, existing
from contracts import portfolio
from contracts.values import Line, Money, Name, Period, Share, Text
from services.portfolio.organisation.domain.known import KnownPerson

ENDED = (portfolio.Stage.CLOSED, portfolio.Stage.CANCELLED)


class DelegationStatus(StrEnum):
    """The status of a delegation: offered or accepted."""

    OFFERED = "offered"
    ACTIVE = "active"


class Specification(State):
    """The latest version of the specification; ``signed_by`` is the business sponsor who signed this version."""

    version: int
    scope: Text
    success_criteria: tuple[Line, ...]
    plan: Period
    budget_asked: Money
    signed_by: UUID | None = None


class Delegation(State):
    """Responsibility that was offered to a delegate, or lies with them; ``until`` is its last day."""

    delegate_id: UUID
    status: DelegationStatus
    scope: Line
    until: date | None
    offered_by: UUID


class Progress(State):
    """The latest report."""

    as_of: date
    percent_complete: Share | None
    expected_completion: date | None
    health: portfolio.Health | None
    note: Text
    expected_scope: Share | None = None
    recovery: portfolio.RecoveryStep | None = None
    reason: Line | None = None


class Closure(State):
    """The conclusion of a closed project."""

    verdicts: tuple[portfolio.Verdict, ...]
    lessons: Text
    effective_on: date


class Stated(State):
    """The last statement of a project's source system, where Portolan may have moved on since."""

    stage: portfolio.Stage
    plan: Period | None
    accountable_id: UUID | None
    as_of: date | None = None


class Project(State):
    """A project as it stands.

    ``accountable_id`` is never empty; ``unresolved`` says that this person cannot answer and nobody eligible is known.
    ``waived`` says that the division's head stands in. ``source`` and ``stated`` are set where it was taken over.
    """

    name: Name
    summary: Text
    division_id: UUID
    initiative_id: UUID | None
    sponsor_id: UUID | None
    accountable_id: UUID
    unresolved: bool = False
    waived: bool = False
    delegation: Delegation | None = None
    stage: portfolio.Stage
    source: portfolio.Source | None = None
    stated: Stated | None = None
    gaps: tuple[Line, ...] = ()
    specification: Specification | None = None
    approved_version: int | None = None
    budget_approved: Money | None = None
    plan: Period | None = None
    granted: Money | None = None
    started_on: date | None = None
    progress: Progress | None = None
    outcome: portfolio.Outcome | None = None
    closure: Closure | None = None

    @property
    def ended(self) -> bool:
        """Return whether it is closed or cancelled."""
        return self.stage in ENDED

    @property
    def delegate_id(self) -> UUID | None:
        """The person who is responsible by delegation now."""
        if self.delegation is None or self.delegation.status is DelegationStatus.OFFERED:
            return None
        return self.delegation.delegate_id

    @property
    def responsible_id(self) -> UUID:
        """Return the responsible person: the delegate, otherwise the accountable manager."""
        return self.delegate_id or self.accountable_id


@dataclass(frozen=True)
class ProjectFacts(Facts):
    """The rows a command needs; None where portfolio has not heard of them.

    ``accountable``, ``sponsor``, ``delegate``: the person the command names, otherwise the project's present one.
    ``division_head``: the head of the project's division. ``gate_authorities``: whom policy names for its gate.
    ``leaver``: the accountable person reported to have left, as known now; ``successor``: the nearest person up their
    line who may be accountable. ``recovery_owner``: who is to carry out the recovery step.
    ``initiative_open``: None where the initiative does not exist.
    """

    accountable: KnownPerson | None = None
    sponsor: KnownPerson | None = None
    delegate: KnownPerson | None = None
    division_head: KnownPerson | None = None
    leaver: KnownPerson | None = None
    successor: KnownPerson | None = None
    recovery_owner: KnownPerson | None = None
    gate_authorities: frozenset[UUID] = frozenset()
    division_open: bool | None = None
    initiative_open: bool | None = None


def require(project: Project, stages: Set[portfolio.Stage], remedy: str, rule: str = "not-at-this-stage") -> None:
    """The project is at one of these stages."""
    if project.stage in stages:
        return
    check_going_on(project)
    raise Refused(rule, f"The project is {project.stage}.", remedy)


def check_going_on(project: Project) -> None:
    if project.ended:
        raise Refused("project-ended", f"The project is {project.stage}.", "Propose another project.")


def check_initiative(initiative_id: UUID | None, facts: ProjectFacts, must_be_open: bool = True) -> None:
    """The initiative exists; a project that goes on belongs to one that goes on."""
    if initiative_id is None:
        return
    if facts.initiative_open is None:
        raise Refused("initiative-unknown", "The initiative does not exist.", "Shape it first.")
    if must_be_open and not facts.initiative_open:
        raise Refused("initiative-ended", "The initiative has ended.", "Choose an active one, or none.")


FoundingEvent = portfolio.ProjectProposed | portfolio.ProjectTakenOver
SpecificationEvent = (
    portfolio.TakeOverCorrected
    | portfolio.SponsorNamed
    | portfolio.ProjectSpecified
    | portfolio.SpecificationSigned
    | portfolio.SpecificationChanged
    | portfolio.ProjectApproved
    | portfolio.ProjectFunded
    | portfolio.ProjectReturned
)

WorkEvent = (
    portfolio.ProjectStarted
    | portfolio.ProgressReported
    | portfolio.ProjectPutOnHold
    | portfolio.ProjectResumed
    | portfolio.ProjectClosing
    | portfolio.ProjectClosed
    | portfolio.ProjectCancelled
)

AccountabilityEvent = (
    portfolio.AccountabilityWaived | portfolio.AccountabilityTransferred | portfolio.AccountabilityUnresolved
)
DelegationEvent = (
    portfolio.DelegationOffered
    | portfolio.DelegationAccepted
    | portfolio.DelegationDeclined
    | portfolio.DelegationEnded
)
ProjectEvent = FoundingEvent | SpecificationEvent | WorkEvent | AccountabilityEvent | DelegationEvent
Events = Sequence[ProjectEvent]


def evolve(state: Project | None, event: ProjectEvent) -> Project:
    if isinstance(event, portfolio.ProjectProposed):
        return Project(stage=portfolio.Stage.PROPOSED, **vars(event))
    if isinstance(event, portfolio.ProjectTakenOver):
        return taken_over(event)
    project = existing(state)
    if isinstance(event, SpecificationEvent):
        return specified(project, event)
    if isinstance(event, AccountabilityEvent):
        return answered(project, event)
    if isinstance(event, DelegationEvent):
        return delegated(project, event)
    return worked(project, event)


def taken_over(event: portfolio.ProjectTakenOver) -> Project:
    """A project begins at the stage it had elsewhere."""
    said = dict(vars(event))
    as_of = said.pop("as_of")
    return Project(
        sponsor_id=None,
        stated=Stated(stage=event.stage, plan=event.plan, accountable_id=event.accountable_id, as_of=as_of),
        outcome=outcome_elsewhere(event.stage),
        **said,
    )


def outcome_elsewhere(stage: portfolio.Stage) -> portfolio.Outcome | None:
    """A project closed in another system has no verdict on record."""
    return portfolio.Outcome.NOT_RECORDED if stage is portfolio.Stage.CLOSED else None


def specified(project: Project, event: SpecificationEvent) -> Project:
    match event:
        case portfolio.TakeOverCorrected():
            return corrected(project, event)
        case portfolio.SponsorNamed(sponsor_id=sponsor_id):
            return project.but(sponsor_id=sponsor_id)
        case portfolio.ProjectSpecified():
            return project.but(stage=portfolio.Stage.SPECIFIED, specification=Specification(**vars(event)))
        case portfolio.SpecificationSigned(signed_by=signed_by):
            latest = project.specification
            return project.but(specification=latest and latest.but(signed_by=signed_by))
        case portfolio.ProjectApproved(specification_version=version, plan=plan, budget_asked=asked):
            approved = project.but(stage=portfolio.Stage.APPROVED, approved_version=version, plan=plan)
            return approved.but(budget_approved=asked)
        case portfolio.SpecificationChanged():
            return respecified(project, event)
        case portfolio.ProjectFunded(granted=granted):
            return project.but(stage=portfolio.Stage.FUNDED, granted=granted)
        case portfolio.ProjectReturned():
            return project.but(stage=portfolio.Stage.SPECIFIED, approved_version=None)
        case _:
            assert_never(event)


def respecified(project: Project, event: portfolio.SpecificationChanged) -> Project:
    """The next version holds; of an approved project it is what was approved, with its plan."""
    said = {name: value for name, value in vars(event).items() if name != "change_request_id"}
    changed = project.but(specification=Specification(**said))
    return changed if project.approved_version is None else changed.but(approved_version=event.version, plan=event.plan)


def corrected(project: Project, event: portfolio.TakeOverCorrected) -> Project:
    """Apply a correction: the event holds; where it differs from the present, the source said so."""
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
            as_of=event.as_of or stated.as_of,
        ),
    )


def answered(project: Project, event: AccountabilityEvent) -> Project:
    """Apply changes of accountability."""
    match event:
        case portfolio.AccountabilityWaived(accountable_id=accountable_id):
            unnamed = project.stated and project.stated.but(accountable_id=None)
            return project.but(accountable_id=accountable_id, waived=True, stated=unnamed)
        case portfolio.AccountabilityTransferred(accountable_id=accountable_id):
            return project.but(accountable_id=accountable_id, unresolved=False, waived=False)
        case portfolio.AccountabilityUnresolved():
            return project.but(unresolved=True)
        case _:
            assert_never(event)


def delegated(project: Project, event: DelegationEvent) -> Project:
    """Apply changes of responsibility; accountability stays."""
    match event:
        case portfolio.DelegationOffered():
            return project.but(delegation=Delegation(status=DelegationStatus.OFFERED, **vars(event)))
        case portfolio.DelegationAccepted():
            present = project.delegation
            return project.but(delegation=present and present.but(status=DelegationStatus.ACTIVE))
        case portfolio.DelegationDeclined() | portfolio.DelegationEnded():
            return project.but(delegation=None)
        case _:
            assert_never(event)


def worked(project: Project, event: WorkEvent) -> Project:
    match event:
        case portfolio.ProjectStarted(effective_on=effective_on):
            return project.but(stage=portfolio.Stage.IN_PROGRESS, started_on=effective_on)
        case portfolio.ProgressReported():
            return project.but(progress=Progress(**vars(event)))
        case portfolio.ProjectPutOnHold():
            return project.but(stage=portfolio.Stage.ON_HOLD)
        case portfolio.ProjectResumed():
            return project.but(stage=portfolio.Stage.IN_PROGRESS)
        case portfolio.ProjectClosing():
            return project.but(stage=portfolio.Stage.CLOSING)
        case portfolio.ProjectClosed():
            return closed(project, event)
        case portfolio.ProjectCancelled():
            return project.but(stage=portfolio.Stage.CANCELLED)
        case _:
            assert_never(event)


def closed(project: Project, event: portfolio.ProjectClosed) -> Project:
    closure = Closure(verdicts=event.verdicts, lessons=event.lessons, effective_on=event.effective_on)
    return project.but(stage=portfolio.Stage.CLOSED, outcome=event.outcome, closure=closure)


def _bounded(plan: Period) -> Period:
    if plan.start < date(1900, 1, 1) or plan.end > date(2200, 12, 31):
        raise ValueError("a plan lies between 1900 and 2200")
    return plan


Plan = Annotated[Period, AfterValidator(_bounded)]
Version = Annotated[int, Field(ge=1, le=1_000_000)]
Criteria = Annotated[tuple[Line, ...], Field(min_length=1, max_length=50)]
Gaps = Annotated[tuple[Line, ...], Field(max_length=50)]
Verdicts = Annotated[tuple[portfolio.Verdict, ...], Field(max_length=50)]
