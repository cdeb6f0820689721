"""A command that changes several aggregates: decided one by one, stored in one append, all or nothing."""

import asyncio
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from chassis.commands.handler import Handler
from chassis.commands.table import Aggregate
from chassis.domain.decider import Command, Facts, IssuedCommand, Refused
from chassis.store.append import event_id
from chassis.store.decision_view import View
from chassis.store.store import Store
from portolan.stack.postgres import ServiceDatabase
from tests.chassis.counter import (
    COUNTER,
    COUNTERS,
    EVENTS,
    AddToCounter,
    CloseCounter,
    CounterIncreased,
    GiveToCounter,
    OpenCounter,
)
from tests.chassis.giving import give
from tests.chassis.mutants import APPEND, CHECKS_ONE_OF_THE_STREAMS, STORES_HALF_OF_THE_STREAMS
from tests.chassis.support import TESTER, ReadTwice, Together, as_owner, do, violations
from tests.examples import examples
from tests.harness import wait_until

pytestmark = pytest.mark.anyio


async def opened(handler: Handler, *totals: int) -> list[UUID]:
    """Counters with these totals."""
    ids = [uuid4() for _ in totals]
    for id, total in zip(ids, totals, strict=True):
        await do(handler, id, OpenCounter(name="A"))
        await do(handler, id, AddToCounter(amount=Decimal(total)))
    return ids


async def totals(store: Store, *ids: UUID) -> list[Decimal]:
    return [loaded.state.total for loaded in await store.load_many(COUNTER, ids)]


def giving(*orders: IssuedCommand) -> Aggregate:
    """The counters, where giving means these orders."""
    rows = [replace(row, further=lambda *_: orders) if row.name == "give" else row for row in COUNTERS.commands]
    return replace(COUNTERS, commands=rows)


def deciding(decisions: list[Command], **of_give: Any) -> Aggregate:
    """The counters, with a note of every decision."""

    async def noted(view: View, state: Any, command: Any, base: Facts) -> Facts:
        decisions.append(command)
        return await COUNTERS.gather(view, state, command, base)

    rows = [replace(row, **of_give) if row.name == "give" else row for row in COUNTERS.commands]
    return replace(COUNTERS, commands=rows, facts=noted)


async def test_who_gives_to_a_counter_that_nobody_is_at_decides_once(handler: Handler, store: Store) -> None:
    one, other = await opened(handler, 5, 0)
    decisions: list[Command] = []
    await do(handler, one, GiveToCounter(to=other, amount=Decimal(3)), aggregate=deciding(decisions))
    assert len(decisions) == 1
    assert await totals(store, one, other) == [2, 3]


@pytest.mark.parametrize(("named", "times"), [(False, 2), (True, 1)])
async def test_who_waits_for_a_turn_decides_after_it_and_at_once_where_the_command_names_the_stream(
    handler: Handler, store: Store, named: bool, times: int
) -> None:
    one, other = await opened(handler, 5, 0)
    decisions: list[Command] = []
    names: dict[str, Any] = {"names": lambda command: [COUNTER.stream(command.to)]} if named else {}
    turns = handler._locks
    await turns.acquire([COUNTER.stream(other)])
    give_some = GiveToCounter(to=other, amount=Decimal(3))
    waiting = asyncio.create_task(do(handler, one, give_some, aggregate=deciding(decisions, **names)))
    await asyncio.to_thread(wait_until, lambda: bool(turns._waiting[COUNTER.stream(other)]), "it waits for its turn")
    turns.release([COUNTER.stream(other)])
    await waiting
    assert len(decisions) == times
    assert await totals(store, one, other) == [2, 3]
    assert turns._waiting == {}, "every turn is given back"


async def test_the_events_of_all_streams_are_one_command_s_and_follow_each_other(
    handler: Handler, store: Store
) -> None:
    one, other = await opened(handler, 5, 0)
    command_id = uuid4()
    how: dict[str, Any] = {"command_id": command_id, "correlation_id": "c", "reason": "because"}
    handled = await do(handler, one, GiveToCounter(to=other, amount=Decimal(3)), **how)
    assert (handled.stream, handled.version, handled.published) == (f"counter-{one}", 3, 3)
    stored = [(await store.events(COUNTER, id))[-1] for id in (one, other)]
    assert [event.event for event in stored] == [
        CounterIncreased(amount=Decimal(-3)),
        CounterIncreased(amount=Decimal(3)),
    ]
    assert stored[1].position == stored[0].position + 1
    assert stored[1].recorded_at == stored[0].recorded_at
    assert [event.metadata for event in stored] == [
        {
            "id": str(event_id(command_id, index)),
            "command_id": str(command_id),
            "actor": TESTER.id,
            "correlation_id": "c",
            "reason": "because",
        }
        for index in range(2)
    ]


async def test_a_confidential_order_s_events_name_the_service_alone(handler: Handler, store: Store) -> None:
    one, other = await opened(handler, 5, 0)
    told = giving(IssuedCommand(COUNTER, other, AddToCounter(amount=Decimal(1)), confidential=True))
    how: dict[str, Any] = {"correlation_id": "c", "causation_id": "d", "traceparent": "t", "reason": "because"}
    how |= {"command_id": uuid4()}
    await do(handler, one, GiveToCounter(to=other, amount=Decimal(1)), aggregate=told, **how)
    metadata = (await store.events(COUNTER, other))[-1].metadata
    assert metadata["command_id"] != str(how["command_id"])
    assert metadata["id"] not in {str(event_id(how["command_id"], index)) for index in range(3)}
    assert metadata.keys() == {"id", "command_id", "actor"}
    assert metadata["actor"] == "system:counting"


async def test_where_one_of_the_aggregates_refuses_nothing_is_stored_of_any(handler: Handler, store: Store) -> None:
    one, other = await opened(handler, 5, 0)
    await do(handler, other, CloseCounter())
    with pytest.raises(Refused, match="counter-closed"):
        await do(handler, one, GiveToCounter(to=other, amount=Decimal(3)))
    assert await totals(store, one, other) == [5, 0]


async def test_the_same_key_again_gets_the_first_answer_and_changes_no_stream(handler: Handler, store: Store) -> None:
    one, other = await opened(handler, 5, 0)
    keyed: dict[str, Any] = {"command_id": uuid4(), "fingerprint": "f"}
    first = await do(handler, one, GiveToCounter(to=other, amount=Decimal(2)), **keyed)
    again = await do(handler, one, GiveToCounter(to=other, amount=Decimal(2)), **keyed)
    assert (again.version, again.outcome) == (first.version, "repeated")
    assert await totals(store, one, other) == [3, 2]


@pytest.mark.parametrize("changed", ["own", "further"])
async def test_where_a_stream_changed_since_it_was_read_all_is_decided_anew(
    handler: Handler, other_handler: Handler, store: Store, changed: str
) -> None:
    one, other = await opened(handler, 5, 0)
    together = Together(2)
    meeting = together.of(COUNTERS)
    add = do(other_handler, one if changed == "own" else other, AddToCounter(amount=Decimal(10)), aggregate=meeting)
    await asyncio.gather(do(handler, one, GiveToCounter(to=other, amount=Decimal(5)), aggregate=meeting), add)
    assert await totals(store, one, other) == ([10, 5] if changed == "own" else [0, 15])
    assert together.decisions > 2


async def test_commands_on_the_same_streams_in_any_order_neither_wait_for_each_other_nor_conflict(
    handler: Handler, store: Store
) -> None:
    ids = await opened(handler, 50, 50, 50)
    conflicts = store.telemetry.metrics.conflicts.labels("give_counter")
    before = conflicts._value.get()
    pairs = [(one, other) for one in ids for other in ids if one != other] * 5
    gifts = [do(handler, one, GiveToCounter(to=other, amount=Decimal(1))) for one, other in pairs]
    await asyncio.wait_for(asyncio.gather(*gifts), 60)
    assert await totals(store, *ids) == [50, 50, 50]
    assert conflicts._value.get() == before


async def test_one_aggregate_is_not_changed_twice_by_one_command(handler: Handler) -> None:
    one, other = await opened(handler, 5, 0)
    add = AddToCounter(amount=Decimal(1))
    for twice in (
        giving(IssuedCommand(COUNTER, one, add)),
        giving(IssuedCommand(COUNTER, other, add), IssuedCommand(COUNTER, other, add)),
    ):
        with pytest.raises(ValueError, match="changes one aggregate twice"):
            await do(handler, one, GiveToCounter(to=other, amount=Decimal(1)), aggregate=twice)


async def test_a_further_aggregate_that_does_not_change_is_checked_as_what_was_read(
    handler: Handler, other_handler: Handler, store: Store
) -> None:
    one, other = await opened(handler, 5, 0)
    nothing = Together(2).of(giving(IssuedCommand(COUNTER, other, AddToCounter(amount=Decimal(0)))))
    closes = do(other_handler, other, CloseCounter(), aggregate=nothing)
    gives = do(handler, one, GiveToCounter(to=other, amount=Decimal(5)), aggregate=nothing)
    outcomes = await asyncio.gather(gives, closes, return_exceptions=True)
    assert [type(outcome).__name__ for outcome in outcomes].count("Refused") <= 1
    closed_at = (await store.events(COUNTER, other))[-1].position
    given = [event.position for event in await store.events(COUNTER, one)][2:]
    assert all(position < closed_at for position in given), "nothing is given to a closed one"


# --- concurrent writers that lose answers and are killed --------------------------------------------------------------


def halves(database: ServiceDatabase) -> list[str]:
    """What is wrong with the gifts in the log: each is one event that takes and one that counts the same."""
    with as_owner(database) as connection:
        rows = connection.execute(
            text(
                "SELECT stream, (data->>'amount')::numeric AS amount, metadata->>'command_id' AS command_id,"
                " metadata->>'id' AS id FROM events WHERE type = 'CounterIncreased' ORDER BY position"
            )
        ).all()
    gifts: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        gifts[row.command_id].append(row)
    wrong = []
    for command_id, events in gifts.items():
        if len(events) == 1 and events[0].amount > 0 and events[0].amount == START:
            continue  # what a counter began with
        ids = [str(event_id(UUID(command_id), index)) for index in range(2)]
        whole = [event.id for event in events] == ids and sum(event.amount for event in events) == 0
        if not whole or events[0].amount >= 0 or events[0].stream == events[1].stream:
            wrong.append(f"command {command_id} is {len(events)} events: {[event.amount for event in events]}")
    return wrong


START = 100


def journalled(journal: Path) -> tuple[list[list[str]], set[str]]:
    """The commands a process gave, and those it knew to be carried out; a line that was cut off does not count."""
    lines = [json.loads(line) for line in journal.read_text().splitlines(keepends=True) if line.endswith("\n")]
    return [line for line in lines if len(line) > 1], {line[0] for line in lines if len(line) == 1}


def events_in(database: ServiceDatabase) -> int:
    with as_owner(database) as connection:
        return int(connection.execute(text("SELECT position FROM head")).scalar_one())


def wait_for_events(database: ServiceDatabase, more: int) -> None:
    end = events_in(database) + more
    wait_until(lambda: events_in(database) >= end, "something was given")


def kill_writers(database: ServiceDatabase, seed: int, ids: Sequence[UUID], folder: Path) -> list[Path]:
    """Let two processes give at the same time and kill each of them some time later; their journals."""
    random = Random(seed)
    journals = [folder / f"{seed}-{number}" for number in range(2)]
    command = [sys.executable, "-m", "tests.chassis.giving", database.url]
    writers = [
        subprocess.Popen([*command, str(seed + number), str(journal), *map(str, ids)])
        for number, journal in enumerate(journals)
    ]
    try:
        for writer, journal in zip(writers, journals, strict=True):
            wait_until(journal.exists, "the writer writes")
            wait_for_events(database, random.randint(10, 60))
            writer.kill()
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()
    return journals


async def test_every_gift_is_whole_though_writers_compete_lose_answers_and_are_killed(
    own_database: ServiceDatabase, tmp_path: Path
) -> None:
    store = Store(own_database.url)
    await store.start()
    handler = Handler(store, EVENTS, aggregates=[COUNTERS], service="counting")
    ids = await opened(handler, *[START] * 3)
    for seed in range(0, 10 * examples(2), 10):
        journals = await asyncio.to_thread(kill_writers, own_database, seed, ids, tmp_path)
        commands, done = [], set[str]()
        for journal in journals:
            given, known = journalled(journal)
            commands += given
            done |= known
        assert done <= stored_commands(own_database), "what was acknowledged is stored"
        # As a client that got no answer: the same commands again, with the same keys.
        for command_id, source, to, amount in commands:
            await give(handler, UUID(command_id), UUID(source), UUID(to), int(amount))
        assert halves(own_database) == []
        assert violations(own_database) == []
        assert sum(await totals(store, *ids)) == 3 * START
        assert min(await totals(store, *ids)) >= 0
    await store.stop()


def stored_commands(database: ServiceDatabase) -> set[str]:
    with as_owner(database) as connection:
        return set(connection.execute(text("SELECT id::text FROM commands")).scalars())


def gift_by(database: ServiceDatabase, function: str) -> list[str]:
    """What is wrong after a gift by this append function, where the receiver changes after it was read."""

    async def run() -> None:
        stores = [Store(database.url), Store(database.url)]
        for store in stores:
            await store.start()
        other_handler = Handler(stores[1], EVENTS)
        one, other = await opened(other_handler, START, START)
        overtaken = ReadTwice(
            lambda: do(other_handler, other, AddToCounter(amount=Decimal(START))), lambda _view: asyncio.sleep(0)
        )
        handler = Handler(stores[0], EVENTS, aggregates=[overtaken.of(COUNTERS)])
        await do(handler, one, GiveToCounter(to=other, amount=Decimal(3)))
        for store in stores:
            await store.stop()

    with as_owner(database) as connection:
        connection.execute(text(function))
    asyncio.run(run())
    return [*halves(database), *violations(database)]


@pytest.mark.parametrize("mutant", [STORES_HALF_OF_THE_STREAMS, CHECKS_ONE_OF_THE_STREAMS], ids=["stores", "checks"])
def test_an_append_that_stores_or_checks_half_of_the_streams_is_noticed(
    own_database: ServiceDatabase, mutant: str
) -> None:
    assert gift_by(own_database, mutant)


def test_the_append_function_itself_passes_what_its_mutants_do_not(own_database: ServiceDatabase) -> None:
    assert gift_by(own_database, APPEND) == []
