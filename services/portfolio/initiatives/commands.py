"""The command table of initiatives."""

from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from services.portfolio.initiatives.domain import initiative
from services.portfolio.organisation.access import SHAPES_INITIATIVES
from services.portfolio.organisation.facts import DIVISION

OPEN_PROJECTS = text("SELECT open_projects(:id) AS going_on")


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
    ],
    facts=initiative_facts,
    filters=["division_id", "stage"],
    sorts=["name"],
    searched=["name"],
)
