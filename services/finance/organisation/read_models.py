"""Finance's copy of people's facts: the names of persons, and who left."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, text

from chassis.consumers.projection import Fold, of_kind
from chassis.domain.personal import readable
from chassis.domain.read_row import ReadRow
from chassis.messaging.cloudevents import Envelope
from contracts import people


class KnownPersonRow(ReadRow):
    """A person as known from people; ``name`` is None until published and once erased. ``gone``: they left."""

    id: UUID
    name: str | None = None
    gone: bool = False


def fold_person(row: KnownPersonRow | None, envelope: Envelope, key: UUID) -> KnownPersonRow:
    person = row or KnownPersonRow(id=key)
    match envelope.event:
        case people.PersonHired(name=name) | people.PersonRenamed(name=name):
            return person.but(name=readable(name))
        case people.PersonErased():
            return person.but(name=None)
        case people.PersonLeft():
            return person.but(gone=True)
        case people.LeavingWithdrawn() | people.PersonRehired():
            return person.but(gone=False)
        case _:
            return person


def forget(connection: Connection, persons: Sequence[UUID]) -> None:
    """Drop the names of erased persons; the event that says so may be parked."""
    forgotten = text("UPDATE known_persons SET name = NULL WHERE id = ANY(:persons) AND name IS NOT NULL")
    connection.execute(forgotten, {"persons": list(persons)})


PERSONS = Fold("known_persons", KnownPersonRow, of_kind("person"), fold_person)
