"""What a decision reads it reads once: a second look costs nothing, finds the same, and the append checks the first."""

from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from chassis.commands.handler import Handler
from chassis.store.decision_view import View
from chassis.store.store import MAX_CHAIN, Loaded, Store
from portolan.stack.postgres import ServiceDatabase
from tests.chassis.counter import BELOW, COUNTER, COUNTERS, AddToCounter, MoveCounter, OpenCounter
from tests.chassis.support import ReadTwice, as_owner, do, overtaken
from tests.harness import asked

pytestmark = pytest.mark.anyio
NOTHING, ADD = Decimal(0), AddToCounter(amount=Decimal(1))


async def opened(handler: Handler, parent_id: UUID | None = None) -> UUID:
    id = uuid4()
    await do(handler, id, OpenCounter(name="A", parent_id=parent_id))
    return id


async def line(handler: Handler, length: int) -> list[UUID]:
    """So many counters, each below the next."""
    found: list[UUID] = []
    for _ in range(length):
        found.insert(0, await opened(handler, found[0] if found else None))
    return found


def versions(*ids: UUID, at: int = 1) -> dict[str, int]:
    return {COUNTER.stream(id): at for id in ids}


async def total(view: View, id: UUID) -> Decimal | None:
    state = await view.state(COUNTER, id)
    return state.total if state else None


async def chain(view: View, first: UUID) -> list[UUID]:
    return [id for id, _ in await view.chain(COUNTER, first, "parent_id")]


def moved_by_hand(database: ServiceDatabase, id: UUID, parent_id: UUID) -> None:
    """Put one counter below another, past every rule."""
    change = "UPDATE states SET state = jsonb_set(state, '{parent_id}', to_jsonb(CAST(:parent AS text)))"
    with as_owner(database) as connection:
        connection.execute(
            text(f"{change} WHERE stream = :stream"), {"parent": str(parent_id), "stream": COUNTER.stream(id)}
        )


async def test_a_stream_a_decision_reads_twice_is_checked_at_the_version_of_its_first_read(
    handler: Handler, other_handler: Handler
) -> None:
    assert await overtaken(handler, other_handler, "state") == ("parent-closed", 2)


async def test_a_stream_whose_history_is_read_after_its_state_is_checked_at_the_version_of_the_state(
    handler: Handler, other_handler: Handler
) -> None:
    assert await overtaken(handler, other_handler, "history") == ("parent-closed", 2)


async def test_a_guard_a_decision_reads_twice_is_checked_at_its_first_value(
    handler: Handler, other_handler: Handler
) -> None:
    assert await overtaken(handler, other_handler, "guard") == ("closes-only-when-empty", 2)


async def test_a_command_that_reads_its_own_stream_is_decided_again_where_that_changed(
    handler: Handler, other_handler: Handler
) -> None:
    id = await opened(handler)
    seen: list[Decimal | None] = []

    async def look(view: View) -> None:
        seen.append(await total(view, id))

    twice = ReadTwice(lambda: do(other_handler, id, ADD), look)
    handled = await do(handler, id, ADD, aggregate=twice.of(COUNTERS))
    assert handled.version == 3
    assert seen == [NOTHING, NOTHING + ADD.amount]


async def test_reading_a_stream_again_asks_nothing_and_finds_the_same(
    handler: Handler, store: Store, statements: list[str]
) -> None:
    id, view = await opened(handler), View(store)
    first = await view.state(COUNTER, id)
    await do(handler, id, ADD)
    statements.clear()
    assert await view.state(COUNTER, id) == first
    assert await chain(view, id) == [id]
    assert asked(statements) == []
    assert view.reads({view.stream}) == versions(id)


async def test_the_own_stream_is_known_as_it_was_loaded_and_is_no_read(
    handler: Handler, store: Store, statements: list[str]
) -> None:
    id = await opened(handler)
    view = View(store, await store.load(COUNTER, id))
    await do(handler, id, ADD)
    statements.clear()
    assert await total(view, id) == NOTHING
    assert asked(statements) == []
    assert [event.version for event in await view.history(COUNTER, id)] == [1]
    assert view.reads({view.stream}) == {}


async def test_a_history_ends_where_its_stream_was_read_and_a_state_is_that_of_the_history_read(
    handler: Handler, store: Store, statements: list[str]
) -> None:
    state_first, history_first, never = await opened(handler), await opened(handler), uuid4()
    view = View(store)
    await view.state(COUNTER, state_first)
    (stored,) = await view.histories(COUNTER, [history_first])
    assert await view.history(COUNTER, never) == []
    for id in (state_first, history_first):
        await do(handler, id, ADD)
    assert [event.version for event in await view.history(COUNTER, state_first)] == [1]
    statements.clear()
    assert await view.histories(COUNTER, [history_first, never]) == [stored, []]
    assert (await total(view, history_first), await total(view, never)) == (NOTHING, None)
    assert asked(statements) == []
    assert view.reads({view.stream}) == versions(state_first, history_first) | versions(never, at=0)


async def test_a_set_is_read_once_and_another_under_its_guard_is_checked_at_the_guards_first_value(
    handler: Handler, store: Store, statements: list[str]
) -> None:
    above, view = await opened(handler), View(store)
    guard, everything = f"counter:{above}:below", text("SELECT count(*) AS below FROM states")

    async def below(query: object = BELOW) -> list[int]:
        return [row.below for row in await view.guarded(guard, query, {"id": str(above)})]

    assert await below() == [0]
    await opened(handler, above)
    statements.clear()
    assert await below() == [0]
    assert asked(statements) == []
    assert await below(everything) >= [2]
    assert (len(asked(statements)), view.guards) == (1, {guard: 0})


async def test_several_sets_are_read_with_two_statements_and_each_is_checked(
    handler: Handler, store: Store, statements: list[str]
) -> None:
    filled, empty, view = await opened(handler), await opened(handler), View(store)
    await opened(handler, filled)
    guards = [f"counter:{id}:below" for id in (filled, empty)]
    statements.clear()
    await view.guarded_by(guards, BELOW, {"id": str(filled)})
    assert (len(asked(statements)), view.guards) == (2, dict(zip(guards, (1, 0), strict=True)))


async def test_a_chain_is_one_statement_whatever_its_length(
    handler: Handler, store: Store, statements: list[str]
) -> None:
    ids, view = await line(handler, 7), View(store)
    statements.clear()
    found = await view.chain(COUNTER, ids[0], "parent_id")
    assert [id for id, _ in found] == ids
    assert [counter.parent_id for _, counter in found] == [*ids[1:], None]
    assert len(asked(statements)) == 1
    assert view.reads({view.stream}) == versions(*ids)


async def test_of_a_chain_what_was_read_before_stands_and_leads_on(
    handler: Handler, store: Store, statements: list[str]
) -> None:
    (low, middle, top), elsewhere, view = await line(handler, 3), await opened(handler), View(store)
    await view.state(COUNTER, middle)
    await do(handler, middle, MoveCounter(parent_id=elsewhere))
    assert await chain(view, low) == [low, middle, top]
    assert view.reads({view.stream}).items() >= versions(low, middle, top).items()
    statements.clear()
    assert await chain(view, middle) == [middle, top]
    assert asked(statements) == []


async def test_a_chain_that_begins_with_the_own_stream_is_one_statement(
    handler: Handler, store: Store, statements: list[str]
) -> None:
    ids = await line(handler, 4)
    view = View(store, await store.load(COUNTER, ids[0]))
    statements.clear()
    assert await chain(view, ids[0]) == ids
    assert (len(asked(statements)), view.reads({view.stream})) == (1, versions(*ids[1:]))


async def test_a_chain_ends_at_a_gap_that_must_stay_one(
    handler: Handler, store: Store, database: ServiceDatabase, statements: list[str]
) -> None:
    (low, top), missing, view = await line(handler, 2), uuid4(), View(store)
    moved_by_hand(database, top, missing)
    statements.clear()
    assert await chain(view, low) == [low, top]
    assert await chain(view, missing) == []
    assert len(asked(statements)) == 1
    assert view.reads({view.stream}) == versions(low, top) | versions(missing, at=0)


async def test_a_chain_ends_where_it_comes_round_to_itself(
    handler: Handler, store: Store, database: ServiceDatabase
) -> None:
    low, middle, top = await line(handler, 3)
    moved_by_hand(database, top, middle)
    assert await chain(View(store), low) == [low, middle, top]
    assert [one.version for one in await store.load_chain(COUNTER, low, "parent_id")] == [1, 1, 1]


async def test_a_chain_has_a_hundred_members_at_most(handler: Handler, store: Store) -> None:
    ids = await line(handler, MAX_CHAIN + 1)
    assert await chain(View(store), ids[0]) == ids[:MAX_CHAIN]


async def test_nothing_is_above_nobody(store: Store) -> None:
    assert await View(store).chain(COUNTER, None, "parent_id") == []
    assert await store.load_chain(COUNTER, id := uuid4(), "parent_id") == [Loaded(COUNTER.stream(id))]
