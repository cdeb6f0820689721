"""Readers: place, number and effect move together; what fails is parked and holds up its own stream only."""

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from uuid import uuid4

import anyio
import pytest
from sqlalchemy import Connection, text

from chassis.commands.handler import Handler
from chassis.domain.failures import NotYet, OffsetLost
from chassis.messaging import reader
from chassis.messaging.access import Access
from chassis.messaging.broker import Broker
from chassis.messaging.cloudevents import Envelope, StoredMessage, restore_message
from chassis.messaging.kafka import Consumer, Message, Producer, ensure_topic
from chassis.messaging.reader import ReaderLoop
from chassis.messaging.reader_definition import Reader
from chassis.messaging.relay import Relay, Route
from chassis.operations.heartbeat import BEAT_SECONDS, Heartbeat
from chassis.service.worker import in_threads
from chassis.store.store import Store
from portolan.stack.postgres import ServiceDatabase
from tests.chassis.counter import EVENTS, AddToCounter, NoteOnCounter, OpenCounter
from tests.chassis.counting import TYPES
from tests.chassis.messages import record, story, subject, told
from tests.chassis.support import as_owner, as_service, cut_off, do
from tests.harness import NOWHERE, wait_until
from tests.infrastructure import Infrastructure

Loops = Callable[..., ReaderLoop]


class Notebook:
    """An effect that notes every event, and fails where it is told to."""

    def __init__(self) -> None:
        self.fails: Callable[[Envelope], Exception | None] = lambda _envelope: None
        self.before: Callable[[], None] = lambda: None

    def apply(self, connection: Connection, envelopes: Sequence[Envelope]) -> None:
        self.before()
        for envelope in envelopes:
            connection.execute(
                text("INSERT INTO notebook (stream, number) VALUES (:stream, :number)"),
                {"stream": envelope.stream, "number": envelope.number},
            )
            if failure := self.fails(envelope):
                raise failure


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
def loops(own_database: ServiceDatabase, notebook: Notebook) -> Iterator[Loops]:
    """Makes instances of one reader."""
    made: list[ReaderLoop] = []

    def make(effect: Any = notebook, broker: Broker = NOWHERE, service: str = "s", topic: str = "t") -> ReaderLoop:
        made.append(ReaderLoop(own_database.url, broker, service, Reader("noting", [topic], TYPES, effect)))
        return made[-1]

    yield make
    for loop in made:
        loop._engine.dispose()


def noted(database: ServiceDatabase) -> list[str]:
    with as_owner(database) as connection:
        rows = connection.execute(text("SELECT stream, number FROM notebook ORDER BY line")).all()
    return [told(row.stream, row.number) for row in rows]


def aside(database: ServiceDatabase) -> dict[str, str | None]:
    """What is parked, with the reason, but for the number of the line."""
    with as_owner(database) as connection:
        query = text("SELECT stream, number, reason FROM parked WHERE stream IS NOT NULL ORDER BY stream, number")
        rows = connection.execute(query).all()
    return {told(row.stream, row.number): row.reason and re.sub(r":\d+\)$", ")", row.reason) for row in rows}


def place(database: ServiceDatabase, partition: int = 0) -> int | None:
    with as_owner(database) as connection:
        query = text("SELECT next_offset FROM progress WHERE reader = 'noting' AND partition = :partition")
        return connection.execute(query, {"partition": partition}).scalar()


def is_(one: str) -> Callable[[Envelope], bool]:
    return lambda envelope: (envelope.stream, envelope.number) == (f"counter-{subject(one[0])}", int(one[1:]))


def test_a_batch_is_taken_in_with_its_place(own_database: ServiceDatabase, loops: Loops) -> None:
    loops().process(story("a1", "b1", "a2"))
    assert noted(own_database) == ["a1", "b1", "a2"]
    assert place(own_database) == 3


def test_what_comes_again_has_its_effect_once(own_database: ServiceDatabase, loops: Loops) -> None:
    loop = loops()
    loop.process(story("a1", "b1", "a2"))
    loop.process(story("a1", "b1", "a2"))
    loop.process([record("a", 2, offset=7), record("a", 3, offset=8)])
    assert noted(own_database) == ["a1", "b1", "a2", "a3"]


def test_after_a_crash_between_effect_and_place_all_of_it_is_done_again_and_counts_once(
    own_database: ServiceDatabase, loops: Loops, notebook: Notebook
) -> None:
    loop, tale = loops(), story("a1", "a2")
    notebook.fails = lambda envelope: NotYet("crash") if is_("a2")(envelope) else None
    with pytest.raises(NotYet):
        loop.process(tale)
    assert (noted(own_database), place(own_database)) == ([], None)
    notebook.fails = lambda _envelope: None
    loops().process(tale)
    assert (noted(own_database), place(own_database)) == (["a1", "a2"], 2)


def test_what_a_crashed_database_has_forgotten_is_read_again_and_nothing_is_passed_by(
    own_database: ServiceDatabase, loops: Loops
) -> None:
    loop, tale = loops(), story("a1", "a2", "a3")
    loop.process(tale[:2])
    with as_owner(own_database) as connection:  # as after a crash that came before a commit was on the disk
        connection.execute(text("UPDATE progress SET next_offset = 1"))
        connection.execute(text("UPDATE seen SET number = 1"))
        connection.execute(text("DELETE FROM notebook WHERE number = 2"))
    with pytest.raises(OffsetLost):
        loop._process_patiently(tale[2:], threading.Event())
    assert (aside(own_database), place(own_database)) == ({}, 1)
    loops().process(tale[1:])
    assert noted(own_database) == ["a1", "a2", "a3"]


def test_a_reader_begins_again_at_its_stored_place_when_the_database_has_forgotten_some(
    own_database: ServiceDatabase, infrastructure: Infrastructure, loops: Loops, topic_prefix: str
) -> None:
    topic, broker = f"{topic_prefix}t", infrastructure.broker
    ensure_topic(broker, topic, partitions=1, replication=1)
    produce(broker, topic, *story("a1", "a2"))
    with at_work(loops(broker=broker, service=topic_prefix, topic=topic).run):
        wait_until(lambda: place(own_database) == 2, "both are applied")
        with as_owner(own_database) as connection:
            connection.execute(text("UPDATE progress SET next_offset = 1"))
            connection.execute(text("UPDATE seen SET number = 1"))
            connection.execute(text("DELETE FROM notebook WHERE number = 2"))
        produce(broker, topic, record("a", 3))
        wait_until(lambda: place(own_database) == 3, "what was forgotten and what is new are applied")
    assert noted(own_database) == ["a1", "a2", "a3"]


def test_a_lost_connection_is_no_fault_of_the_message(
    own_database: ServiceDatabase, loops: Loops, notebook: Notebook
) -> None:
    loop, cuts = loops(), [1]

    def cut_once() -> None:
        if cuts:
            cuts.pop()
            cut_off(own_database, "noting")

    notebook.before = cut_once
    loop._process_patiently(story("a1", "a2"), threading.Event())
    assert noted(own_database) == ["a1", "a2"]
    assert aside(own_database) == {}


def test_a_failing_effect_keeps_only_its_own_stream_waiting(
    own_database: ServiceDatabase, loops: Loops, notebook: Notebook
) -> None:
    loop = loops()
    notebook.fails = lambda envelope: ValueError("does not\x00 add up") if is_("a2")(envelope) else None
    loop.process(story("a1", "b1", "a2", "a3", "b2", "c1"))
    loop.process([record("a", 4, offset=6), record("b", 3, offset=7)])
    assert noted(own_database) == ["a1", "b1", "b2", "c1", "b3"]
    parked = aside(own_database)
    assert (parked["a3"], parked["a4"]) == (None, None)
    assert (parked["a2"] or "").startswith("ValueError in test_reader.py, line")
    assert place(own_database) == 8


def test_when_what_waited_fails_it_is_the_one_that_is_blamed(
    own_database: ServiceDatabase, loops: Loops, notebook: Notebook
) -> None:
    loop = loops()
    notebook.fails = lambda envelope: ValueError("no") if is_("a3")(envelope) else None
    loop.process(story("a2", "a3", "a4", "b1"))
    loop.process([record("a", 1, offset=4), record("b", 2, offset=5)])
    assert noted(own_database) == ["b1", "a1", "a2", "b2"]
    parked = aside(own_database)
    assert (parked["a3"] or "").startswith("ValueError in test_reader.py, line")
    assert (set(parked), parked["a4"]) == ({"a3", "a4"}, None)


def test_what_comes_out_of_order_waits_and_then_follows_in_order(own_database: ServiceDatabase, loops: Loops) -> None:
    loop = loops()
    loop.process(story("a3", "a2", "b1"))
    assert aside(own_database) == {"a2": None, "a3": None}
    loop.process([record("a", 1, offset=3)])
    assert noted(own_database) == ["b1", "a1", "a2", "a3"]
    assert aside(own_database) == {}


UNREADABLE = {
    "not JSON": {"value": b"{"},
    "without its type": {"ce_type": None},
    "without a stream": {"ce_subject": None},
    "a header that is not UTF-8": {"ce_actor": b"\xff"},
    "a bad time": {"ce_time": "soon"},
    "NUL in the stream": {"ce_subject": f"\x00-{subject('a')}"},
    "a stream as long as a book": {"ce_subject": "x" * 5000 + str(subject("a"))},
    "not a CloudEvent": {"content_type": "text/plain"},
}


@pytest.mark.parametrize("changed", UNREADABLE.values(), ids=UNREADABLE)
def test_the_unreadable_is_put_aside_exactly_and_the_others_go_on(
    own_database: ServiceDatabase, loops: Loops, changed: dict[str, Any]
) -> None:
    poison = record("a", 1, offset=0, **changed)
    loops().process([poison, record("b", 1, offset=1), record("b", 2, offset=2)])
    assert noted(own_database) == ["b1", "b2"]
    assert place(own_database) == 3
    with as_owner(own_database) as connection:
        (row,) = connection.execute(text("SELECT * FROM parked")).all()
    assert row.reason
    assert restore_message("t", 0, 0, row.record) == poison


def test_an_unknown_type_is_counted_and_passed_by(own_database: ServiceDatabase, loops: Loops) -> None:
    unknown = record("a", 2, offset=1, ce_type="portolan.counting.Newer")
    loops().process([record("a", 1, offset=0), unknown, record("a", 3, offset=2)])
    assert noted(own_database) == ["a1", "a2", "a3"]
    assert aside(own_database) == {}


def test_of_two_instances_with_the_same_records_the_second_finds_them_done(
    own_database: ServiceDatabase, loops: Loops, notebook: Notebook
) -> None:
    first_is_in, let_go = threading.Event(), threading.Event()
    slow = Notebook()

    def hold() -> None:
        first_is_in.set()
        let_go.wait(60)

    slow.before = hold
    threads = [threading.Thread(target=loops(effect).process, args=(story("a1", "a2"),)) for effect in (slow, notebook)]
    threads[0].start()
    wait_until(first_is_in.is_set, "the first one is at work")
    threads[1].start()
    waits = text("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'noting' AND wait_event_type = 'Lock'")
    with as_service(own_database) as connection:
        wait_until(lambda: connection.execute(waits).scalar_one() == 1, "the second one waits")
    let_go.set()
    for thread in threads:
        thread.join(60)
    assert noted(own_database) == ["a1", "a2"]


@contextmanager
def at_work(*loops: Callable[[threading.Event], None]) -> Iterator[None]:
    stop = threading.Event()
    threads = in_threads(loops, stop)
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)


def produce(broker: Broker, topic: str, *records: StoredMessage) -> None:
    producer = Producer(broker)
    messages = [
        Message(one.key or b"", one.value or b"", [(name, value or b"") for name, value in one.headers])
        for one in records
    ]
    producer.send_all(topic, messages)
    producer.close()


def test_a_new_reader_begins_with_the_first_event_and_a_restarted_one_goes_on(
    own_database: ServiceDatabase, infrastructure: Infrastructure, loops: Loops, topic_prefix: str
) -> None:
    topic, broker = f"{topic_prefix}t", infrastructure.broker
    ensure_topic(broker, topic, partitions=2, replication=1)
    produce(broker, topic, *story("a1", "a2"))
    with at_work(loops(broker=broker, service=topic_prefix, topic=topic).run):
        wait_until(lambda: noted(own_database) == ["a1", "a2"], "history is read")
    produce(broker, topic, *story("a3", "a2", "a4"))
    with at_work(loops(broker=broker, service=topic_prefix, topic=topic).run):
        wait_until(lambda: len(noted(own_database)) >= 4, "the rest is read")
        produce(broker, topic, record("a", 5))
        wait_until(lambda: len(noted(own_database)) >= 5, "what comes later is read")
    assert noted(own_database) == ["a1", "a2", "a3", "a4", "a5"]


def test_a_reader_whose_client_gives_nothing_though_there_is_more_begins_again_with_another(
    own_database: ServiceDatabase,
    infrastructure: Infrastructure,
    loops: Loops,
    topic_prefix: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clients: list[Consumer] = []
    poll = Consumer.poll

    def give_nothing_at_first(client: Consumer, timeout_ms: int) -> list[Any]:
        clients.extend([client] if client not in clients else [])
        records = poll(client, timeout_ms)
        return [] if client is clients[0] else records

    monkeypatch.setattr(Consumer, "poll", give_nothing_at_first)
    monkeypatch.setattr(reader, "QUIET_SECONDS", 2 * BEAT_SECONDS)
    topic, broker = f"{topic_prefix}t", infrastructure.broker
    ensure_topic(broker, topic, partitions=1, replication=1)
    produce(broker, topic, *story("a1", "a2"))
    beats = Heartbeat(own_database.url, broker, "1", {"noting": [topic]}, Access("noting", reads=[topic]))
    with at_work(beats.run, loops(broker=broker, service=topic_prefix, topic=topic).run):
        wait_until(lambda: noted(own_database) == ["a1", "a2"], "another client reads")
    assert len(clients) == 2


def test_two_instances_share_the_partitions_without_doubling_anything(
    own_database: ServiceDatabase, infrastructure: Infrastructure, loops: Loops, topic_prefix: str
) -> None:
    topic, broker = f"{topic_prefix}t", infrastructure.broker
    ensure_topic(broker, topic, partitions=4, replication=1)
    first, second = (loops(broker=broker, service=topic_prefix, topic=topic) for _ in range(2))
    names, rounds = "abcdefgh", 12
    with at_work(first.run):
        produce(broker, topic, *(record(name, number) for number in range(1, 5) for name in names))
        wait_until(lambda: len(noted(own_database)) > 0, "the first one works")
        with at_work(second.run):
            produce(broker, topic, *(record(name, number) for number in range(5, 9) for name in names))
            wait_until(second.ready.is_set, "the second one has its partitions")
            produce(broker, topic, *(record(name, number) for number in range(9, rounds) for name in names))
            wait_until(lambda: len(noted(own_database)) >= len(names) * (rounds - 1), "everything is applied")
    everything = noted(own_database)
    assert len(everything) == len(names) * (rounds - 1)
    for name in names:
        assert [one for one in everything if one[0] == name] == [f"{name}{number}" for number in range(1, rounds)]


def test_what_is_decided_arrives_in_order_once_from_handler_to_reader(
    own_database: ServiceDatabase, infrastructure: Infrastructure, loops: Loops, topic_prefix: str, notebook: Notebook
) -> None:
    topic, broker, ids = f"{topic_prefix}t", infrastructure.broker, [uuid4() for _ in range(5)]

    async def live() -> None:
        store = Store(own_database.url)
        await store.start()
        handler = Handler(store, EVENTS)
        for id in ids:
            await do(handler, id, OpenCounter(name="A"))
            await do(handler, id, NoteOnCounter(note="n"))
            await do(handler, id, AddToCounter(amount=Decimal(1), times=3))
        await store.stop()

    def everything() -> list[tuple[str, int]]:
        with as_owner(own_database) as connection:
            return [tuple(row) for row in connection.execute(text("SELECT stream, number FROM notebook ORDER BY line"))]

    relay = Relay(own_database.url, broker, Route("counting", topic, 3))
    with at_work(relay.run, loops(broker=broker, service=topic_prefix, topic=topic).run):
        anyio.run(live)
        wait_until(lambda: len(everything()) >= 20, "everything has arrived")
    for id in ids:
        assert [number for stream, number in everything() if stream == f"counter-{id}"] == [1, 2, 3, 4]
