"""The relay: everything public is published exactly as it is stored, in order, by one leader, losing none."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from uuid import UUID, uuid4

import anyio
import kafka
import pytest
from kafka.admin import ConfigResource, KafkaAdminClient
from kafka.errors import KafkaError
from sqlalchemy import Row, create_engine, text

from chassis.commands.handler import Handler
from chassis.messaging.broker import Broker
from chassis.messaging.cloudevents import decode
from chassis.messaging.kafka import Message, Producer, Record, TopicPartition, ensure_topic
from chassis.messaging.relay import LeadershipLost, Relay, Route
from chassis.service.worker import in_threads
from chassis.store.store import Store
from portolan.stack.postgres import ServiceDatabase
from tests.chassis.counter import EVENTS, AddToCounter, CounterNoted, NoteOnCounter, OpenCounter
from tests.chassis.counting import TYPES
from tests.chassis.support import as_owner, cut_off, do
from tests.harness import wait_until
from tests.infrastructure import Infrastructure

Relays = Callable[..., Relay]


@pytest.fixture
def route(topic_prefix: str) -> Route:
    return Route("counting", f"{topic_prefix}counting", partitions=3)


@pytest.fixture
def relay(own_database: ServiceDatabase, infrastructure: Infrastructure, route: Route) -> Relay:
    return Relay(own_database.url, infrastructure.broker, route)


@contextmanager
def running(*relays: Relay) -> Iterator[list[threading.Event]]:
    """Relays in threads of their own; each one's event stops it."""
    stops = [threading.Event() for _ in relays]
    threads = [in_threads([relay.run], stop)[0] for relay, stop in zip(relays, stops, strict=True)]
    try:
        yield stops
    finally:
        for stop in stops:
            stop.set()
        for thread in threads:
            thread.join(60)


def count(database: ServiceDatabase, counters: int = 3, rounds: int = 4, ids: Sequence[UUID] = ()) -> list[UUID]:
    """Let so many counters live a while, side by side, with private notes between."""

    async def live() -> list[UUID]:
        store = Store(database.url)
        await store.start()
        handler = Handler(store, EVENTS)
        known = list(ids) or [uuid4() for _ in range(counters)]
        if not ids:
            for id in known:
                await do(handler, id, OpenCounter(name="Zähler \u2028 \U0001f9ee"))
        for amount in range(rounds):
            for id in known:
                await do(handler, id, NoteOnCounter(note="confidential"))
                await do(handler, id, AddToCounter(amount=Decimal(amount + 1) / 7 // Decimal("0.000001"), times=2))
        await store.stop()
        return known

    return anyio.run(live)


def stored(database: ServiceDatabase) -> Sequence[Row[tuple[object, ...]]]:
    with as_owner(database) as connection:
        return connection.execute(
            text(
                "SELECT stream, version, published, type, data::text AS data, metadata, recorded_at FROM events"
                " ORDER BY position"
            )
        ).all()


def checkpoint(database: ServiceDatabase) -> tuple[int, int, int]:
    """Epoch, position and published number of the relay."""
    with as_owner(database) as connection:
        return tuple(connection.execute(text("SELECT epoch, position, published FROM relay")).one())


def caught_up(database: ServiceDatabase) -> Callable[[], bool]:
    def is_caught_up() -> bool:
        with as_owner(database) as connection:
            return bool(connection.execute(text("SELECT r.position = h.position FROM relay r, head h")).scalar_one())

    return is_caught_up


def topic_holds(broker: Broker, topic: str, at_least: int) -> list[Record]:
    """Everything in a topic, once there are so many messages."""
    consumer = kafka.KafkaConsumer(**broker.settings(), enable_auto_commit=False)
    try:
        wait_until(lambda: topic in consumer.topics(), f"{topic} exists")
        partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
        consumer.assign(partitions)
        ends = consumer.end_offsets

        def complete() -> bool:
            return bool(sum(ends(partitions).values()) >= at_least)

        wait_until(complete, f"{topic} holds {at_least} messages")
        consumer.seek_to_beginning(*partitions)
        found: list[Record] = []
        missing = sum(ends(partitions).values())
        while len(found) < missing:
            for records in consumer.poll(timeout_ms=1000).values():
                found.extend(records)
        return found
    finally:
        consumer.close()


def by_stream(records: Sequence[Record]) -> dict[str, list[int]]:
    """The numbers of each stream in the order of the topic."""
    numbers: dict[str, list[int]] = {}
    for one in records:
        envelope = decode(one, TYPES)
        assert envelope.stream
        assert envelope.number
        numbers.setdefault(envelope.stream, []).append(envelope.number)
    return numbers


def first_times(numbers: Sequence[int]) -> list[int]:
    """Numbers without those that came before."""
    return list(dict.fromkeys(numbers))


def test_what_is_stored_is_published_byte_for_byte_in_order_as_cloud_events(
    own_database: ServiceDatabase, infrastructure: Infrastructure, relay: Relay, route: Route
) -> None:
    count(own_database)
    public = [row for row in stored(own_database) if row.published is not None]
    with running(relay):
        wait_until(caught_up(own_database), "the relay has published everything")
    records = topic_holds(infrastructure.broker, route.topic, len(public))
    assert len(records) == len(public) < len(stored(own_database))
    expected = {(row.stream, row.published): row for row in public}
    partitions: dict[bytes | None, set[int]] = {}
    for one in records:
        envelope = decode(one, TYPES)
        assert envelope.poison is None
        row = expected.pop((envelope.stream, envelope.number))
        assert one.value == row.data.encode()
        assert one.key == row.stream.encode()
        assert envelope.event == TYPES[f"portolan.counting.{row.type}"].model_validate_json(row.data)
        assert (envelope.id, envelope.actor, envelope.time) == (row.metadata["id"], "tester", row.recorded_at)
        partitions.setdefault(one.key, set()).add(one.partition)
    assert expected == {}
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in by_stream(records).values())
    assert all(len(of_stream) == 1 for of_stream in partitions.values())
    assert checkpoint(own_database)[2] == len(public)


def test_restricted_events_go_to_their_own_topic_alone_numbered_by_their_versions(
    own_database: ServiceDatabase, infrastructure: Infrastructure, route: Route
) -> None:
    count(own_database, 2, 3)
    topic = f"{route.topic}.notes"
    relay = Relay(own_database.url, infrastructure.broker, replace(route, restricted={CounterNoted.__name__: topic}))
    with running(relay):
        wait_until(caught_up(own_database), "the relay has published everything")
    rows = stored(own_database)
    assert len(topic_holds(infrastructure.broker, route.topic, 14)) == 14
    notes = {(row.stream, row.version) for row in rows if row.type == CounterNoted.__name__}
    envelopes = [decode(one, {}) for one in topic_holds(infrastructure.broker, topic, len(notes))]
    assert {(each.stream, each.number) for each in envelopes} == notes
    assert {each.type for each in envelopes} == {"portolan.counting.CounterNoted"}
    assert checkpoint(own_database)[2] == 14, "what is restricted does not count as public"


def test_headers_are_those_of_cloud_events_in_binary_mode(
    own_database: ServiceDatabase, infrastructure: Infrastructure, relay: Relay, route: Route
) -> None:
    (id,) = count(own_database, 1, 0)
    with running(relay):
        (one,) = topic_holds(infrastructure.broker, route.topic, 1)
    headers = {name: (value or b"").decode() for name, value in one.headers}
    assert headers.pop("ce_time").endswith("Z")
    assert UUID(headers.pop("ce_id"))
    assert headers == {
        "ce_specversion": "1.0",
        "ce_source": "/portolan/counting",
        "ce_type": "portolan.counting.CounterOpened",
        "ce_subject": f"counter-{id}",
        "ce_number": "1",
        "ce_actor": "tester",
        "content-type": "application/json",
    }


def test_a_private_event_never_leaves(
    own_database: ServiceDatabase, infrastructure: Infrastructure, relay: Relay, route: Route
) -> None:
    count(own_database, 2, 3)
    with running(relay):
        wait_until(caught_up(own_database), "the relay has published everything")
    records = topic_holds(infrastructure.broker, route.topic, 14)
    assert len(records) == 14
    for one in records:
        everything = (one.value or b"") + json.dumps([(name, str(value)) for name, value in one.headers]).encode()
        assert b"confidential" not in everything
        assert CounterNoted.__name__.encode() not in everything


def test_a_restarted_relay_goes_on_from_the_checkpoint(
    own_database: ServiceDatabase, infrastructure: Infrastructure, route: Route
) -> None:
    def anew() -> Relay:
        return Relay(own_database.url, infrastructure.broker, route)

    ids = count(own_database, 2, 1)
    with running(anew()):
        wait_until(caught_up(own_database), "the first one has published everything")
    count(own_database, rounds=1, ids=ids)
    with running(anew()):
        wait_until(caught_up(own_database), "the second one has published the rest")
    records = topic_holds(infrastructure.broker, route.topic, 10)
    assert sorted(by_stream(records).values()) == [[1, 2, 3, 4, 5]] * 2
    assert checkpoint(own_database)[0] == 2


def test_one_of_two_leads_and_the_other_takes_over_when_it_stops(
    own_database: ServiceDatabase, infrastructure: Infrastructure, route: Route
) -> None:
    first, second = (Relay(own_database.url, infrastructure.broker, route) for _ in range(2))
    with running(first) as (stop_first,):
        wait_until(first.leads.is_set, "the first one leads")
        with running(second):
            ids = count(own_database, 2, 1)
            wait_until(caught_up(own_database), "it has published everything")
            assert not second.leads.is_set()
            stop_first.set()
            wait_until(second.leads.is_set, "the second one leads")
            count(own_database, rounds=1, ids=ids)
            wait_until(caught_up(own_database), "the second one has published the rest")
            assert not first.leads.is_set()
    records = topic_holds(infrastructure.broker, route.topic, 10)
    assert sorted(by_stream(records).values()) == [[1, 2, 3, 4, 5]] * 2


def test_a_relay_whose_database_connection_is_cut_begins_again_and_loses_nothing(
    own_database: ServiceDatabase, infrastructure: Infrastructure, relay: Relay, route: Route
) -> None:
    with running(relay):
        wait_until(relay.leads.is_set, "it leads")
        ids = count(own_database, 2, 1)
        cut_off(own_database, "relay")
        count(own_database, rounds=1, ids=ids)
        wait_until(caught_up(own_database), "it has published everything")
    records = topic_holds(infrastructure.broker, route.topic, 10)
    assert sorted(first_times(numbers) for numbers in by_stream(records).values()) == [[1, 2, 3, 4, 5]] * 2
    assert checkpoint(own_database)[0] == 2


def test_a_deposed_relay_cannot_move_the_checkpoint(own_database: ServiceDatabase, relay: Relay) -> None:
    engine = create_engine(own_database.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        (epoch,) = connection.execute(text("UPDATE relay SET epoch = epoch + 1 RETURNING epoch")).one()
        relay._checkpoint(connection, epoch, 5, 5)
        connection.execute(text("UPDATE relay SET epoch = epoch + 1"))
        with pytest.raises(LeadershipLost):
            relay._checkpoint(connection, epoch, 9, 9)
    engine.dispose()
    assert checkpoint(own_database) == (epoch + 1, 5, 5)


def test_a_leader_that_slept_while_another_led_sends_again_at_most(
    own_database: ServiceDatabase,
    infrastructure: Infrastructure,
    relay: Relay,
    route: Route,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asleep, wake, send = threading.Event(), threading.Event(), Producer.send_all
    deposed = threading.Event()

    def sleeping_once(self: Producer, topic: str, messages: Sequence[Message]) -> None:
        if not asleep.is_set():
            asleep.set()
            wake.wait(60)
        send(self, topic, messages)

    original = Relay._checkpoint

    def noticing(self: Relay, *arguments: object) -> None:
        try:
            original(self, *arguments)  # type: ignore[arg-type]
        except LeadershipLost:
            deposed.set()
            raise

    monkeypatch.setattr(Producer, "send_all", sleeping_once)
    monkeypatch.setattr(Relay, "_checkpoint", noticing)
    count(own_database, 2, 1)
    other = Relay(own_database.url, infrastructure.broker, route)
    monkeypatch.setattr(other, "_elected", lambda _connection: True)  # as after its database session was lost
    with running(relay):
        wait_until(asleep.is_set, "the leader sleeps")
        with running(other):
            wait_until(caught_up(own_database), "the other one has published everything")
            wake.set()
            wait_until(deposed.is_set, "the sleeper finds itself deposed")
    records = topic_holds(infrastructure.broker, route.topic, 6)
    assert all(first_times(numbers) == [1, 2, 3] for numbers in by_stream(records).values())


def test_when_sending_fails_half_way_nothing_is_lost_and_only_some_comes_twice(
    own_database: ServiceDatabase,
    infrastructure: Infrastructure,
    relay: Relay,
    route: Route,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send, failures = Producer.send_all, [1, 2, 3]

    def failing(self: Producer, topic: str, messages: Sequence[Message]) -> None:
        if failures:
            send(self, topic, messages[: failures.pop()])
            raise KafkaError("the broker went away")
        send(self, topic, messages)

    monkeypatch.setattr(Producer, "send_all", failing)
    count(own_database, 2, 2)
    with running(relay):
        wait_until(caught_up(own_database), "everything is published")
    records = topic_holds(infrastructure.broker, route.topic, 16)
    assert len(records) == 10 + 1 + 2 + 3
    assert sorted(first_times(numbers) for numbers in by_stream(records).values()) == [[1, 2, 3, 4, 5]] * 2


def test_a_topic_with_another_number_of_partitions_is_refused(
    own_database: ServiceDatabase,
    infrastructure: Infrastructure,
    relay: Relay,
    route: Route,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ensure_topic(infrastructure.broker, route.topic, partitions=2, replication=1)
    refusals: list[str] = []
    monkeypatch.setattr("chassis.messaging.relay.log.warning", lambda _event, **said: refusals.append(said["failure"]))
    count(own_database, 1, 1)
    with running(relay):
        wait_until(lambda: len(refusals) > 1, "the relay has refused twice")
        assert not relay.leads.is_set()
    assert set(refusals) == {"PartitionMismatch"}
    assert checkpoint(own_database) == (0, 0, 0)


def test_its_topic_keeps_everything_for_ever(infrastructure: Infrastructure, route: Route) -> None:
    ensure_topic(infrastructure.broker, route.topic, partitions=3, replication=1)
    ensure_topic(infrastructure.broker, route.topic, partitions=3, replication=1)
    admin = KafkaAdminClient(**infrastructure.broker.settings())
    try:
        described = admin.describe_configs([ConfigResource("topic", route.topic)], config_filter="all")
    finally:
        admin.close()
    (topics,) = described.values()
    settings = {name: topics[route.topic][name]["value"] for name in ("retention.ms", "retention.bytes")}
    assert settings == {"retention.ms": "-1", "retention.bytes": "-1"}
