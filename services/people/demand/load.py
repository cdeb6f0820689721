"""The load of persons: what portfolio allocated to them by week, beside the hours they are there for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.store.store import Store
from services.people.capacity.domain.weekly_capacity import CAPACITY, Capacity

WEEK, NOTHING = timedelta(days=7), Decimal(0)

HOURS = text(
    "SELECT person_id, monday, sum(hours) AS hours FROM allocated_hours"
    " WHERE person_id = ANY(:persons) AND monday BETWEEN :first AND :last GROUP BY person_id, monday"
)

OVERLOADED = text(
    "SELECT person_id, monday FROM overloaded_weeks WHERE person_id = ANY(:persons) AND monday >= :first"
    " ORDER BY monday"
)


class LoadOfWeek(BaseModel):
    """A week of a person: the hours they are there for, null where they are not known, and those allocated."""

    monday: date
    capacity: Decimal | None
    allocated: Decimal
    overloaded: bool


@dataclass(frozen=True)
class Load:
    """What is allocated to some persons: ``hours`` by person and week, and the weeks in which it is too much."""

    hours: Mapping[tuple[UUID, date], Decimal]
    overloaded: Mapping[UUID, Sequence[date]]

    def week(self, person: UUID, monday: date, capacity: Decimal | None) -> LoadOfWeek:
        return LoadOfWeek(
            monday=monday,
            capacity=capacity,
            allocated=self.hours.get((person, monday), NOTHING),
            overloaded=monday in self.overloaded.get(person, ()),
        )


async def load_of(store: Store, persons: Sequence[UUID], first: date, weeks: int) -> Load:
    """The load of these persons from a Monday on; overloaded weeks also after the last one asked for."""
    asked = {"persons": list(persons), "first": first}
    rows = await store.rows(HOURS, {**asked, "last": first + WEEK * (weeks - 1)})
    overloaded: dict[UUID, list[date]] = {}
    for row in await store.rows(OVERLOADED, asked):
        overloaded.setdefault(row.person_id, []).append(row.monday)
    return Load({(row.person_id, row.monday): row.hours for row in rows}, overloaded)


async def capacities_of(store: Store, persons: Sequence[UUID]) -> Sequence[Mapping[date, Decimal]]:
    """The hours of each person by Monday, as they were published last."""
    loaded = await store.load_many(CAPACITY, list(persons))
    return [by_monday(each.state) for each in loaded]


def by_monday(capacity: Capacity | None) -> Mapping[date, Decimal]:
    return {week.monday: week.hours for week in capacity.weeks or ()} if capacity else {}


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


class LoadOfTeam(BaseModel):
    """The load of a team over some weeks, in sums."""

    heads: int
    weeks: int
    capacity: Decimal = Field(description="hours they are there for, of those whose hours are known")
    allocated: Decimal = Field(description="hours allocated to projects")
    overloaded_weeks: int = Field(description="weeks of a person in which more is allocated than they have hours")


async def load_of_team(store: Store, persons: Sequence[UUID], first: date, weeks: int) -> LoadOfTeam:
    load, capacities = await load_of(store, persons, first, weeks), await capacities_of(store, persons)
    mondays = [first + WEEK * number for number in range(weeks)]
    last = mondays[-1]
    return LoadOfTeam(
        heads=len(persons),
        weeks=weeks,
        capacity=sum((hours.get(monday, NOTHING) for hours in capacities for monday in mondays), NOTHING),
        allocated=sum(load.hours.values(), NOTHING),
        overloaded_weeks=sum(monday <= last for found in load.overloaded.values() for monday in found),
    )
