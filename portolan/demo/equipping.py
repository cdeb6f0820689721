"""Demo data for people: tools requested, approved, handed over, returned and lost."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portolan.demo.calendar import Calendar
from portolan.demo.company import division_id, person_id, record_id
from portolan.demo.scenes import DemoCommand, Json, euros
from portolan.demo.skills import level

KEEPER = "stefan"
"""The personnel department's custodian of tools."""


@dataclass(frozen=True)
class Tool:
    """A tool for a person; ``then``: how far it has come once decided. ``until``: to be returned in so many days."""

    name: str
    kind: str
    cost: int
    division: str
    person: str
    reason: str
    requested_by: str
    decided_by: str | None = None
    then: tuple[str, ...] = ()
    why: str = ""
    until: int | None = None
    skills: tuple[tuple[str, int], ...] = ()
    condition: str = "healthy"


HANDED = ("approve", "issue", "acknowledge")

# fmt: off
TOOLS = (
    Tool("Engineering notebook", "equipment", 2_600, "IT-OPS", "oskar", "The old one cannot run the lab.",
         "katarzyna", "marcus", HANDED),
    Tool("Streaming lab, 200 hours", "lab", 1_900, "IT-DAT", "arjun", "To try vehicle positions at full rate.",
         "arjun", skills=(("DENG", 4),)),
    Tool("Cable certifier", "equipment", 8_400, "IT-OPS", "mateusz", "Certified links at the new depots.",
         "ines", "ravi", ("approve",)),
    Tool("Second test phone", "equipment", 780, "IT-APP", "zsofia", "To test the app on an older system.",
         "daan", "saoirse", ("decline",), "The device pool has three of them."),
    Tool("Field service case", "equipment", 640, "IT-SD", "liv", "Tools for the depots.", "amelie", "bogdan",
         ("approve", "issue")),
    Tool("Profiler licence", "licence", 450, "IT-APP", "tariq", "The portal slows down at month ends.",
         "tariq", "daan", (*HANDED, "return")),
    Tool("Loan notebook", "equipment", 1_150, "IT-SD", "samuel", "For work at the warehouses.", "amelie", "bogdan",
         (*HANDED, "report_lost"), "Left on the train to the Calvera warehouse; blocked and reported the same day."),
    Tool("Range for incident exercises", "lab", 3_200, "IT-SEC", "monica", "Weekly exercises on real traces.",
         "ilse", "rasmus", HANDED, skills=(("SCAD", 4), ("USUP", 4))),
    Tool("Forecasting handbook, three volumes", "learning resource", 210, "IT-DAT", "sanna",
         "For the demand model.", "sanna", "camille", HANDED, until=3, skills=(("DATS", 5),)),
    Tool("Presentation kit", "equipment", 390, "IT-PMO", "agnieszka", "For gate meetings at the depots.",
         "agnieszka", "henrik", (*HANDED, "return"), condition="minor damage"),
)
# fmt: on


def tools(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    """Tools at every stage; the handbook's last day is near, and is over soon after the load."""
    return (handing(tool, calendar) for tool in TOOLS)


def handing(tool: Tool, calendar: Calendar) -> Sequence[DemoCommand]:
    id = record_id("tool", f"{tool.person} {tool.name}")
    until = calendar.ahead(tool.until).isoformat() if tool.until else None
    requested = {
        "name": tool.name,
        "kind": tool.kind,
        "skills": [level(code, at) for code, at in tool.skills],
        "cost": euros(tool.cost),
        "division_id": str(division_id(tool.division)),
        "person_id": str(person_id(tool.person)),
        "reason": tool.reason,
    }
    steps: dict[str, tuple[str | None, Json]] = {
        "approve": (tool.decided_by, {}),
        "decline": (tool.decided_by, {"reason": tool.why}),
        "issue": (KEEPER, {"person_id": str(person_id(tool.person)), "return_by": until}),
        "acknowledge": (tool.person, {}),
        "return": (KEEPER, {"condition": tool.condition}),
        "report_lost": (tool.person, {"reason": tool.why}),
    }
    orders = [DemoCommand(tool.requested_by, "request_tool", id, tool.name, requested)]
    for command in tool.then:
        actor, body = steps[command]
        assert actor is not None, "somebody decides"
        orders.append(DemoCommand(actor, f"{command}_tool", id, tool.name, body))
    return orders
