"""The append function and group commit: one outcome per entry, nothing lost, nothing doubled, whatever happens."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import AsyncConnection
from sqlalchemy import text
from sqlalchemy.exc import DataError, DBAPIError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.commands.handler import Handler
from chassis.postgres.connections import Unavailable
from chassis.store.append import Append, Outcome, TooLarge, encode_event
from chassis.store.group_commit import Appender
from chassis.store.store import Store
from portolan.stack.postgres import ServiceDatabase
from tests.chassis.counter import (
    COUNTER,
    COUNTERS,
    EVENTS,
    AddToCounter,
    Counter,
    CounterIncreased,
    CounterMoved,
    CounterNoted,
    CounterOpened,
    OpenCounter,
)
from tests.chassis.support import as_owner, do, entry, violations

pytestmark = pytest.mark.anyio
ONE = CounterIncreased(amount=Decimal(1))


async def together(store: Store, *entries: Append) -> list[Outcome]:
    """The outcomes of entries in one batch."""
    return await store.appender._call([entry.encoded() for entry in entries])


def names(outcomes: list[Outcome]) -> list[str]:
    return [outcome.outcome for outcome in outcomes]


async def numbers(store: Store, id: UUID) -> list[tuple[int, int | None]]:
    """Version and published number of each event."""
    return [(event.version, event.published) for event in await store.events(COUNTER, id)]


async def test_each_entry_of_a_batch_has_its_own_outcome(store: Store) -> None:
    done, code = entry(uuid4(), fingerprint="a"), f"code:{uuid4()}"
    await store.appender.append(done)
    await store.appender.append(entry(uuid4(), claims=[code]))
    first, last = uuid4(), uuid4()
    outcomes = await together(
        store,
        entry(first),
        entry(uuid4(), 7),
        entry(uuid4(), claims=[code]),
        done,
        entry(uuid4(), command_id=done.command_id, fingerprint="b"),
        entry(last),
    )
    assert names(outcomes) == ["appended", "conflict", "taken", "repeated", "reused", "appended"]
    assert [outcome.version for outcome in outcomes] == [1, 0, 0, 1, 1, 1]
    assert await numbers(store, first) == await numbers(store, last) == [(1, 1)]


async def test_a_repeated_command_for_another_stream_or_with_another_body_is_a_reuse(store: Store) -> None:
    id, command_id = uuid4(), uuid4()
    await store.appender.append(entry(id, command_id=command_id, fingerprint="a"))
    assert (await store.appender.append(entry(id, 1, command_id=command_id, fingerprint="a"))).outcome == "repeated"
    assert (await store.appender.append(entry(id, 1, command_id=command_id, fingerprint="b"))).outcome == "reused"
    assert (await store.appender.append(entry(uuid4(), command_id=command_id, fingerprint="a"))).outcome == "reused"


async def test_the_same_command_twice_in_one_batch_is_stored_once(store: Store) -> None:
    id, command_id = uuid4(), uuid4()
    twice = [entry(id, command_id=command_id), entry(id, command_id=command_id)]
    assert names(await together(store, *twice)) == ["appended", "repeated"]
    assert await numbers(store, id) == [(1, 1)]


async def test_of_two_for_one_stream_in_one_batch_the_second_sees_the_first(store: Store) -> None:
    id = uuid4()
    outcomes = await together(store, entry(id), entry(id), entry(id, 1, ONE))
    assert names(outcomes) == ["appended", "conflict", "appended"]
    assert await numbers(store, id) == [(1, 1), (2, 2)]


async def test_one_command_for_two_streams_in_one_batch_is_a_reuse_and_harms_nobody(store: Store) -> None:
    command_id, first, second, other = uuid4(), uuid4(), uuid4(), uuid4()
    twice = [entry(first, command_id=command_id), entry(second, command_id=command_id), entry(other)]
    assert names(await together(store, *twice)) == ["appended", "reused", "appended"]
    assert await numbers(store, second) == []


async def test_entries_that_read_others_and_entries_that_do_not_mix_in_a_batch_and_answer_in_order(
    store: Store,
) -> None:
    guard, known, first, second, third = f"guard:{uuid4()}", uuid4(), uuid4(), uuid4(), uuid4()
    await store.appender.append(entry(known))
    outcomes = await together(
        store,
        entry(first, bumps=[guard]),
        entry(second),
        entry(third, guards={guard: 0}),
        entry(known, 1, ONE, CounterNoted(note="aside"), ONE),
        entry(uuid4(), reads={COUNTER.stream(second): 1}),
        entry(uuid4(), reads={COUNTER.stream(second): 0}),
        entry(third, guards={guard: 1}),
    )
    assert names(outcomes) == ["appended", "appended", "conflict", "appended", "appended", "conflict", "appended"]
    assert await numbers(store, known) == [(1, 1), (2, 2), (3, None), (4, 3)]
    assert (outcomes[3].version, outcomes[3].published) == (4, 3)


async def test_of_two_claiming_one_key_in_one_batch_the_first_holds_it(store: Store) -> None:
    code, first, second = f"code:{uuid4()}", uuid4(), uuid4()
    outcomes = await together(store, entry(first, claims=[code]), entry(second, claims=[code]))
    assert names(outcomes) == ["appended", "taken"]
    assert outcomes[1].detail == code
    assert await numbers(store, second) == []


async def test_a_released_key_can_be_claimed_in_the_same_batch(store: Store) -> None:
    code, first, second = f"code:{uuid4()}", uuid4(), uuid4()
    await store.appender.append(entry(first, claims=[code]))
    outcomes = await together(store, entry(first, 1, ONE, releases=[code]), entry(second, claims=[code]))
    assert names(outcomes) == ["appended", "appended"]


async def test_a_key_can_only_be_released_by_who_holds_it(store: Store) -> None:
    code = f"code:{uuid4()}"
    await store.appender.append(entry(uuid4(), claims=[code]))
    await store.appender.append(entry(uuid4(), releases=[code]))
    assert (await store.appender.append(entry(uuid4(), claims=[code]))).outcome == "taken"


async def test_a_key_that_is_used_up_serves_nobody_again_not_even_its_user(store: Store) -> None:
    id, key = uuid4(), f"once:{uuid4()}"
    using = entry(id, once=[key])
    assert names(await together(store, using, entry(uuid4(), once=[key]))) == ["appended", "taken"]
    assert names(await together(store, entry(id, 1, ONE, once=[key]), using)) == ["taken", "repeated"]


async def test_what_was_read_must_still_hold(store: Store) -> None:
    read, guard = uuid4(), f"guard:{uuid4()}"
    stream = COUNTER.stream(read)
    assert (await store.appender.append(entry(uuid4(), reads={stream: 0}, guards={guard: 0}))).outcome == "appended"
    outcomes = await together(
        store,
        entry(read, bumps=[guard]),
        entry(uuid4(), reads={stream: 0}),
        entry(uuid4(), reads={stream: 1}),
        entry(uuid4(), guards={guard: 0}),
        entry(uuid4(), guards={guard: 1}),
    )
    assert names(outcomes) == ["appended", "conflict", "appended", "conflict", "appended"]
    assert [outcomes[1].detail, outcomes[3].detail] == [stream, guard]


async def test_an_entry_that_is_refused_leaves_nothing_behind(store: Store) -> None:
    id, code, other, guard = uuid4(), f"code:{uuid4()}", f"code:{uuid4()}", f"guard:{uuid4()}"
    await store.appender.append(entry(uuid4(), claims=[code]))
    refused = entry(id, claims=[other, code], bumps=[guard])
    assert (await store.appender.append(refused)).outcome == "taken"
    assert await store.find_command(refused.command_id) is None
    assert (await store.load(COUNTER, id)).state is None
    later = entry(id, claims=[other], guards={guard: 0})
    assert (await store.appender.append(later)).outcome == "appended"


async def test_published_numbers_have_no_gaps_where_private_events_are_between(store: Store) -> None:
    id, note = uuid4(), CounterNoted(note="n")
    await store.appender.append(entry(id, 0, CounterOpened(name="A"), note, ONE))
    outcome = await store.appender.append(entry(id, 3, note, note, ONE))
    assert (outcome.version, outcome.published) == (6, 3)
    assert await numbers(store, id) == [(1, 1), (2, None), (3, 2), (4, None), (5, None), (6, 3)]


async def test_data_is_kept_as_the_exact_text(own_database: ServiceDatabase) -> None:
    store = Store(own_database.url)
    await store.start()
    event = CounterMoved(parent_id=uuid4())
    await store.appender.append(entry(uuid4(), 0, CounterOpened(name="é \u2028 \U0001f600 '\"\\"), event))
    await store.stop()
    with as_owner(own_database) as connection:
        stored = connection.execute(text("SELECT data::text FROM events ORDER BY position")).scalars().all()
    opened = CounterOpened(name="é \u2028 \U0001f600 '\"\\")
    assert stored == [opened.model_dump_json(), event.model_dump_json()]


async def test_positions_and_times_only_go_forward_however_many_write(own_database: ServiceDatabase) -> None:
    stores = [Store(own_database.url) for _ in range(3)]
    for store in stores:
        await store.start()
    ids = [uuid4() for _ in range(4)]
    await asyncio.gather(*(do(Handler(stores[0], EVENTS), id, OpenCounter(name="A")) for id in ids))
    handlers = [Handler(store, EVENTS) for store in stores]
    await asyncio.gather(
        *(do(handler, id, AddToCounter(amount=Decimal(1))) for _ in range(6) for id in ids for handler in handlers)
    )
    totals = [loaded.state.total for loaded in await stores[0].load_many(COUNTER, ids)]
    for store in stores:
        await store.stop()
    assert totals == [18] * 4
    assert violations(own_database) == []


async def test_the_service_may_neither_write_nor_change_nor_delete_what_happened(store: Store) -> None:
    await store.appender.append(entry(uuid4()))
    for statement in (
        "INSERT INTO events SELECT position + 1000000, stream, version + 1000000, published, type, data, metadata,"
        " recorded_at, effective_on FROM events LIMIT 1",
        "UPDATE events SET data = '{}'",
        "DELETE FROM events",
        "TRUNCATE events",
        "INSERT INTO states SELECT * FROM states",
        "UPDATE states SET version = 0",
        "DELETE FROM states",
        "UPDATE head SET position = 0",
        "DELETE FROM commands",
        "DELETE FROM claims",
        "UPDATE guards SET value = 0",
        "DROP FUNCTION append",
        "ALTER TABLE events DISABLE TRIGGER ALL",
    ):
        with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
            await store.rows(text(statement))


class Gate(Appender):
    """Holds its first call back until it is opened; remembers how many entries each call had."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine)
        self.sizes: list[int] = []
        self.first_runs, self.open = asyncio.Event(), asyncio.Event()

    async def _call(self, entries: list[bytes]) -> list[Outcome]:
        self.sizes.append(len(entries))
        self.first_runs.set()
        await self.open.wait()
        return await super()._call(entries)


async def test_what_comes_while_a_commit_runs_shares_the_next_one(store: Store) -> None:
    gate = Gate(store.engine)
    await gate.start()
    first = asyncio.create_task(gate.append(entry(uuid4())))
    await gate.first_runs.wait()
    others = [asyncio.create_task(gate.append(entry(uuid4()))) for _ in range(40)]
    while len(gate._waiting) < 40:  # noqa: ASYNC110 (the appender has no event for it)
        await asyncio.sleep(0)
    gate.open.set()
    outcomes = await asyncio.gather(first, *others)
    await gate.stop()
    assert gate.sizes == [1, 40]
    assert names(outcomes) == ["appended"] * 41


class LosesAnswers(Appender):
    """Its database commits, but so many answers never arrive."""

    def __init__(self, engine: AsyncEngine, lost: int) -> None:
        super().__init__(engine)
        self.lost = lost

    async def _call(self, entries: list[bytes]) -> list[Outcome]:
        outcomes = await super()._call(entries)
        if self.lost > 0:
            self.lost -= 1
            raise psycopg.OperationalError("the answer was lost")
        return outcomes


@pytest.fixture
async def forgetful(store: Store) -> AsyncIterator[LosesAnswers]:
    appender = LosesAnswers(store.engine, 2)
    await appender.start()
    yield appender
    await appender.stop()


async def test_a_commit_whose_answer_was_lost_is_stored_once_and_is_a_success(
    store: Store, forgetful: LosesAnswers
) -> None:
    ids = [uuid4() for _ in range(5)]
    outcomes = await asyncio.gather(*(forgetful.append(entry(id)) for id in ids))
    assert names(outcomes) == ["appended"] * 5
    for id in ids:
        assert await numbers(store, id) == [(1, 1)]


async def test_a_handled_command_whose_commit_lost_its_answer_counts_once(
    store: Store, handler: Handler, forgetful: LosesAnswers
) -> None:
    id = uuid4()
    await do(handler, id, OpenCounter(name="A"))
    original, store.appender = store.appender, forgetful
    keyed: dict[str, Any] = {"command_id": uuid4(), "fingerprint": "f"}
    handled = await do(handler, id, AddToCounter(amount=Decimal(5)), **keyed)
    again = await do(handler, id, AddToCounter(amount=Decimal(5)), **keyed)
    store.appender = original
    assert isinstance(handled.state, Counter)
    assert handled.state.total == 5
    assert (handled.version, handled.published) == (again.version, again.published) == (2, 2)
    assert (await store.load(COUNTER, id)).state.total == 5


class Away(Appender):
    """Its database cannot be reached."""

    async def _call(self, entries: list[bytes]) -> list[Outcome]:
        raise psycopg.OperationalError("away")


async def test_a_database_that_stays_away_is_reported_as_such(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.store.group_commit.DEADLINE_SECONDS", 0.0)
    away = Away(store.engine)
    await away.start()
    with pytest.raises(Unavailable):
        await away.append(entry(uuid4()))
    await away.stop()


async def test_all_that_wait_while_the_database_stays_away_are_answered_after_one_deadline(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.store.group_commit.DEADLINE_SECONDS", 1.0)
    loop = asyncio.get_running_loop()
    away = Away(store.engine)
    await away.start()

    async def waited(pause: float) -> float:
        await asyncio.sleep(pause)
        began = loop.time()
        with pytest.raises(Unavailable):
            await away.append(entry(uuid4()))
        return loop.time() - began

    # Sixteen at once, and as many while those wait; one after the other they would have taken half a minute.
    took = await asyncio.gather(*(waited(pause) for pause in [0.0] * 16 + [0.5] * 16))
    assert all(0.9 < seconds < 3 for seconds in took), took
    assert away._waiting == []
    await away.stop()


class Stumbles(Appender):
    """The first calls fail, in a way that may pass; what they would have stored is remembered."""

    def __init__(self, engine: AsyncEngine, fails: int) -> None:
        super().__init__(engine)
        self.fails = fails
        self.sizes: list[int] = []

    async def _call(self, entries: list[bytes]) -> list[Outcome]:
        self.sizes.append(len(entries))
        if len(self.sizes) <= self.fails:
            raise psycopg.OperationalError("away for a moment")
        return await super()._call(entries)


async def test_what_a_passing_failure_kept_back_is_stored_together_and_in_its_order(store: Store) -> None:
    stumbling = Stumbles(store.engine, 2)
    await stumbling.start()
    id = uuid4()
    steps = [stumbling.append(entry(id, version)) for version in range(4)]
    outcomes = await asyncio.gather(*steps, *(stumbling.append(entry(uuid4())) for _ in range(12)))
    await stumbling.stop()
    assert names(outcomes) == ["appended"] * 16
    assert stumbling.sizes == [16, 16, 16]
    assert [version for version, _ in await numbers(store, id)] == [1, 2, 3, 4]


async def test_an_entry_the_database_cannot_take_fails_alone_and_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    call = Appender._call

    async def counted(self: Appender, entries: list[bytes]) -> list[Outcome]:
        calls.append(len(entries))
        return await call(self, entries)

    monkeypatch.setattr(Appender, "_call", counted)
    good = [uuid4(), uuid4()]
    nul = Counter.model_construct(name="\x00").model_dump_json()
    answers = await asyncio.gather(
        store.appender.append(entry(good[0])),
        store.appender.append(entry(uuid4(), state=nul)),
        store.appender.append(entry(good[1])),
        return_exceptions=True,
    )
    assert isinstance(answers[1], psycopg.DataError)
    assert [isinstance(answer, Outcome) and answer.outcome for answer in (answers[0], answers[2])] == ["appended"] * 2
    assert calls == [3, 1, 1, 1], "what never works is not tried again"


async def test_an_event_that_could_not_be_published_is_refused() -> None:
    with pytest.raises(TooLarge):
        encode_event(CounterNoted.model_construct(note="n" * 900_001), public=True, metadata={})


async def test_the_state_at_any_version_and_moment_is_the_fold_of_the_log(store: Store, handler: Handler) -> None:
    id = uuid4()
    await do(handler, id, OpenCounter(name="A"))
    for amount in (1, 2, 4):
        await do(handler, id, AddToCounter(amount=Decimal(amount)))
    events = await store.events(COUNTER, id)
    known = [(await store.folded(COUNTER, id, known_at=event.recorded_at)).state.total for event in events]
    at_version = [(await store.folded(COUNTER, id, version=event.version)).state.total for event in events]
    assert known == at_version == [0, 1, 3, 7]
    now = await store.load(COUNTER, id)
    folded = await store.folded(COUNTER, id)
    assert (folded.version, folded.published, folded.state) == (now.version, now.published, now.state)
    assert [event.version for event in await store.events(COUNTER, id, after=1, limit=2)] == [2, 3]


async def test_states_folded_by_other_source_code_are_folded_anew(own_database: ServiceDatabase) -> None:
    store = Store(own_database.url)
    await store.start()
    handler, ids = Handler(store, EVENTS), [uuid4() for _ in range(3)]
    for id in ids:
        await do(handler, id, OpenCounter(name="A"))
        await do(handler, id, AddToCounter(amount=Decimal("0.1"), times=3))
    assert await store.refold(COUNTER, "first") == 0
    with as_owner(own_database) as connection:
        connection.execute(text('UPDATE states SET state = \'{"an old": "shape"}\''))
    assert await store.refold(COUNTER, "first") == 0
    assert len(violations_or_failure(own_database)) > 0
    assert await store.refold(COUNTER, "second") == 3
    assert await store.refold(COUNTER, "second") == 0
    await store.stop()
    assert violations(own_database) == []


async def test_the_text_that_lists_search_changes_with_what_is_searched(own_database: ServiceDatabase) -> None:
    store = Store(own_database.url)
    await store.start()
    handler, searched = Handler(store, EVENTS), replace(COUNTERS, searched=["name"])
    assert await store.refold(COUNTER, "names and codes are searched") == 0
    await do(handler, uuid4(), OpenCounter(name="Visitors", code="V-1"))
    assert await texts(store) == ["Visitors\nV-1"]
    assert await store.refold(COUNTER, "names are searched", (), searched.text_of) == 1
    assert await texts(store) == ["Visitors"]
    assert await store.refold(COUNTER, "nothing is searched") == 1
    assert await texts(store) == []
    await store.stop()


@pytest.mark.parametrize("others", [0, 3], ids=["alone", "in one statement with others"])
async def test_the_text_that_lists_search_is_written_where_it_changes(
    own_database: ServiceDatabase, others: int
) -> None:
    store, id = Store(own_database.url), uuid4()
    await store.start()
    for version, (written, found) in enumerate([("Visitors", "Visitors"), (None, "Visitors"), ("Guests", "Guests")]):
        own = entry(id, version, ONE)
        own = replace(own, own=replace(own.own, text=written))
        assert set(names(await together(store, own, *(entry(uuid4()) for _ in range(others))))) == {"appended"}
        assert await texts(store) == [found]
    await store.stop()


async def texts(store: Store) -> list[str]:
    return [row.text for row in await store.rows(text("SELECT text FROM searchable"))]


def violations_or_failure(database: ServiceDatabase) -> list[str]:
    try:
        return violations(database)
    except ValueError:
        return ["a state cannot be read"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other names for these options")
async def test_a_connection_notices_soon_that_the_server_has_vanished_without_a_word(store: Store) -> None:
    async with store.engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert isinstance(driver, AsyncConnection)
        with socket.socket(fileno=os.dup(driver.fileno())) as copy:
            options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)
            assert copy.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            assert [copy.getsockopt(socket.IPPROTO_TCP, option) for option in options] == [5, 2, 3, 15_000]


async def test_a_database_that_is_away_when_read_is_unavailable_and_not_an_error_of_the_query(store: Store) -> None:
    nowhere = Store("postgresql+psycopg://nobody:none@127.0.0.1:1/none")
    with pytest.raises(Unavailable):
        await nowhere.rows(text("SELECT 1"))
    with pytest.raises(DBAPIError):
        await store.rows(text("SELECT nonsense"))
    with pytest.raises(DataError):
        await store.rows(text("SELECT CAST(:text AS text)"), {"text": "\x00"})
    await nowhere.stop()
