"""The command table of tools, and how many of them a person has."""

from typing import Any

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from services.people.organisation import zones
from services.people.organisation.access import SERVICE
from services.people.organisation.catalogue import catalogue
from services.people.organisation.domain import funding
from services.people.organisation.domain.skill import by_catalogue, names_in
from services.people.organisation.facts import about, limits, paying
from services.people.tools import access
from services.people.tools.domain import tool


async def tool_facts(view: View, state: tool.Tool | None, command: tool.ToolCommand, base: Facts) -> tool.ToolFacts:
    """The person who gets, has or had the tool, with the line above; the division that pays, and the policy."""
    of: Any = command if isinstance(command, tool.RequestTool) and state is None else state
    person_id = command.person_id if isinstance(command, tool.IssueTool) else of.person_id
    if isinstance(command, tool.IssueTool | tool.ReturnTool | tool.ReportToolLost) and person_id is not None:
        view.bump(f"person:{person_id}:tools")
    policy = await limits(view)
    return tool.ToolFacts(
        **await about(view, base, person_id),
        **await paying(view, base, of.division_id),
        four_eyes=policy.four_eyes,
        policy=policy,
        skills=await catalogue(view, names_in(command)),
    )


TOOL = Fields(tool.TOOL)
TOOLS = Aggregate(
    tool.TOOL,
    path="tools",
    commands=[
        CommandRow("request", tool.RequestTool, access.REQUESTS, creates=True),
        CommandRow("approve", tool.ApproveTool, access.DECIDES),
        CommandRow("decline", tool.DeclineTool, access.DECIDES),
        CommandRow("issue", tool.IssueTool, access.ISSUES),
        CommandRow("set-return-day", tool.SetReturnDay, access.SETS_RETURN_DAY),
        CommandRow("acknowledge", tool.AcknowledgeTool, access.ACKNOWLEDGES),
        CommandRow("return", tool.ReturnTool, access.TAKES_BACK),
        CommandRow("report-lost", tool.ReportToolLost, access.REPORTS_LOST),
        CommandRow("mark-overdue", tool.MarkToolOverdue, SERVICE),
        CommandRow("note-funding", funding.NoteFunding, SERVICE),
    ],
    facts=tool_facts,
    zone=zones.OF_DIVISION,
    rewords=lambda command, facts: by_catalogue(command, facts.skills),
    sees=access.SEES,
    discloses=access.SEES_REQUEST,
    private={"reason": None, "requested_by": ()},
    filters=["person_id", "kind", "status", "division_id", "overdue"],
    sorts=["name", "return_by"],
    searched=["name"],
)
