"""Project: what its events add up to."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from chassis.domain.decider import State
from contracts.portfolio import Health, Outcome, Source, Stage, Verdict
from contracts.values import Line, Money, Name, Period, Share, Text

ENDED = frozenset({Stage.CLOSED, Stage.CANCELLED})


class DelegationStatus(StrEnum):
    """Whether the delegate has accepted."""

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
    health: Health | None
    note: Text


class Closure(State):
    """What was concluded when the project was closed."""

    verdicts: tuple[Verdict, ...]
    lessons: Text
    effective_on: date


class Stated(State):
    """What the system a project was taken over from last said, where Portolan may have moved on since."""

    stage: Stage
    plan: Period | None
    accountable_id: UUID | None


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
    stage: Stage
    source: Source | None = None
    stated: Stated | None = None
    gaps: tuple[Line, ...] = ()
    specification: Specification | None = None
    approved_version: int | None = None
    plan: Period | None = None
    granted: Money | None = None
    started_on: date | None = None
    progress: Progress | None = None
    outcome: Outcome | None = None
    closure: Closure | None = None

    @property
    def ended(self) -> bool:
        """Whether it is closed or cancelled."""
        return self.stage in ENDED

    @property
    def delegate_id(self) -> UUID | None:
        """The person who is responsible by delegation now."""
        if self.delegation is None or self.delegation.status is DelegationStatus.OFFERED:
            return None
        return self.delegation.delegate_id

    @property
    def responsible_id(self) -> UUID:
        """Who does the work: the delegate, otherwise the accountable manager."""
        return self.delegate_id or self.accountable_id
