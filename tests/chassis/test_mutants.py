"""Each wrong way breaks an invariant that the right one keeps, under the very same interleaving."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from kafka.errors import KafkaError
from sqlalchemy import Connection, create_engine, text

from chassis.commands.handler import CommandResult, Handler
from chassis.messaging.admission import admit
from chassis.messaging.cloudevents import decode
from chassis.messaging.kafka import Message, Producer
from chassis.messaging.relay import Relay, Route
from chassis.service.worker import in_threads
from chassis.store.append import Append
from chassis.store.store import Store
from portolan.stack.postgres import ServiceDatabase
from tests.chassis.counter import COUNTER, COUNTERS, EVENTS, CounterIncreased, CounterOpened, MoveCounter, OpenCounter
from tests.chassis.counting import TYPES
from tests.chassis.messages import record, told
from tests.chassis.mutants import (
    DOES_NOTHING_ON_CONFLICT,
    FORGETS_WHAT_WAS_READ,
    IGNORES_CONFLICTS,
    PLAIN_IDENTITY,
    AtMostOnce,
    LastReadWins,
    PlainPolling,
    SkipLocked,
    admit_by_position,
)
from tests.chassis.support import LOOKS, Together, as_owner, do, entry, overtaken, violations
from tests.harness import NOWHERE, wait_until

ROUTE = Route("counting", "a topic in memory")
OPENED, ONE = CounterOpened(name="A"), CounterIncreased(amount=Decimal(1))


class Topic(Producer):
    """A producer into memory; waits before the first message, or fails after so many, where told to."""

    def __init__(self, *, closed: threading.Event | None = None, fails_after: int | None = None) -> None:
        self.messages: list[Message] = []
        self.reached = threading.Event()
        self._closed, self._fails_after = closed, fails_after

    def send_all(self, topic: str, messages: Sequence[Message]) -> None:
        if messages:
            self.reached.set()
        if self._closed:
            self._closed.wait(60)
        if self._fails_after is not None and messages:
            self.messages += messages[: self._fails_after]
            self._fails_after = None
            raise KafkaError("the broker went away")
        self.messages += messages

    def close(self) -> None:
        """Nothing to close."""

    def numbers(self) -> list[int]:
        """The numbers of the messages, in their order."""
        return [int(dict(message.headers)["ce_number"]) for message in self.messages]


def use(database: ServiceDatabase, mutant: str | None) -> None:
    """Replace the append function, unless the real one is meant."""
    if mutant:
        with as_owner(database) as connection:
            connection.execute(text(mutant))


@contextmanager
def connected(url: str, application: str = "test", **options: str) -> Iterator[Connection]:
    engine = create_engine(url, connect_args={"application_name": application}, **options)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def append(connection: Connection, *entries: Append) -> list[str]:
    """Append without committing; the outcomes."""
    batch = "[" + ",".join(one.encoded().decode() for one in entries) + "]"
    return list(connection.execute(text("SELECT outcome FROM append(CAST(:b AS jsonb))"), {"b": batch}).scalars())


def skipped(database: ServiceDatabase, relay_class: type[Relay]) -> int:
    """How many events never leave when one append is polled for between another one's insert and its commit."""
    relay, topic = relay_class(database.url, NOWHERE, ROUTE), Topic()

    def append_and_commit() -> None:
        with connected(database.url, "second") as second:
            append(second, entry(uuid4()))
            second.commit()

    def second_waits_or_is_done() -> bool:
        query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'second' AND wait_event_type = 'Lock'"
        return not thread.is_alive() or bool(polling.execute(text(query)).scalar_one())

    with connected(database.url) as first, connected(database.url, isolation_level="AUTOCOMMIT") as polling:
        append(first, entry(uuid4()))
        thread = threading.Thread(target=append_and_commit)
        thread.start()
        wait_until(second_waits_or_is_done, "the second append has committed or waits for the first")
        position, _ = relay._pump(polling, topic, 0)
        first.commit()
        thread.join(60)
        relay._pump(polling, topic, position)
    return 2 - len(topic.messages)


def test_a_reader_that_polls_between_two_commits_skips_nothing(own_database: ServiceDatabase) -> None:
    assert skipped(own_database, Relay) == 0


def test_with_identity_positions_and_no_lock_the_same_reader_skips_one(own_database: ServiceDatabase) -> None:
    use(own_database, PLAIN_IDENTITY)
    assert skipped(own_database, PlainPolling) == 1


def lost(database: ServiceDatabase, relay_class: type[Relay], monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Which numbers are missing after sending failed once, half-way."""
    topic = Topic(fails_after=2)
    monkeypatch.setattr("chassis.messaging.relay.Producer", lambda _bootstrap: topic)
    monkeypatch.setattr("chassis.messaging.relay.ensure_topic", lambda *_arguments, **_options: None)
    with connected(database.url) as connection:
        append(connection, entry(uuid4(), 0, OPENED, *[ONE] * 4))
        connection.commit()
    stop = threading.Event()
    (thread,) = in_threads([relay_class(database.url, NOWHERE, ROUTE).run], stop)
    try:
        wait_until(lambda: leads_again_and_is_at_the_end(database), "the relay leads again and is at the end")
    finally:
        stop.set()
        thread.join(60)
    return set(range(1, 6)) - set(topic.numbers())


def leads_again_and_is_at_the_end(database: ServiceDatabase) -> bool:
    with as_owner(database) as connection:
        query = text("SELECT r.epoch = 2 AND r.position = h.position FROM relay r, head h")
        return bool(connection.execute(query).scalar_one())


def test_when_sending_fails_half_way_nothing_is_lost(
    own_database: ServiceDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lost(own_database, Relay, monkeypatch) == set()


def test_with_the_checkpoint_before_the_sending_the_rest_is_lost(
    own_database: ServiceDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lost(own_database, AtMostOnce, monkeypatch) == {3, 4, 5}


def published_by_two(database: ServiceDatabase, relay_class: type[Relay]) -> list[int]:
    """The numbers in the topic's order, when the first of two relays is held up just before it sends."""
    closed = threading.Event()
    slow, fast = Topic(closed=closed), Topic()
    fast.messages = slow.messages  # one topic
    with connected(database.owner_url) as connection:
        append(connection, entry(uuid4(), 0, OPENED, ONE))
        connection.commit()

    def work(topic: Topic) -> None:
        relay = relay_class(database.owner_url, NOWHERE, ROUTE)
        with connected(database.owner_url) as connection:
            if relay._elected(connection):
                relay._pump(connection, topic, 0)

    thread = threading.Thread(target=work, args=(slow,))
    thread.start()
    wait_until(slow.reached.is_set, "the first one is about to send")
    work(fast)
    closed.set()
    thread.join(60)
    return slow.numbers()


def test_two_relays_keep_the_order_because_only_one_leads(own_database: ServiceDatabase) -> None:
    assert published_by_two(own_database, Relay) == [1, 2]


def test_two_relays_that_share_the_work_by_skipping_locked_events_break_the_order(
    own_database: ServiceDatabase,
) -> None:
    assert published_by_two(own_database, SkipLocked) == [2, 1]


def acknowledged_and_stored(database: ServiceDatabase) -> tuple[list[str], int, list[str]]:
    """Two that decided upon the same version: their outcomes, how many events there are, what is broken."""
    id = uuid4()
    with connected(database.url) as connection:
        append(connection, entry(id))
        outcomes = append(connection, entry(id, 1, ONE, state=state_of(1)), entry(id, 1, ONE, state=state_of(1)))
        connection.commit()
        stored = connection.execute(text("SELECT count(*) FROM events WHERE version > 1")).scalar_one()
    return outcomes, stored, violations(database)


def state_of(total: int) -> str:
    state = COUNTER.fold([OPENED, *[ONE] * total])
    assert state is not None
    return state.model_dump_json()


def test_a_conflict_is_reported_and_stores_nothing(own_database: ServiceDatabase) -> None:
    assert acknowledged_and_stored(own_database) == (["appended", "conflict"], 1, [])


def test_an_append_that_ignores_conflicts_acknowledges_what_was_decided_in_ignorance(
    own_database: ServiceDatabase,
) -> None:
    use(own_database, IGNORES_CONFLICTS)
    outcomes, stored, broken = acknowledged_and_stored(own_database)
    assert (outcomes, stored) == (["appended", "appended"], 2)
    assert len(broken) == 1
    assert "is not the fold of its events" in broken[0]


def test_an_append_that_does_nothing_on_conflict_acknowledges_what_it_did_not_store(
    own_database: ServiceDatabase,
) -> None:
    use(own_database, DOES_NOTHING_ON_CONFLICT)
    outcomes, stored, broken = acknowledged_and_stored(own_database)
    assert (outcomes, stored) == (["appended", "appended"], 1)
    assert "the head is not at the end" in broken


def cycle(database: ServiceDatabase) -> bool:
    """Whether two moves at once, each fine by itself, end in a cycle."""

    async def move_both() -> list[UUID | None]:
        stores = [Store(database.url), Store(database.url)]
        for store in stores:
            await store.start()
        handlers = [Handler(store, EVENTS) for store in stores]
        ids = [uuid4(), uuid4()]
        for id in ids:
            await do(handlers[0], id, OpenCounter(name="A"))
        meeting = Together(2).of(COUNTERS)
        answers = await asyncio.gather(
            do(handlers[0], ids[0], MoveCounter(parent_id=ids[1]), aggregate=meeting),
            do(handlers[1], ids[1], MoveCounter(parent_id=ids[0]), aggregate=meeting),
            return_exceptions=True,
        )
        assert any(isinstance(answer, CommandResult) for answer in answers)
        found = await stores[0].load_many(COUNTER, ids)
        for store in stores:
            await store.stop()
        return [loaded.state.parent_id for loaded in found]

    return None not in asyncio.run(move_both())


def test_decisions_across_streams_end_in_no_cycle(own_database: ServiceDatabase) -> None:
    assert not cycle(own_database)


def test_an_append_that_forgets_what_was_read_lets_a_cycle_through(own_database: ServiceDatabase) -> None:
    use(own_database, FORGETS_WHAT_WAS_READ)
    assert cycle(own_database)


def twice_read(database: ServiceDatabase, look: str) -> str:
    """What refuses a decision that something overtook between its two looks at what it rests on; nothing: it stands."""

    async def decide() -> str:
        stores = [Store(database.url), Store(database.url)]
        for store in stores:
            await store.start()
        refused_by, _ = await overtaken(Handler(stores[0], EVENTS), Handler(stores[1], EVENTS), look)
        for store in stores:
            await store.stop()
        return refused_by

    return asyncio.run(decide())


@pytest.mark.parametrize("look", LOOKS)
def test_a_decision_that_reads_twice_does_not_stand_where_its_first_read_is_not_true_any_more(
    own_database: ServiceDatabase, look: str
) -> None:
    assert twice_read(own_database, look)


@pytest.mark.parametrize("look", LOOKS)
def test_where_the_last_read_counts_a_decision_stands_on_what_is_not_true_any_more(
    own_database: ServiceDatabase, monkeypatch: pytest.MonkeyPatch, look: str
) -> None:
    monkeypatch.setattr("chassis.commands.handler.View", LastReadWins)
    assert not twice_read(own_database, look)


# After an error the producer drains what was sent later before the relay sends the earlier ones again.
REORDERED = [("b", 1, 3), ("a", 1, 1), ("a", 2, 2), ("b", 1, 3)]


def test_by_number_in_the_stream_nothing_is_lost_after_the_producer_reordered_two_batches() -> None:
    records = [record(name, number, offset=offset) for offset, (name, number, _) in enumerate(REORDERED)]
    fresh = [(one, decode(one, TYPES)) for one in records]
    admitted = admit(fresh, last_numbers={}, waiting={})
    assert [told(one.stream or "", one.number) for one in admitted.apply] == ["b1", "a1", "a2"]


def test_by_position_in_the_partition_events_are_lost_after_the_producer_reordered_two_batches() -> None:
    records = [record(name, number, offset=offset) for offset, (name, number, _) in enumerate(REORDERED)]
    fresh = [(one, decode(one, TYPES)) for one in records]
    positions = {envelope.id: position for (_, envelope), (_, _, position) in zip(fresh, REORDERED, strict=True)}
    admitted = admit_by_position(fresh, seen={}, positions=positions)
    assert [told(one.stream or "", one.number) for one in admitted.apply] == ["b1"]
