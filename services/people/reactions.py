"""What people does when it hears of what it published itself: of its policy, and of trainings that were passed."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from chassis.envelope import Envelope
from chassis.handle import Order
from chassis.reactions import Reaction
from chassis.store import Store
from contracts import people
from services.people.api.persons import PERSONS
from services.people.api.qualifications import QUALIFICATIONS_OF_PERSONS
from services.people.domain.person import ReviewEligibility
from services.people.domain.qualifications import CreditTraining, ReviewCertificates

EVERYBODY = text("SELECT stream FROM states WHERE kind = 'person' AND state->>'employment' <> 'left' ORDER BY stream")

CERTIFIED = text(
    "SELECT stream FROM states WHERE kind = 'qualifications' AND state->'certificates' <> '[]' ORDER BY stream"
)


async def on_policy_set(store: Store, envelope: Envelope) -> Sequence[Order]:
    """Who was eligible under the old limit may not be under the new one."""
    return [Order(PERSONS, UUID(row.stream[-36:]), ReviewEligibility()) for row in await store.rows(EVERYBODY)]


async def on_limits_set(store: Store, envelope: Envelope) -> Sequence[Order]:
    """Whoever holds certificates gets notice of their end as the policy has it now."""
    rows = await store.rows(CERTIFIED)
    return [Order(QUALIFICATIONS_OF_PERSONS, UUID(row.stream[-36:]), ReviewCertificates()) for row in rows]


async def on_training_completed(store: Store, envelope: Envelope) -> Sequence[Order]:
    """Who passed has the skills and the certificate the training gives."""
    training = envelope.event
    assert isinstance(training, people.TrainingCompleted)
    if not training.passed:
        return []
    gained = CreditTraining(
        reference=UUID(envelope.id),
        skills=training.skills,
        scheme_id=training.scheme_id,
        effective_on=training.effective_on,
    )
    return [Order(QUALIFICATIONS_OF_PERSONS, training.person_id, gained)]


REACTIONS = [
    Reaction(people.StaffingPolicySet, on_policy_set),
    Reaction(people.StaffingLimitsSet, on_limits_set),
    Reaction(people.TrainingCompleted, on_training_completed),
]
