"""A second service without business: it keeps a read model of what counting counts, and counts the same by reacting."""

from collections.abc import Sequence
from dataclasses import replace

from chassis.consumers.reactions import Reaction
from chassis.domain.decider import IssuedCommand
from chassis.messaging.cloudevents import Envelope
from chassis.store.store import Store
from tests.chassis.counter import (
    COUNTER,
    AddToCounter,
    CloseCounter,
    CounterClosed,
    CounterIncreased,
    CounterOpened,
    OpenCounter,
)
from tests.chassis.counting import SERVICE as COUNTING
from tests.chassis.counting import TALLIES

TOPIC = "portolan.watching"
MIRRORED = ("CounterOpened", "CounterIncreased", "CounterClosed")


async def mirror(_store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """What was done to a counter is done to this service's counter of the same id."""
    match envelope.event:
        case CounterOpened(name=name):
            return [IssuedCommand(COUNTER, envelope.subject, OpenCounter(name=name))]
        case CounterIncreased(amount=amount):
            return [IssuedCommand(COUNTER, envelope.subject, AddToCounter(amount=amount))]
        case _:
            return [IssuedCommand(COUNTER, envelope.subject, CloseCounter())]


SERVICE = replace(
    COUNTING,
    name="watching",
    title="Watches what is counted.",
    topic=TOPIC,
    projections={"reference": [TALLIES]},
    reactions=[Reaction(event, mirror) for event in (CounterOpened, CounterIncreased, CounterClosed)],
    routers=None,
)
