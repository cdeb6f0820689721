"""Reactions: an event gives its command once however often it comes, and not before the reference rows know it."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Connection, text

from chassis.commands.handler import Handler
from chassis.consumers.reactions import Reaction, Reactions
from chassis.domain.decider import IssuedCommand
from chassis.domain.failures import NotYet
from chassis.messaging.cloudevents import Envelope
from chassis.messaging.reader import ReaderLoop
from chassis.messaging.reader_definition import Reader
from chassis.service.definition import Service, Source
from chassis.store.encryption import Privacy
from chassis.store.store import Store, StoredEvent
from portolan.stack.postgres import ServiceDatabase
from tests.chassis.counter import (
    COUNTER,
    COUNTERS,
    EVENTS,
    AddToCounter,
    CloseCounter,
    Counter,
    CounterIncreased,
    OpenCounter,
)
from tests.chassis.counting import TYPES
from tests.chassis.messages import record, story, subject
from tests.chassis.support import as_owner, do
from tests.harness import NOWHERE, wait_until

SUM = subject("the sum of all")


async def add_to_the_sum(_store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    assert isinstance(envelope.event, CounterIncreased)
    return [IssuedCommand(COUNTER, SUM, AddToCounter(amount=envelope.event.amount))]


TABLE = [Reaction(CounterIncreased, add_to_the_sum)]


class World:
    """A reader of reactions with its own event loop, as in a worker."""

    def __init__(self, database: ServiceDatabase, after: str | None = None) -> None:
        self.database = database
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.store = Store(database.url)
        self.run(self.store.start())
        self.handler = Handler(self.store, EVENTS, aggregates=[COUNTERS], service="counting")
        self.halt = threading.Event()
        self.effect = Reactions(TABLE, self.handler, self.loop, after, self.halt)
        self.reader = ReaderLoop(database.url, NOWHERE, "s", Reader("reactions", ["t"], TYPES, self))
        self.crashes = 0
        self.run(do(self.handler, SUM, OpenCounter(name="Sum")))

    def apply(self, connection: Connection, envelopes: Sequence[Envelope]) -> None:
        """React, and then crash so many times before the place is stored."""
        self.effect.apply(connection, envelopes)
        if self.crashes:
            self.crashes -= 1
            raise NotYet("crash")

    def run(self, work: object) -> object:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)  # type: ignore[arg-type]

    def total(self) -> Decimal:
        state = self.run(self.store.load(COUNTER, SUM)).state  # type: ignore[attr-defined]
        assert isinstance(state, Counter)
        return state.total

    def events(self) -> list[StoredEvent]:
        found = self.run(self.store.events(COUNTER, SUM))
        assert isinstance(found, list)
        return found

    def stop(self) -> None:
        self.reader._engine.dispose()
        self.run(self.store.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(60)
        self.loop.close()


@pytest.fixture
def worlds(own_database: ServiceDatabase) -> Iterator[Callable[..., World]]:
    made: list[World] = []

    def make(after: str | None = None) -> World:
        made.append(World(own_database, after))
        return made[-1]

    yield make
    for world in made:
        world.stop()


def test_an_event_leads_to_its_command(worlds: Callable[..., World]) -> None:
    world = worlds()
    world.reader.process(story("a1", "a2", "a3", "b1", "b2"))
    assert world.total() == 2 + 3 + 2


def test_an_event_that_comes_again_gives_its_command_once(worlds: Callable[..., World]) -> None:
    world, tale = worlds(), story("a1", "a2", "a3")
    world.crashes = 2
    for _ in range(2):
        with pytest.raises(NotYet):
            world.reader.process(tale)
    world.reader.process(tale)
    world.reader.process(tale)
    assert world.total() == 5
    assert len(world.events()) == 3


def test_what_a_reaction_did_names_the_system_and_the_event_that_caused_it(worlds: Callable[..., World]) -> None:
    world = worlds()
    cause = record("a", 2, offset=1, ce_correlationid="c", traceparent="t")
    world.reader.process([*story("a1"), cause])
    metadata = world.events()[-1].metadata
    assert metadata["actor"] == "system:counting"
    assert metadata["causation_id"] == dict(cause.headers)["ce_id"].decode()  # type: ignore[union-attr]
    assert (metadata["correlation_id"], metadata["traceparent"]) == ("c", "t")


def test_what_a_rule_refuses_waits_for_an_operator_and_others_go_on(worlds: Callable[..., World]) -> None:
    world = worlds()
    world.run(do(world.handler, SUM, CloseCounter()))
    world.reader.process(story("a1", "a2", "a3", "b1"))
    with as_owner(world.database) as connection:
        parked = connection.execute(text("SELECT number, reason FROM parked ORDER BY number")).all()
    assert [number for number, _ in parked] == [2, 3]
    assert "counter-closed" in parked[0].reason


def test_a_reaction_waits_until_the_reference_reader_has_taken_the_event_in(
    worlds: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, waits = worlds("reference"), threading.Event()

    def sleep(seconds: float) -> None:
        waits.set()
        time.sleep(seconds)

    monkeypatch.setattr("chassis.consumers.reactions.time", SimpleNamespace(monotonic=time.monotonic, sleep=sleep))
    thread = threading.Thread(target=world.reader.process, args=(story("a1", "a2"),))
    thread.start()
    wait_until(waits.is_set, "the reaction waits")
    assert world.total() == 0
    with as_owner(world.database) as connection:
        connection.execute(text("INSERT INTO progress VALUES ('reference', 't', 0, 2)"))
    thread.join(60)
    assert world.total() == 2


def test_a_reaction_whose_reference_reader_stays_behind_is_tried_again_later(
    worlds: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, now = worlds("reference"), iter(range(0, 100_000, 100))
    monkeypatch.setattr(
        "chassis.consumers.reactions.time", SimpleNamespace(monotonic=lambda: next(now), sleep=lambda _: None)
    )
    with pytest.raises(NotYet):
        world.reader.process(story("a1", "a2"))
    assert world.total() == 0
    with as_owner(world.database) as connection:
        assert connection.execute(text("SELECT count(*) FROM parked")).scalar_one() == 0


def test_streams_are_reacted_to_side_by_side_and_each_in_its_order(worlds: Callable[..., World]) -> None:
    world, told, seen = worlds(), asyncio.Event(), []

    async def react(_store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
        """The first stream waits for what happens to the second one."""
        if envelope.subject == subject("a"):
            await asyncio.wait_for(told.wait(), 60)
        else:
            told.set()
        seen.append((envelope.subject, envelope.number))
        return []

    world.effect = Reactions([Reaction(CounterIncreased, react)], world.handler, world.loop, None)
    world.reader.process(story("a1", "a2", "a3", "b1", "b2", "b3"))
    for stream in ("a", "b"):
        assert [number for of, number in seen if of == subject(stream)] == [2, 3]


def test_a_worker_that_is_told_to_stop_leaves_the_rest_of_a_batch_for_the_next_one(
    worlds: Callable[..., World],
) -> None:
    world = worlds()
    tale = story("a1", "a2", "a3")
    world.halt.set()
    with pytest.raises(NotYet):
        world.reader.process(tale)
    assert world.total() == 0
    world.halt.clear()
    world.reader.process(tale)
    assert world.total() == Decimal(5)
    with as_owner(world.database) as connection:
        assert connection.execute(text("SELECT count(*) FROM parked")).scalar_one() == 0


def test_what_one_reader_reads_alone_is_reacted_to_by_another_of_the_same_topic_after_it(
    own_database: ServiceDatabase,
) -> None:
    sources = [Source("other", "all", EVENTS), Source("other", "sealed", EVENTS, reader="hours")]
    service = Service(
        "s",
        "t",
        "t",
        EVENTS,
        Path(),
        [COUNTERS],
        sources,
        projections={"hours": []},
        reactions=TABLE,
        reactions_to={"hours": TABLE},
    )
    assert service.reads("p.") == {
        "hours": {"other": "p.sealed"},
        "reactions": {"other": "p.all"},
        "hours reactions": {"other": "p.sealed"},
    }
    loop = asyncio.new_event_loop()
    alone = {"hours": Reactions(TABLE, Handler(Store(own_database.url), EVENTS), loop, "hours")}
    loop.close()
    readers = {reader.name: list(reader.topics) for reader in service.readers("p.", None, Privacy(), alone)}
    assert readers == {"hours": ["p.sealed"], "hours reactions": ["p.sealed"]}
