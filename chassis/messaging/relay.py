"""The relay: pumps the log's public events into Kafka, in order, losing none; one leads, others stand by."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, Protocol

import structlog
from kafka.errors import KafkaError
from sqlalchemy import Connection, Row, text

from chassis.messaging.broker import Broker
from chassis.messaging.kafka import REFUSALS, Message, PartitionMismatch, Producer, ensure_topic
from chassis.observability.telemetry import Telemetry
from chassis.postgres.leader import Leader

log = structlog.get_logger("relay")
BATCH = 5000
IDLE_SECONDS = 0.5
OPTIONAL = (("ce_correlationid", "correlation_id"), ("ce_causationid", "causation_id"), ("traceparent", "traceparent"))


class LeadershipLost(Exception):
    """Another relay leads now."""


@dataclass(frozen=True)
class Route:
    """The destinations of a service's events: the service is the CloudEvents source.

    ``restricted`` names the topics of types that are not on ``topic``. Their streams have no other events. An
    empty ``topic`` is that of a service without events: its notices alone are relayed.
    """

    service: str
    topic: str
    partitions: int = 4
    replication: int = 1
    restricted: Mapping[str, str] = field(default_factory=dict)

    @property
    def topics(self) -> list[str]:
        return [*([self.topic] if self.topic else []), *dict.fromkeys(self.restricted.values())]

    def of_topic(self, events: Sequence[Row[Any]], topic: str) -> Sequence[Row[Any]]:
        """Return those of these events that go to a topic."""
        if not self.restricted:
            return events
        return [event for event in events if self.restricted.get(event.type, self.topic) == topic]


class Notices(Protocol):
    """Notices of a service on a topic of their own beside its events, published before those that need them."""

    def ensure_topic(self, broker: Broker) -> None:
        """Create the topic where it is missing."""

    def publish(self, connection: Connection, producer: Producer) -> None:
        """Publish what is due, and return when all of it is acknowledged."""


class Relay(Leader):
    lock = part = "relay"
    pause = IDLE_SECONDS
    passing = (KafkaError, LeadershipLost, PartitionMismatch)
    refusals = REFUSALS
    log = log

    # Read before the events: what is committed later has a higher position and comes in the next round.
    ask_head = text("SELECT position FROM head")
    ask_events = text(
        "SELECT position, stream, coalesce(published, version) AS number, type, data::text AS data, metadata,"
        " to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS recorded_at"
        " FROM events WHERE position > :position AND (published IS NOT NULL OR type = ANY(:restricted))"
        " ORDER BY position LIMIT :limit"
    )

    def __init__(
        self,
        url: str,
        broker: Broker,
        route: Route,
        telemetry: Telemetry | None = None,
        notices: Sequence[Notices] = (),
    ) -> None:
        self._telemetry = telemetry or Telemetry()
        super().__init__(url, partial(self._telemetry.restarted, "relay"))
        self._broker, self._route, self._notices = broker, route, notices
        self.leads = threading.Event()

    def _lead(self, connection: Connection, stop: threading.Event) -> None:
        route = self._route
        for topic in route.topics:
            ensure_topic(self._broker, topic, partitions=route.partitions, replication=route.replication)
        for each in self._notices:
            each.ensure_topic(self._broker)
        row = connection.execute(
            text("UPDATE relay SET epoch = epoch + 1, changed_at = now() RETURNING epoch, position, published")
        ).one()
        epoch, position, published = row
        connection.exec_driver_sql("LISTEN portolan_appended")
        producer = Producer(self._broker)
        try:
            self.leads.set()
            log.info("relay leads", epoch=epoch, position=position)
            while not stop.is_set():
                moved, sent = self._pump(connection, producer, position)
                if moved > position:
                    position, published = moved, published + sent
                    self._checkpoint(connection, epoch, position, published)
                else:
                    self._notified(connection, IDLE_SECONDS)
        finally:
            self.leads.clear()
            producer.close()

    def _pump(self, connection: Connection, producer: Producer, position: int) -> tuple[int, int]:
        head: int = connection.execute(self.ask_head).scalar_one()
        limit = BATCH if head > position else 0
        asked = {"position": position, "limit": limit, "restricted": list(self._route.restricted)}
        events = connection.execute(self.ask_events, asked).all()
        # After reading the events, of which each was stored with its key, and before sending them.
        for each in self._notices:
            each.publish(connection, producer)
        if head <= position:
            return position, 0
        sent = 0
        for topic in self._route.topics:
            its = self._route.of_topic(events, topic)
            with self._telemetry.publish(topic, its):
                producer.send_all(topic, [message(self._route.service, event) for event in its])
            sent += len(its) if topic == self._route.topic else 0
        return (events[-1].position if len(events) == BATCH else max(head, last_position(events))), sent

    def _checkpoint(self, connection: Connection, epoch: int, position: int, published: int) -> None:
        moved = connection.execute(
            text(
                "UPDATE relay SET position = :position, published = :published, changed_at = now() WHERE epoch = :epoch"
            ),
            {"epoch": epoch, "position": position, "published": published},
        )
        if moved.rowcount != 1:
            raise LeadershipLost(f"epoch {epoch} is over")


def last_position(events: Sequence[Row[Any]]) -> int:
    """The position of the last of these events, 0 without any."""
    return int(events[-1].position) if events else 0


@lru_cache(maxsize=1000)
def same_for_type(service: str, type: str) -> tuple[tuple[str, bytes], ...]:
    """The headers that all events of a type share."""
    return (
        ("ce_specversion", b"1.0"),
        ("ce_source", f"/portolan/{service}".encode()),
        ("ce_type", f"portolan.{service}.{type}".encode()),
        ("content-type", b"application/json"),
    )


def message(service: str, event: Row[Any]) -> Message:
    """A stored event as a CloudEvent in binary mode: its bytes as they were stored, keyed by its stream."""
    values: Sequence[Any] = event  # by place: names cost a third of the whole relay
    _, name, number, type, data, metadata, recorded_at = values
    stream = name.encode()
    headers = [
        *same_for_type(service, type),
        ("ce_id", metadata["id"].encode()),
        ("ce_subject", stream),
        ("ce_time", recorded_at.encode()),
        ("ce_number", b"%d" % number),
        ("ce_actor", metadata["actor"].encode()),
    ]
    headers += [(header, metadata[key].encode()) for header, key in OPTIONAL if key in metadata]
    return Message(stream, data.encode(), headers)
