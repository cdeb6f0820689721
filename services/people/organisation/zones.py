"""The time zones of records: a record's day is that of the division it belongs to.

A division has its own zone, or that of the nearest above that has one; at the top it is UTC. It is read as it stands
when a decision is made, and is not checked again by the append: a day that ends meanwhile is not either.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import TextClause, text

from chassis.commands.table import ZoneOf
from chassis.domain.decider import Command, Facts
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from chassis.store.store import Store
from services.people.organisation.domain.person.model import Person
from services.people.organisation.domain.person.rules import PERSON
from services.people.organisation.domain.position import POSITION


def zones(kind: str, division: str) -> TextClause:
    """The question for the zones of several records of a kind, whose division this is."""
    streams = f"ARRAY(SELECT '{kind}-' || asked FROM unnest(CAST(:ids AS uuid[])) asked)"
    return text(
        f"SELECT right(stream, 36)::uuid AS id, time_zone_of({division}) AS zone"
        f" FROM states WHERE stream = ANY({streams})"
    )


DIVISION_ZONE = zones("division", "right(stream, 36)")
POSITION_ZONE = zones("position", Fields(POSITION).division_id)
HELD = Fields(PERSON)
PERSON_ZONE = zones("person", f"coalesce({HELD.appointment.division_id}, {HELD.hired_into})")


async def zone_by(view: View, question: TextClause, id: UUID | None) -> tzinfo:
    """The zone of a record, as a decision first read it; UTC where there is no such record."""
    rows = await view.reference_of(question, id) if id else ()
    return ZoneInfo(rows[0].zone) if rows else UTC


async def today_of(view: View, question: TextClause, id: UUID | None, at: datetime) -> date:
    """The day it is at a moment where a record is."""
    return at.astimezone(await zone_by(view, question, id)).date()


async def days_of_persons(store: Store, ids: Sequence[UUID | None], at: datetime) -> list[date]:
    """The days it is at a moment where these persons are, in the order asked for."""
    return await asyncio.gather(*(today_of(View(store), PERSON_ZONE, id, at) for id in ids))


def of_field(question: TextClause, name: str) -> ZoneOf:
    """The zone of the record that a field of the state names, or of the command that creates it."""

    async def zone(view: View, state: Any, command: Any, _base: Facts) -> tzinfo:
        return await zone_by(view, question, getattr(command if state is None else state, name))

    return zone


def of_id(question: TextClause) -> ZoneOf:
    """The zone of the record whose id the stream has."""

    async def zone(view: View, _state: Any, _command: Any, base: Facts) -> tzinfo:
        return await zone_by(view, question, base.id)

    return zone


OF_PERSON, OF_POSITION = of_field(PERSON_ZONE, "person_id"), of_field(POSITION_ZONE, "position_id")
OF_DIVISION = of_field(DIVISION_ZONE, "division_id")


async def of_person(view: View, state: Person | None, command: Command, _base: Facts) -> tzinfo:
    """The zone of the position a person holds, else of that they are to hold, else of the division they join."""
    if state is not None and state.appointment is not None:
        return await zone_by(view, DIVISION_ZONE, state.appointment.division_id)
    planned = state.planned_appointment if state is not None else None
    position = getattr(command, "position_id", None) or (planned.position_id if planned else None)
    if position is not None:
        return await zone_by(view, POSITION_ZONE, position)
    return await zone_by(view, DIVISION_ZONE, state.hired_into if state else getattr(command, "division_id", None))
