"""The weekly capacity of persons, from people's restricted topic; per person it is for the line above only."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, text

from chassis.consumers.projection import Fold, of_kind
from chassis.domain.read_row import ReadRow
from chassis.messaging.cloudevents import Envelope
from contracts import people


class CapacityRow(ReadRow):
    """The hours of a person in the week that begins on ``first_monday``, and in each of those after it."""

    id: UUID
    first_monday: date
    hours: Sequence[Decimal]


def fold_capacity(row: CapacityRow | None, envelope: Envelope, key: UUID) -> CapacityRow | None:
    """What was published last; nothing for who has left, and for whom nobody may read it any more."""
    if not isinstance(envelope.event, people.WeeklyCapacity):
        return row
    weeks = envelope.event.weeks
    return CapacityRow(id=key, first_monday=weeks[0].monday, hours=[week.hours for week in weeks]) if weeks else None


def forget(connection: Connection, persons: Sequence[UUID]) -> None:
    """Drop what is derived of erased persons; the event that says so may be parked."""
    connection.execute(text("DELETE FROM capacities WHERE id = ANY(:persons)"), {"persons": list(persons)})


CAPACITIES = Fold("capacities", CapacityRow, of_kind("weekly-capacity"), fold_capacity)
