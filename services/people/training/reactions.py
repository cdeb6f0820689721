"""Reactions in training: sessions pass on, a leaver's seats are free again, and finance promises money or not."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import text

from chassis.domain.decider import IssuedCommand
from chassis.messaging.cloudevents import Envelope
from chassis.store.fields import Fields
from chassis.store.store import Store
from contracts import people
from contracts.finance import conversations
from services.people.organisation.domain.funding import note_of
from services.people.training.domain import enrolment, training_session

SESSION, SEAT = Fields(training_session.TRAINING_SESSION), Fields(enrolment.ENROLMENT)
SESSIONS_TO_COME = text(
    f"SELECT {SESSION.id}::uuid AS id FROM states WHERE {SESSION.of_kind} AND {SESSION.trainer_id} = :person"
    f" AND {SESSION.status.one_of(training_session.SessionStatus.SCHEDULED)} ORDER BY stream"
)
SEATS_OF = text(
    f"SELECT {SEAT.id}::uuid AS id, ({SEAT.session_id})::uuid AS session_id FROM states WHERE {SEAT.of_kind}"
    f" AND {SEAT.person_id} = :person AND {SEAT.status.one_of(enrolment.EnrolmentStatus.ENROLLED)} ORDER BY stream"
)


async def on_handed_over(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """The receiver trains in the sessions to come in which the person was to train."""
    assert isinstance(envelope.event, people.DutiesHandedOver)
    command = training_session.TakeOverSession(from_id=envelope.subject, trainer_id=envelope.event.to_id)
    rows = await store.rows(SESSIONS_TO_COME, {"person": str(envelope.subject)})
    return [IssuedCommand(training_session.TRAINING_SESSION, row.id, command) for row in rows]


async def on_funding_answered(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """Enrolment in the session begins, or the session says why not."""
    answer = envelope.event
    assert isinstance(answer, conversations.TrainingFunded | conversations.TrainingFundingRefused)
    known = (await store.load(training_session.TRAINING_SESSION, answer.session_id)).state is not None
    return [IssuedCommand(training_session.TRAINING_SESSION, answer.session_id, note_of(answer))] if known else []


async def on_left(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """A leaver takes no seat in a session that begins after they left."""
    assert isinstance(envelope.event, people.PersonLeft)
    rows = await store.rows(SEATS_OF, {"person": str(envelope.subject)})
    return [
        IssuedCommand(enrolment.ENROLMENT, row.id, enrolment.WithdrawEnrolment())
        for row in rows
        if await begins_after(store, row.session_id, envelope.event.effective_on)
    ]


async def begins_after(store: Store, session_id: UUID, day: date) -> bool:
    session: training_session.TrainingSession | None
    session = (await store.load(training_session.TRAINING_SESSION, session_id)).state
    return session is not None and session.starts_on > day
