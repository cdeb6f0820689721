"""Scenes at people: from here on finance is asked for the money of hires, trainings and tools; what it answers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from portolan.demo.accounting import THE_ONE
from portolan.demo.calendar import Calendar
from portolan.demo.company import record_id
from portolan.demo.equipping import KEEPER, Tool, handing
from portolan.demo.founding import describe
from portolan.demo.hiring import Vacancy, filling
from portolan.demo.organisation import STAFF, Position
from portolan.demo.people import PERSONNEL
from portolan.demo.scenes import DemoCommand, Json, Scene, Wait, in_turns, orders_to
from portolan.demo.training import Session, scheduling

SWITCHES = "helena"
FUNDED, REFUSED = "funded", "refused"

# fmt: off
POSITION = Position("service-analyst", "Service Analyst", "CUS", STAFF, "service-lead",
                    ("Analyses what customers ask for.",))
VACANCY = Vacancy("service-analyst", "Service Analyst", "pavel", "Nobody looks at what is asked most.", "nadia")
"""Customer Service has no money for staff of its own: it is refused."""

AGAIN = ("portal-owner", "elif")
"""The vacancy that was approved before anybody asked finance, and who approves it again, which asks."""

PROVIDED, GIVEN_UP, TOO_DEAR = TOOLS = (
    Tool("Thermal camera", "equipment", 3_100, "IT-OPS", "mateusz", "Hot spots in the depots' racks.", "ines", "ravi",
         ("approve",)),
    Tool("Drone for roof antennas", "equipment", 4_900, "IT-OPS", "fatou", "Antennas are inspected from a crane.",
         "katarzyna", "marcus", ("approve",)),
    Tool("Label printer for loan devices", "equipment", 1_400, "IT-SD", "samuel", "Labels are written by hand.",
         "amelie", "bogdan", ("approve",)),
)

CANCELLED, DEAR = SESSIONS = (
    Session("leading-now", "leading", "IT", 5, 6, "Head office, two days", 8, 6_400, provider="Halvard Training"),
    Session("coding-camp", "coding", "IT-APP", 90, 94, "At the lake", 15, 48_000, provider="Keystone Courses"),
)
"""One is cancelled at short notice, so that its fee stays; for the other there is not as much money."""
# fmt: on

ANSWERS = (
    ("vacancies", "vacancy", AGAIN[0], FUNDED),
    ("vacancies", "vacancy", VACANCY.position, REFUSED),
    *(("tools", "tool", f"{each.person} {each.name}", FUNDED) for each in (PROVIDED, GIVEN_UP)),
    ("tools", "tool", f"{TOO_DEAR.person} {TOO_DEAR.name}", REFUSED),
    ("training-sessions", "training session", CANCELLED.key, FUNDED),
    ("training-sessions", "training session", DEAR.key, REFUSED),
)
"""What people ask for, and what finance answers."""


def promising(calendar: Calendar) -> Iterator[Scene]:
    on = {"on": True, "reason": "From now on nothing begins that nobody pays."}
    switched = orders_to("staffing_policy", THE_ONE, "the staffing policy")(SWITCHES, "switch_funding", on)
    yield Scene("ask finance from now on", "people", [switched])
    *turns, last = in_turns("ask finance for money", "people", asked(calendar))
    yield from turns
    yield Scene(last.title, last.service, last.orders, waits=[answer(*row) for row in ANSWERS])
    yield Scene("use what was promised, and give it up", "people", used())


def asked(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    yield [*describe(POSITION), *filling(VACANCY)]
    position, approver = AGAIN
    yield [orders_to("vacancy", record_id("vacancy", position), position)(approver, "approve", {}, "again")]
    yield from (handing(tool, calendar) for tool in TOOLS)
    yield from (list(scheduling(session, calendar)) for session in SESSIONS)


def answer(path: str, kind: str, key: str, status: str) -> Wait:
    return Wait("people", f"/{path}/{record_id(kind, key)}", f"finance answers about {key}", answered(status))


def answered(status: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda found: (found["funding"] or {}).get("status") == status


def used() -> list[DemoCommand]:
    """A tool is handed over, another one given up, and a session cancelled shortly before it."""
    return [
        tool_order(PROVIDED, KEEPER, "issue", {"person_id": issued_to(PROVIDED)}),
        tool_order(GIVEN_UP, "marcus", "decline", {"reason": "The crane is there anyway."}),
        orders_to("training_session", record_id("training session", CANCELLED.key), CANCELLED.key)(
            PERSONNEL, "cancel", {"reason": "Too few can come so soon."}
        ),
    ]


def issued_to(tool: Tool) -> str:
    return str(record_id("person", tool.person))


def tool_order(tool: Tool, actor: str, command: str, body: Json) -> DemoCommand:
    return orders_to("tool", record_id("tool", f"{tool.person} {tool.name}"), tool.name)(actor, command, body)
