"""The manager's desk: my team, what awaits my decision, and what falls due for my team and me."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.domain.decider import Actor
from chassis.http.desk import Desk, desk_of
from chassis.store.fields import Fields
from chassis.store.store import Store, whose
from services.people.demand.load import NOTHING, Load, load_of, monday_of
from services.people.desk.waiting import DECISIONS, FALLING_DUE
from services.people.desk.without_owner import WITHOUT_OWNER
from services.people.organisation import zones
from services.people.organisation.commands import PERSONS
from services.people.organisation.domain.person.model import NOT_HERE, Employment, Person
from services.people.organisation.domain.person.rules import PERSON

MEMBER = Fields(PERSON)
WORKS_HERE = f"{MEMBER.of_kind} AND {MEMBER.employment.none_of(*NOT_HERE)}"


class Report(BaseModel):
    """A direct report of the caller."""

    id: UUID
    name: str
    title: str | None
    employment: Employment
    away_until: date | None = Field(description="the last day of a current absence")
    eligible: bool = Field(description="for senior responsibilities")
    allocated: Decimal = Field(description="hours allocated to projects this week")
    overloaded_weeks: list[date] = Field(
        description="the Mondays of weeks in which more is allocated than they have hours"
    )


class Replaced(BaseModel):
    """A person the caller may stand in for now; send their id as Portolan-For."""

    id: UUID
    name: str
    ends_on: date


class ManagersDesk(Desk):
    """A manager's desk: the team, decisions that wait, and what falls due, the earliest first."""

    team: list[Report]
    stands_in_for: list[Replaced]


REPORTS = (
    f"SELECT {MEMBER.id}::uuid AS id, ({{disclosed}}) AS disclosed FROM states"
    f" WHERE {WORKS_HERE} AND {MEMBER.line_manager_id} = :me ORDER BY stream"
)

REPLACED = text(
    f"SELECT {MEMBER.id}::uuid AS id FROM states WHERE {WORKS_HERE}"
    f" AND {MEMBER.stand_ins.has_item(stand_in_id='CAST(:me AS text)')}"
)


async def desk(store: Store, actor: Actor, now: datetime, days: int) -> ManagersDesk:
    """The desk of whom the caller acts as, looking so many days ahead of the day it is where they are."""
    (today,) = await zones.days_of_persons(store, [actor.acts_as], now)
    waiting = await desk_of(store, actor, today, days, [*DECISIONS, *WITHOUT_OWNER], FALLING_DUE)
    return ManagersDesk(
        team=await team(store, actor, now),
        decisions=waiting.decisions,
        due=waiting.due,
        stands_in_for=await replaced(store, actor, now),
    )


async def team(store: Store, actor: Actor, now: datetime) -> list[Report]:
    """Return the direct reports of whom the actor acts as, by name; absences only where their records disclose them."""
    query = REPORTS.format(disclosed=PERSONS.discloses.of_many(actor))
    known = {name: value for name, value in whose(actor).items() if f":{name}" in query}
    rows = await store.rows(text(query), known)
    ids = [row.id for row in rows]
    loaded, days = await store.load_many(PERSON, ids), await zones.days_of_persons(store, ids, now)
    load = await load_of(store, ids, monday_of(min(days)), 2) if ids else Load({}, {})
    found = [
        report(row.id, each.state, today, load, disclosed=row.disclosed)
        for row, each, today in zip(rows, loaded, days, strict=True)
    ]
    return sorted(found, key=lambda each: (each.name, each.id))


def report(id: UUID, person: Person, today: date, load: Load, *, disclosed: bool) -> Report:
    away = [each.ends_on for each in person.absences if disclosed and each.starts_on <= today <= each.ends_on]
    return Report(
        id=id,
        name=person.name,
        title=person.appointment.title if person.appointment else None,
        employment=person.employment,
        away_until=max(away, default=None),
        eligible=person.eligible,
        allocated=load.hours.get((id, monday_of(today)), NOTHING),
        overloaded_weeks=[*load.overloaded.get(id, ())],
    )


async def replaced(store: Store, actor: Actor, now: datetime) -> list[Replaced]:
    """Return the persons the caller may stand in for today, when acting in their own name."""
    if actor.person is None or actor.for_whom is not None:
        return []
    ids = [row.id for row in await store.rows(REPLACED, {"me": str(actor.person)})]
    loaded, days = await store.load_many(PERSON, ids), await zones.days_of_persons(store, ids, now)
    return [
        Replaced(id=id, name=each.state.name, ends_on=standing.ends_on)
        for id, each, today in zip(ids, loaded, days, strict=True)
        for standing in each.state.stand_ins
        if standing.stand_in_id == actor.person and standing.on(today)
    ]
