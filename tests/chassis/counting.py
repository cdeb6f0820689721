"""A service around the counter, with a read model of its own events."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi import APIRouter

from chassis.consumers.projection import Fold
from chassis.domain.clock import Clock
from chassis.domain.read_row import ReadRow
from chassis.messaging.cloudevents import Envelope
from chassis.service.definition import Service, Source
from chassis.service.settings import SharedSettings
from chassis.store.store import Store
from tests.chassis.counter import COUNTERS, EVENTS, CounterClosed, CounterIncreased, CounterOpened

TOPIC = "portolan.counting"


class Tally(ReadRow):
    """A row of the table ``tallies``: one for each counter that is not closed."""

    id: UUID
    name: str
    total: Decimal = Decimal(0)
    steps: int = 0


def tally(row: Tally | None, envelope: Envelope, key: UUID) -> Tally | None:
    """A counter's row after an event."""
    match envelope.event:
        case CounterOpened(name=name):
            return Tally(id=key, name=name)
        case CounterIncreased(amount=amount):
            assert row is not None, "nothing is counted before it is opened"
            return row.but(total=row.total + amount, steps=row.steps + 1)
        case CounterClosed():
            return None
    return row


TALLIES = Fold("tallies", Tally, lambda envelope: [envelope.subject], tally)
TYPES = {f"portolan.counting.{event.__name__}": event for event in EVENTS}


def routers(store: Store, shared: SharedSettings, clock: Clock) -> Sequence[APIRouter]:
    """A route that fails in a way nobody foresaw."""
    router = APIRouter()

    @router.get("/fail", operation_id="fail")
    async def fail() -> dict[str, Any]:
        raise RuntimeError("a confidential sentence")

    return [router]


SERVICE = Service(
    name="counting",
    title="Counts.",
    topic=TOPIC,
    events=EVENTS,
    folder=Path(__file__).parent,
    aggregates=[COUNTERS],
    sources=[Source("counting", TOPIC, EVENTS)],
    projections={"tallies": [TALLIES]},
    routers=routers,
)
