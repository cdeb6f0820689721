"""The way of a command: decisions across streams hold, conflicts are decided again, repeats get their first answer."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.commands.handler import (
    ATTEMPTS,
    CommandResult,
    Handler,
    KeyInFlight,
    KeyReused,
    KeyTaken,
    TooBusy,
    VersionChanged,
    fingerprint,
)
from chassis.domain.decider import Actor, Command, Facts, Forbidden, NotFound, Refused
from chassis.store.decision_view import View
from chassis.store.relations import by_decision
from chassis.store.store import Store
from portolan.stack.postgres import ServiceDatabase
from tests.chassis.counter import (
    COUNTER,
    COUNTERS,
    EVENTS,
    AddToCounter,
    CloseCounter,
    Counter,
    CounterFacts,
    MoveCounter,
    NoteOnCounter,
    OpenCounter,
)
from tests.chassis.support import TESTER, Together, do, violations

pytestmark = pytest.mark.anyio
OPEN = OpenCounter(name="A")


def add(amount: int) -> AddToCounter:
    return AddToCounter(amount=Decimal(amount))


async def opened(handler: Handler, command: OpenCounter = OPEN) -> UUID:
    id = uuid4()
    await do(handler, id, command)
    return id


async def total(store: Store, id: UUID) -> Decimal:
    state = (await store.load(COUNTER, id)).state
    assert isinstance(state, Counter)
    return state.total


def sorted_out(answers: Sequence[CommandResult | BaseException]) -> tuple[int, list[str]]:
    """How many succeeded, and which rules refused the others."""
    rules = [answer.rule for answer in answers if isinstance(answer, Refused)]
    succeeded = sum(isinstance(answer, CommandResult) for answer in answers)
    assert succeeded + len(rules) == len(answers), answers
    return succeeded, rules


async def test_two_moves_that_would_form_a_cycle_together_are_not_both_done(
    handler: Handler, other_handler: Handler, store: Store
) -> None:
    first, second = await opened(handler), await opened(handler)
    meeting = Together(2)
    answers = await asyncio.gather(
        do(handler, first, MoveCounter(parent_id=second), aggregate=meeting.of(COUNTERS)),
        do(other_handler, second, MoveCounter(parent_id=first), aggregate=meeting.of(COUNTERS)),
        return_exceptions=True,
    )
    assert sorted_out(answers) == (1, ["no-cycles"])
    assert meeting.decisions == 3, "the loser decides again"
    parents = [loaded.state.parent_id for loaded in await store.load_many(COUNTER, [first, second])]
    assert parents.count(None) == 1


async def test_one_that_closes_only_when_empty_does_not_close_while_something_comes_in(
    handler: Handler, other_handler: Handler, store: Store
) -> None:
    above, below = await opened(handler), uuid4()
    meeting = Together(2)
    answers = await asyncio.gather(
        do(handler, above, CloseCounter(), aggregate=meeting.of(COUNTERS)),
        do(other_handler, below, OpenCounter(name="B", parent_id=above), aggregate=meeting.of(COUNTERS)),
        return_exceptions=True,
    )
    succeeded, rules = sorted_out(answers)
    assert succeeded == 1
    assert rules in (["closes-only-when-empty"], ["parent-closed"])
    states = [loaded.state for loaded in await store.load_many(COUNTER, [above, below])]
    assert (states[0].closed, states[1] is None) in [(True, True), (False, False)]


@pytest.mark.parametrize(
    ("early", "late", "rule"), [("close", "open", "parent-closed"), ("open", "close", "closes-only-when-empty")]
)
async def test_whichever_is_appended_first_makes_the_other_decide_again(
    handler: Handler, other_handler: Handler, early: str, late: str, rule: str
) -> None:
    above, below = await opened(handler), uuid4()
    asked: dict[str, tuple[UUID, Command]] = {
        "close": (above, CloseCounter()),
        "open": (below, OpenCounter(name="B", parent_id=above)),
    }
    meeting = Together(2)  # the late one has read, and waits for a second one that never comes
    slow = asyncio.create_task(do(handler, *asked[late], aggregate=meeting.of(COUNTERS)))
    await meeting.one_read()
    await do(other_handler, *asked[early])
    meeting.all_read.set()
    with pytest.raises(Refused) as refused:
        await slow
    assert refused.value.rule == rule


async def test_decisions_on_one_stream_by_two_processes_are_both_counted(
    handler: Handler, other_handler: Handler, store: Store
) -> None:
    id, meeting = await opened(handler), Together(2)
    handled = await asyncio.gather(
        do(handler, id, add(1), aggregate=meeting.of(COUNTERS)),
        do(other_handler, id, add(2), aggregate=meeting.of(COUNTERS)),
    )
    assert sorted(one.version for one in handled) == [2, 3]
    assert meeting.decisions == 3
    assert await total(store, id) == 3


async def test_commands_of_one_process_on_one_stream_queue_and_never_conflict(handler: Handler, store: Store) -> None:
    id, meeting = await opened(handler), Together(1)
    await asyncio.gather(*(do(handler, id, add(1), aggregate=meeting.of(COUNTERS)) for _ in range(20)))
    assert meeting.decisions == 20
    assert await total(store, id) == 20


async def test_a_command_that_always_finds_what_it_read_changed_gives_up_having_done_nothing(
    handler: Handler, other_handler: Handler, store: Store
) -> None:
    id = await opened(handler)

    async def disturbed(_view: View, _state: Any, _command: Any, base: Facts) -> Facts:
        await do(other_handler, id, add(1))
        return base

    with pytest.raises(TooBusy):
        await do(handler, id, add(1000), aggregate=replace(COUNTERS, facts=disturbed))
    assert await total(store, id) == ATTEMPTS


@pytest.mark.parametrize("own", [True, False], ids=["the record's own state", "another record that was read"])
async def test_who_loses_a_right_before_the_append_does_not_get_through(
    handler: Handler, other_handler: Handler, store: Store, own: bool
) -> None:
    id, other = await opened(handler), await opened(handler)
    changed = id if own else other
    seen: list[int] = []

    async def disturbed(view: View, _state: Any, _command: Any, base: Facts) -> CounterFacts:
        found = await view.state(COUNTER, changed)
        assert found is not None
        if not seen:
            await do(other_handler, changed, add(1))
        seen.append(int(found.total))
        return CounterFacts(**vars(base), below=seen[-1])

    empty = by_decision("who counts first", lambda facts, _state, _command: facts.below == 0).ruled("first-only")
    rows = [replace(row, who=empty) for row in COUNTERS.commands]
    with pytest.raises(Forbidden) as refused:
        await do(handler, id, add(1000), aggregate=replace(COUNTERS, commands=rows, facts=disturbed))
    assert (refused.value.rule, seen) == ("first-only", [0, 1]), "judged again on what is there now"
    assert await total(store, id) == (1 if own else 0)


async def test_if_match_refuses_when_the_version_is_another(handler: Handler, store: Store) -> None:
    id = await opened(handler)
    handled = await do(handler, id, add(1), if_version=1)
    assert handled.version == 2
    with pytest.raises(VersionChanged):
        await do(handler, id, add(1), if_version=1)
    assert await total(store, id) == 1


async def test_if_match_refuses_when_another_process_is_faster(handler: Handler, other_handler: Handler) -> None:
    id, meeting = await opened(handler), Together(2)
    answers = await asyncio.gather(
        do(handler, id, add(1), aggregate=meeting.of(COUNTERS), if_version=1),
        do(other_handler, id, add(1), aggregate=meeting.of(COUNTERS), if_version=1),
        return_exceptions=True,
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["CommandResult", "VersionChanged"]


async def test_a_code_is_held_by_one_and_free_again_after_closing(handler: Handler) -> None:
    coded = OpenCounter(name="A", code=f"C{uuid4()}")
    id = await opened(handler, coded)
    with pytest.raises(KeyTaken):
        await do(handler, uuid4(), coded)
    await do(handler, id, CloseCounter())
    await opened(handler, coded)


async def test_the_same_key_and_body_get_the_first_answer_again_even_after_it_moved_on(
    handler: Handler, store: Store
) -> None:
    id = await opened(handler)
    keyed: dict[str, Any] = {"command_id": uuid4(), "fingerprint": fingerprint(add(1), id)}
    first = await do(handler, id, add(1), **keyed)
    await do(handler, id, add(10))
    await do(handler, id, CloseCounter())
    again = await do(handler, id, add(1), **keyed)
    assert again.repeated
    assert (again.version, again.published, again.state) == (first.version, first.published, first.state)
    assert await total(store, id) == 11


async def test_the_same_key_with_another_body_or_target_is_refused(handler: Handler) -> None:
    id, other, key = await opened(handler), await opened(handler), uuid4()
    await do(handler, id, add(1), command_id=key, fingerprint=fingerprint(add(1), id))
    with pytest.raises(KeyReused):
        await do(handler, id, add(2), command_id=key, fingerprint=fingerprint(add(2), id))
    with pytest.raises(KeyReused):
        await do(handler, other, add(1), command_id=key, fingerprint=fingerprint(add(1), other))


async def test_a_key_is_in_flight_until_its_first_request_is_answered(handler: Handler) -> None:
    id, meeting = await opened(handler), Together(2)
    keyed: dict[str, Any] = {"command_id": uuid4(), "fingerprint": "f"}
    first = asyncio.create_task(do(handler, id, add(1), aggregate=meeting.of(COUNTERS), **keyed))
    await meeting.one_read()
    with pytest.raises(KeyInFlight):
        await do(handler, id, add(1), **keyed)
    meeting.all_read.set()
    assert (await first).version == 2
    assert (await do(handler, id, add(1), **keyed)).version == 2


async def test_the_same_key_at_two_processes_at_once_is_done_once_and_answered_twice(
    handler: Handler, other_handler: Handler, store: Store
) -> None:
    id, meeting = await opened(handler), Together(2)
    keyed: dict[str, Any] = {"command_id": uuid4(), "fingerprint": "f"}
    answers = await asyncio.gather(
        do(handler, id, add(1), aggregate=meeting.of(COUNTERS), **keyed),
        do(other_handler, id, add(1), aggregate=meeting.of(COUNTERS), **keyed),
    )
    assert [answer.version for answer in answers] == [2, 2]
    assert sorted(answer.repeated for answer in answers) == [False, True]
    assert await total(store, id) == 1


async def test_the_same_creation_at_two_processes_at_once_is_done_once_and_answered_twice(
    handler: Handler, other_handler: Handler
) -> None:
    id, meeting = uuid4(), Together(2)
    keyed: dict[str, Any] = {"command_id": uuid4(), "fingerprint": "f"}
    answers = await asyncio.gather(
        do(handler, id, OPEN, aggregate=meeting.of(COUNTERS), **keyed),
        do(other_handler, id, OPEN, aggregate=meeting.of(COUNTERS), **keyed),
    )
    assert [answer.version for answer in answers] == [1, 1]


async def test_a_refusal_is_not_remembered(handler: Handler) -> None:
    above = await opened(handler)
    below = await opened(handler, OpenCounter(name="B", parent_id=above))
    keyed: dict[str, Any] = {"command_id": uuid4(), "fingerprint": "f"}
    with pytest.raises(Refused):
        await do(handler, above, CloseCounter(), **keyed)
    await do(handler, below, CloseCounter())
    assert (await do(handler, above, CloseCounter(), **keyed)).version == 2


async def test_a_keyed_command_that_changes_nothing_is_remembered_without_an_event(
    handler: Handler, store: Store
) -> None:
    id = await opened(handler)
    keyed: dict[str, Any] = {"command_id": uuid4(), "fingerprint": "f"}
    assert (await do(handler, id, add(0), **keyed)).version == 1
    await do(handler, id, add(1))
    again = await do(handler, id, add(0), **keyed)
    assert (again.version, again.repeated) == (1, True)
    assert len(await store.events(COUNTER, id)) == 2


async def test_what_is_missing_or_hidden_is_not_found_and_what_one_may_not_do_is_forbidden(handler: Handler) -> None:
    with pytest.raises(NotFound):
        await do(handler, uuid4(), add(1))
    hidden, seen = await opened(handler, OpenCounter(name="Hidden")), await opened(handler)
    with pytest.raises(NotFound):
        await do(handler, hidden, add(1))
    auditor = Actor("auditor", frozenset({"auditor", "counting"}))
    assert (await do(handler, hidden, add(1), actor=auditor)).version == 2
    with pytest.raises(Forbidden):
        await do(handler, seen, add(1), actor=Actor("somebody"))


async def test_every_event_says_who_did_it_for_whom_why_and_what_caused_it(handler: Handler, store: Store) -> None:
    id, command_id = await opened(handler), uuid4()
    how: dict[str, Any] = {
        "command_id": command_id,
        "correlation_id": "c",
        "causation_id": "e",
        "traceparent": f"00-{'a' * 32}-{'b' * 16}-01",
        "reason": "asked to",
    }
    standing_in, names = replace(TESTER, for_whom="chief"), {("tester", "chief")}
    with pytest.raises(Forbidden, match="not their stand-in"):
        await do(handler, id, AddToCounter(amount=Decimal(1), times=3), actor=standing_in, **how)

    async def stands_in(view: View, actor: Actor, at: datetime) -> bool:
        return (actor.id, actor.for_whom) in names

    standing = Handler(store, EVENTS, stands_in=stands_in)
    await do(standing, id, AddToCounter(amount=Decimal(1), times=3), actor=standing_in, **how)
    stored = (await store.events(COUNTER, id))[1:]
    for event in stored:
        assert event.metadata.items() >= {"actor": "tester", "for_whom": "chief", "reason": "asked to"}.items()
        assert event.metadata.items() >= {"correlation_id": "c", "causation_id": "e"}.items()
        assert event.metadata["command_id"] == str(command_id)
    assert len({event.metadata["id"] for event in stored}) == 3


async def test_private_events_are_part_of_the_state_but_not_numbered(handler: Handler) -> None:
    id = await opened(handler)
    handled = await do(handler, id, NoteOnCounter(note="n"))
    assert (handled.version, handled.published) == (2, 1)


async def test_whatever_two_processes_do_at_once_the_log_and_the_states_stay_whole(
    own_database: ServiceDatabase,
) -> None:
    stores = [Store(own_database.url), Store(own_database.url)]
    for store in stores:
        await store.start()
    handlers = [Handler(store, EVENTS) for store in stores]
    ids = [await opened(handlers[0]) for _ in range(3)]
    commands = [
        (id, command)
        for id, next_id in zip(ids, [*ids[1:], ids[0]], strict=True)
        for command in (
            add(1),
            NoteOnCounter(note="n"),
            MoveCounter(parent_id=next_id),
            AddToCounter(amount=Decimal("0.000001"), times=5),
            MoveCounter(parent_id=None),
        )
    ]
    answers = await asyncio.gather(
        *(do(handlers[index % 2], id, command) for index, (id, command) in enumerate(commands * 2)),
        return_exceptions=True,
    )
    for store in stores:
        await store.stop()
    assert {type(answer) for answer in answers} <= {CommandResult, Refused, TooBusy}
    assert violations(own_database) == []
