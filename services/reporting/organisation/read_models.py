"""Divisions and persons as people publishes them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, text

from chassis.consumers.projection import Fold, of_kind
from chassis.domain.personal import ERASED
from chassis.messaging.cloudevents import Envelope
from contracts import people
from services.reporting.organisation.domain.rows import DivisionRow, PersonRow


def fold_division(row: DivisionRow | None, envelope: Envelope, key: UUID) -> DivisionRow:
    division = row or DivisionRow(id=key)
    match envelope.event:
        case people.DivisionEstablished() as event:
            return division.but(name=event.name, code=event.code, kind=str(event.kind), parent_id=event.parent_id)
        case people.DivisionRenamed(name=name):
            return division.but(name=name)
        case people.DivisionMoved(parent_id=parent_id):
            return division.but(parent_id=parent_id)
        case people.DivisionHeadAppointed(person_id=person_id):
            return division.but(head_id=person_id)
        case people.DivisionClosed():
            return division.but(closed=True)
        case _:
            return division


def fold_person(row: PersonRow | None, envelope: Envelope, key: UUID) -> PersonRow:
    person = row or PersonRow(id=key)
    match envelope.event:
        case people.PersonHired(name=name) | people.PersonRenamed(name=name):
            return person.but(name=name)
        case people.PersonAppointed() as event:
            return person.but(
                title=event.title,
                grade=str(event.grade),
                division_id=event.division_id,
                line_manager_id=event.line_manager_id,
                gate_waived=False,
            )
        case people.SeniorManagerGateWaived():
            return person.but(gate_waived=True)
        case people.LineManagerChanged(line_manager_id=manager_id):
            return person.but(line_manager_id=manager_id)
        case people.PersonSuspended():
            return person.but(status="suspended")
        case people.PersonReinstated() | people.LeavingWithdrawn():
            return person.but(status="active")
        case people.PersonRehired():
            nothing = {"title": None, "grade": None, "division_id": None, "line_manager_id": None}
            return person.but(status="active", gate_waived=False, **nothing)
        case people.PersonLeft():
            return person.but(status="left")
        case people.PersonErased():
            return person.but(name=ERASED)
        case _:
            return person


def forget(connection: Connection, persons: Sequence[UUID]) -> None:
    """Drop what is derived of erased persons; the event that says so may be parked."""
    forgotten = text("UPDATE persons SET name = :erased WHERE id = ANY(:persons) AND name <> :erased")
    connection.execute(forgotten, {"persons": list(persons), "erased": ERASED})


DIVISIONS = Fold("divisions", DivisionRow, of_kind("division"), fold_division)
PERSONS = Fold("persons", PersonRow, of_kind("person"), fold_person)
