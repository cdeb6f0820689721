"""The command table of tools, and how many of them a person has."""

from datetime import datetime
from typing import Any

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from services.people.organisation import access as organisation_access
from services.people.organisation.facts import about, paying
from services.people.tools.access import DECIDERS, KEEPER_ROLES, KEEPERS
from services.people.tools.domain import tool


async def tool_facts(view: View, state: tool.Tool | None, command: tool.ToolCommand, base: Facts) -> tool.ToolFacts:
    """Whoever gets, has or had the tool, with the line above, and the division that pays."""
    of: Any = command if isinstance(command, tool.RequestTool) and state is None else state
    person_id = command.person_id if isinstance(command, tool.IssueTool) else of.person_id
    if isinstance(command, tool.IssueTool | tool.ReturnTool | tool.ReportToolLost) and person_id is not None:
        view.bump(f"person:{person_id}:tools")
    return tool.ToolFacts(**await about(view, base, person_id), **await paying(view, base, of.division_id))


def tool_due(_tool: tool.Tool, _due_at: datetime) -> tool.MarkToolOverdue:
    """It should have been returned."""
    return tool.MarkToolOverdue()


TOOLS = Aggregate(
    tool.TOOL,
    path="tools",
    commands=[
        CommandRow(
            "request",
            tool.RequestTool,
            organisation_access.either(organisation_access.themself, organisation_access.line_manager),
            tool_facts,
            creates=True,
        ),
        CommandRow("approve", tool.ApproveTool, DECIDERS, tool_facts),
        CommandRow("decline", tool.DeclineTool, DECIDERS, tool_facts),
        CommandRow("issue", tool.IssueTool, KEEPERS, tool_facts),
        CommandRow("acknowledge", tool.AcknowledgeTool, organisation_access.whoever_sees, tool_facts),
        CommandRow("return", tool.ReturnTool, KEEPERS, tool_facts),
        CommandRow(
            "report-lost",
            tool.ReportToolLost,
            organisation_access.either(KEEPERS, organisation_access.themself),
            tool_facts,
        ),
        CommandRow("mark-overdue", tool.MarkToolOverdue, organisation_access.service, tool_facts),
    ],
    sees=organisation_access.person_and_line("person_id", *KEEPER_ROLES, others="state->>'status' = 'returned'"),
    confides=organisation_access.person_and_line("requested_for", *KEEPER_ROLES),
    private={"reason": None, "requested_by": ()},
    when_due=tool_due,
    filters=["person_id", "kind", "status", "division_id", "overdue"],
    sorts=["name", "return_by"],
)
