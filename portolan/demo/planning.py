"""Demo data for portfolio: plans with baselines, what the work has reached, change requests, answers to exceptions.

The transport system is late and dear, the data warehouse got a second baseline, the depots go on as planned.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid5

from portolan.demo.calendar import Calendar
from portolan.demo.company import person_id, project_id, record_id
from portolan.demo.delivering import CRITERIA, NAMES, plan_of
from portolan.demo.money import CURRENCY
from portolan.demo.projects import PROJECTS
from portolan.demo.scenes import DemoCommand, Json, Order, Wait, euros, orders_to


@dataclass(frozen=True)
class Package:
    """A work package of a project from one month to another, and so many days more.

    ``steps``: its weighted milestones, each with its weight in per cent and the month at whose end it is due.
    """

    key: str
    name: str
    value: int
    months: tuple[int, int]
    days: int = 0
    steps: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True)
class Milestone:
    """A milestone due in so many days, negative ones back; ``met`` so many days ago, ``moved`` to so many ahead."""

    key: str
    name: str
    days: int
    met: int | None = None
    moved: tuple[int, str] | None = None


@dataclass(frozen=True)
class Plan:
    """A project's plan: who drafts it, who sets its baseline, and the tolerances for cost and schedule in per cent.

    ``reached``: per cent complete of work packages, or which of their steps, so many days ago.
    """

    project: str
    drafted_by: str
    baseline_by: str
    packages: tuple[Package, ...]
    milestones: tuple[Milestone, ...]
    reported: int
    reached: tuple[tuple[str, int | tuple[str, ...]], ...]
    tolerances: tuple[int, int, str] | None = None


@dataclass(frozen=True)
class ChangeRequest:
    """A change that somebody asks for: another budget of the baseline, or another scope of the specification.

    ``effects``: on cost and on the end in days. ``then``: who does what about it, with the reason where one is given.
    """

    key: str
    project: str
    raised_by: str
    reason: str
    budget: int | None = None
    scope: tuple[str, int] | None = None
    effects: tuple[int, int, str] | None = None
    then: tuple[tuple[str, str, str], ...] = ()


OFFICE = "henrik"

# fmt: off
PLANS = (
    Plan("tms", "andrei", "joost", (
        Package("licences", "Licences for six countries", 780_000, (-11, 5)),
        Package("planning", "Order entry and planning", 620_000, (-10, 1)),
        Package("settlement", "Settlement", 600_000, (-6, 4)),
        Package("countries", "Roll-out in six countries", 400_000, (-4, 9),
                steps=(("First three countries live", 30, -2), ("Last three countries live", 70, 9))),
    ), (
        Milestone("orders", "Order entry live in two countries", -150, met=150),
        Milestone("settlement", "Settlement live in three countries", -20),
        Milestone("old-system", "Old system switched off", 240, moved=(261, "The last country settles a month later.")),
    ), 8, (("licences", 70), ("planning", 60), ("settlement", 30), ("countries", ("First three countries live",))),
        (5, 2, "The board watches the renewal of core systems closely.")),
    Plan("data-warehouse", "thandiwe", "thandiwe", (
        Package("platform", "Cloud data platform", 240_000, (-10, 0)),
        Package("reports", "Migration of 640 reports", 330_000, (-8, 1)),
        Package("parallel", "Parallel run of month-end", 150_000, (-1, 2)),
    ), (
        Milestone("switch", "Old warehouse switched off", 75),
    ), 9, (("platform", 85), ("reports", 66), ("parallel", 20)),
        (5, 10, "There is little left in the division's budget of this year.")),
    Plan("depot-network", "ravi", "marcus", (
        Package("equipment", "Network equipment for 41 depots", 520_000, (-6, 4)),
        Package("installation", "Installation at night", 400_000, (-3, 8)),
        Package("lines", "Lines for three depots that have none", 100_000, (1, 6)),
    ), (
        Milestone("half", "Half of the depots are done", 30),
    ), 5, (("equipment", 62), ("installation", 30))),
)

SECOND_BASELINE = ("data-warehouse", Package("parallel", "Two parallel runs of month-end", 208_000, (-1, 2), days=14))
"""The work package that differs in the second baseline of a project."""

CHANGE_REQUESTS = (
    ChangeRequest("second-run", "data-warehouse", "thandiwe", "Month-end reports need a second parallel run.",
        budget=778_000, effects=(58_000, 14, ""),
        then=(("helena", "approve", ""), ("thandiwe", "apply", ""))),
    ChangeRequest("settlement-team", "tms", "andrei", "A second team finishes settlement in time.",
        budget=2_568_000, effects=(168_000, 0, "Settlement of the last three countries by templates.")),
    ChangeRequest("line-haul", "tms", "hendrik", "Line haul planning should come with this project after all.",
        budget=2_950_000,
        then=(("elif", "reject", "It follows in a later project, as decided: first the six countries are live."),)),
    ChangeRequest("two-depots", "depot-network", "rui", "Two depots were taken over from a competitor.",
        budget=1_068_000),
    ChangeRequest("contractors", "identity-governance", "rasmus", "Contractors have as many access rights as staff.",
        scope=("Joiners, movers and leavers drive access rights in 60 systems, contractors included; managers review "
               "them twice a year.", 455_000),
        effects=(25_000, 0, "Contractors are included."), then=(("yasmin", "approve", ""),)),
    ChangeRequest("sea-freight", "emissions", "thandiwe", "Customers ask for the emissions of sea freight as well.",
        scope=("Calculation of emissions per leg, sea freight included, a certificate for customers, and the figures "
               "for the annual report.", 520_000),
        then=(("thandiwe", "withdraw", "The carriers will tell the figures themselves from next year on."),)),
)
# fmt: on

EXCEEDED = {"tms": 2, "data-warehouse": 2}
"""Projects with forecasts beyond tolerance, and how many: first that of cost, then that of the schedule."""

ANSWERS: tuple[tuple[str, int, str, Json], ...] = (
    ("tms", 1, "joost", {"answer": "recovery plan", "explanation": "Settle the last countries with one template."}),
    ("data-warehouse", 1, "thandiwe", {"answer": "new baseline", "explanation": "A second parallel run is needed."}),
)
"""Answered exceptions: the project, the number of the exception, who answers, and what."""

RECOVERS, RECOVERED_IN = "andrei", 28


def plan_order(key: str) -> Order:
    return orders_to("plan", project_id(key), f"the plan of '{NAMES[key]}'")


def package_id(project: str, package: str) -> str:
    return str(record_id("work package", project, package))


def milestone_id(project: str, milestone: str) -> str:
    return str(record_id("milestone", project, milestone))


APPROVED_BY = {project.key: project.approved_by for project in PROJECTS if project.approved_by}


def drafts(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    """Plans are drafted; some projects get tolerances of their own, from those who approved them."""
    for plan in PLANS:
        order = plan_order(plan.project)
        orders = [order(plan.drafted_by, "draft", drafted(plan, plan.packages, calendar))]
        if plan.tolerances:
            cost, schedule, reason = plan.tolerances
            body = {"cost": str(cost), "schedule": str(schedule), "reason": reason}
            orders.append(order(APPROVED_BY[plan.project], "set_tolerances", body))
        yield orders


def drafted(plan: Plan, packages: Sequence[Package], calendar: Calendar) -> Json:
    return {
        "currency": CURRENCY,
        "packages": [work_package(plan.project, package, calendar) for package in packages],
        "milestones": [
            {
                "milestone_id": milestone_id(plan.project, milestone.key),
                "name": milestone.name,
                "due_on": (calendar.today + timedelta(days=milestone.days)).isoformat(),
            }
            for milestone in plan.milestones
        ],
    }


def work_package(project: str, package: Package, calendar: Calendar) -> Json:
    first, last = package.months
    end = calendar.last_of(last) + timedelta(days=package.days)
    steps = [
        {"name": name, "weight": str(weight), "due_on": calendar.last_of(month).isoformat()}
        for name, weight, month in package.steps
    ]
    return {
        "package_id": package_id(project, package.key),
        "name": package.name,
        "planned_value": str(package.value),
        "plan": {"start": calendar.first_of(first).isoformat(), "end": end.isoformat()},
        "technique": "weighted milestones" if steps else "percent complete",
        "weighted_milestones": steps,
    }


def baselines() -> list[DemoCommand]:
    return [
        plan_order(plan.project)(
            plan.baseline_by, "set_baseline", {"budget": euros(sum(package.value for package in plan.packages))}
        )
        for plan in PLANS
    ]


def exceeded() -> list[Wait]:
    """Health is judged by the baselines, and exceptions are raised."""
    return [
        Wait("portfolio", f"/project-health/{project_id(key)}", f"the exceptions of '{NAMES[key]}'", has_raised(number))
        for key, number in EXCEEDED.items()
    ]


def has_raised(number: int) -> Callable[[Mapping[str, Any]], bool]:
    return lambda health: bool(health["raised"] >= number)


def work(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    """What the work has reached; afterwards the plan is drafted again where it changes."""
    changed, package = SECOND_BASELINE
    for plan in PLANS:
        orders = list(reached(plan, calendar))
        if plan.project == changed:
            packages = [package if each.key == package.key else each for each in plan.packages]
            orders.append(plan_order(changed)(plan.drafted_by, "draft", drafted(plan, packages, calendar), "again"))
        yield orders


def reached(plan: Plan, calendar: Calendar) -> Iterator[DemoCommand]:
    order = plan_order(plan.project)
    packages = [
        {"package_id": package_id(plan.project, key)}
        | ({"percent_complete": str(found)} if isinstance(found, int) else {"reached": found})
        for key, found in plan.reached
    ]
    body = {"as_of": calendar.ago(plan.reported).isoformat(), "packages": packages}
    yield order(plan.drafted_by, "report_work", body)
    for milestone in plan.milestones:
        of = {"milestone_id": milestone_id(plan.project, milestone.key)}
        if milestone.met is not None:
            met_on = calendar.ago(milestone.met).isoformat()
            yield order(plan.drafted_by, "meet_milestone", of | {"effective_on": met_on}, milestone.key)
        if milestone.moved is not None:
            days, reason = milestone.moved
            moved = {"due_on": calendar.ahead(days).isoformat(), "reason": reason}
            yield order(plan.drafted_by, "move_milestone", of | moved, milestone.key)


def change_requests(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    return (control(row, calendar) for row in CHANGE_REQUESTS)


def control(row: ChangeRequest, calendar: Calendar) -> Sequence[DemoCommand]:
    order = orders_to("change_request", record_id("change request", row.key), f"a change of '{NAMES[row.project]}'")
    body: Json = {"project_id": str(project_id(row.project)), "reason": row.reason}
    if row.scope:
        scope, asked = row.scope
        body |= {
            "subject": "specification",
            "specification": {
                "scope": scope,
                "success_criteria": CRITERIA[row.project],
                "plan": plan_of(row.project, calendar),
                "budget_asked": euros(asked),
            },
        }
    if row.budget:
        body |= {"subject": "baseline", "budget": euros(row.budget)}
    orders = [order(row.raised_by, "raise", body)]
    if row.effects:
        cost, days, said = row.effects
        effects = {"cost_effect": str(cost), "days_effect": days, "scope_effect": said}
        orders.append(order(OFFICE, "assess", effects))
    orders += [order(actor, command, {"reason": reason} if reason else {}) for actor, command, reason in row.then]
    return orders


def answers(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    for project, number, actor, said in ANSWERS:
        id = uuid5(project_id(project), f"exception {number}")
        recovers = {"owner_id": str(person_id(RECOVERS)), "due_on": calendar.ahead(RECOVERED_IN).isoformat()}
        body = said | (recovers if said["answer"] == "recovery plan" else {})
        yield [orders_to("exception", id, f"an exception of '{NAMES[project]}'")(actor, "answer", body)]
