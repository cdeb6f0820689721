"""Absent services: what they would publish, a test publishes on their topics, typed as the contracts have it."""

import base64
from collections import Counter
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast
from uuid import UUID, uuid4

from sqlalchemy import Row

from chassis.messaging.kafka import Message, Producer, ensure_topic
from chassis.messaging.key_topic import PublishedKey
from chassis.messaging.relay import message
from chassis.store.encryption import Key, MasterKeys, Privacy, Sealing, encode
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
        self._privacy = Privacy(MasterKeys(base64.b64decode(company.master_key)))
        self._keys: dict[UUID, Key] = {}
        self._last: tuple[str, list[Message]] | None = None

    def tell(self, service: str, stream: str, *events: PublicEvent) -> None:
        """Publish the next events of a service's stream."""
        contract = PUBLISHERS[service]
        assert service not in self._company.running
        assert all(type(event) in contract.EVENTS for event in events)
        sealing = Sealing(self._privacy, stream, self._keys)
        stored = [message(service, self._stored(stream, event, sealing)) for event in events]
        self._keys = sealing.keys
        self._publish_keys(sealing)
        self._last = contract.TOPIC, stored
        self._publish(contract.TOPIC, stored)
        self._company.told[service] += len(events)

    def repeat(self) -> None:
        """Publish what was told last once more, as a relay does that did not hear of its success.

        What is told of the same stream next is applied after it.
        """
        assert self._last is not None
        self._publish(*self._last)

    def tell_hours(self, person: UUID, told: people.WeeklyCapacity) -> None:
        """Publish a person's hours by week, sealed, on the topic that is for portfolio alone."""
        stream = f"weekly-capacity-{person}"
        sealing = Sealing(self._privacy, stream, self._keys)
        sealed = message("people", self._stored(stream, told, sealing))
        self._keys = sealing.keys
        self._publish_keys(sealing)
        self._publish(people.CAPACITY_TOPIC, [sealed])

    def erase(self, person: UUID) -> None:
        """Publish that somebody's key was erased; the event that says so has not come."""
        self._publish_key(PublishedKey(subject=person, revision=2, erased=datetime.now(UTC)))

    def _publish_keys(self, sealing: Sealing) -> None:
        for made in sealing.made:
            wrapped = encode(base64.b64decode(made["wrapped"]))
            self._publish_key(PublishedKey(subject=made["subject"], revision=1, wrapped=wrapped, master=made["master"]))

    def _publish_key(self, key: PublishedKey) -> None:
        told = key.model_dump_json(exclude_none=True).encode()
        self._publish(people.KEYS_TOPIC, [Message(str(key.subject).encode(), told, [])])

    def _publish(self, name: str, messages: list[Message]) -> None:
        topic = self._company.prefix + name
        ensure_topic(self._company.broker, topic, partitions=2, replication=1)
        producer = Producer(self._company.broker)
        producer.send_all(topic, messages)
        producer.close()

    def _stored(self, stream: str, event: PublicEvent, sealing: Sealing) -> Row[Any]:
        """The event as its service's log would have it."""
        self._numbers[stream] += 1
        stored = Stored(
            position=self._numbers.total(),
            stream=stream,
            published=self._numbers[stream],
            type=type(event).__name__,
            data=sealing.event(event),
            metadata={"id": str(uuid4()), "actor": "system:tests"},
            recorded_at=datetime.now(UTC).isoformat(),
        )
        return cast(Row[Any], stored)
