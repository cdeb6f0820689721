"""Reactions of risks: those of a leaver pass up the line, and finance's answer about contingency is recorded."""

from collections.abc import Sequence
from uuid import UUID

from chassis.consumers.reactions import Reaction
from chassis.domain.decider import IssuedCommand
from chassis.messaging.cloudevents import Envelope
from chassis.store.fields import Fields
from chassis.store.store import Store
from contracts import finance
from services.portfolio.organisation.leavers import Owned, reactions_of
from services.portfolio.risks.domain.risk.model import OVER
from services.portfolio.risks.domain.risk.rules import RISK, PassRiskUp, RecordContingency


async def on_drawn(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """The contingency is there."""
    drawn = envelope.event
    assert isinstance(drawn, finance.ContingencyDrawn)
    return await answered(store, drawn.risk_id, RecordContingency(drawn=True, amount=drawn.amount))


async def on_refused(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """There is no contingency for it."""
    refused = envelope.event
    assert isinstance(refused, finance.ContingencyRefused)
    command = RecordContingency(drawn=False, amount=refused.asked, reason=refused.reason)
    return await answered(store, refused.risk_id, command)


async def answered(store: Store, risk_id: UUID, command: RecordContingency) -> Sequence[IssuedCommand]:
    """Record the answer at the risk that asked."""
    risk = (await store.load(RISK, risk_id)).state
    return [] if risk is None else [IssuedCommand(RISK, risk_id, command)]


REACTIONS = [
    *reactions_of(Owned(RISK, Fields(RISK).status.none_of(*OVER), PassRiskUp)),
    Reaction(finance.ContingencyDrawn, on_drawn),
    Reaction(finance.ContingencyRefused, on_refused),
]
