"""Demo data for portfolio: what is asked of IT, by what it is scored, and what becomes of it.

One request became a project; another one waits until next quarter.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from portolan.demo.calendar import Calendar
from portolan.demo.company import division_id, initiative_id, person_id, record_id
from portolan.demo.scenes import DemoCommand, Json, orders_to


@dataclass(frozen=True)
class Request:
    """A request, how it was screened and scored, and what was decided.

    ``criteria``: values of fit, benefit and effort, 0 to 100. ``wsjf``: value, urgency, risk reduction and size.
    ``overridden``: the score that holds instead, and why. ``until``: so many days ahead. ``reason``: why it was
    deferred or rejected.
    """

    key: str
    title: str
    purpose: str
    division: str
    submitted_by: str
    screened: tuple[tuple[str, str, str], ...] = ()
    criteria: tuple[int, int, int] | None = None
    wsjf: tuple[int, int, int, int] | None = None
    overridden: tuple[int, str] | None = None
    became: Literal["open", "approved", "deferred", "rejected", "converted"] = "open"
    until: int | None = None
    reason: str = ""


OFFICE, AUTHORITY = "henrik", "helena"
CRITERIA_SET = record_id("criteria set", "demand")
FIT, BENEFIT, EFFORT = "Fit with strategy", "Benefit in three years", "Effort"
WEIGHTS = ((40, 40, 20), (35, 35, 30))
"""The weights of the criteria, as defined and as revised."""

SPONSOR, ACCOUNTABLE, INITIATIVE = "nadia", "saoirse", "customer"
"""Of the project that a request became."""

# fmt: off
REQUESTS = (
    Request("proof-of-delivery", "Paperless proof of delivery",
        "Consignees sign on the driver's phone; the paper slips and their scanning are no longer needed.",
        "OPS", "ewa"),
    Request("rate-engine", "Rates for spot loads within a minute",
        "Key account managers quote spot loads while the customer is on the line.",
        "SAL", "mehmet",
        (("technical feasibility", "minor concerns", "Needs rates from the new transport system."),
         ("resources and skills", "major concerns", "The pricing analysts are busy until the end of the quarter."))),
    Request("invoice-matching", "Automatic matching of hauliers' invoices",
        "Invoices of subcontracted hauliers are matched with their tours; people see the differences only.",
        "FIN", "noor", (("integration and compatibility", "no concerns", "Both systems have interfaces."),),
        wsjf=(13, 8, 5, 5)),
    Request("delivery-windows", "Delivery windows of two hours",
        "Consignees choose a window of two hours, and are told when the driver is near.",
        "SAL", "sofie", (("delivery constraints", "minor concerns", "Dispatchers have to plan by windows."),),
        criteria=(80, 70, 55), overridden=(85, "Two of the largest shippers make it a condition."), became="approved"),
    Request("dock-cameras", "Cameras that count pallets at the docks",
        "Pallets are counted by cameras, so that differences are known before the truck leaves.",
        "OPS", "rui", (("security and compliance", "major concerns", "Works councils of six countries are asked."),),
        criteria=(45, 60, 70), became="deferred", until=95, reason="The works councils answer next quarter."),
    Request("watches", "Smart watches for drivers",
        "Watches tell drivers their next stop and warn them of tiredness.",
        "OPS", "hendrik", became="rejected", reason="The drivers' app tells it already, health data stays private."),
    Request("claims", "Digital handling of claims",
        "Customers report damage with photographs and follow their claim; clear cases are settled at once.",
        "CUS", "nadia", (("technical feasibility", "no concerns", "The customer portal has what it takes."),),
        criteria=(90, 75, 35), became="converted"),
)
# fmt: on


def criteria() -> Sequence[DemoCommand]:
    order = orders_to("criteria_set", CRITERIA_SET, "the criteria of demand")
    defined, revised = ({"criteria": weighed(*weights)} for weights in WEIGHTS)
    return [
        order(OFFICE, "define", {"name": "Demand of the divisions"} | defined),
        order(OFFICE, "revise", revised | {"reason": "Two large requests tied up everybody: effort counts more."}),
    ]


def weighed(fit: int, benefit: int, effort: int) -> Sequence[Json]:
    return [
        {"name": FIT, "weight": str(fit)},
        {"name": BENEFIT, "weight": str(benefit)},
        {"name": EFFORT, "weight": str(effort), "inverted": True},
    ]


def requests(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    return (list(handle(row, calendar)) for row in REQUESTS)


def handle(row: Request, calendar: Calendar) -> Iterator[DemoCommand]:
    order = orders_to("request", record_id("request", row.key), f"the request '{row.title}'")
    submitted = {"title": row.title, "purpose": row.purpose, "division_id": str(division_id(row.division))}
    yield order(row.submitted_by, "submit", submitted)
    if row.screened:
        found = [
            {"dimension": dimension, "concern": concern, "note": note} for dimension, concern, note in row.screened
        ]
        yield order(OFFICE, "screen", {"feasibility": found})
    if row.criteria:
        values = zip((FIT, BENEFIT, EFFORT), row.criteria, strict=True)
        met = [{"criterion": criterion, "value": str(value)} for criterion, value in values]
        yield order(OFFICE, "score_by_criteria", {"criteria_set_id": str(CRITERIA_SET), "values": met})
    if row.wsjf:
        parts = zip(("value", "time_criticality", "risk_reduction", "job_size"), map(str, row.wsjf), strict=True)
        yield order(OFFICE, "score_by_wsjf", dict(parts))
    if row.overridden:
        score, why = row.overridden
        yield order(OFFICE, "override_score", {"score": str(score), "justification": why})
    if row.became in ("approved", "converted"):
        yield order(AUTHORITY, "approve")
    if row.became == "deferred" and row.until:
        yield order(AUTHORITY, "defer", {"until": calendar.ahead(row.until).isoformat(), "reason": row.reason})
    if row.became == "rejected":
        yield order(AUTHORITY, "reject", {"reason": row.reason})
    if row.became == "converted":
        named = {"sponsor_id": str(person_id(SPONSOR)), "accountable_id": str(person_id(ACCOUNTABLE))}
        yield order(OFFICE, "convert", named | {"initiative_id": str(initiative_id(INITIATIVE))})
