"""Reactions of benefits: those of a leaver pass up the line, and finance's verdicts are recorded."""

from collections.abc import Sequence

from chassis.consumers.reactions import Reaction
from chassis.domain.decider import IssuedCommand
from chassis.messaging.cloudevents import Envelope
from chassis.store.fields import Fields
from chassis.store.store import Store
from contracts import finance
from services.portfolio.initiatives.domain.benefit import BENEFIT, OPEN, PassBenefitUp, RecordVerdict
from services.portfolio.organisation.leavers import Owned, reactions_of


async def on_verdict(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """Finance found a benefit realised or not; of one that is none here there is nothing to record."""
    event = envelope.event
    assert isinstance(event, finance.BenefitConfirmed | finance.BenefitNotConfirmed)
    assert envelope.number is not None
    if (await store.load(BENEFIT, event.benefit_id)).state is None:
        return []
    confirmed = isinstance(event, finance.BenefitConfirmed)
    command = RecordVerdict(
        confirmed=confirmed,
        measured=event.measured,
        because=event.evidence if isinstance(event, finance.BenefitConfirmed) else event.reason,
        confirmed_on=event.confirmed_on,
        number=envelope.number,
    )
    return [IssuedCommand(BENEFIT, event.benefit_id, command)]


REACTIONS = [
    *reactions_of(Owned(BENEFIT, Fields(BENEFIT).status.one_of(*OPEN), PassBenefitUp)),
    Reaction(finance.BenefitConfirmed, on_verdict),
    Reaction(finance.BenefitNotConfirmed, on_verdict),
]
