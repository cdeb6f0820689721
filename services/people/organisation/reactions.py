"""Reactions in the organisation: a new staffing policy changes who is eligible."""

from collections.abc import Sequence

from sqlalchemy import text

from chassis.domain.decider import IssuedCommand
from chassis.domain.streams import id_of
from chassis.messaging.cloudevents import Envelope
from chassis.store.fields import Fields
from chassis.store.store import Store
from services.people.organisation.domain.person import rules
from services.people.organisation.domain.person.model import NOT_HERE

PERSON = Fields(rules.PERSON)
EVERYBODY = text(
    f"SELECT stream FROM states WHERE {PERSON.of_kind} AND {PERSON.employment.none_of(*NOT_HERE)} ORDER BY stream"
)


async def on_policy_set(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """Check eligibility again under the new limit."""
    return [
        IssuedCommand(rules.PERSON, id_of(row.stream), rules.ReviewEligibility()) for row in await store.rows(EVERYBODY)
    ]
