"""The load of persons by week: theirs to them and the line above, heads and sums to others."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.domain.clock import Clock
from chassis.domain.decider import Actor, NotFound
from chassis.http.caller import Standing
from chassis.http.known_parameters import refused
from chassis.http.openapi import CONTENT
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from chassis.store.store import Store, whose
from contracts.portfolio.allocation import Monday
from services.portfolio.allocation.access import READS_HOURS
from services.portfolio.allocation.domain.allocation import ALLOCATION, AllocationStatus
from services.portfolio.allocation.domain.few import left_out
from services.portfolio.allocation.facts import DIVISION_OF
from services.portfolio.organisation.commands import limits
from services.portfolio.organisation.zones import today_of
from services.portfolio.projects.domain.project.rules import PROJECT

A = Fields(ALLOCATION)
WEEK = timedelta(days=7)


class LoadOfWeek(BaseModel):
    """The hours of a person in a week; ``capacity`` and what follows from it are null where it is not known."""

    monday: date
    capacity: Decimal | None = Field(description="the hours they are there for")
    allocated: Decimal = Field(description="to projects")
    planned: Decimal = Field(description="of the allocated hours, those for which there is work")
    gap: Decimal = Field(description="allocated - planned: hours without work")
    free: Decimal | None = Field(description="capacity - allocated; less than 0 is an overload")


class LoadOfPerson(BaseModel):
    """A person's load by week."""

    person_id: UUID
    weeks: list[LoadOfWeek]


class SumsOfWeek(BaseModel):
    """The load of several persons in a week; all null where they are fewer than the policy tells of.

    Persons of a division who are too few beside the sums of the divisions below it are left out of its sums.
    """

    monday: date
    heads: int | None
    capacity: Decimal | None = Field(description="of a project: the capacity of those allocated to it")
    allocated: Decimal | None
    planned: Decimal | None
    gap: Decimal | None
    free: Decimal | None


class Sums(BaseModel):
    """The load of a division with those below it, of a project, or of everybody, by week."""

    division_id: UUID | None
    project_id: UUID | None
    fewest: int = Field(description="of fewer persons nothing is told")
    weeks: list[SumsOfWeek]


# An allocation counts for its week; hours are known from the first Monday that people told on.
OF_PERSON = text(
    f"""
SELECT week.monday, c.hours[(week.monday - c.first_monday) / 7 + 1] AS capacity,
    coalesce(sum(({A.hours})::numeric), 0) AS allocated, coalesce(sum(({A.planned})::numeric), 0) AS planned
FROM unnest(CAST(:mondays AS date[])) week (monday)
LEFT JOIN capacities c ON c.id = CAST(CAST(:person AS text) AS uuid) AND c.first_monday <= week.monday
LEFT JOIN states ON {A.of_kind} AND {A.status.one_of(AllocationStatus.ALLOCATED)}
    AND {A.person_id} = CAST(:person AS text) AND {A.monday} = CAST(week.monday AS text)
GROUP BY week.monday, c.id ORDER BY week.monday
"""
)

MEMBERS = """
    SELECT p.id FROM known_persons p JOIN capacities c ON c.id = p.id WHERE NOT p.gone
    AND p.division_id = ANY(:divisions)
"""
# The persons of each division, for whom hours are known in a week.
HEADS = text(
    """
SELECT week.monday, p.division_id, count(*) AS heads
FROM unnest(CAST(:mondays AS date[])) week (monday)
JOIN capacities c ON c.first_monday <= week.monday
JOIN known_persons p ON p.id = c.id AND NOT p.gone AND p.division_id = ANY(:divisions)
GROUP BY week.monday, p.division_id
"""
)
BELOW = text(
    """
SELECT id, parent_id FROM known_divisions
WHERE CAST(:division AS uuid) IS NULL OR id IN (SELECT id FROM divisions_below(CAST(:division AS uuid)))
"""
)
OF_DIVISION = text(
    f"""
WITH members (id) AS ({MEMBERS}), load AS (
    SELECT {A.person_id} AS person, {A.monday} AS monday, sum(({A.hours})::numeric) AS allocated,
        sum(({A.planned})::numeric) AS planned
    FROM states WHERE {A.of_kind} AND {A.status.one_of(AllocationStatus.ALLOCATED)}
    AND {A.monday} = ANY(CAST(CAST(:mondays AS date[]) AS text[]))
    AND {A.person_id} IN (SELECT CAST(id AS text) FROM members) GROUP BY {A.person_id}, {A.monday}
)
SELECT week.monday, count(*) AS heads, sum(c.hours[(week.monday - c.first_monday) / 7 + 1]) AS capacity,
    coalesce(sum(load.allocated), 0) AS allocated, coalesce(sum(load.planned), 0) AS planned
FROM unnest(CAST(:mondays AS date[])) week (monday)
JOIN capacities c ON c.first_monday <= week.monday AND c.id IN (SELECT id FROM members)
LEFT JOIN load ON load.person = CAST(c.id AS text) AND load.monday = CAST(week.monday AS text)
GROUP BY week.monday ORDER BY week.monday
"""
)

OF_PROJECT = text(
    f"""
WITH load AS (
    SELECT {A.person_id} AS person, {A.monday} AS monday, sum(({A.hours})::numeric) AS allocated,
        sum(({A.planned})::numeric) AS planned
    FROM states WHERE {A.of_kind} AND {A.status.one_of(AllocationStatus.ALLOCATED)} AND {A.project_id} = :project
    AND {A.monday} = ANY(CAST(CAST(:mondays AS date[]) AS text[])) GROUP BY {A.person_id}, {A.monday}
)
SELECT CAST(load.monday AS date) AS monday, count(*) AS heads,
    sum(c.hours[(CAST(load.monday AS date) - c.first_monday) / 7 + 1]) AS capacity,
    sum(load.allocated) AS allocated, sum(load.planned) AS planned
FROM load LEFT JOIN capacities c ON c.id = CAST(load.person AS uuid) AND c.first_monday <= CAST(load.monday AS date)
GROUP BY load.monday ORDER BY load.monday
"""
)

IS_DIVISION = text("SELECT FROM known_divisions WHERE id = :id")

NOTHING_OF_THE_KIND: dict[int | str, dict[str, Any]] = {
    404: {"description": "There is no such division or project.", "content": CONTENT}
}
From = Annotated[Monday | None, Query(alias="from", description="the Monday of the first week; default: this week")]
Weeks = Annotated[int, Query(ge=1, le=52, description="how many weeks")]


def mondays(first: date, weeks: int) -> list[date]:
    return [first + WEEK * number for number in range(weeks)]


async def may_read(store: Store, actor: Actor, person_id: UUID) -> bool:
    """Return whether the actor reads the hours of this person: they themselves, and the line above."""
    condition = READS_HOURS.at("CAST(:person AS text)").of_one(actor)
    known = {name: value for name, value in whose(actor).items() if f":{name}" in condition}
    query = text(f"SELECT ({condition}) AS holds")
    return bool((await store.rows(query, {**known, "person": str(person_id)}))[0].holds)


async def load_of(store: Store, person_id: UUID, weeks: Sequence[date]) -> LoadOfPerson:
    rows = await store.rows(OF_PERSON, {"person": str(person_id), "mondays": list(weeks)})
    return LoadOfPerson(person_id=person_id, weeks=[LoadOfWeek(**row._mapping, **differences(row)) for row in rows])


def differences(row: Any) -> dict[str, Decimal | None]:
    """What is allocated and has no work, and what is free; only where the hours are known."""
    free = None if row.capacity is None else row.capacity - row.allocated
    return {"gap": row.allocated - row.planned, "free": free}


async def of_division(store: Store, division_id: UUID | None, weeks: Sequence[date], fewest: int) -> list[Any]:
    """The sums of a division and of those below it by week, without those of too few (see ``few``)."""
    known = await store.rows(BELOW, {"division": division_id})
    ids, below = [row.id for row in known], defaultdict[UUID | None, list[UUID]](list)
    inside = {*ids}
    for row in known:
        below[row.parent_id if row.parent_id in inside else None].append(row.id)
    heads = defaultdict[date, dict[UUID, int]](dict)
    for row in await store.rows(HEADS, {"divisions": ids, "mondays": list(weeks)}):
        heads[row.monday][row.division_id] = row.heads
    alike = defaultdict[frozenset[UUID], list[date]](list)
    for monday in weeks:
        alike[left_out(division_id, heads[monday], below, fewest)].append(monday)
    found: list[Any] = []
    for without, mondays in alike.items():
        asked = {"divisions": [id for id in ids if id not in without], "mondays": mondays}
        found += await store.rows(OF_DIVISION, asked)
    return found


def told(rows: Sequence[Any], weeks: Sequence[date], fewest: int) -> list[SumsOfWeek]:
    """A row for each week; of fewer persons than may be told of, none of its figures."""
    known = {row.monday: row for row in rows if row.heads >= fewest}
    names = ("heads", "capacity", "allocated", "planned", "gap", "free")
    return [
        SumsOfWeek(**known[monday]._mapping, **differences(known[monday]))
        if monday in known
        else SumsOfWeek(monday=monday, **dict.fromkeys(names))
        for monday in weeks
    ]


def router(store: Store, clock: Clock) -> APIRouter:
    routes = APIRouter(tags=["load"])

    async def weeks_of(division_id: UUID | None, first: date | None, weeks: int, now: datetime) -> list[date]:
        today = await today_of(View(store), division_id, now)
        return mondays(first or today - timedelta(days=today.weekday()), weeks)

    @routes.get(
        "/load/persons/{id}",
        operation_id="get_person_load",
        summary="Capacity, allocated and planned hours of a person by week; for them and the line above.",
    )
    async def of_person(id: UUID, actor: Standing, first: From = None, weeks: Weeks = 26) -> LoadOfPerson:
        rows = await store.rows(DIVISION_OF, {"id": id})
        if not rows or not await may_read(store, actor, id):
            raise NotFound
        return await load_of(store, id, await weeks_of(rows[0].division_id, first, weeks, clock()))

    @routes.get(
        "/load",
        operation_id="get_load",
        responses=NOTHING_OF_THE_KIND,
        summary="Heads and sums of capacity, allocated and planned hours by week, of a division, a project or all.",
    )
    async def sums(
        _actor: Standing,
        division_id: UUID | None = None,
        project_id: UUID | None = None,
        first: From = None,
        weeks: Weeks = 26,
    ) -> Sums:
        if division_id is not None and project_id is not None:
            raise RequestValidationError([refused("project_id", "Name a division or a project, not both.")])
        fewest = (await limits(View(store))).fewest_in_figures
        if project_id is not None:
            project = (await store.load(PROJECT, project_id)).state
            if project is None:
                raise NotFound
            asked = await weeks_of(project.division_id, first, weeks, clock())
            rows = await store.rows(OF_PROJECT, {"project": str(project_id), "mondays": asked})
        else:
            if division_id is not None and not await store.rows(IS_DIVISION, {"id": division_id}):
                raise NotFound
            asked = await weeks_of(division_id, first, weeks, clock())
            rows = await of_division(store, division_id, asked, fewest)
        return Sums(division_id=division_id, project_id=project_id, fewest=fewest, weeks=told(rows, asked, fewest))

    return routes
