"""Reactions of qualifications: completed trainings are credited, notices follow the policy."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from chassis.domain.decider import IssuedCommand
from chassis.domain.streams import id_of
from chassis.messaging.cloudevents import Envelope
from chassis.store.fields import Fields
from chassis.store.store import Store
from contracts import people
from services.people.qualifications.domain.notices import ReviewCertificates
from services.people.qualifications.domain.rules import QUALIFICATIONS
from services.people.qualifications.domain.training import CreditTraining

HELD = Fields(QUALIFICATIONS)
CERTIFIED = text(f"SELECT stream FROM states WHERE {HELD.of_kind} AND {HELD.certificates.json} <> '[]' ORDER BY stream")


async def on_limits_set(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """A person with certificates gets notice of their end as the policy has it now."""
    rows = await store.rows(CERTIFIED)
    return [IssuedCommand(QUALIFICATIONS, id_of(row.stream), ReviewCertificates()) for row in rows]


async def on_training_completed(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """Credit the skills and the certificate of a passed training."""
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
    return [IssuedCommand(QUALIFICATIONS, training.person_id, gained)]
