"""Reactions of successions: a person who left or took the position is removed as its successor."""

from collections.abc import Sequence

from sqlalchemy import text

from chassis.domain.decider import IssuedCommand
from chassis.messaging.cloudevents import Envelope
from chassis.store.fields import Fields
from chassis.store.store import Store
from contracts import people
from services.people.succession.domain.succession import SUCCESSION, RemoveSuccessor

PLAN = Fields(SUCCESSION)
SUCCESSIONS_NAMING = text(
    f"SELECT {PLAN.id}::uuid AS id FROM states WHERE {PLAN.of_kind}"
    f" AND {PLAN.successors.has_item(person_id='CAST(:person AS text)')} ORDER BY stream"
)


async def on_person_left(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """Remove a leaver from all successions."""
    rows = await store.rows(SUCCESSIONS_NAMING, {"person": str(envelope.subject)})
    return [IssuedCommand(SUCCESSION, row.id, RemoveSuccessor(person_id=envelope.subject)) for row in rows]


async def on_position_taken(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """A person who has come to hold a position does not follow in it any more."""
    assert isinstance(envelope.event, people.PersonAppointed)
    rows = await store.rows(SUCCESSIONS_NAMING, {"person": str(envelope.subject)})
    taken = [row.id for row in rows if row.id == envelope.event.position_id]
    return [IssuedCommand(SUCCESSION, id, RemoveSuccessor(person_id=envelope.subject)) for id in taken]
