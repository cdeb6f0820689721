"""An issue: state, facts, events, and how each event changes the state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, assert_never
from uuid import UUID

from chassis.domain.decider import State, existing
from contracts.base import Value
from contracts.portfolio import issues
from contracts.values import Line, Name, Text
from services.portfolio.organisation.domain.confidence import InConfidence
from services.portfolio.organisation.domain.known import KnownPerson, LineFacts
from services.portfolio.organisation.domain.portfolio_policy import DEFAULTS, PortfolioPolicy

MOST_STEPS = 200
"""As many of the last steps are kept in the state; all of them are in the history."""


class IssueStatus(StrEnum):
    """The status of an issue: in progress from the first step on; escalated ones are resolved or closed."""

    RAISED = "raised"
    OWNED = "owned"
    IN_PROGRESS = "in progress"
    ESCALATED = "escalated"
    RESOLVED = "resolved"
    CLOSED = "closed"


OVER = (IssueStatus.RESOLVED, IssueStatus.CLOSED)


class Step(Value):
    """A step: who took it, when, and to what effect."""

    step_id: UUID
    step: Line
    effect: Line
    taken_by: UUID | None
    taken_on: date


class Issue(State):
    """An issue as it stands.

    ``escalated_to``: to whom it went last, ``level`` levels up the line; ``escalates_on``: the day on which it goes
    further. ``overdue``: its last day is over. ``unresolved``: its owner left, and nobody above is known.
    """

    title: Name
    description: Text
    division_id: UUID
    project_id: UUID | None = None
    initiative_id: UUID | None = None
    service_id: UUID | None = None
    risk_id: UUID | None = None
    raised_by: UUID | None = None
    owner_id: UUID | None = None
    due_on: date
    escalates_on: date | None
    confidential: bool = False
    status: IssueStatus = IssueStatus.RAISED
    steps: tuple[Step, ...] = ()
    steps_taken: int = 0
    escalated_to: UUID | None = None
    level: int = 0
    overdue: bool = False
    unresolved: bool = False
    resolution: Line | None = None
    closing_reason: Line | None = None

    @property
    def open(self) -> bool:
        """Return whether something is still to be done about it."""
        return self.status not in OVER

    @property
    def begun(self) -> IssueStatus:
        """The status it has, or comes back to, before it is escalated or resolved."""
        if self.steps:
            return IssueStatus.IN_PROGRESS
        return IssueStatus.OWNED if self.owner_id else IssueStatus.RAISED


IssueFact = (
    issues.IssueRaised
    | issues.IssueOwned
    | issues.IssueStepTaken
    | issues.IssuePostponed
    | issues.IssueEscalated
    | issues.IssuePassedUp
    | issues.IssueUnresolved
    | issues.IssueResolved
    | issues.IssueReopened
    | issues.IssueClosed
)
IssueEvent = IssueFact | issues.ConfidentialIssueChanged | InConfidence[Any]
Events = Sequence[IssueFact]


@dataclass(frozen=True)
class IssueFacts(LineFacts):
    """About the owner (``subject``) and their line; ``division_head``: who heads the division.

    ``owner``: the person the command names; ``above``: the nearest manager in office above the owner, or above whom it
    went to last. ``leaver``: the owner who is reported to have left, as known now. ``belongs_known``: what the issue is
    to belong to exists, in the division ``belongs_to_division``. ``policy``: the limits in force.
    """

    division_open: bool | None = None
    division_head: UUID | None = None
    owner: KnownPerson | None = None
    above: KnownPerson | None = None
    leaver: KnownPerson | None = None
    belongs_known: bool = True
    belongs_to_division: UUID | None = None
    policy: PortfolioPolicy = DEFAULTS

    @property
    def next_escalation(self) -> date:
        """The day on which an issue that is overdue today goes up again."""
        return self.today + timedelta(days=self.policy.issue_escalation_days)


def evolve(state: Issue | None, event: IssueEvent) -> Issue:
    if isinstance(event, InConfidence):
        return evolve(state, event.fact)
    if isinstance(event, issues.IssueRaised):
        return Issue(**vars(event))
    issue = existing(state)
    match event:
        case (
            issues.IssueOwned(owner_id=owner_id, escalates_on=day)
            | issues.IssuePassedUp(owner_id=owner_id, escalates_on=day)
        ):
            return begun(issue.but(owner_id=owner_id, unresolved=False, escalates_on=day))
        case issues.IssueStepTaken():
            return stepped(issue, Step(**vars(event)))
        case issues.IssuePostponed(due_on=due_on, escalates_on=day):
            return begun(issue.but(due_on=due_on, escalates_on=day, overdue=False))
        case issues.IssueEscalated():
            return escalated(issue, event)
        case issues.IssueUnresolved():
            return issue.but(unresolved=True)
        case issues.IssueResolved(resolution=resolution):
            return issue.but(status=IssueStatus.RESOLVED, resolution=resolution, overdue=False)
        case issues.IssueReopened(escalates_on=day):
            return begun(issue.but(escalates_on=day, resolution=None))
        case issues.IssueClosed(reason=reason):
            return issue.but(status=IssueStatus.CLOSED, closing_reason=reason, overdue=False)
        case issues.ConfidentialIssueChanged():
            return issue
        case _:
            assert_never(event)


def begun(issue: Issue) -> Issue:
    """The issue with its way up the line before it."""
    return issue.but(status=issue.begun, escalated_to=None, level=0)


def stepped(issue: Issue, step: Step) -> Issue:
    """One step more; an issue that was escalated stays so."""
    issue = issue.but(steps=(*issue.steps, step)[-MOST_STEPS:], steps_taken=issue.steps_taken + 1)
    return issue if issue.status is IssueStatus.ESCALATED else issue.but(status=issue.begun)


def escalated(issue: Issue, event: issues.IssueEscalated) -> Issue:
    """The issue where it went to, and since when it is overdue."""
    issue = issue.but(escalates_on=event.escalates_on, overdue=issue.overdue or event.basis == "overdue")
    if event.to_id is None:
        return issue
    return issue.but(status=IssueStatus.ESCALATED, escalated_to=event.to_id, level=event.level)
