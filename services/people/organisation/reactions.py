"""What follows in the organisation from what people published: a new policy changes who is eligible."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from chassis.commands.table import Order
from chassis.messaging.cloudevents import Envelope
from chassis.store.store import Store
from services.people.organisation.commands import PERSONS
from services.people.organisation.domain.person.rules import ReviewEligibility

EVERYBODY = text("SELECT stream FROM states WHERE kind = 'person' AND state->>'employment' <> 'left' ORDER BY stream")


async def on_policy_set(store: Store, envelope: Envelope) -> Sequence[Order]:
    """Who was eligible under the old limit may not be under the new one."""
    return [Order(PERSONS, UUID(row.stream[-36:]), ReviewEligibility()) for row in await store.rows(EVERYBODY)]
