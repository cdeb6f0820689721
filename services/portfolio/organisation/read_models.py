"""Portfolio's copy of people's facts: persons, their grade and line, and the divisions with their heads."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from chassis.consumers.projection import Fold, of_kind
from chassis.domain.personal import readable
from chassis.domain.read_row import ReadRow
from chassis.messaging.cloudevents import Envelope
from contracts import people


class KnownPersonRow(ReadRow):
    """A person as known from people; None is what is not published yet, and an erased name. ``gone``: they left.

    ``stand_ins``: who acts in their place, each with ``id`` and the days ``starts_on`` to ``ends_on``.
    """

    id: UUID
    name: str | None = None
    grade: str | None = None
    division_id: UUID | None = None
    line_manager_id: UUID | None = None
    active: bool = True
    gone: bool = False
    senior_eligible: bool | None = None
    stand_ins: Sequence[dict[str, str]] = ()


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
        case people.PersonAppointed(grade=grade, division_id=division_id, line_manager_id=manager_id):
            return person.but(grade=str(grade), division_id=division_id, line_manager_id=manager_id)
        case people.LineManagerChanged(line_manager_id=manager_id):
            return person.but(line_manager_id=manager_id)
        case people.EligibilityChanged(senior_manager=eligible):
            return person.but(senior_eligible=eligible)
        case people.PersonSuspended():
            return person.but(active=False)
        case people.PersonReinstated():
            return person.but(active=True)
        case people.LeavingWithdrawn():
            return person.but(active=True, gone=False)
        case people.PersonRehired():
            return person.but(active=True, gone=False, grade=None, division_id=None, line_manager_id=None)
        case people.PersonLeft(line_manager_id=manager_id):
            return person.but(active=False, gone=True, line_manager_id=manager_id)
        case people.StandInNamed(stand_in_id=id, effective_on=starts_on, ends_on=ends_on):
            return person.but(stand_ins=[*others_than(person, id, starts_on), standing_in(id, starts_on, ends_on)])
        case people.StandInCorrected(stand_in_id=id, named_from=named_from, starts_on=starts_on, ends_on=ends_on):
            return person.but(stand_ins=[*others_than(person, id, named_from), standing_in(id, starts_on, ends_on)])
        case people.StandInWithdrawn(stand_in_id=id, starts_on=starts_on):
            return person.but(stand_ins=others_than(person, id, starts_on))
        case _:
            return person


def standing_in(id: UUID, starts_on: date, ends_on: date) -> dict[str, str]:
    return {"id": str(id), "starts_on": str(starts_on), "ends_on": str(ends_on)}


def others_than(person: KnownPersonRow, id: UUID, starts_on: date | None) -> list[dict[str, str]]:
    """The stand-ins but one, on the days that begin on this one; None: whenever they are named for."""
    return [
        each
        for each in person.stand_ins
        if each["id"] != str(id) or (starts_on is not None and each["starts_on"] != str(starts_on))
    ]


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


REFERENCE: list[Fold[Any]] = [
    Fold("known_persons", KnownPersonRow, of_kind("person"), fold_person),
    Fold("known_divisions", KnownDivisionRow, of_kind("division"), fold_division),
]
