"""The time zones of records: a record's day is that of the division it belongs to.

It is read as it stands when a decision is made, and is not checked again by the append: a day that ends meanwhile is
not either.
"""

from datetime import UTC, date, datetime, tzinfo
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text

from chassis.commands.table import ZoneOf
from chassis.domain.decider import Facts
from chassis.store.decision_view import View

ZONES = text("SELECT asked AS id, time_zone_of(asked) AS zone FROM unnest(CAST(:ids AS uuid[])) asked")


async def zone_of(view: View, division_id: UUID | None) -> tzinfo:
    """The zone of a division; UTC where there is none."""
    rows = await view.reference_of(ZONES, division_id) if division_id else ()
    return ZoneInfo(rows[0].zone) if rows else UTC


async def today_of(view: View, division_id: UUID | None, at: datetime) -> date:
    """The day it is at a moment in a division."""
    return at.astimezone(await zone_of(view, division_id)).date()


def of_field(name: str) -> ZoneOf:
    """The zone of the division that a field of the state names, or of the command that creates it."""

    async def zone(view: View, state: Any, command: Any, _base: Facts) -> tzinfo:
        return await zone_of(view, getattr(command if state is None else state, name, None))

    return zone


OF_DIVISION = of_field("division_id")
