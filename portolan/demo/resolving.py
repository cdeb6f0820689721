"""Demo data for portfolio: issues that stand in the way, who sees to them, and how far they have come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from portolan.demo.calendar import Calendar
from portolan.demo.company import division_id, person_id, project_id, record_id
from portolan.demo.scenes import DemoCommand, Json, orders_to


@dataclass(frozen=True)
class Issue:
    """An issue of a project, a service or a division, due in so many days.

    ``step``: what its owner did so many days ago, and to what effect. ``then``: who does what about it, and why.
    """

    key: str
    title: str
    division: str
    raised_by: str
    due: int
    owner: str | None = None
    about: tuple[Literal["project", "service"], str] | None = None
    step: tuple[int, str, str] | None = None
    then: tuple[tuple[str, str, Json], ...] = ()


# fmt: off
ISSUES = (
    Issue("scanners", "Scanners lose the network in hall 3", "OPS", "bilal", 9),
    Issue("tariffs", "Tariffs of forty hauliers are incomplete", "OPS", "andrei", 24, "ewa", ("project", "tms")),
    Issue("descriptions", "Services of other units are not described", "IT", "bogdan", 30, "amelie",
        ("project", "service-catalogue"), (4, "Sent the heads of the units a form.", "Three of six have answered.")),
    Issue("sign-on", "Single sign-on fails for two large shippers", "SAL", "sofie", 6, "daan",
        ("project", "customer-portal"),
        then=(("daan", "escalate", {"reason": "The exception for their certificates is not mine to make."}),)),
    Issue("downloads", "Invoices of last year cannot be downloaded", "IT-APP", "pavel", 12, "daan",
        ("service", "portal"),
        then=(("daan", "resolve", {"resolution": "The index is restored, and checked every night."}),)),
    Issue("allowances", "Night allowances differ in a parallel run", "HR", "greta", 15, "elif", ("project", "payroll"),
        then=(("elif", "resolve", {"resolution": "Two rules were entered twice; one of each is gone."}),
              ("greta", "close", {"reason": "Both runs agree to the cent."}))),
)
# fmt: on


def issues(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    return (list(see_to(row, calendar)) for row in ISSUES)


def see_to(row: Issue, calendar: Calendar) -> Iterator[DemoCommand]:
    order = orders_to("issue", record_id("issue", row.key), f"the issue '{row.title}'")
    body = {
        "title": row.title,
        "division_id": str(division_id(row.division)),
        "owner_id": str(person_id(row.owner)) if row.owner else None,
        "due_on": calendar.ahead(row.due).isoformat(),
    }
    if row.about:
        kind, key = row.about
        body[f"{kind}_id"] = str(project_id(key) if kind == "project" else record_id("service", key))
    yield order(row.raised_by, "raise", body)
    if row.step and row.owner:
        days, step, effect = row.step
        taken = {"step_id": str(record_id("step", row.key)), "step": step, "effect": effect}
        yield order(row.owner, "take_step", taken | {"taken_on": calendar.ago(days).isoformat()})
    for actor, command, said in row.then:
        yield order(actor, command, said)
