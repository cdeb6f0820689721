"""Demo data for portfolio: who works how much on which project, an engineer with too much, skills projects need."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from portolan.demo.calendar import Calendar
from portolan.demo.company import MEMBERS, person_id, project_id, record_id
from portolan.demo.delivering import NAMES
from portolan.demo.scenes import DemoCommand, orders_to
from portolan.demo.skills import SKILLS, skill


@dataclass(frozen=True)
class Allocation:
    """Hours of a person on a project in the week so many weeks ahead; ``planned``: those for which there is work."""

    person: str
    project: str
    week: int
    hours: int
    by: str
    planned: int | None = None
    ended: str | None = None


@dataclass(frozen=True)
class Demand:
    """So many persons with a skill at a level that a project needs, from one month to another."""

    project: str
    skill: str
    level: int
    heads: int
    months: tuple[int, int]
    by: str
    withdrawn: str | None = None


# fmt: off
ALLOCATIONS = (
    Allocation("oskar", "depot-network", 2, 20, "ravi"),
    Allocation("oskar", "tms", 2, 16, "andrei"),
    Allocation("mirjam", "tms", 2, 30, "andrei", planned=24),
    Allocation("zsofia", "customer-portal", 3, 32, "daan", ended="Release 5 comes after the turn of the year."),
)
OVERLOADED, OVERLOAD_REASON = Allocation("oskar", "zero-trust", 2, 16, "marcus"), "The audit leaves no other week."
"""More than the hours of one engineer, allocated by a manager above."""

DEMANDS = (
    Demand("tms", "TEST", 4, 2, (0, 5), "andrei"),
    Demand("depot-network", "NTAS", 3, 3, (0, 6), "ravi"),
    Demand("customer-portal", "PROG", 4, 1, (1, 3), "daan", withdrawn="Two languages needed less rework than planned."),
)
# fmt: on


def monday(weeks: int, calendar: Calendar) -> date:
    """The Monday of the week so many weeks ahead."""
    return calendar.today - timedelta(days=calendar.today.weekday()) + timedelta(weeks=weeks)


def allocate(row: Allocation, calendar: Calendar, reason: str | None = None) -> Sequence[DemoCommand]:
    id = record_id("allocation", row.person, row.project, row.week)
    order = orders_to("allocation", id, f"{MEMBERS[row.person].name} on '{NAMES[row.project]}'")
    body = {
        "person_id": str(person_id(row.person)),
        "project_id": str(project_id(row.project)),
        "monday": monday(row.week, calendar).isoformat(),
        "hours": str(row.hours),
        "overload_reason": reason,
    }
    orders = [order(row.by, "allocate", body)]
    if row.planned is not None:
        orders.append(order(row.by, "plan_work", {"hours": str(row.planned)}))
    if row.ended:
        orders.append(order(row.by, "end", {"reason": row.ended}))
    return orders


def allocations(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    return (allocate(row, calendar) for row in ALLOCATIONS)


def overload(calendar: Calendar) -> Sequence[DemoCommand]:
    return allocate(OVERLOADED, calendar, OVERLOAD_REASON)


def demands(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    for row in DEMANDS:
        id = record_id("skill demand", row.project, row.skill)
        order = orders_to("skill_demand", id, f"{SKILLS[row.skill]} for '{NAMES[row.project]}'")
        first, last = row.months
        body = {
            "project_id": str(project_id(row.project)),
            "skill": skill(row.skill),
            "level": row.level,
            "heads": row.heads,
            "period": {"start": calendar.first_of(first).isoformat(), "end": calendar.last_of(last).isoformat()},
        }
        stated = order(row.by, "state", body)
        yield [stated, *([order(row.by, "withdraw", {"reason": row.withdrawn})] if row.withdrawn else [])]
