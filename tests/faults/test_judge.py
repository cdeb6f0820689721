"""The judge passes what is right, and notices everything wrong: in made-up runs, and in what mutants leave behind."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from kafka.errors import KafkaError
from sqlalchemy import text

from chassis.commands.handler import CommandResult, Handler
from chassis.consumers.projection import Projections
from chassis.domain.failures import NotYet
from chassis.messaging.cloudevents import StoredMessage
from chassis.messaging.reader import ReaderLoop
from chassis.messaging.reader_definition import Reader
from chassis.messaging.relay import Relay, Route
from chassis.store.store import Store
from portolan.stack.postgres import ServiceDatabase
from tests.chassis.counter import (
    COUNTERS,
    EVENTS,
    AddToCounter,
    CounterIncreased,
    CounterOpened,
    MoveCounter,
    OpenCounter,
)
from tests.chassis.counting import TALLIES, TYPES
from tests.chassis.mutants import (
    DOES_NOTHING_ON_CONFLICT,
    FORGETS_WHAT_WAS_READ,
    IGNORES_CONFLICTS,
    PLAIN_IDENTITY,
    AtMostOnce,
    PlainPolling,
)
from tests.chassis.support import Together, as_owner, do, entry
from tests.chassis.test_mutants import Topic, append, connected
from tests.faults.history import Event, Found, History, Invocation, Log, Read, Sent
from tests.faults.judge import violations
from tests.faults.mutants import PlaceApart
from tests.faults.observing import read_log, sent_of
from tests.harness import NOWHERE

A = f"counter-{UUID(int=1, version=4)}"
STORY = [CounterOpened(name="A"), *[CounterIncreased(amount=Decimal(1))] * 3]


# --- made-up runs --------------------------------------------------------------------------------------------------

OPEN = Invocation("open", A, "open", 1, invoked=0.0, outcome="ok", ended=1.0, version=1, attempts=1)
ADD = Invocation("add", A, "add", 2, invoked=2.0, outcome="ok", ended=3.0, version=3, attempts=1)
STORED = [
    Event(8, A, 1, 1, "CounterOpened", '{"name":"A"}', "e1", "open", None, 1),
    Event(9, A, 2, 2, "CounterIncreased", '{"amount":"2"}', "e2", "add", None, 2),
    Event(10, A, 3, 3, "CounterIncreased", '{"amount":"2"}', "e3", "add", None, 2),
]
SENT = [Sent(A, event.published or 0, event.id, event.data) for event in STORED]
COUNTING = Log(
    after=7,
    head=10,
    events=STORED,
    states={A: (3, 3, {"name": "A", "total": "4", "steps": 2})},
    seen={("tallies", A): 3},
    tallies={A: (Decimal(4), 2)},
    parked=[],
    sent=[*SENT[:2], *SENT],
)
EFFECTS = [
    replace(event, position=event.position - 7, id=f"w{event.version}", cause=event.id, command="c") for event in STORED
]
WATCHING = replace(
    COUNTING,
    after=0,
    head=3,
    events=EFFECTS,
    seen={("reference", A): 3, ("reactions", A): 3},
    sent=[replace(one, id=f"w{one.number}") for one in SENT],
)


def judged(
    *asked: Invocation, counting: Log = COUNTING, watching: Log = WATCHING, reads: Sequence[Read] = (), wrong: str = ""
) -> list[str]:
    """What the judge says of a run of which only this is different."""
    history = History(list(asked) or [OPEN, ADD], list(reads), [wrong] if wrong else [])
    return violations(history, Found([A], counting, watching))


def of(events: Sequence[Event], **changes: Any) -> Log:
    """Counting's log with other events."""
    return replace(COUNTING, events=events, **changes)


def test_a_run_in_which_some_came_twice_into_kafka_is_right() -> None:
    assert judged() == []


def test_what_nobody_knows_of_may_be_stored_or_not() -> None:
    assert judged(OPEN, replace(ADD, outcome="unknown")) == []
    assert judged(OPEN, ADD, replace(ADD, id="other", outcome="unknown")) == []


WRONG: dict[str, tuple[Callable[[], list[str]], str]] = {
    "an answer that nobody should get": (lambda: judged(wrong="was answered 500"), "was answered 500"),
    "acknowledged and lost": (lambda: judged(OPEN, ADD, replace(ADD, id="other")), "acknowledged but not stored"),
    "refused and stored": (lambda: judged(OPEN, replace(ADD, outcome="fail")), "refused but stored"),
    "done twice": (lambda: judged(OPEN, replace(ADD, events=1)), "stored 2 events where 1 are right"),
    "half done": (lambda: judged(OPEN, replace(ADD, events=3)), "stored 2 events where 3 are right"),
    "unknown and done twice": (
        lambda: judged(OPEN, replace(ADD, events=1, outcome="unknown")),
        "stored 2 events where 1 are right",
    ),
    "on another stream": (lambda: judged(OPEN, replace(ADD, stream="counter-b")), "not stored in one piece"),
    "another version than told": (lambda: judged(OPEN, replace(ADD, version=2)), "acknowledged at version 2"),
    "invented": (lambda: judged(OPEN), "nobody asked for CounterIncreased"),
    "before what was acknowledged": (
        lambda: judged(replace(OPEN, invoked=4, ended=5), ADD),
        "was asked for after version 3",
    ),
    "read before it was written": (lambda: judged(reads=[Read(A, 3.5, 2)]), "got version 2 after 3 was acknowledged"),
    "read and gone": (lambda: judged(reads=[Read(A, 3.5, 4)]), "got version 4, which is gone"),
    "a position missing": (
        lambda: judged(counting=of([STORED[0], STORED[1], replace(STORED[2], position=11)], head=11)),
        "positions 8 to 11 have holes",
    ),
    "a version missing": (
        lambda: judged(counting=of([*STORED[:2], replace(STORED[2], version=4)])),
        f"versions of {A} have holes",
    ),
    "a number missing": (
        lambda: judged(counting=of([*STORED[:2], replace(STORED[2], published=4)])),
        f"published numbers of {A} have holes",
    ),
    "time runs backwards": (
        lambda: judged(counting=of([*STORED[:2], replace(STORED[2], recorded_at=1)])),
        "recorded_at runs backwards",
    ),
    "a state of another version": (
        lambda: judged(counting=replace(COUNTING, states={A: (2, 2, COUNTING.states[A][2])})),
        f"the state of {A} is of version 2",
    ),
    "a state that is not the fold": (
        lambda: judged(counting=replace(COUNTING, states={A: (3, 3, {"name": "A", "total": "2", "steps": 1})})),
        f"the state of {A} is not the fold",
    ),
    "never published": (lambda: judged(counting=replace(COUNTING, sent=SENT[:2])), "stored but never published: [3]"),
    "published and not stored": (
        lambda: judged(counting=replace(COUNTING, sent=[*SENT, replace(SENT[0], number=4)])),
        "published but not stored: 4",
    ),
    "published otherwise": (
        lambda: judged(counting=replace(COUNTING, sent=[*SENT[:2], replace(SENT[2], data="{}")])),
        "published otherwise than stored: 3",
    ),
    "published out of order": (
        lambda: judged(counting=replace(COUNTING, sent=[SENT[0], SENT[2], SENT[1]])),
        "published out of order",
    ),
    "not heard": (
        lambda: judged(watching=replace(WATCHING, seen={**WATCHING.seen, ("reference", A): 2})),
        "reference has seen 2 of 3",
    ),
    "applied twice": (
        lambda: judged(watching=replace(WATCHING, tallies={A: (Decimal(6), 3)})),
        "the read model beside reference",
    ),
    "a row too many": (lambda: judged(counting=replace(COUNTING, tallies={})), "the read model beside tallies"),
    "parked": (lambda: judged(watching=replace(WATCHING, parked=[(A, "ValueError")])), f"parked: {A}: ValueError"),
    "no reaction": (
        lambda: judged(watching=replace(WATCHING, events=EFFECTS[:2])),
        "1 events of " + A + " have had no reaction",
    ),
    "a reaction twice": (
        lambda: judged(watching=replace(WATCHING, events=[*EFFECTS, replace(EFFECTS[2], position=4, version=4)])),
        "have had their reaction more than once",
    ),
    "a reaction to nothing": (
        lambda: judged(watching=replace(WATCHING, events=[*EFFECTS[:2], replace(EFFECTS[2], cause="x")])),
        "have no cause",
    ),
    "reactions out of order": (
        lambda: judged(
            watching=replace(
                WATCHING, events=[EFFECTS[0], replace(EFFECTS[1], cause="e3"), replace(EFFECTS[2], cause="e2")]
            )
        ),
        "are out of order",
    ),
}


@pytest.mark.parametrize(("judge", "says"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_noticed(judge: Callable[[], list[str]], says: str) -> None:
    assert any(says in violation for violation in judge())


# --- mutants on real databases -------------------------------------------------------------------------------------


def use(database: ServiceDatabase, mutant: str | None) -> None:
    """Replace the append function, unless the real one is meant."""
    if mutant:
        with as_owner(database) as connection:
            connection.execute(text(mutant))


def about_the_log(history: History, log: Log, streams: Sequence[str]) -> list[str]:
    """What the judge says, of log, commands and topic: nobody has read anything here."""
    return [
        violation
        for violation in violations(history, Found(streams, log))
        if "has seen" not in violation and "read model" not in violation
    ]


def sent_in(topic: Topic) -> list[Sent]:
    return [sent_of(dict(message.headers), message.value) for message in topic.messages]


async def ask(handler: Handler, history: History, id: UUID, command: Any, name: str, **how: Any) -> None:
    """Carry out a command and note it, as a caller would."""
    one = Invocation(uuid4().hex, f"counter-{id}", name, 1, time.monotonic())
    history.asked.append(one)
    handled = await do(handler, id, command, correlation_id=one.id, **how)
    assert isinstance(handled, CommandResult)
    one.outcome, one.ended, one.version = "ok", time.monotonic(), handled.version


async def two_decide_at_once(database: ServiceDatabase, history: History) -> list[str]:
    """Two processes decide upon the same version of one counter, and upon two counters that concern each other."""
    stores = [Store(database.url), Store(database.url)]
    for store in stores:
        await store.start()
    handlers = [Handler(store, EVENTS) for store in stores]
    ids = [uuid4(), uuid4()]
    for id in ids:
        await ask(handlers[0], history, id, OpenCounter(name="A"), "open")
    counting, moving = Together(2).of(COUNTERS), Together(2).of(COUNTERS)
    await asyncio.gather(
        *(ask(one, history, ids[0], AddToCounter(amount=Decimal(1)), "add", aggregate=counting) for one in handlers)
    )
    await asyncio.gather(
        *(
            ask(one, history, ids[index], MoveCounter(parent_id=ids[1 - index]), "move", aggregate=moving)
            for index, one in enumerate(handlers)
        ),
        return_exceptions=True,
    )
    for one in history.asked:
        one.outcome = one.outcome if one.outcome == "ok" else "fail"
    for store in stores:
        await store.stop()
    return [f"counter-{id}" for id in ids]


@pytest.mark.parametrize(
    ("mutant", "says"),
    [
        (None, None),
        (IGNORES_CONFLICTS, "is not the fold of its events"),
        (DOES_NOTHING_ON_CONFLICT, "acknowledged but not stored"),
        (FORGETS_WHAT_WAS_READ, "lies below itself"),
    ],
    ids=["the real append", "ignores conflicts", "does nothing on conflict", "forgets what was read"],
)
def test_an_append_that_reports_success_on_conflict_is_noticed(
    own_database: ServiceDatabase, mutant: str | None, says: str | None
) -> None:
    use(own_database, mutant)
    history = History()
    streams = asyncio.run(two_decide_at_once(own_database, history))
    topic = Topic()
    relay = Relay(own_database.url, NOWHERE, Route("counting", "t"))
    with connected(own_database.url) as connection:
        relay._pump(connection, topic, 0)
    found = about_the_log(history, read_log(own_database.owner_url, streams, sent=sent_in(topic)), streams)
    assert found == [] if says is None else any(says in violation for violation in found)


def published(database: ServiceDatabase, relay_class: type[Relay], topic: Topic) -> list[str]:
    """What the judge says of two appends, the second of which is committed first, and a relay that polls between."""
    relay, streams = relay_class(database.url, NOWHERE, Route("counting", "t")), [uuid4(), uuid4()]
    with connected(database.url) as slow, connected(database.url, isolation_level="AUTOCOMMIT") as polling:
        append(slow, entry(streams[0]))
        if relay_class is PlainPolling:  # the real one would wait for the first here, and nothing could be skipped
            with connected(database.url) as fast:
                append(fast, entry(streams[1]))
                fast.commit()
        position, _ = relay._pump(polling, topic, 0)
        slow.commit()
        if relay_class is not PlainPolling:
            append(polling, entry(streams[1]))
        relay._pump(polling, topic, position)
    names = [f"counter-{id}" for id in streams]
    found = violations(History(), Found(names, read_log(database.owner_url, names, sent=sent_in(topic))))
    return [violation for violation in found if "published" in violation and "published numbers" not in violation]


def test_a_relay_that_polls_for_the_highest_position_is_noticed(own_database: ServiceDatabase) -> None:
    use(own_database, PLAIN_IDENTITY)
    assert any("stored but never published: [1]" in one for one in published(own_database, PlainPolling, Topic()))


def test_the_real_relay_leaves_nothing_to_notice(own_database: ServiceDatabase) -> None:
    assert published(own_database, Relay, Topic()) == []


@pytest.mark.parametrize(("relay_class", "lost"), [(Relay, []), (AtMostOnce, [3, 4])])
def test_a_relay_that_moves_its_checkpoint_before_it_sends_is_noticed(
    own_database: ServiceDatabase, relay_class: type[Relay], lost: list[int]
) -> None:
    id, topic = uuid4(), Topic(fails_after=2)
    one = entry(id, 0, *STORY)
    relay = relay_class(own_database.url, NOWHERE, Route("counting", "t"))
    with connected(own_database.url, isolation_level="AUTOCOMMIT") as connection:
        append(connection, one)
        with pytest.raises(KafkaError):
            relay._pump(connection, topic, 0)
        position = connection.execute(text("SELECT position FROM relay")).scalar_one()
        relay._pump(connection, topic, position)
    names = [f"counter-{id}"]
    found = violations(History(), Found(names, read_log(own_database.owner_url, names, sent=sent_in(topic))))
    assert [one for one in found if "never published" in one] == (
        [f"counting: stored but never published: {lost} of {names[0]}"] if lost else []
    )


@pytest.mark.parametrize(
    ("reader_class", "dies_in", "is_right"), [(ReaderLoop, "advance", True), (PlaceApart, "between", False)]
)
def test_a_reader_that_does_not_store_its_place_with_its_effect_is_noticed(
    own_database: ServiceDatabase,
    reader_class: type[ReaderLoop],
    dies_in: str,
    is_right: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    id, topic = uuid4(), Topic()
    with connected(own_database.url, isolation_level="AUTOCOMMIT") as connection:
        append(connection, entry(id, 0, *STORY))
        Relay(own_database.url, NOWHERE, Route("counting", "t"))._pump(connection, topic, 0)
    reader = reader_class(own_database.url, NOWHERE, "s", Reader("tallies", ["t"], TYPES, Projections([TALLIES])))
    records = [StoredMessage("t", 0, i, one.key, one.value, tuple(one.headers)) for i, one in enumerate(topic.messages)]
    reader.process(records[:1])
    dying: object = reader._offsets if dies_in == "advance" else reader
    goes_on = getattr(dying, dies_in)

    def die(*_: object) -> None:
        monkeypatch.setattr(dying, dies_in, goes_on)
        raise NotYet("crash")

    monkeypatch.setattr(dying, dies_in, die)  # after the effect, before the place is stored
    with pytest.raises(NotYet):
        reader.process(records[1:])
    reader.process(records[1:])
    reader._engine.dispose()
    names = [f"counter-{id}"]
    found = violations(History(), Found(names, read_log(own_database.owner_url, names, sent=sent_in(topic))))
    assert any("the read model" in one for one in found) is not is_right
