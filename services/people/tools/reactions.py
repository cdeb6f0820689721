"""Reactions in tools: finance promises the money for a tool, or refuses it."""

from collections.abc import Sequence

from chassis.domain.decider import IssuedCommand
from chassis.messaging.cloudevents import Envelope
from chassis.store.store import Store
from contracts.finance import conversations
from services.people.organisation.domain.funding import note_of
from services.people.tools.domain.tool import TOOL


async def on_funding_answered(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """The tool may be issued, or says why not."""
    answer = envelope.event
    assert isinstance(answer, conversations.ToolFunded | conversations.ToolFundingRefused)
    known = (await store.load(TOOL, answer.tool_id)).state is not None
    return [IssuedCommand(TOOL, answer.tool_id, note_of(answer))] if known else []
