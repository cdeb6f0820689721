"""The command table of tools, and how many of them a person has."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from contracts.roles import Role
from services.people import policy
from services.people.api.facts import about, paying
from services.people.domain.tool import (
    TOOL,
    AcknowledgeTool,
    ApproveTool,
    DeclineTool,
    IssueTool,
    MarkToolOverdue,
    ReportToolLost,
    RequestTool,
    ReturnTool,
    Tool,
    ToolCommand,
    ToolFacts,
)

TOOLS_OUT = text(
    "SELECT count(*) AS number FROM states WHERE kind = 'tool' AND state->>'person_id' = :id"
    " AND state->>'status' IN ('issued', 'acknowledged')"
)


async def tool_facts(view: View, state: Tool | None, command: ToolCommand, base: Facts) -> ToolFacts:
    """Whoever gets, has or had the tool, with the line above, and the division that pays."""
    of: Any = command if isinstance(command, RequestTool) and state is None else state
    person_id = command.person_id if isinstance(command, IssueTool) else of.person_id
    if isinstance(command, IssueTool | ReturnTool | ReportToolLost) and person_id is not None:
        view.bump(f"person:{person_id}:tools")
    return ToolFacts(**await about(view, base, person_id), **await paying(view, base, of.division_id))


async def tools_out(view: View, person_id: UUID) -> int:
    """How many tools a person has."""
    (tools,) = await view.guarded(f"person:{person_id}:tools", TOOLS_OUT, {"id": str(person_id)})
    return int(tools.number)


def tool_due(_tool: Tool, _due_at: datetime) -> MarkToolOverdue:
    """It should have been returned."""
    return MarkToolOverdue()


KEEPERS = policy.either(policy.personnel, policy.line_manager)
DECIDERS = policy.either(policy.line_above, policy.hr_at_the_top)
KEEPER_ROLES = (Role.HR, Role.ADMINISTRATOR)

TOOLS = Aggregate(
    TOOL,
    path="tools",
    commands=[
        CommandRow(
            "request", RequestTool, policy.either(policy.themself, policy.line_manager), tool_facts, creates=True
        ),
        CommandRow("approve", ApproveTool, DECIDERS, tool_facts),
        CommandRow("decline", DeclineTool, DECIDERS, tool_facts),
        CommandRow("issue", IssueTool, KEEPERS, tool_facts),
        CommandRow("acknowledge", AcknowledgeTool, policy.whoever_sees, tool_facts),
        CommandRow("return", ReturnTool, KEEPERS, tool_facts),
        CommandRow("report-lost", ReportToolLost, policy.either(KEEPERS, policy.themself), tool_facts),
        CommandRow("mark-overdue", MarkToolOverdue, policy.service, tool_facts),
    ],
    sees=policy.person_and_line("person_id", *KEEPER_ROLES, others="state->>'status' = 'returned'"),
    confides=policy.person_and_line("requested_for", *KEEPER_ROLES),
    private={"reason": None, "requested_by": ()},
    when_due=tool_due,
    filters=["person_id", "kind", "status", "division_id", "overdue"],
    sorts=["name", "return_by"],
)
