"""Looks at databases and topics after a run, past everything that was made to fail."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import kafka
from sqlalchemy import Connection, create_engine, text

from chassis.messaging.broker import Broker
from chassis.messaging.kafka import TopicPartition
from tests.faults.history import Event, Log, Sent

EVENTS = text(
    "SELECT position, stream, version, published, type, data::text AS data, metadata, recorded_at FROM events"
    " WHERE position > :after ORDER BY position"
)


def read_log(url: str, streams: Sequence[str], *, after: int = 0, sent: Sequence[Sent] = ()) -> Log:
    """A service's database in one snapshot, as of which ``sent`` is what its topic holds."""
    engine = create_engine(url, isolation_level="REPEATABLE READ")
    try:
        with engine.connect() as connection:
            return log_of(connection, list(streams), after, sent)
    finally:
        engine.dispose()


def log_of(connection: Connection, streams: list[str], after: int, sent: Sequence[Sent]) -> Log:
    """What one snapshot holds."""
    among = {"streams": streams}
    states = connection.execute(
        text("SELECT stream, version, published, state FROM states WHERE stream = ANY(:streams)"), among
    )
    seen = connection.execute(text("SELECT reader, stream, number FROM seen WHERE stream = ANY(:streams)"), among)
    tallies = connection.execute(
        text("SELECT 'counter-' || id, total, steps FROM tallies WHERE 'counter-' || id = ANY(:streams)"), among
    )
    parked = connection.execute(text("SELECT stream, reason FROM parked WHERE stream = ANY(:streams)"), among)
    return Log(
        after=after,
        head=connection.execute(text("SELECT position FROM head")).scalar_one(),
        events=[event_of(row) for row in connection.execute(EVENTS, {"after": after})],
        states={row.stream: (row.version, row.published, row.state) for row in states},
        seen={(row.reader, row.stream): row.number for row in seen},
        tallies={stream: (total, steps) for stream, total, steps in tallies},
        parked=[(row.stream, row.reason) for row in parked],
        sent=sent,
    )


def event_of(row: Any) -> Event:
    """A row of the log."""
    metadata: Mapping[str, str] = row.metadata if isinstance(row.metadata, dict) else json.loads(row.metadata)
    return Event(
        row.position,
        row.stream,
        row.version,
        row.published,
        row.type,
        row.data,
        metadata["id"],
        metadata.get("correlation_id"),
        metadata.get("causation_id"),
        row.recorded_at,
    )


class Topics:
    """Reads topics from where they ended when somebody last asked."""

    def __init__(self, broker: Broker) -> None:
        self._consumer = kafka.KafkaConsumer(
            **broker.settings(), enable_auto_commit=False, reconnect_backoff_max_ms=1000
        )

    def close(self) -> None:
        """Let go of the connection."""
        self._consumer.close()

    def ends(self, topic: str) -> dict[int, int]:
        """The next offset of each partition; none where there is no such topic."""
        if topic not in self._consumer.topics():
            return {}
        partitions = [TopicPartition(topic, number) for number in self._consumer.partitions_for_topic(topic)]
        return {place.partition: offset for place, offset in self._consumer.end_offsets(partitions).items()}

    def since(self, topic: str, starts: Mapping[int, int]) -> list[Sent]:
        """Everything above these offsets; above 0 where none is named."""
        ends = self.ends(topic)
        places = {TopicPartition(topic, number): starts.get(number, 0) for number in ends}
        self._consumer.assign(list(places))
        for place, offset in places.items():
            self._consumer.seek(place, offset)
        missing = sum(ends[place.partition] - offset for place, offset in places.items())
        found: list[Any] = []
        while len(found) < missing:
            for records in self._consumer.poll(timeout_ms=1000).values():
                found.extend(record for record in records if record.offset < ends[record.partition])
        return [sent_of({name: value or b"" for name, value in record.headers}, record.value) for record in found]


def sent_of(headers: Mapping[str, bytes], value: bytes | None) -> Sent:
    """A message, by what its headers say."""
    return Sent(
        headers["ce_subject"].decode(), int(headers["ce_number"]), headers["ce_id"].decode(), (value or b"").decode()
    )
