"""Demo data for portfolio: how risks are judged, and risks that are treated, monitored, accepted, or have happened."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from portolan.demo.calendar import Calendar
from portolan.demo.company import division_id, person_id, project_id, record_id
from portolan.demo.scenes import DemoCommand, Json, euros, orders_to

Category = Literal["operational", "financial", "reputational"]


@dataclass(frozen=True)
class Risk:
    """A risk of a division or a project; likelihood and impact are steps from 1 to 4.

    ``scored``: without and with the present controls. ``treatment``: what is done, and how, and what will remain.
    ``asked``: an acceptance that the owner asks for until so many days ahead, and why; ``answer``: who gives or refuses
    it, and why. ``end``: the command with which it ends, by its owner.
    """

    key: str
    title: str
    description: str
    category: Category
    division: str
    owner: str
    project: str | None = None
    identified_by: str | None = None
    confidential: bool = False
    scored: tuple[tuple[int, int], tuple[int, int]] | None = None
    rationale: str | None = None
    treatment: tuple[str, str, tuple[int, int] | None] | None = None
    asked: tuple[int, str] | None = None
    answer: tuple[str, str, str] | None = None
    end: tuple[str, Json] | None = None


EXECUTIVE = "helena"
LIKELIHOOD = ("rare", "unlikely", "possible", "likely")
IMPACT = ("minor", "moderate", "major", "severe")
LEVELS = (("low", 365), ("medium", 90), ("high", 30))
"""Levels of risk, and after how many days one is looked at again."""

MATRIX = ("low low low medium", "low low medium medium", "low medium medium high", "medium medium high high")
"""A row for each step of likelihood, a column for each of impact."""

APPETITES: tuple[tuple[Category, int], ...] = (("operational", 8), ("financial", 6), ("reputational", 4))
REVISED: tuple[Category, int, str] = ("operational", 6, "A competitor stood still for nine days after an attack.")

ISSUE_DUE, CONTINGENCY = 21, 20_000
"""The issue that a risk has become is due in so many days; the contingency asked for it."""

# fmt: off
RISKS = (
    Risk("supplier", "A supplier of core software may be sold", "The buyer is said to end the product we use.",
        "operational", "IT-APP", "joost", identified_by="helena", confidential=True),
    Risk("dependencies", "Applications with unknown dependencies", "Some of 140 applications may only work by VPN.",
        "operational", "IT-SEC", "davit", project="zero-trust", scored=((3, 3), (3, 3))),
    Risk("figures", "Emissions are doubted in public", "A competitor reckons by another method.",
        "reputational", "CVL", "luca", project="emissions", scored=((3, 3), (2, 2)),
        rationale="The auditor confirms the method; we say openly how we reckon."),
    Risk("old-system", "The old transport system fails before it is replaced", "Its support ends in autumn.",
        "operational", "OPS", "andrei", project="tms", scored=((4, 4), (3, 4)),
        rationale="Three countries stand still without it.",
        treatment=("mitigate", "Spare hardware is bought, and recovery is rehearsed every month.", (2, 3)),
        asked=(90, "Spare hardware takes three months to come."),
        answer=("elif", "refuse", "Borrow the hardware: nine weeks without any is too long.")),
    Risk("rights", "Rights of leavers stay in systems that are not connected", "38 of 60 systems are left.",
        "operational", "IT-SEC", "davit", project="identity-governance", scored=((4, 3), (2, 3)),
        rationale="The list of leavers is worked off by hand every day.",
        treatment=("mitigate", "Connect the systems with personal data first.", (1, 3)),
        end=("monitor", {"note": "Looked at with every system that is connected."})),
    Risk("single-line", "Three depots hang on one line", "A second line comes with the fibre at the earliest.",
        "operational", "IT-OPS", "ravi", project="depot-network", scored=((3, 4), (3, 3)),
        rationale="An outage of a day costs about 40,000 euros for each depot.",
        treatment=("accept", "Mobile routers stand ready at the depots.", None),
        asked=(150, "Until the fibre lines are laid there is no other way."),
        answer=("marcus", "give", "The routers were tried; we take the rest of it until the lines are there.")),
    Risk("calculations", "Reports rest on calculations that nobody wrote down", "Two controllers know some of them.",
        "financial", "IT-DAT", "thandiwe", project="data-warehouse", scored=((3, 3), (3, 3)),
        end=("materialise", {"effect": "Four month-end reports differ from the old ones by up to 3 per cent.",
                             "issue_title": "Month-end reports differ from the old warehouse"})),
    Risk("designer", "The designer of the reports leaves", "Nobody else knows how the report for the board is made.",
        "operational", "IT-PMO", "carolina", project="portfolio-reporting",
        end=("materialise", {"effect": "The board's report is put together by hand.",
                             "issue_title": "Nobody designs the board's report"})),
    Risk("mixed-traffic", "The authority forbids driverless vehicles in mixed traffic", "No other yard has tried it.",
        "operational", "OPS", "elif", project="yard-shuttle",
        end=("close", {"reason": "The project was cancelled."})),
)
# fmt: on


def policies() -> Iterator[Sequence[DemoCommand]]:
    """A policy for each category; one of them was revised."""
    for category, appetite in APPETITES:
        order = orders_to("risk_policy", record_id("risk policy", category), f"the policy for {category} risks")
        defined = policy(appetite, "Agreed with the board.") | {"category": category}
        orders = [order(EXECUTIVE, "define", defined)]
        revised, lower, reason = REVISED
        if category == revised:
            orders.append(order(EXECUTIVE, "revise", policy(lower, reason)))
        yield orders


def policy(appetite: int, reason: str) -> Json:
    return {
        "likelihood": scale(LIKELIHOOD),
        "impact": scale(IMPACT),
        "levels": [{"name": name, "review_days": days} for name, days in LEVELS],
        "matrix": [[{"level": level} for level in row.split()] for row in MATRIX],
        "appetite": str(appetite),
        "reason": reason,
    }


def scale(steps: Sequence[str]) -> Sequence[Json]:
    return [{"name": name, "number": str(number)} for number, name in enumerate(steps, 1)]


def risks(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    return (list(manage(row, calendar)) for row in RISKS)


def manage(row: Risk, calendar: Calendar) -> Iterator[DemoCommand]:
    order = orders_to("risk", record_id("risk", row.key), f"the risk '{row.title}'")
    identified = {
        "title": row.title,
        "description": row.description,
        "category": row.category,
        "division_id": str(division_id(row.division)),
        "project_id": str(project_id(row.project)) if row.project else None,
        "owner_id": str(person_id(row.owner)),
        "confidential": row.confidential,
    }
    yield order(row.identified_by or row.owner, "identify", identified)
    if row.scored:
        inherent, current = row.scored
        yield order(row.owner, "analyse", {"inherent": at(inherent), "current": at(current)})
    if row.rationale:
        yield order(row.owner, "evaluate", {"rationale": row.rationale})
    if row.treatment:
        treatment, plan, residual = row.treatment
        body = {"treatment": treatment, "plan": plan, "residual": at(residual) if residual else None}
        yield order(row.owner, "treat", body)
    if row.asked:
        days, reason = row.asked
        yield order(row.owner, "ask_acceptance", {"until": calendar.ahead(days).isoformat(), "reason": reason})
    if row.answer:
        actor, answer, reason = row.answer
        yield order(actor, f"{answer}_acceptance", {"reason": reason})
    if row.end:
        command, body = row.end
        yield order(row.owner, command, body | (happened(calendar) if command == "materialise" else {}))


def at(place: tuple[int, int]) -> Json:
    likelihood, impact = place
    return {"likelihood": LIKELIHOOD[likelihood - 1], "impact": IMPACT[impact - 1]}


def happened(calendar: Calendar) -> Json:
    return {"issue_due_on": calendar.ahead(ISSUE_DUE).isoformat(), "contingency": euros(CONTINGENCY)}
