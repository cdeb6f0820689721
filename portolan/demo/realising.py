"""Demo data for portfolio: what initiatives and projects are to bring, what became of it, and what they have built up.

Some benefits have their day on the day of the load, so that finance has something to look at.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portolan.demo.calendar import Calendar
from portolan.demo.company import initiative_id, person_id, project_id, record_id
from portolan.demo.money import CONTROLLER
from portolan.demo.scenes import DemoCommand, Json, Wait, euros, orders_to


@dataclass(frozen=True)
class Verdict:
    """What finance found so many days ago, and why; ``measured`` in euros, where it is money."""

    confirmed: bool
    days: int
    because: str
    measured: int | None = None


@dataclass(frozen=True)
class Benefit:
    """What is to go from ``baseline`` to ``target`` in so many days; None: its day is today.

    ``then``: how the portfolio office plans it again, names another owner or withdraws it. ``verdicts``: of finance,
    the first one first.
    """

    key: str
    name: str
    measure: str
    baseline: int
    target: int
    owner: str
    due: int | None
    initiative: str | None = None
    project: str | None = None
    then: tuple[str, Json] | None = None
    verdicts: tuple[Verdict, ...] = ()


OFFICE = "henrik"

# fmt: off
BENEFITS = (
    Benefit("hosting", "Hosting costs less", "Running costs of hosting in a year, in euros", 3_040_000, 2_500_000,
        "marcus", None, initiative="cloud",
        verdicts=(Verdict(False, 40, "Invoices of the last two months in Ghent are missing.", 410_000),
                  Verdict(True, 3, "All invoices are in: 18 per cent less than the baseline.", 547_000))),
    Benefit("environments", "New environments are ready at once", "Working days until an environment is ready", 21, 1,
        "katarzyna", None, initiative="cloud",
        verdicts=(Verdict(True, 3, "The last ten environments took less than four hours each."),)),
    Benefit("signing", "Contracts are signed sooner", "Days from the offer to the signature", 12, 3,
        "frederic", None, project="esignature"),
    Benefit("chat", "Enquiries move from telephone to chat", "Per cent of enquiries that come by chat", 0, 33,
        "nadia", 20, initiative="customer",
        verdicts=(Verdict(False, 6, "The pilot has ended; eleven per cent of enquiries came by chat."),)),
    Benefit("returns", "Fewer calls about returns", "Calls about returns in a month", 9_400, 5_600,
        "pavel", 330, initiative="customer"),
    Benefit("transport", "One system instead of two", "Licences and hosting of transport systems in a year, in euros",
        1_180_000, 760_000, "andrei", 400, project="tms",
        then=("replan", {"target": "790000", "reason": "Line haul planning keeps its own licences for now."})),
    Benefit("depots", "Depots stand still less", "Hours in a year without network, per depot", 17, 4,
        "gilles", 290, project="depot-network"),
    Benefit("trailers", "Trailers move without a driver", "Trailers moved in a day without a driver", 0, 200,
        "rui", 150, initiative="yard",
        then=("withdraw", {"reason": "The initiative was stopped: there is no vehicle."})),
)

CAPABILITY, MATURE = "Recovery after an attack", "secure"
"""What an initiative builds up, and which one."""
BASELINE, REACHED, TARGET = (2, 340), (3, 15), (4, 200)
"""Levels of maturity, with the days: two of them back, the last one ahead."""
EVIDENCE = "All ten critical systems were recovered within 24 hours in a test."
# fmt: on


def benefit_id(row: Benefit) -> str:
    return str(record_id("benefit", row.key))


def benefits(calendar: Calendar) -> list[DemoCommand]:
    """What initiatives and projects promise when they are begun."""
    return [plan(row, calendar) for row in BENEFITS]


def plan(row: Benefit, calendar: Calendar) -> DemoCommand:
    body = {
        "name": row.name,
        "measure": row.measure,
        "baseline": str(row.baseline),
        "target": str(row.target),
        "due_on": due_on(row, calendar),
        "owner_id": str(person_id(row.owner)),
        "initiative_id": str(initiative_id(row.initiative)) if row.initiative else None,
        "project_id": str(project_id(row.project)) if row.project else None,
    }
    return benefit_order(row, "plan", body, "due" if row.due is None else "")


def due_on(row: Benefit, calendar: Calendar) -> str:
    return (calendar.today if row.due is None else calendar.ahead(row.due)).isoformat()


def benefit_order(row: Benefit, command: str, body: Json, nth: str = "") -> DemoCommand:
    return orders_to("benefit", record_id("benefit", row.key), f"the benefit '{row.name}'")(OFFICE, command, body, nth)


def asked_of_finance() -> list[Wait]:
    """Benefits whose day it is wait at finance."""
    return [
        Wait("finance", f"/benefit-confirmations/{benefit_id(row)}", f"finance is asked about '{row.name}'", is_asked)
        for row in BENEFITS
        if row.due is None
    ]


def is_asked(confirmation: Mapping[str, Any]) -> bool:
    return confirmation["asked"] is not None


def changed_benefits(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    for row in BENEFITS:
        if row.then:
            command, body = row.then
            dated = {"due_on": due_on(row, calendar)} if command == "replan" else {}
            yield [benefit_order(row, command, body | dated)]


def verdicts(calendar: Calendar) -> list[DemoCommand]:
    """What finance finds; a verdict may be revised, the first one stays."""
    return [judge(row, number, verdict, calendar) for row in BENEFITS for number, verdict in enumerate(row.verdicts, 1)]


def judge(row: Benefit, number: int, verdict: Verdict, calendar: Calendar) -> DemoCommand:
    order = orders_to("benefit_confirmation", record_id("benefit", row.key), f"the benefit '{row.name}'")
    body = {
        "evidence" if verdict.confirmed else "reason": verdict.because,
        "measured": euros(verdict.measured) if verdict.measured is not None else None,
        "confirmed_on": calendar.ago(verdict.days).isoformat(),
    }
    return order(CONTROLLER, "confirm" if verdict.confirmed else "do_not_confirm", body, f"verdict {number}")


def recorded() -> list[Wait]:
    """Portfolio hears what finance found."""
    return [
        Wait("portfolio", f"/benefits/{benefit_id(row)}", f"the verdict on '{row.name}'", has_verdict(row.verdicts[-1]))
        for row in BENEFITS
        if row.verdicts
    ]


def has_verdict(last: Verdict) -> Callable[[Mapping[str, Any]], bool]:
    return lambda benefit: (benefit["verdict"] or {}).get("because") == last.because


def capability(calendar: Calendar) -> Sequence[DemoCommand]:
    """How mature a capability was, is, and is to become by an initiative."""
    order = orders_to("initiative", initiative_id(MATURE), f"the capability '{CAPABILITY}'")
    (was, before), (found, lately), (wanted, later) = BASELINE, REACHED, TARGET
    target = {
        "capability": CAPABILITY,
        "baseline": was,
        "baseline_on": calendar.ago(before).isoformat(),
        "target": wanted,
        "target_on": calendar.ahead(later).isoformat(),
    }
    assessed = {
        "capability": CAPABILITY,
        "level": found,
        "assessed_on": calendar.ago(lately).isoformat(),
        "evidence": EVIDENCE,
    }
    return [order(OFFICE, "set_capability_target", target), order(OFFICE, "assess_capability", assessed)]
