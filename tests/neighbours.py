"""Absent services: what they would publish, a test publishes on their topics, typed as the contracts have it."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast
from uuid import uuid4

from sqlalchemy import Row

from chassis.messaging.kafka import Producer, ensure_topic
from chassis.messaging.relay import message
from contracts import finance, people, portfolio
from contracts.base import PublicEvent
from tests.harness import Company

PUBLISHERS = {"people": people, "portfolio": portfolio, "finance": finance}


class Stored(NamedTuple):
    """An event as the relay reads it from a log: by the names and in the places of its query."""

    position: int
    stream: str
    published: int
    type: str
    data: str
    metadata: dict[str, str]
    recorded_at: str


class Neighbours:
    """Speaks for the services that a company lacks, as their relays would."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._numbers: Counter[str] = Counter()

    def tell(self, service: str, stream: str, *events: PublicEvent) -> None:
        """Publish the next events of a service's stream."""
        contract = PUBLISHERS[service]
        assert service not in self._company.running
        assert all(type(event) in contract.EVENTS for event in events)
        topic = self._company.prefix + contract.TOPIC
        ensure_topic(self._company.broker, topic, partitions=2, replication=1)
        producer = Producer(self._company.broker)
        producer.send_all(topic, [message(service, self._stored(stream, event)) for event in events])
        producer.close()
        self._company.told[service] += len(events)

    def _stored(self, stream: str, event: PublicEvent) -> Row[Any]:
        """The event as its service's log would have it."""
        self._numbers[stream] += 1
        stored = Stored(
            position=self._numbers.total(),
            stream=stream,
            published=self._numbers[stream],
            type=type(event).__name__,
            data=event.model_dump_json(),
            metadata={"id": str(uuid4()), "actor": "system:tests"},
            recorded_at=datetime.now(UTC).isoformat(),
        )
        return cast(Row[Any], stored)
