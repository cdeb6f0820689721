"""Kafka as this project uses it: typed, with the settings under which nothing is lost."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, NamedTuple, Protocol, cast

import kafka
import kafka.record.memory_records
from kafka.admin import KafkaAdminClient, OffsetSpec
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.errors import KafkaError, TopicAlreadyExistsError
from kafka.partitioner.default import murmur2
from kafka.record.default_records import ControlRecord, DefaultRecord, DefaultRecordBatch
from kafka.record.util import decode_varint

__all__ = ["ConsumerRebalanceListener", "KafkaError", "Message", "PartitionMismatch", "Record", "TopicPartition"]

TopicPartition = kafka.TopicPartition
COMMON: Mapping[str, Any] = {"reconnect_backoff_max_ms": 1000, "request_timeout_ms": 15_000}


class PartitionMismatch(Exception):
    """The topic has another number of partitions than configured: keys would change their partition."""


class Message(NamedTuple):
    """What is produced: the key decides the partition, the value is sent byte for byte."""

    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


@lru_cache(maxsize=100_000)
def partition_of(key: bytes) -> int:
    """What a key's partition is derived from, as every Kafka client does it; the client would hash it each time."""
    return int(murmur2(key)) & 0x7FFFFFFF


class Record(Protocol):
    """What was consumed."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]: ...


def connected(kind: Any, bootstrap: str, **settings: Any) -> Any:
    """A client of kafka-python that leaves nothing behind where no broker answers.

    3.0.12 itself forgets the thread and the files of one whose making failed: a few hundred retries use up a process.
    """
    client = kind.__new__(kind)
    try:
        client.__init__(bootstrap_servers=bootstrap, **{**COMMON, **settings})
    except BaseException:
        if half := getattr(client, "_client", None):
            half.close()
            half._manager._net.stop()
        raise
    return client


class HeaderName(str):
    """A header's name that is not UTF-8: its bytes are kept as lone surrogates, and come back when it is encoded."""

    def encode(self, encoding: str = "utf-8", errors: str = "surrogateescape") -> bytes:
        """The bytes it was read from."""
        return super().encode(encoding, "surrogateescape")


class TolerantBatch(DefaultRecordBatch):  # type: ignore[misc]
    """Reads the records of a batch: those whose header names are not UTF-8 too, where the client itself stops for ever.

    It is also the hot path of every reader. Numbers below 64 are one byte, and nearly all are.
    """

    _pos: int
    _buffer: bytes

    def __iter__(self) -> Any:
        found = super().__iter__()
        self._buffer = bytes(self._buffer)  # slices of it are what records consist of
        return found

    def _read_msg(self) -> Any:
        buffer, start = self._buffer, self._pos
        length, begins = number(buffer, start)
        _, pos = number(buffer, begins)  # attributes
        later, pos = number(buffer, pos)
        further, pos = number(buffer, pos)
        key, pos = chunk(buffer, pos)
        value, pos = chunk(buffer, pos)
        count, pos = number(buffer, pos)
        headers = []
        for _ in range(count):
            name, pos = chunk(buffer, pos)
            known = NAMES.get(name)
            if known is None:
                known = header_name(name)
            content, pos = chunk(buffer, pos)
            headers.append((known, content))
        if pos - begins != length:
            raise ValueError("the record does not end where it should")
        self._pos = pos
        kind = ControlRecord if self.is_control_batch else DefaultRecord
        timestamp = self.max_timestamp if self.timestamp_type else self.first_timestamp + later
        return kind(length, self.base_offset + further, timestamp, self.timestamp_type, key, value, headers)


NAMES: dict[bytes | None, str] = {}


def header_name(name: bytes | None) -> str:
    """The name of a header; the first thousand different ones are remembered."""
    if name is None:
        raise ValueError("a header has no name")
    try:
        known = name.decode()
    except UnicodeDecodeError:
        return HeaderName(name, "utf-8", "surrogateescape")
    if len(NAMES) < 1000:
        NAMES[name] = known
    return known


def number(buffer: bytes, pos: int) -> tuple[int, int]:
    """A variable-length number, and where it ends."""
    byte = buffer[pos]
    if byte < 128:
        return (byte >> 1) ^ -(byte & 1), pos + 1
    found: tuple[int, int] = decode_varint(buffer, pos)
    return found


def chunk(buffer: bytes, pos: int) -> tuple[bytes | None, int]:
    """Bytes with their length before them, and where they end; None where they are null."""
    size = buffer[pos]
    if size < 128 and not size & 1:
        pos += 1
        end = pos + (size >> 1)
        return buffer[pos:end], end
    length, pos = decode_varint(buffer, pos)
    if length < 0:
        return None, pos
    return buffer[pos : pos + length], pos + length


kafka.record.memory_records.DefaultRecordBatch = TolerantBatch


class Producer:
    """An idempotent producer that waits for every replica and says so for each message."""

    def __init__(self, bootstrap: str) -> None:
        self._producer = kafka.KafkaProducer(
            bootstrap_servers=bootstrap,
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            batch_size=256 * 1024,
            max_request_size=1024 * 1024,
            delivery_timeout_ms=30_000,
            max_block_ms=10_000,
            **COMMON,
        )

    def send_all(self, topic: str, messages: Sequence[Message]) -> None:
        """Send in order and return when every one is acknowledged; any failure is raised."""
        partitions = len(self._producer.partitions_for(topic))
        send = self._producer.send
        futures = [
            send(topic, message.value, message.key, message.headers, partition_of(message.key) % partitions)
            for message in messages
        ]
        self._producer.flush(timeout=40)
        for future in futures:
            future.get(timeout=0.001)

    def close(self) -> None:
        """Let go, without waiting for what was not acknowledged."""
        self._producer.close(timeout=0)


class Consumer:
    """A member of a consumer group whose places are kept by its reader's database, never by Kafka."""

    def __init__(self, bootstrap: str, group: str, *, most: int = 2000) -> None:
        self._consumer = connected(
            kafka.KafkaConsumer,
            bootstrap,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_poll_records=most,
            fetch_max_wait_ms=100,
            max_poll_interval_ms=120_000,
            session_timeout_ms=10_000,
            # A request for a new topic's metadata gets lost where another is on its way; by default for five minutes.
            metadata_max_age_ms=1_000,
        )

    def subscribe(self, topics: Sequence[str], listener: ConsumerRebalanceListener) -> None:
        """Take part in the group."""
        self._consumer.subscribe(topics=list(topics), listener=listener)

    def insist_on_rejoining(self) -> None:
        """Finish a rebalance that outlasts one poll; kafka-python 3.0.12 forgets it and reads nothing any more."""
        self._consumer._coordinator.request_rejoin()

    def poll(self, timeout_ms: int) -> list[Record]:
        """What came next, in order within each partition."""
        polled = self._consumer.poll(timeout_ms=timeout_ms)
        return [cast(Record, record) for records in polled.values() for record in records]

    def seek(self, topic: str, partition: int, offset: int) -> None:
        """Go on from this offset."""
        self._consumer.seek(TopicPartition(topic, partition), offset)

    def close(self) -> None:
        """Leave the group."""
        self._consumer.close(autocommit=False)


class Replay:
    """Reads topics from given places on, outside of any group; ``places`` are the partitions it reads."""

    def __init__(
        self, bootstrap: str, topics: Sequence[str], places: Mapping[tuple[str, int], int], *, most: int
    ) -> None:
        self._consumer = connected(
            kafka.KafkaConsumer,
            bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_poll_records=most,
            fetch_max_wait_ms=100,
            metadata_max_age_ms=1_000,
        )
        self._topics = topics
        self.places: list[tuple[str, int]] = []
        try:
            self.look_for_topics(places)
        except BaseException:
            self.close()
            raise

    def look_for_topics(self, places: Mapping[tuple[str, int], int] | None = None) -> None:
        """Read topics that came meanwhile as well, from their beginning or the given places."""
        existing = self._consumer.topics()
        found = [
            (topic, partition)
            for topic in self._topics
            if topic in existing
            for partition in sorted(self._consumer.partitions_for_topic(topic) or ())
        ]
        new = [place for place in found if place not in self.places]
        if new:
            at = {place: self._consumer.position(TopicPartition(*place)) for place in self.places}
            self.places = found
            self._consumer.assign([TopicPartition(*place) for place in found])
            self.seek(at | {place: (places or {}).get(place, 0) for place in new})

    def poll(self, timeout_ms: int) -> list[Record]:
        """What came next, in order within each partition."""
        if not self.places:
            time.sleep(timeout_ms / 1000)
            self.look_for_topics()
            return []
        polled = self._consumer.poll(timeout_ms=timeout_ms)
        return [cast(Record, record) for records in polled.values() for record in records]

    def seek(self, places: Mapping[tuple[str, int], int]) -> None:
        """Go on from these offsets; from the beginning where there is none."""
        for place in self.places:
            self._consumer.seek(TopicPartition(*place), places.get(place, 0))

    def close(self) -> None:
        """Let go of the connections."""
        self._consumer.close(autocommit=False)


class Topics:
    """Which topics there are."""

    def __init__(self, bootstrap: str, **settings: Any) -> None:
        self._admin = connected(KafkaAdminClient, bootstrap, **settings)

    def existing(self, topics: Sequence[str]) -> list[str]:
        """Those of the topics that exist, in the order asked for."""
        known = set(self._admin.list_topics())
        return [topic for topic in topics if topic in known]

    def ends(self, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        """The offset after the last message of every partition of those topics that exist."""
        found = self.existing(topics)
        described = self._admin.describe_topics(found) if found else []
        partitions = [
            TopicPartition(topic["name"], partition["partition_index"])
            for topic in described
            for partition in topic["partitions"]
        ]
        ends = self._admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST)) if partitions else {}
        return {(place.topic, place.partition): end.offset for place, end in ends.items()}

    def close(self) -> None:
        """Let go of the connection."""
        self._admin.close()


KEPT_FOR_EVER: Mapping[str, str] = {"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"}


def ensure_topic(
    bootstrap: str, topic: str, *, partitions: int, replication: int, config: Mapping[str, str] = KEPT_FOR_EVER
) -> None:
    """Create the topic, kept for ever, where it is missing; raises ``PartitionMismatch`` where it differs."""
    admin = connected(KafkaAdminClient, bootstrap)
    try:
        wanted = {
            "num_partitions": partitions,
            "replication_factor": replication,
            "configs": dict(config),
        }
        if topic not in admin.list_topics():
            with suppress(TopicAlreadyExistsError):  # another one was faster; what it made is checked below
                admin.create_topics({topic: wanted}, wait_for_metadata=True)
        (found,) = admin.describe_topics([topic])
        if len(found["partitions"]) != partitions:
            raise PartitionMismatch(f"{topic} has {len(found['partitions'])} partitions, configured are {partitions}")
    finally:
        admin.close()
