"""What people does when it hears of itself: of its policy, and of whoever left."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from chassis.envelope import Envelope
from chassis.handle import Order
from chassis.reactions import Reaction
from chassis.store import Store
from contracts import people
from services.people.api.persons import PERSONS
from services.people.api.succession import SUCCESSIONS, SUCCESSIONS_NAMING
from services.people.domain.person import ReviewEligibility
from services.people.domain.succession import RemoveSuccessor

EVERYBODY = text("SELECT stream FROM states WHERE kind = 'person' AND state->>'employment' <> 'left' ORDER BY stream")


async def on_policy_set(store: Store, envelope: Envelope) -> Sequence[Order]:
    """Who was eligible under the old limit may not be under the new one."""
    return [Order(PERSONS, UUID(row.stream[-36:]), ReviewEligibility()) for row in await store.rows(EVERYBODY)]


async def on_person_left(store: Store, envelope: Envelope) -> Sequence[Order]:
    """Who has left follows nobody."""
    rows = await store.rows(SUCCESSIONS_NAMING, {"person": str(envelope.subject)})
    return [Order(SUCCESSIONS, row.id, RemoveSuccessor(person_id=envelope.subject)) for row in rows]


REACTIONS = [
    Reaction(people.StaffingPolicySet, on_policy_set),
    Reaction(people.PersonLeft, on_person_left),
]
