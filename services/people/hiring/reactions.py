"""Reactions in hiring: finance promises the money for a vacancy, or refuses it."""

from collections.abc import Sequence

from chassis.domain.decider import IssuedCommand
from chassis.messaging.cloudevents import Envelope
from chassis.store.store import Store
from contracts.finance import conversations
from services.people.hiring.domain.vacancy import VACANCY
from services.people.organisation.domain.funding import note_of


async def on_funding_answered(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """The vacancy may be opened, or says why not."""
    answer = envelope.event
    assert isinstance(answer, conversations.HiringFunded | conversations.HiringFundingRefused)
    known = (await store.load(VACANCY, answer.vacancy_id)).state is not None
    return [IssuedCommand(VACANCY, answer.vacancy_id, note_of(answer))] if known else []
