"""Reactions to a service's own events: also to private ones, each at least once, from where they stopped."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import create_engine

from chassis.commands.handler import Handler
from chassis.consumers.own_reactions import OwnReaction, OwnReactions
from chassis.domain.decider import IssuedCommand
from chassis.domain.failures import NotYet
from chassis.service.definition import Restricted, Service
from chassis.store.store import Store
from portolan.stack.postgres import ServiceDatabase
from tests.chassis.counter import (
    COUNTER,
    COUNTERS,
    EVENTS,
    CloseCounter,
    Counter,
    CounterNoted,
    NoteOnCounter,
    OpenCounter,
)
from tests.chassis.support import do
from tests.harness import wait_until


class World:
    """A store, and a worker that closes every counter on which something was noted."""

    def __init__(self, database: ServiceDatabase) -> None:
        self.database = database
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.store = Store(database.url)
        self.run(self.store.start())
        self.handler = Handler(self.store, EVENTS, aggregates=[COUNTERS], service="counting")
        self.asked: list[UUID] = []

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    async def close(self, _store: Store, ids: Sequence[UUID]) -> Sequence[IssuedCommand]:
        self.asked += ids
        return [IssuedCommand(COUNTER, id, CloseCounter()) for id in ids]

    @contextmanager
    def reacting(self) -> Iterator[None]:
        stop = threading.Event()
        table = [OwnReaction([CounterNoted], self.close)]
        worker = OwnReactions(self.database.url, table, self.handler, self.loop)
        thread = threading.Thread(target=worker.run, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(60)

    def counter(self, *, noted: bool = True, below: UUID | None = None) -> UUID:
        id = uuid4()
        self.run(do(self.handler, id, OpenCounter(name="A", parent_id=below)))
        if noted:
            self.run(do(self.handler, id, NoteOnCounter(note="in confidence")))
        return id

    def closed(self, id: UUID) -> bool:
        state = self.run(self.store.load(COUNTER, id)).state
        assert isinstance(state, Counter)
        return state.closed

    def stop(self) -> None:
        self.run(self.store.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(60)
        self.loop.close()


@pytest.fixture
def world(own_database: ServiceDatabase) -> Iterator[World]:
    made = World(own_database)
    yield made
    made.stop()


def test_a_worker_that_is_told_to_stop_leaves_what_follows_to_the_next_one(world: World) -> None:
    id = world.counter()
    worker = OwnReactions(world.database.url, [OwnReaction([CounterNoted], world.close)], world.handler, world.loop)
    worker._stop.set()
    engine = create_engine(world.database.url)
    with engine.connect() as connection, pytest.raises(NotYet):
        worker._go_on(connection, 0)
    engine.dispose()
    assert not world.closed(id)
    with world.reacting():
        wait_until(lambda: world.closed(id), "the next one carries it out")


def test_a_private_event_leads_to_its_command_and_others_do_not(world: World) -> None:
    other = world.counter(noted=False)
    with world.reacting():
        id = world.counter()
        wait_until(lambda: world.closed(id), "the counter is closed")
    assert not world.closed(other)


def test_what_happened_while_nobody_looked_is_made_up_for_and_not_done_again(world: World) -> None:
    first = world.counter()
    with world.reacting():
        wait_until(lambda: world.closed(first), "the first is closed")
    second = world.counter()
    with world.reacting():
        wait_until(lambda: world.closed(second), "the second is closed")
    assert world.asked == [first, second]


def test_several_events_of_one_aggregate_lead_to_one_command(world: World) -> None:
    id = world.counter()
    world.run(do(world.handler, id, NoteOnCounter(note="again")))
    with world.reacting():
        wait_until(lambda: world.closed(id), "the counter is closed")
    assert world.asked == [id]


def test_what_a_rule_refuses_keeps_nothing_else_from_happening(world: World) -> None:
    parent = world.counter()
    world.counter(noted=False, below=parent)
    id = world.counter()
    with world.reacting():
        wait_until(lambda: world.closed(id), "the other one is closed")
    assert not world.closed(parent)


def test_a_stream_has_only_restricted_events_or_none() -> None:
    with pytest.raises(TypeError, match="all of them have to be"):
        Service("s", "t", "t", EVENTS, Path(), [COUNTERS], restricted=Restricted("r", [CounterNoted]))
