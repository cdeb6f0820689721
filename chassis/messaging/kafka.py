"""Kafka clients with the settings under which nothing is lost: producer, group consumer, topics."""

import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, NamedTuple, Protocol, cast
from weakref import WeakKeyDictionary

import kafka
import kafka.record.memory_records
from kafka.admin import KafkaAdminClient, OffsetSpec
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.errors import (
    AuthorizationError,
    GroupAuthorizationFailedError,
    KafkaError,
    SaslAuthenticationFailedError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
)
from kafka.net.connection import KafkaConnection
from kafka.net.inet import KafkaNetSocket
from kafka.net.selector import NetworkSelector
from kafka.net.transport import KafkaSSLTransport, KafkaTCPTransport
from kafka.partitioner.default import murmur2

from chassis.messaging.access import Access
from chassis.messaging.broker import Broker
from chassis.messaging.record_batch import TolerantBatch

TopicPartition = kafka.TopicPartition
# Everything that consumes in this process reads batches this way.
kafka.record.memory_records.DefaultRecordBatch = TolerantBatch
COMMON: Mapping[str, Any] = {"reconnect_backoff_max_ms": 1000, "request_timeout_ms": 15_000}


SOCKET_CONNECT = KafkaNetSocket.sock_connect


async def connect_or_close(
    self: KafkaNetSocket, net: Any, sock: socket.socket, address: Any, timeout_at: float | None = None
) -> Any:
    """Connect a client's socket; 3.0.12 itself leaves one that no broker accepted to the garbage collector."""
    try:
        return await SOCKET_CONNECT(self, net, sock, address, timeout_at=timeout_at)
    except BaseException:
        sock.close()
        raise


KafkaNetSocket.sock_connect = connect_or_close
RECEIVE = KafkaSSLTransport._sock_recv
HANDSHAKE_SECONDS = 10.0
LOG_IN = KafkaConnection._sasl_authenticate
# Why brokers would not talk to a client, by its loop.
refused: WeakKeyDictionary[NetworkSelector, KafkaError] = WeakKeyDictionary()


class UntrustedCertificate(KafkaError):  # type: ignore[misc]
    """A broker's certificate is of no trusted authority, has ended, or is for another name."""


REFUSALS = (AuthorizationError, SaslAuthenticationFailedError, UntrustedCertificate)
"""What does not pass by itself: somebody has to set credentials, rights or authorities right."""


async def shake_hands_or_close(self: KafkaSSLTransport) -> None:
    """Begin to speak TLS, or close the socket.

    3.0.12 itself waits for ever for who took the connection and says nothing, with all that is sent over it, and leaves
    a socket whose handshake failed to the garbage collector.
    """
    until = time.monotonic() + HANDSHAKE_SECONDS
    try:
        while True:
            try:
                self._sock.do_handshake()
                return
            except ssl.SSLWantReadError:
                await self._net.wait_read(self._sock, until)
            except ssl.SSLWantWriteError:
                await self._net.wait_write(self._sock, until)
    except BaseException as failure:
        if isinstance(failure, ssl.SSLCertVerificationError):
            refused[self._net] = UntrustedCertificate(failure.verify_message)
        self._close()
        raise


async def log_in(self: KafkaConnection, timeout_at: float | None = None) -> None:
    """Give a broker the credentials, and remember that it refused them; 3.0.12 tries again until time is up."""
    try:
        await LOG_IN(self, timeout_at)
    except SaslAuthenticationFailedError as failure:
        refused[self.net] = failure
        raise
    refused.pop(self.net, None)


def receive_until_the_end(self: KafkaSSLTransport) -> tuple[bytes, Exception | None]:
    """What came over TLS; 3.0.12 forgets the last words of a broker that hangs up after them."""
    received, failure = RECEIVE(self)
    return received, None if received else failure


def write_in_place(self: KafkaSSLTransport, data: bytes) -> None:
    """Send over TLS, which takes 16 KiB at a time; 3.0.12 itself copies all that is left each time."""
    KafkaTCPTransport.write(self, memoryview(data))


KafkaSSLTransport.handshake, KafkaSSLTransport.write = shake_hands_or_close, write_in_place
KafkaSSLTransport._sock_recv, KafkaConnection._sasl_authenticate = receive_until_the_end, log_in
TRANSPORT_CLOSE, SELECTOR_CLOSE = KafkaTCPTransport.close, NetworkSelector.close
# Closed with something still to send: 3.0.12 closes their sockets once it is sent, and forgets them where the client's
# thread ends before.
sending: WeakKeyDictionary[NetworkSelector, list[KafkaTCPTransport]] = WeakKeyDictionary()


def close_transport(self: KafkaTCPTransport) -> None:
    """Close a connection, and remember it where its socket is still open."""
    TRANSPORT_CLOSE(self)
    if self._sock is not None:
        sending.setdefault(self._net, []).append(self)


def close_selector(self: NetworkSelector) -> None:
    """End a client's loop, and close the sockets of what it can no longer send."""
    SELECTOR_CLOSE(self)
    for transport in sending.pop(self, ()):
        if transport._sock is not None:
            transport._sock.close()


KafkaTCPTransport.close, NetworkSelector.close = close_transport, close_selector


class PartitionMismatch(Exception):
    """The topic has another number of partitions than configured: keys would change their partition."""


class Message(NamedTuple):
    """A message to produce: the key decides the partition, the value is sent byte for byte."""

    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


@lru_cache(maxsize=100_000)
def partition_of(key: bytes) -> int:
    """Return a key's hash, as every Kafka client computes it for the partition; cached, for the client would not."""
    return int(murmur2(key)) & 0x7FFFFFFF


class Record(Protocol):
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


def connected(kind: Any, broker: Broker, **settings: Any) -> Any:
    """A client of kafka-python that leaves nothing behind where no broker answers, and raises why one refused it.

    3.0.12 itself forgets the thread and the files of one whose making failed: a few hundred retries use up a process.
    """
    client = kind.__new__(kind)
    try:
        client.__init__(**{**COMMON, **broker.settings(), **settings})
    except BaseException:
        if half := getattr(client, "_client", None):
            half.close()
            half._manager._net.stop()
            if why := refused.pop(half._manager._net, None):
                raise why from None
        raise
    return client


class Producer:
    """An idempotent producer that waits for every replica's acknowledgement of each message."""

    def __init__(self, broker: Broker) -> None:
        self._producer = kafka.KafkaProducer(
            **{**COMMON, **broker.settings()},
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            batch_size=256 * 1024,
            max_request_size=1024 * 1024,
            delivery_timeout_ms=30_000,
            max_block_ms=10_000,
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

    def __init__(self, broker: Broker, group: str, *, most: int = 2000) -> None:
        self._consumer = connected(
            kafka.KafkaConsumer,
            broker,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_poll_records=most,
            fetch_max_wait_ms=1_000,
            max_poll_interval_ms=120_000,
            session_timeout_ms=10_000,
            # A request for a new topic's metadata gets lost where another is on its way; by default for five minutes.
            metadata_max_age_ms=3_000,
        )

    def subscribe(self, topics: Sequence[str], listener: ConsumerRebalanceListener) -> None:
        self._consumer.subscribe(topics=list(topics), listener=listener)

    def force_rejoin(self) -> None:
        """Finish a rebalance that outlasts one poll; kafka-python 3.0.12 forgets it and reads nothing any more."""
        self._consumer._coordinator.request_rejoin()

    def poll(self, timeout_ms: int) -> list[Record]:
        """Return the next records, in order within each partition."""
        polled = self._consumer.poll(timeout_ms=timeout_ms)
        return [cast(Record, record) for records in polled.values() for record in records]

    def seek(self, topic: str, partition: int, offset: int) -> None:
        self._consumer.seek(TopicPartition(topic, partition), offset)

    def close(self) -> None:
        self._consumer.close(autocommit=False)


class Topics:
    def __init__(self, broker: Broker, **settings: Any) -> None:
        self._admin = connected(KafkaAdminClient, broker, **settings)

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

    def lacking(self, access: Access, group: str | None) -> list[str]:
        """What a principal should be allowed and is not, in words; ``group`` is one of its consumer groups."""
        may = {topic["name"]: topic for topic in self._admin.describe_topics([*access.writes, *access.reads])}
        lacks = [
            f"{verb} {topic}"
            for verb, topics in (("write", access.writes), ("read", access.reads))
            for topic in topics
            if is_refused(may[topic], verb.upper())
        ]
        return [*lacks, f"join the group {group}"] if group is not None and self._may_not_join(group) else lacks

    def _may_not_join(self, group: str) -> bool:
        """Return whether a group is refused; False also while no broker coordinates groups yet."""
        try:
            found = self._admin.describe_groups([group])[group]
        except KafkaError as failure:
            return isinstance(failure, GroupAuthorizationFailedError)
        return GroupAuthorizationFailedError.__name__ in (found["error"] or "")

    def close(self) -> None:
        self._admin.close()


def is_refused(topic: Mapping[str, Any], operation: str) -> bool:
    """Return whether a topic may not be used so; one that does not exist refuses nothing."""
    if topic["error_code"] == TopicAuthorizationFailedError.errno:
        return True
    return topic["error_code"] == 0 and operation not in topic["authorized_operations"]


KEPT_FOR_EVER: Mapping[str, str] = {"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"}


def ensure_topic(
    broker: Broker, topic: str, *, partitions: int, replication: int, config: Mapping[str, str] = KEPT_FOR_EVER
) -> None:
    """Create the topic, kept for ever, where it is missing; raises ``PartitionMismatch`` where it differs."""
    admin = connected(KafkaAdminClient, broker)
    try:
        wanted = {"num_partitions": partitions, "replication_factor": replication, "configs": dict(config)}
        if topic not in admin.list_topics():
            with suppress(TopicAlreadyExistsError):  # another one was faster; what it made is checked below
                admin.create_topics({topic: wanted}, wait_for_metadata=True)
        (found,) = admin.describe_topics([topic])
        if len(found["partitions"]) != partitions:
            raise PartitionMismatch(f"{topic} has {len(found['partitions'])} partitions, configured are {partitions}")
    finally:
        admin.close()
