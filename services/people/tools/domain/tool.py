"""Tool: a piece of equipment, a licence, a lab or a learning resource, and who has it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import Command, Deadline, Decider, PrivateEvent, Refused, State, existing, new
from contracts.people import FundedKind, FundingAsked, ToolApproved, ToolGivenUp, ToolKind, ToolProvided
from contracts.values import Day, Line, Money, Name, Personal, SkillLevel, Subject
from services.people.organisation.domain import funding as fundings
from services.people.organisation.domain.days import day_after
from services.people.organisation.domain.line import check_employed, said, who_acts
from services.people.organisation.domain.paying import PayingFacts, check_open
from services.people.organisation.domain.skill import Catalogue
from services.people.organisation.domain.staffing_policy import StaffingPolicy, check_used

Skills = Annotated[tuple[SkillLevel, ...], Field(max_length=20)]
TO_LEARN_WITH = (ToolKind.LAB, ToolKind.LEARNING_RESOURCE)


class ToolStatus(StrEnum):
    """The status of a tool; a returned one may be issued again, and a lost one may be found."""

    REQUESTED = "requested"
    APPROVED = "approved"
    DECLINED = "declined"
    ISSUED = "issued"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned"
    LOST = "lost"


OUT = (ToolStatus.ISSUED, ToolStatus.ACKNOWLEDGED)


class Condition(StrEnum):
    """The condition of a returned tool."""

    HEALTHY = "healthy"
    MINOR_DAMAGE = "minor damage"
    MAJOR_DAMAGE = "major damage"


class Tool(State):
    """A tool as it stands; ``person_id`` is its custodian, or for whom it was requested, None once it is returned.

    ``requested_for`` is whom it was first wanted for; the ``reason`` is about them. ``requested_by``: who asked, and in
    whose place. ``overdue``: it should have been returned. ``funding``: what finance says, where it was asked.
    """

    name: Name
    kind: ToolKind
    skills: Skills
    cost: Money
    division_id: UUID
    person_id: UUID | None
    requested_for: Subject
    reason: Personal[Line | None]
    requested_by: tuple[str, ...]
    status: ToolStatus = ToolStatus.REQUESTED
    issued_on: date | None = None
    return_by: date | None = None
    condition: Condition | None = None
    overdue: bool = False
    funding: fundings.Funding | None = None

    @property
    def out(self) -> bool:
        """Return whether somebody has it."""
        return self.status in OUT


class RequestTool(Command):
    """Request a tool for a person; a learning tool names the skills it serves."""

    name: Name
    kind: ToolKind
    skills: Skills = ()
    cost: Money
    division_id: UUID
    person_id: UUID
    reason: Personal[Line]


class ApproveTool(Command):
    """Approve a requested tool; the division named pays. Where finance refused the money, ask finance again."""


class DeclineTool(Command):
    """Decline a requested tool, or one that finance was asked for and nobody had yet."""

    reason: Personal[Line]


class IssueTool(Command):
    """Issue a tool to a person: first to the one it was approved for, to anybody after its return."""

    person_id: UUID
    return_by: Day | None = None


class SetReturnDay(Command):
    """Set another day by which a tool that somebody has is to be returned, or none."""

    return_by: Day | None


class AcknowledgeTool(Command):
    """Confirm that you received a tool."""


class ReturnTool(Command):
    """Record a tool's return, that it was found, or that an approved one goes into stock; with its condition."""

    condition: Condition


class ReportToolLost(Command):
    """Report a tool as lost."""

    reason: Personal[Line]


class MarkToolOverdue(Command):
    """Mark a tool as overdue for return."""


class ToolRequested(PrivateEvent):
    """Somebody asks for a tool."""

    name: Name
    kind: ToolKind
    skills: Skills
    cost: Money
    division_id: UUID
    person_id: Subject
    reason: Personal[Line]
    requested_by: tuple[str, ...]


class ToolDeclined(PrivateEvent):
    """The tool will not be had."""

    person_id: Subject
    reason: Personal[Line]


class ToolIssued(PrivateEvent):
    """The person has the tool, until a day where one is named."""

    person_id: UUID
    return_by: date | None
    effective_on: date


class ToolReturnDaySet(PrivateEvent):
    """The person has the tool until another day, or for as long as they need it."""

    return_by: date | None


class ToolAcknowledged(PrivateEvent):
    """The person confirmed that they received it."""

    effective_on: date


class ToolReturned(PrivateEvent):
    """The tool is in stock: it came back, was found, or was never issued."""

    condition: Condition
    effective_on: date


class ToolLost(PrivateEvent):
    """Nobody knows where the tool is; its last custodian had it."""

    person_id: Subject
    reason: Personal[Line]
    effective_on: date


class ToolOverdue(PrivateEvent):
    """The tool should have been returned by now."""


ToolChange = (
    ApproveTool
    | DeclineTool
    | IssueTool
    | SetReturnDay
    | AcknowledgeTool
    | ReturnTool
    | ReportToolLost
    | MarkToolOverdue
    | fundings.NoteFunding
)
ToolCommand = RequestTool | ToolChange
ToolEvent = (
    ToolRequested
    | ToolApproved
    | FundingAsked
    | fundings.FundingNoted
    | ToolProvided
    | ToolGivenUp
    | ToolDeclined
    | ToolIssued
    | ToolReturnDaySet
    | ToolAcknowledged
    | ToolReturned
    | ToolLost
    | ToolOverdue
)


@dataclass(frozen=True)
class ToolFacts(PayingFacts):
    """About whom it is for, to be issued to, or its custodian; ``policy`` says which currencies are in use."""

    policy: StaffingPolicy = StaffingPolicy()  # noqa: RUF009 (a frozen value: the defaults)
    skills: Catalogue = field(default_factory=dict)


def decide(state: Tool | None, command: ToolCommand, facts: ToolFacts) -> Sequence[ToolEvent]:
    if isinstance(command, RequestTool):
        return request(state, command, facts)
    return change(existing(state), command, facts)


def change(tool: Tool, command: ToolChange, facts: ToolFacts) -> Sequence[ToolEvent]:
    match command:
        case ApproveTool():
            return approve(tool, facts)
        case DeclineTool():
            return decline(tool, command, facts)
        case IssueTool():
            return issue(tool, command, facts)
        case SetReturnDay(return_by=day):
            return set_return_day(tool, day, facts)
        case AcknowledgeTool():
            return acknowledge(tool, facts)
        case ReturnTool():
            return take_back(tool, command, facts)
        case ReportToolLost():
            return lose(tool, command, facts)
        case MarkToolOverdue():
            return mark_overdue(tool, facts)
        case fundings.NoteFunding():
            return fundings.noted(tool.funding, command)
        case _:
            assert_never(command)


def request(state: Tool | None, command: RequestTool, facts: ToolFacts) -> Sequence[ToolEvent]:
    """A tool is for somebody who works here, and paid by an open division.

    One to learn with says for which skills.
    """
    if state is not None and state == state.but(**vars(command)):
        return []
    new(state, "tool")
    check_employed(facts)
    check_open(facts)
    if command.kind in TO_LEARN_WITH and not command.skills:
        detail = f"A {command.kind} must serve at least one skill."
        raise Refused("learning-tool-serves-skills", detail, "Name the skills it serves.")
    if command.cost.amount < 0:
        raise Refused("cost-not-negative", "The cost of a tool cannot be negative.", "Give 0 or more.")
    check_used(facts.policy, command.cost.currency)
    return [ToolRequested(**vars(command), requested_by=who_acts(facts.actor))]


def approve(tool: Tool, facts: ToolFacts) -> Sequence[ToolEvent]:
    """Only what was requested is approved, while the division that pays is there; finance is asked where required."""
    required = facts.policy.funding_required and fundings.may_ask(tool.funding)
    if tool.status is ToolStatus.APPROVED and required:
        check_open(facts)
        return [ask(tool, facts)]
    if tool.status in (ToolStatus.APPROVED, *OUT, ToolStatus.RETURNED, ToolStatus.LOST):
        return []
    if tool.status is ToolStatus.DECLINED:
        raise Refused("tool-requested", "The tool was declined.", "Request another one.")
    check_open(facts)
    told = {name: getattr(tool, name) for name in ToolApproved.model_fields if name != "effective_on"}
    return [ToolApproved(**told, effective_on=facts.today), *([ask(tool, facts)] if required else [])]


def ask(tool: Tool, facts: ToolFacts) -> FundingAsked:
    """The request to finance."""
    return FundingAsked(
        kind=FundedKind.TOOL,
        request=fundings.next_request(tool.funding),
        division_id=tool.division_id,
        cost=tool.cost,
        needed_on=facts.today,
    )


def decline(tool: Tool, command: DeclineTool, facts: ToolFacts) -> Sequence[ToolEvent]:
    """Only what waits for a decision is declined, of us or of finance."""
    if tool.status is ToolStatus.DECLINED:
        return []
    declined = ToolDeclined(person_id=tool.requested_for, reason=said(command.reason, facts))
    if tool.status is ToolStatus.APPROVED and tool.funding is not None:
        return [declined, ToolGivenUp(effective_on=facts.today)]
    if tool.status is not ToolStatus.REQUESTED:
        detail = "The tool was approved already."
        raise Refused("tool-requested", detail, "Record its return instead: it goes into stock.")
    return [declined]


def issue(tool: Tool, command: IssueTool, facts: ToolFacts) -> Sequence[ToolEvent]:
    """A tool has one custodian at a time, who works here."""
    if tool.out and (tool.person_id, tool.return_by) == (command.person_id, command.return_by):
        return []
    if tool.out:
        remedy = "Record that it was returned first, or set another day for its return."
        raise Refused("one-custodian", "The tool is issued to somebody.", remedy)
    if tool.status not in (ToolStatus.APPROVED, ToolStatus.RETURNED):
        raise Refused("tool-at-hand", f"The tool is {tool.status}.", way_on(tool))
    if tool.status is ToolStatus.APPROVED and command.person_id != tool.person_id:
        remedy = "Issue it to them; where they left, record its return first: it goes into stock."
        raise Refused("issued-as-approved", "The tool was approved for somebody else.", remedy)
    if tool.status is ToolStatus.APPROVED and not facts.employed:
        remedy = "Record its return: it goes into stock, and can be issued to somebody else."
        raise Refused("person-employed", "The person does not work here.", remedy)
    check_employed(facts)
    check_return_day(command.return_by, facts)
    return [ToolIssued(**vars(command), effective_on=facts.today), *provided(tool, facts)]


def provided(tool: Tool, facts: ToolFacts) -> Sequence[ToolProvided]:
    """What nobody had before is had once finance promised the money, where that is required; finance hears of it."""
    if tool.status is not ToolStatus.APPROVED:
        return []
    fundings.check_funded(tool.funding, required=facts.policy.funding_required)
    return [ToolProvided(effective_on=facts.today)] if tool.funding else []


def check_return_day(day: date | None, facts: ToolFacts) -> None:
    """A tool is returned today or later."""
    if day is not None and day < facts.today:
        raise Refused("return-date-in-past", "The return date is in the past.", "Give today, a later day, or none.")


def set_return_day(tool: Tool, day: date | None, facts: ToolFacts) -> Sequence[ToolEvent]:
    """Who has a tool may keep it for longer, or less long, whether it is overdue or not."""
    check_out(tool)
    if day == tool.return_by:
        return []
    check_return_day(day, facts)
    return [ToolReturnDaySet(return_by=day)]


def acknowledge(tool: Tool, facts: ToolFacts) -> Sequence[ToolEvent]:
    """Only what somebody has is acknowledged."""
    if tool.status is ToolStatus.ACKNOWLEDGED:
        return []
    check_out(tool)
    return [ToolAcknowledged(effective_on=facts.today)]


def take_back(tool: Tool, command: ReturnTool, facts: ToolFacts) -> Sequence[ToolEvent]:
    """What somebody has or lost comes back; what was approved and never issued goes into stock."""
    if tool.status is ToolStatus.RETURNED and tool.condition is command.condition:
        return []
    if tool.status not in (ToolStatus.LOST, ToolStatus.APPROVED):
        check_out(tool)
    return [ToolReturned(condition=command.condition, effective_on=facts.today), *provided(tool, facts)]


def lose(tool: Tool, command: ReportToolLost, facts: ToolFacts) -> Sequence[ToolEvent]:
    """Only what somebody has is lost."""
    if tool.status is ToolStatus.LOST:
        return []
    check_out(tool)
    assert tool.person_id is not None, "what is out has a custodian"
    return [ToolLost(person_id=tool.person_id, reason=command.reason, effective_on=facts.today)]


def mark_overdue(tool: Tool, facts: ToolFacts) -> Sequence[ToolEvent]:
    """Once, when the day to return it by is over."""
    late = tool.return_by is not None and facts.today > tool.return_by
    return [ToolOverdue()] if tool.out and late and not tool.overdue else []


def check_out(tool: Tool) -> None:
    """Somebody has the tool."""
    if not tool.out:
        raise Refused("tool-issued", f"The tool is not issued: it is {tool.status}.", way_on(tool))


def way_on(tool: Tool) -> str:
    """The way on from a status in which nobody has the tool."""
    match tool.status:
        case ToolStatus.REQUESTED:
            return "Have it approved or declined first."
        case ToolStatus.DECLINED:
            return "Request another one."
        case ToolStatus.LOST:
            return "Record its return once it is found."
        case _:
            return "Issue it first."


def evolve(state: Tool | None, event: ToolEvent) -> Tool:
    if isinstance(event, ToolRequested):
        return Tool(**vars(event), requested_for=event.person_id)
    tool = existing(state)
    match event:
        case ToolApproved():
            return tool.but(status=ToolStatus.APPROVED)
        case FundingAsked(request=request):
            return tool.but(funding=fundings.Funding(request=request))
        case fundings.FundingNoted():
            return tool.but(funding=fundings.after(event))
        case ToolProvided() | ToolGivenUp():
            return tool
        case ToolDeclined():
            return tool.but(status=ToolStatus.DECLINED)
        case ToolIssued(person_id=person_id, return_by=return_by, effective_on=on):
            return tool.but(
                status=ToolStatus.ISSUED, person_id=person_id, return_by=return_by, issued_on=on, condition=None
            )
        case ToolReturnDaySet(return_by=day):
            return tool.but(return_by=day, overdue=False)
        case ToolAcknowledged():
            return tool.but(status=ToolStatus.ACKNOWLEDGED)
        case ToolReturned(condition=condition):
            return tool.but(
                status=ToolStatus.RETURNED, person_id=None, return_by=None, condition=condition, overdue=False
            )
        case ToolLost():
            return tool.but(status=ToolStatus.LOST, overdue=False)
        case ToolOverdue():
            return tool.but(overdue=True)
        case _:
            assert_never(event)


def due(tool: Tool) -> Deadline | None:
    """A tool that is out is overdue when the day to return it by is over."""
    if tool.out and tool.return_by is not None and not tool.overdue:
        return Deadline.on(day_after(tool.return_by), MarkToolOverdue())
    return None


TOOL = Decider(kind="tool", state=Tool, events=ToolEvent, decide=decide, evolve=evolve, due=due)
