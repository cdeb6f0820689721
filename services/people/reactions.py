"""What people does when it hears of its own policy: everybody's eligibility is worked out anew."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from chassis.envelope import Envelope
from chassis.handle import Order
from chassis.reactions import Reaction
from chassis.store import Store
from contracts import people
from services.people.api.persons import PERSONS
from services.people.domain.person import ReviewEligibility

EVERYBODY = text("SELECT stream FROM states WHERE kind = 'person' AND state->>'employment' <> 'left' ORDER BY stream")


async def on_policy_set(store: Store, envelope: Envelope) -> Sequence[Order]:
    """Who was eligible under the old limit may not be under the new one."""
    return [Order(PERSONS, UUID(row.stream[-36:]), ReviewEligibility()) for row in await store.rows(EVERYBODY)]


REACTIONS = [Reaction(people.StaffingPolicySet, on_policy_set)]
