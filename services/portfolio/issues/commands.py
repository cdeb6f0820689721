"""The command table of issues, and the facts their decisions need."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from services.portfolio.initiatives.domain.initiative import INITIATIVE
from services.portfolio.issues import access
from services.portfolio.issues.domain.issue import rules as issue
from services.portfolio.issues.domain.issue.model import Issue, IssueFacts
from services.portfolio.organisation import zones
from services.portfolio.organisation.access import SERVICE, WORKS_HERE
from services.portfolio.organisation.commands import limits
from services.portfolio.organisation.domain.known import KnownPerson
from services.portfolio.organisation.facts import division_of, in_office_above, line_of, person
from services.portfolio.projects.domain.project.rules import PROJECT

SERVICE_DIVISION = text("SELECT division_of_service(CAST(:id AS text)) AS division_id")


async def issue_facts(view: View, state: Issue | None, command: issue.IssueCommand, base: Facts) -> IssueFacts:
    """The owner with the line above, the division's head, the persons the command names, and the limits."""
    of: Any = state or command
    division = await division_of(view, of.division_id)
    head = division.get("division_head")
    owner = await line_of(view, state.owner_id if state else None)
    known: dict[str, Any] = {}
    match command:
        case issue.RaiseIssue():
            known = await belonging(view, command) | {"owner": await person(view, command.owner_id)}
        case issue.RaiseIssueOfRisk(owner_id=owner_id) | issue.NameIssueOwner(owner_id=owner_id):
            known = {"owner": await person(view, owner_id)}
        case issue.TakeIssueStep(step_id=step_id):
            view.claim_once(f"step {step_id} of issue {base.id}")
        case issue.PassIssueUp(leaver_id=leaver_id):
            known = {"leaver": await person(view, leaver_id), "above": await in_office_above(view, leaver_id)}
        case issue.EscalateIssue() | issue.EscalateOverdueIssue() if state:
            known = {"above": await next_above(view, state, head)}
    return IssueFacts(
        **vars(base),
        subject=owner[0].id if owner else None,
        line=owner[0].line if owner else (),
        division_open=division.get("division_open"),
        division_head=head.id if head else None,
        policy=await limits(view),
        **known,
    )


async def belonging(view: View, command: issue.RaiseIssue) -> dict[str, Any]:
    """Whether what an issue belongs to exists, and in which division."""
    found: Any = None
    if command.project_id is not None:
        found = await view.state(PROJECT, command.project_id)
    elif command.initiative_id is not None:
        found = await view.state(INITIATIVE, command.initiative_id)
    elif command.service_id is not None:
        row = (await view.reference(SERVICE_DIVISION, {"id": str(command.service_id)}))[0]
        found = row if row.division_id is not None else None
    else:
        return {}
    return {"belongs_known": found is not None, "belongs_to_division": found and UUID(str(found.division_id))}


async def next_above(view: View, state: Issue, head: KnownPerson | None) -> KnownPerson | None:
    """The nearest manager in office above whom it went to last; without an owner it goes to the division's head."""
    below = state.escalated_to or state.owner_id
    if below is not None:
        return await in_office_above(view, below)
    return head if head is not None and head.active else None


ISSUES = Aggregate(
    issue.ISSUE,
    path="issues",
    commands=[
        CommandRow("raise", issue.RaiseIssue, WORKS_HERE, creates=True),
        CommandRow("raise-of-risk", issue.RaiseIssueOfRisk, SERVICE, creates=True, named=True),
        CommandRow("name-owner", issue.NameIssueOwner, access.WORKS),
        CommandRow("take-step", issue.TakeIssueStep, access.WORKS),
        CommandRow("postpone", issue.PostponeIssue, access.POSTPONES),
        CommandRow("escalate", issue.EscalateIssue, access.WORKS),
        CommandRow("escalate-overdue", issue.EscalateOverdueIssue, SERVICE),
        CommandRow("pass-up", issue.PassIssueUp, SERVICE),
        CommandRow("resolve", issue.ResolveIssue, access.WORKS),
        CommandRow("reopen", issue.ReopenIssue, access.CLOSES),
        CommandRow("close", issue.CloseIssue, access.CLOSES),
    ],
    facts=issue_facts,
    zone=zones.OF_DIVISION,
    sees=access.SEES,
    filters=[
        "division_id",
        "project_id",
        "initiative_id",
        "service_id",
        "risk_id",
        "status",
        "owner_id",
        "escalated_to",
        "overdue",
        "unresolved",
        "due_on",
    ],
    sorts=["due_on", "title"],
    searched=["title"],
    refers=dict.fromkeys(["owner_id", "raised_by", "escalated_to", "taken_by"], "person"),
)
