"""The command tables of initiatives, benefits and roadmaps, and the facts their decisions need."""

from datetime import tzinfo
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from services.portfolio.initiatives import access
from services.portfolio.initiatives.domain import benefit, capability, initiative, roadmap
from services.portfolio.organisation import zones
from services.portfolio.organisation.access import SERVICE, SHAPES_INITIATIVES
from services.portfolio.organisation.facts import DIVISION, division_of, in_office_above, line_of, person

OPEN_PROJECTS = text("SELECT open_projects(:id) AS going_on")
SHAPED = Fields(initiative.INITIATIVE)
ITEMS = text(
    "SELECT item.id,"
    " item.division_id IN (SELECT CAST(below.id AS text) FROM divisions_below(:division) below) AS within"
    f" FROM (SELECT {SHAPED.id} AS id, {SHAPED.division_id} AS division_id FROM states"
    f" WHERE {SHAPED.of_kind} AND stream = ANY(CAST(:initiatives AS text[]))"
    " UNION ALL SELECT asked, division_of_project(asked) FROM unnest(CAST(:projects AS text[])) asked) item"
    " WHERE item.division_id IS NOT NULL"
)
PROJECT_DIVISION = text("SELECT division_of_project(CAST(:id AS text)) AS division_id")


async def initiative_facts(
    view: View, state: initiative.Initiative | None, command: initiative.InitiativeCommand, base: Facts
) -> initiative.InitiativeFacts:
    """Gather whether the division is open, and the initiative's projects that go on."""
    match command:
        case initiative.ShapeInitiative(division_id=division_id):
            division = await view.reference(DIVISION, {"id": division_id})
            return initiative.InitiativeFacts(**vars(base), division_open=not division[0].closed if division else None)
        case initiative.CompleteInitiative():
            going_on = await view.guarded(f"initiative:{base.id}:projects", OPEN_PROJECTS, {"id": str(base.id)})
            return initiative.InitiativeFacts(**vars(base), open_projects=going_on[0].going_on)
        case _:
            return initiative.InitiativeFacts(**vars(base))


async def belonging(view: View, command: benefit.PlanBenefit) -> UUID | None:
    """The division of the initiative or project that a benefit is of; None where there is none."""
    if command.initiative_id is not None:
        found = await view.state(initiative.INITIATIVE, command.initiative_id)
        return found.division_id if found else None
    (row,) = await view.reference(PROJECT_DIVISION, {"id": str(command.project_id)})
    return UUID(row.division_id) if row.division_id else None


async def zone_of_benefit(view: View, state: Any, command: Any, _base: Facts) -> tzinfo:
    """The zone of the division of the initiative or project."""
    return await zones.zone_of(view, state.division_id if state else await belonging(view, command))


async def benefit_facts(
    view: View, state: benefit.Benefit | None, command: benefit.BenefitCommand, base: Facts
) -> benefit.BenefitFacts:
    """The owner with those above them, the division's head, and the persons the command names."""
    owner = await line_of(view, state.owner_id if state else None)
    head = (await division_of(view, state.division_id)).get("division_head") if state else None
    known: dict[str, Any] = {}
    match command:
        case benefit.PlanBenefit(owner_id=owner_id):
            known = {"belongs_to": await belonging(view, command), "owner": await person(view, owner_id)}
        case benefit.NameBenefitOwner(owner_id=owner_id):
            known = {"owner": await person(view, owner_id)}
        case benefit.PassBenefitUp(leaver_id=leaver_id):
            known = {"leaver": await person(view, leaver_id), "above": await in_office_above(view, leaver_id)}
    return benefit.BenefitFacts(
        **vars(base),
        subject=owner[0].id if owner else None,
        line=owner[0].line if owner else (),
        division_head=head.id if head else None,
        **known,
    )


async def roadmap_facts(
    view: View, state: roadmap.Roadmap | None, command: roadmap.RoadmapCommand, base: Facts
) -> roadmap.RoadmapFacts:
    """Whether the division is open, and which items exist and belong to it."""
    of: Any = state or command
    known: dict[str, Any] = {}
    if not isinstance(command, roadmap.PublishRoadmap):
        asked = {
            "division": of.division_id,
            "initiatives": [
                initiative.INITIATIVE.stream(each.initiative_id) for each in command.items if each.initiative_id
            ],
            "projects": [str(each.project_id) for each in command.items if each.project_id],
        }
        known["within"] = {UUID(row.id): row.within for row in await view.reference(ITEMS, asked)}
    division = await division_of(view, of.division_id)
    return roadmap.RoadmapFacts(**vars(base), division_open=division.get("division_open"), **known)


INITIATIVES = Aggregate(
    initiative.INITIATIVE,
    path="initiatives",
    commands=[
        CommandRow("shape", initiative.ShapeInitiative, SHAPES_INITIATIVES, creates=True),
        CommandRow("rename", initiative.RenameInitiative, SHAPES_INITIATIVES),
        CommandRow("approve", initiative.ApproveInitiative, SHAPES_INITIATIVES),
        CommandRow("start", initiative.StartInitiative, SHAPES_INITIATIVES),
        CommandRow("complete", initiative.CompleteInitiative, SHAPES_INITIATIVES),
        CommandRow("stop", initiative.StopInitiative, SHAPES_INITIATIVES),
        CommandRow("set-capability-target", capability.SetCapabilityTarget, SHAPES_INITIATIVES),
        CommandRow("assess-capability", capability.AssessCapability, SHAPES_INITIATIVES),
    ],
    facts=initiative_facts,
    zone=zones.OF_DIVISION,
    filters=["division_id", "stage"],
    sorts=["name"],
    searched=["name"],
)

BENEFITS = Aggregate(
    benefit.BENEFIT,
    path="benefits",
    commands=[
        CommandRow("plan", benefit.PlanBenefit, access.PLANS, creates=True),
        CommandRow("replan", benefit.ReplanBenefit, access.REPLANS),
        CommandRow("name-owner", benefit.NameBenefitOwner, access.DECIDES),
        CommandRow("pass-up", benefit.PassBenefitUp, SERVICE),
        CommandRow("fall-due", benefit.FallDue, SERVICE),
        CommandRow("record-verdict", benefit.RecordVerdict, SERVICE),
        CommandRow("withdraw", benefit.WithdrawBenefit, access.REPLANS),
    ],
    facts=benefit_facts,
    zone=zone_of_benefit,
    filters=["initiative_id", "project_id", "division_id", "owner_id", "status", "unresolved", "due_on"],
    sorts=["name", "due_on"],
    searched=["name"],
    refers={"owner_id": "person"},
)

ROADMAPS = Aggregate(
    roadmap.ROADMAP,
    path="roadmaps",
    commands=[
        CommandRow("draft", roadmap.DraftRoadmap, SHAPES_INITIATIVES, creates=True),
        CommandRow("revise", roadmap.ReviseRoadmap, SHAPES_INITIATIVES),
        CommandRow("publish", roadmap.PublishRoadmap, access.PUBLISHES),
    ],
    facts=roadmap_facts,
    zone=zones.OF_DIVISION,
    filters=["division_id", "stage"],
    sorts=["title"],
    searched=["title"],
)
