"""The public events of issues; of a confidential one, that it changed and nothing more."""

from datetime import date
from typing import Literal
from uuid import UUID

from contracts.base import PublicEvent
from contracts.values import Line, Name, Text


class IssueRaised(PublicEvent):
    """Something stands in the way of a project, an initiative or a service, or of the division where none is named.

    ``raised_by``: the person in whose place it was raised; ``risk_id``: the risk that materialised. ``due_on`` is the
    last day for resolving it; from ``escalates_on`` on it is overdue.
    """

    title: Name
    description: Text
    division_id: UUID
    project_id: UUID | None = None
    initiative_id: UUID | None = None
    service_id: UUID | None = None
    risk_id: UUID | None = None
    raised_by: UUID | None = None
    due_on: date
    escalates_on: date
    confidential: bool = False


class IssueOwned(PublicEvent):
    """This person sees to the issue from now on; ``escalates_on``: when it goes up the line unless resolved."""

    owner_id: UUID
    escalates_on: date


class IssueStepTaken(PublicEvent):
    """Somebody did something about the issue on a day, with this effect."""

    step_id: UUID
    step: Line
    effect: Line
    taken_by: UUID | None
    taken_on: date


class IssuePostponed(PublicEvent):
    """The issue is to be resolved by another day."""

    due_on: date
    escalates_on: date
    reason: Line


class IssueEscalated(PublicEvent):
    """The issue went up the line: to the manager ``level`` levels up, or to nobody where nobody above is in office.

    ``escalates_on``: when it goes one level further unless resolved; None at the top.
    """

    to_id: UUID | None
    level: int
    basis: Literal["overdue", "by hand"]
    escalates_on: date | None
    reason: Line


class IssuePassedUp(PublicEvent):
    """The owner left; the nearest manager above them in office owns the issue."""

    from_id: UUID
    owner_id: UUID
    escalates_on: date
    reason: Line


class IssueUnresolved(PublicEvent):
    """The owner left and nobody above them in office is known."""

    owner_id: UUID
    reason: Line


class IssueResolved(PublicEvent):
    """The issue does not stand in the way any more."""

    resolution: Line


class IssueReopened(PublicEvent):
    """What was to resolve it did not."""

    escalates_on: date
    reason: Line


class IssueClosed(PublicEvent):
    """Nothing more is done about the issue."""

    reason: Line


class ConfidentialIssueChanged(PublicEvent):
    """A confidential issue of the division was raised, or something happened to it."""

    division_id: UUID


EVENTS: tuple[type[PublicEvent], ...] = (
    IssueRaised,
    IssueOwned,
    IssueStepTaken,
    IssuePostponed,
    IssueEscalated,
    IssuePassedUp,
    IssueUnresolved,
    IssueResolved,
    IssueReopened,
    IssueClosed,
    ConfidentialIssueChanged,
)
