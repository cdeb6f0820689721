"""Finance's copy of people's facts: persons, where they work and who left, and the divisions with their heads."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from chassis.consumers.projection import Fold, of_kind
from chassis.domain.personal import readable
from chassis.domain.read_row import ReadRow
from chassis.messaging.cloudevents import Envelope
from contracts import people


class KnownPersonRow(ReadRow):
    """A person as known from people; ``name`` is None until published and once erased.

    ``gone``: they left; ``suspended``: they do not act for now.
    """

    id: UUID
    name: str | None = None
    gone: bool = False
    suspended: bool = False
    division_id: UUID | None = None


class KnownDivisionRow(ReadRow):
    """A division as heard of."""

    id: UUID
    parent_id: UUID | None = None
    head_id: UUID | None = None
    closed: bool = False
    time_zone: str | None = None


def fold_person(row: KnownPersonRow | None, envelope: Envelope, key: UUID) -> KnownPersonRow:
    person = row or KnownPersonRow(id=key)
    match envelope.event:
        case people.PersonHired(name=name) | people.PersonRenamed(name=name):
            return person.but(name=readable(name))
        case people.PersonErased():
            return person.but(name=None)
        case people.PersonSuspended():
            return person.but(suspended=True)
        case people.PersonReinstated():
            return person.but(suspended=False)
        case people.PersonLeft():
            return person.but(gone=True)
        case people.LeavingWithdrawn():
            return person.but(gone=False)
        case people.PersonRehired():
            return person.but(gone=False, suspended=False, division_id=None)
        case people.PersonAppointed(division_id=division_id):
            return person.but(division_id=division_id)
        case _:
            return person


def fold_division(row: KnownDivisionRow | None, envelope: Envelope, key: UUID) -> KnownDivisionRow:
    division = row or KnownDivisionRow(id=key)
    match envelope.event:
        case people.DivisionEstablished(parent_id=parent_id, time_zone=zone):
            return division.but(parent_id=parent_id, time_zone=zone)
        case people.DivisionMoved(parent_id=parent_id):
            return division.but(parent_id=parent_id)
        case people.DivisionTimeZoneSet(time_zone=zone):
            return division.but(time_zone=zone)
        case people.DivisionHeadAppointed(person_id=person_id):
            return division.but(head_id=person_id)
        case people.DivisionClosed():
            return division.but(closed=True)
        case _:
            return division


def forget(connection: Connection, persons: Sequence[UUID]) -> None:
    """Drop the names of erased persons; the event that says so may be parked."""
    forgotten = text("UPDATE known_persons SET name = NULL WHERE id = ANY(:persons) AND name IS NOT NULL")
    connection.execute(forgotten, {"persons": list(persons)})


ORGANISATION: list[Fold[Any]] = [
    Fold("known_persons", KnownPersonRow, of_kind("person"), fold_person),
    Fold("known_divisions", KnownDivisionRow, of_kind("division"), fold_division),
]
