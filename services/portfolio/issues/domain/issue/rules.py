"""The rules of issues: what stands in the way, who sees to it by when, and when it goes up the line by itself."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Command, Deadline, Decider, Refused, existing, new
from contracts.portfolio import issues
from contracts.values import Day, Line, Name, Text
from services.portfolio.issues.domain.issue import model
from services.portfolio.organisation.domain.confidence import in_confidence, kept
from services.portfolio.organisation.domain.known import check_division, known


class RaiseIssue(Command):
    """Raise an issue of a project, an initiative or a service, or of the division where none of them is named."""

    title: Name
    description: Text = ""
    division_id: UUID
    project_id: UUID | None = None
    initiative_id: UUID | None = None
    service_id: UUID | None = None
    owner_id: UUID | None = None
    due_on: Day
    confidential: bool = False


class RaiseIssueOfRisk(Command):
    """Raise the issue that a risk has become."""

    title: Name
    description: Text
    division_id: UUID
    project_id: UUID | None
    risk_id: UUID
    raised_by: UUID | None
    owner_id: UUID
    due_on: Day
    confidential: bool


class NameIssueOwner(Command):
    """Name the person who sees to the issue."""

    owner_id: UUID


class TakeIssueStep(Command):
    """Record a step: what was done, when, to what effect, and by whom where it was somebody else."""

    step_id: UUID
    step: Line
    effect: Line
    taken_on: Day
    taken_by: UUID | None = None


class PostponeIssue(Command):
    """Set another last day for resolving the issue."""

    due_on: Day
    reason: Line


class EscalateIssue(Command):
    """Take the issue one level up the line."""

    reason: Line


class EscalateOverdueIssue(Command):
    """Take an overdue issue one level up the line."""


class PassIssueUp(Command):
    """Pass the issue of a leaver to the nearest manager above them in office."""

    leaver_id: UUID
    reason: Line


class ResolveIssue(Command):
    """Record how the issue was resolved."""

    resolution: Line


class ReopenIssue(Command):
    """Reopen an issue that turned out not to be resolved."""

    due_on: Day
    reason: Line


class CloseIssue(Command):
    """Close an issue that is resolved, or that was escalated and is left as it is."""

    reason: Line


IssueCommand = (
    RaiseIssue
    | RaiseIssueOfRisk
    | NameIssueOwner
    | TakeIssueStep
    | PostponeIssue
    | EscalateIssue
    | EscalateOverdueIssue
    | PassIssueUp
    | ResolveIssue
    | ReopenIssue
    | CloseIssue
)
OVERDUE: Line = "It was not resolved in time."
NOBODY: Line = "It was not resolved in time, and nobody above is in office."


def decide(state: model.Issue | None, command: IssueCommand, facts: model.IssueFacts) -> Sequence[model.IssueEvent]:
    """The events of a command; of a confidential issue they stay in the service."""
    events = judge(state, command, facts)
    after = state
    for event in events:
        after = model.evolve(after, event)
    if after is None or not after.confidential:
        return events
    return kept(events, issues.ConfidentialIssueChanged(division_id=after.division_id))


def judge(state: model.Issue | None, command: IssueCommand, facts: model.IssueFacts) -> model.Events:
    """The events of a command, before it is known who may hear of them."""
    if isinstance(command, RaiseIssue):
        return raise_issue(state, command, facts)
    if isinstance(command, RaiseIssueOfRisk):
        return raise_of_risk(state, command, facts)
    issue = existing(state)
    match command:
        case NameIssueOwner(owner_id=owner_id):
            return name_owner(issue, owner_id, facts)
        case TakeIssueStep():
            return take_step(issue, command, facts)
        case PostponeIssue():
            return postpone(issue, command, facts)
        case EscalateIssue(reason=reason):
            return escalate(issue, reason, facts)
        case EscalateOverdueIssue():
            return escalate_overdue(issue, facts)
        case PassIssueUp():
            return pass_up(issue, command, facts)
        case ResolveIssue(resolution=resolution):
            return resolve(issue, resolution)
        case ReopenIssue():
            return reopen(issue, command, facts)
        case CloseIssue(reason=reason):
            return close(issue, reason)
        case _:
            assert_never(command)


def raise_issue(state: model.Issue | None, command: RaiseIssue, facts: model.IssueFacts) -> model.Events:
    """An issue belongs to one thing of its division, and is to be resolved by a day to come."""
    said = command.model_dump(exclude={"owner_id"})
    raised = issues.IssueRaised(**said, raised_by=facts.actor.acts_as, escalates_on=after(command.due_on))
    if state is not None and state.but(owner_id=None, status=model.IssueStatus.RAISED) == model.evolve(None, raised):
        return []
    new(state, "issue")
    check_division(facts.division_open)
    check_belongs(command, facts)
    check_ahead(command.due_on, facts)
    return [raised, *([owned(command.owner_id, raised.escalates_on, facts)] if command.owner_id else [])]


def raise_of_risk(state: model.Issue | None, command: RaiseIssueOfRisk, facts: model.IssueFacts) -> model.Events:
    """A risk becomes one issue."""
    new(state, "issue")
    check_ahead(command.due_on, facts)
    said = command.model_dump(exclude={"owner_id"})
    raised = issues.IssueRaised(**said, escalates_on=after(command.due_on))
    return [raised, owned(command.owner_id, raised.escalates_on, facts)]


def check_belongs(command: RaiseIssue, facts: model.IssueFacts) -> None:
    """At most one thing is named, it is known, and it is the division's."""
    if [command.project_id, command.initiative_id, command.service_id].count(None) < 2:
        raise Refused(
            "issue-of-one-thing", "More than one of project, initiative and service is named.", "Name one of them."
        )
    if not facts.belongs_known:
        raise Refused(
            "issue-subject-not-known",
            "There is no such project, initiative or service.",
            "Name one that exists, or none for an issue of the division.",
        )
    if facts.belongs_to_division not in (None, command.division_id):
        raise Refused(
            "issue-in-its-division", "What the issue belongs to is another division's.", "Name that division."
        )


def check_ahead(day: date, facts: model.IssueFacts) -> None:
    """Nothing is to be resolved in the past."""
    if day < facts.today:
        raise Refused("due-day-lies-ahead", f"It is {facts.today} today.", "Name today or a later day.")


def after(day: date) -> date:
    """The first day on which it is overdue."""
    return day + timedelta(days=1)


def owned(owner_id: UUID, escalates_on: date, facts: model.IssueFacts) -> issues.IssueOwned:
    """Somebody who works here owns the issue."""
    if not known(facts.owner, owner_id, "the owner").active:
        raise Refused("owner-is-active", "The owner does not work here now.", "Name an active person.")
    return issues.IssueOwned(owner_id=owner_id, escalates_on=escalates_on)


def name_owner(issue: model.Issue, owner_id: UUID, facts: model.IssueFacts) -> model.Events:
    """Another owner begins with a line of their own, also of an issue that was escalated."""
    if owner_id == issue.owner_id and not issue.unresolved:
        return []
    check_open(issue)
    return [owned(owner_id, next_day(issue, facts), facts)]


def next_day(issue: model.Issue, facts: model.IssueFacts) -> date:
    """When it goes up the line after a change: as planned, or some days on where that day has come or there is none."""
    planned = issue.escalates_on
    return planned if planned is not None and planned > facts.today else facts.next_escalation


def take_step(issue: model.Issue, command: TakeIssueStep, facts: model.IssueFacts) -> model.Events:
    """Steps are taken of an issue that has an owner, and are recorded afterwards."""
    taken = issues.IssueStepTaken(**{**vars(command), "taken_by": command.taken_by or facts.actor.acts_as})
    if any(step.step_id == command.step_id for step in issue.steps):
        return check_same(issue, model.Step(**vars(taken)))
    check_open(issue)
    if issue.owner_id is None:
        raise Refused("issue-has-an-owner", "Nobody owns the issue.", "Name an owner first.")
    if command.taken_on > facts.today:
        raise Refused("not-in-the-future", f"It is {facts.today} today.", "Name today or an earlier day.")
    return [taken]


def check_same(issue: model.Issue, step: model.Step) -> model.Events:
    """A step that is told again changes nothing; another one needs an id of its own."""
    if step not in issue.steps:
        raise Refused("step-known", "Another step has this id.", "Choose another id.")
    return []


def postpone(issue: model.Issue, command: PostponeIssue, facts: model.IssueFacts) -> model.Events:
    """Another day is set by those above, and the issue waits for it from its beginning."""
    if command.due_on == issue.due_on:
        return []
    check_open(issue)
    check_ahead(command.due_on, facts)
    return [issues.IssuePostponed(**vars(command), escalates_on=after(command.due_on))]


def escalate(issue: model.Issue, reason: Line, facts: model.IssueFacts) -> model.Events:
    """Anybody responsible takes it up, as long as somebody above is in office."""
    check_open(issue)
    if facts.above is None:
        raise Refused("nobody-above", "Nobody above is in office.", "Name another owner.")
    return [
        issues.IssueEscalated(
            to_id=facts.above.id,
            level=issue.level + 1,
            basis="by hand",
            escalates_on=next_day(issue, facts),
            reason=reason,
        )
    ]


def escalate_overdue(issue: model.Issue, facts: model.IssueFacts) -> model.Events:
    """What is overdue goes one level up, and again after some days; an issue that went to nobody yet waits for one."""
    if not issue.open or issue.escalates_on is None or facts.today < issue.escalates_on:
        return []
    above = facts.above
    topped = above is None and issue.level > 0
    return [
        issues.IssueEscalated(
            to_id=above.id if above else None,
            level=issue.level + (1 if above else 0),
            basis="overdue",
            escalates_on=None if topped else facts.next_escalation,
            reason=OVERDUE if above else NOBODY,
        )
    ]


def pass_up(issue: model.Issue, command: PassIssueUp, facts: model.IssueFacts) -> model.Events:
    """A leaver's issue passes up the line; who works here by now keeps it, for what was heard may be long over."""
    if not issue.open or issue.owner_id != command.leaver_id:
        return []
    leaver, above = facts.leaver, facts.above
    if leaver is not None and leaver.active:
        return [owned_again(issue, facts)] if issue.unresolved else []
    if above is not None:
        escalates_on = next_day(issue, facts)
        told = {"from_id": command.leaver_id, "owner_id": above.id, "reason": command.reason}
        return [issues.IssuePassedUp(**told, escalates_on=escalates_on)]
    return [] if issue.unresolved else [issues.IssueUnresolved(owner_id=command.leaver_id, reason=command.reason)]


def owned_again(issue: model.Issue, facts: model.IssueFacts) -> issues.IssueOwned:
    """An owner who came back owns it as before."""
    assert issue.owner_id is not None, "an issue waits for somebody above its owner"
    return issues.IssueOwned(owner_id=issue.owner_id, escalates_on=next_day(issue, facts))


def resolve(issue: model.Issue, resolution: Line) -> model.Events:
    """An issue somebody owns is resolved once."""
    if issue.status is model.IssueStatus.RESOLVED and issue.resolution == resolution:
        return []
    check_open(issue)
    if issue.owner_id is None:
        raise Refused("issue-has-an-owner", "Nobody owns the issue.", "Name an owner first.")
    return [issues.IssueResolved(resolution=resolution)]


def reopen(issue: model.Issue, command: ReopenIssue, facts: model.IssueFacts) -> model.Events:
    """Only what was said to be resolved is reopened, with another day."""
    if issue.status is not model.IssueStatus.RESOLVED:
        raise Refused("issue-resolved", f"The issue is {issue.status}.", "Reopen an issue that is resolved.")
    check_ahead(command.due_on, facts)
    reopened = issues.IssueReopened(escalates_on=after(command.due_on), reason=command.reason)
    if command.due_on == issue.due_on:
        return [reopened]
    postponed = issues.IssuePostponed(due_on=command.due_on, escalates_on=reopened.escalates_on, reason=command.reason)
    return [reopened, postponed]


def close(issue: model.Issue, reason: Line) -> model.Events:
    """What is resolved is closed, and what those above leave as it is."""
    if issue.status is model.IssueStatus.CLOSED:
        return []
    if issue.status not in (model.IssueStatus.RESOLVED, model.IssueStatus.ESCALATED):
        raise Refused(
            "closes-when-resolved", f"The issue is {issue.status}.", "Resolve it, or take it up the line first."
        )
    return [issues.IssueClosed(reason=reason)]


def check_open(issue: model.Issue) -> None:
    """Refuse changes to what is over."""
    if not issue.open:
        raise Refused("issue-over", f"The issue is {issue.status}.", "Reopen it, or raise another one.")


def due(issue: model.Issue) -> Deadline | None:
    """An issue that is not resolved goes up the line after its last day, in the division's time zone."""
    if not issue.open or issue.escalates_on is None:
        return None
    return Deadline.on(issue.escalates_on, EscalateOverdueIssue())


ISSUE = Decider(
    kind="issue",
    state=model.Issue,
    events=model.IssueFact | issues.ConfidentialIssueChanged | in_confidence(model.IssueFact),
    decide=decide,
    evolve=model.evolve,
    due=due,
)
