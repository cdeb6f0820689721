"""Demo data for portfolio: the limits of policy, decisions and what superseded them, priorities of IT, gates."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from portolan.demo.calendar import Calendar
from portolan.demo.company import division_id, person_id, project_id, record_id
from portolan.demo.delivering import NAMES
from portolan.demo.projects import CANCELLED
from portolan.demo.scenes import DemoCommand, Json, Scene, in_turns, orders_to


@dataclass(frozen=True)
class Decision:
    """A decision made so many days ago between options, the first of which was chosen.

    ``due``: to be carried out within so many days from today. ``carried_out``: so many days ago, and what was done.
    ``given_up``: why it was not carried out.
    """

    key: str
    title: str
    options: tuple[str, ...]
    rationale: str
    decided_by: str
    days: int
    project: str | None = None
    division: str | None = None
    due: int | None = None
    carried_out: tuple[int, str] | None = None
    given_up: str | None = None
    supersedes: str | None = None


@dataclass(frozen=True)
class Gate:
    """A gate that a project is to pass; ``then``: who did what about it, with decision and reason."""

    key: str
    project: str
    name: str
    note: str
    proposed_by: str
    then: tuple[str, str, Json] | None = None


OFFICE, AUTHORITY = "henrik", "helena"
POLICY = UUID(int=0)
LIMITS: Json = {
    "exception_days": 7,
    "gate_authorities": [str(person_id("carolina"))],
    "reason": "An exception may wait for a week; the head of the portfolio office may decide at gates.",
}

# fmt: off
DECISIONS = (
    Decision("one-region", "Where customer data is kept", ("In one cloud region", "In two cloud regions"),
        "One region is cheaper, and was enough for all duties there were.", "helena", 410, division="IT"),
    Decision("robots", "Robots in the Zaragoza warehouse",
        ("Lease sixty robots", "Buy sixty robots", "Build a second hall"),
        "Leased robots need no investment.", "hendrik", 48, project="warehouse-robotics",
        given_up="The supplier leases only from a hundred robots on."),
    Decision("line-haul", "Line haul planning", ("In a later project", "In the same project"),
        "The six countries have to be live before the old system's support ends.", "hendrik", 25, project="tms",
        due=45),
)
LATER_DECISIONS = (
    Decision("two-regions", "Where customer data is kept from now on", ("In two cloud regions", "In one cloud region"),
        "A region was down for eleven hours; operators of essential services have to go on within four.",
        "helena", 90, division="IT", carried_out=(21, "All customer data is kept in two regions, tested by a switch."),
        supersedes="one-region"),
)
"""Decisions that follow on earlier ones."""

GATES = (
    Gate("yard-slots", "yard-slots", "Approval", "The specification is signed; six hauliers take part.", "saoirse"),
    Gate("payroll", "payroll", "Roll-out in Spain", "Both parallel runs agreed to the cent.", "elif",
         ("helena", "decide", {"decision": "go", "rationale": "The figures are convincing; go on before the summer."})),
    Gate("virtual-agent", "virtual-agent", "Continuation", "The supplier has shown its new models.", "bogdan",
         ("helena", "decide", {"decision": "hold", "rationale": "Three of five languages are not good enough yet."})),
    Gate("emissions", "emissions", "Publication of the method", "The auditor has seen the method.", "thandiwe",
         ("thandiwe", "withdraw", {"reason": "The auditor asks for figures of a whole quarter first."})),
    Gate("driver-onboarding", "driver-onboarding", "Specification", "Six hauliers want it.", "saoirse",
         ("hendrik", "decide", {"decision": "recycle", "rationale": "Ask first which licences a phone may show."})),
)
LAST_GATES = tuple(
    Gate(f"end of {key}", key, "Continuation", "The sponsor asks whether it goes on.", "elif",
         ("hendrik", "decide", {"decision": "kill", "rationale": why}))
    for key, why in CANCELLED.items()
)
"""Gates at which projects ended."""
# fmt: on

PRIORITIES = record_id("priorities", "IT")
RANKED = (
    "depot-network",
    "zero-trust",
    "identity-governance",
    "data-warehouse",
    "demand-forecast",
    "service-catalogue",
)
RANKED_AGAIN = ("zero-trust", "identity-governance", "depot-network", "data-warehouse", "service-catalogue")
"""Projects of IT, the first first; and after the audit."""


def limits() -> DemoCommand:
    return orders_to("portfolio_policy", POLICY, "the limits of the portfolio")(AUTHORITY, "set_limits", LIMITS)


def decisions(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    return (list(decide(row, calendar)) for row in DECISIONS)


def later_decisions(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    return (list(decide(row, calendar)) for row in LATER_DECISIONS)


def decide(row: Decision, calendar: Calendar) -> Iterator[DemoCommand]:
    order = orders_to("decision", record_id("decision", row.key), f"the decision '{row.title}'")
    body: Json = {
        "title": row.title,
        "options": row.options,
        "chosen": row.options[0],
        "rationale": row.rationale,
        "decided_by": str(person_id(row.decided_by)),
        "decided_on": calendar.ago(row.days).isoformat(),
        "due_on": calendar.ahead(row.due).isoformat() if row.due else None,
        "supersedes": str(record_id("decision", row.supersedes)) if row.supersedes else None,
        "project_id": str(project_id(row.project)) if row.project else None,
        "division_id": str(division_id(row.division)) if row.division else None,
    }
    yield order(OFFICE, "log", body)
    if row.carried_out:
        days, note = row.carried_out
        yield order(OFFICE, "carry_out", {"carried_out_on": calendar.ago(days).isoformat(), "note": note})
    if row.given_up:
        yield order(OFFICE, "give_up", {"reason": row.given_up})


def priorities() -> Sequence[DemoCommand]:
    order = orders_to("priorities", PRIORITIES, "the priorities of IT")
    first, again = ([str(project_id(key)) for key in keys] for keys in (RANKED, RANKED_AGAIN))
    body = {
        "title": "Projects of Information Technology",
        "ranks": "projects",
        "division_id": str(division_id("IT")),
        "ranking": first,
        "reason": "The depots wait longest.",
    }
    audit = {"ranking": again, "reason": "After the audit of the port authorities security comes first."}
    return [order(OFFICE, "rank", body), order(AUTHORITY, "rank_again", audit)]


def ends() -> Iterator[Scene]:
    """Projects end at their gates."""
    return in_turns("decide that a project ends", "portfolio", gates(LAST_GATES))


def gates(rows: Sequence[Gate] = GATES) -> Iterator[Sequence[DemoCommand]]:
    for row in rows:
        order = orders_to("gate", record_id("gate", row.key), f"the gate '{row.name}' of '{NAMES[row.project]}'")
        body = {"project_id": str(project_id(row.project)), "name": row.name, "note": row.note}
        proposed = order(row.proposed_by, "propose", body)
        yield [proposed, order(*row.then)] if row.then else [proposed]
