"""Append, relay and readers under every sequence of calls, crashes and repetitions that Hypothesis thinks of."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from kafka.errors import KafkaError
from pydantic import BaseModel
from sqlalchemy import Connection, create_engine, text

from chassis.domain.failures import NotYet
from chassis.messaging.cloudevents import Envelope, StoredMessage
from chassis.messaging.kafka import Message, Producer
from chassis.messaging.reader import ReaderLoop
from chassis.messaging.reader_definition import Reader
from chassis.messaging.relay import LeadershipLost, Relay, Route
from chassis.store.append import Append, StreamAppend
from portolan.stack.postgres import ServiceDatabase
from tests.chassis.counter import CounterIncreased, CounterNoted, CounterOpened
from tests.chassis.counting import TYPES
from tests.chassis.support import entry
from tests.examples import examples
from tests.harness import NOWHERE

# Their machines run inside ordinary functions, which Hypothesis itself would not mark.
pytestmark = pytest.mark.hypothesis
THOROUGH = settings(
    max_examples=examples(30),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


# --- the append function -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """One stream's part of an entry as Hypothesis wishes it: numbers name streams and keys."""

    stream: int
    events: Sequence[bool]
    off: int
    claims: Sequence[int] = ()
    once: Sequence[int] = ()
    releases: Sequence[int] = ()


@dataclass(frozen=True)
class Wish:
    """An entry: its parts, the command's own stream first; offsets are from what is right now."""

    parts: Sequence[Part]
    again: int | None
    fingerprint: str | None
    reads: Mapping[int, int] = field(default_factory=dict)
    guards: Mapping[int, int] = field(default_factory=dict)
    bumps: Sequence[int] = ()


FEW = st.integers(0, 2)
MOSTLY_RIGHT = st.sampled_from([0, 0, 0, 0, 1, 2, -1])
ON_ITS_OWN = st.builds(Part, stream=st.integers(0, 3), events=st.lists(st.booleans(), max_size=3), off=MOSTLY_RIGHT)
WITH_KEYS = st.builds(
    Part,
    stream=st.integers(0, 3),
    events=st.lists(st.booleans(), max_size=3),
    off=MOSTLY_RIGHT,
    claims=st.lists(FEW, unique=True, max_size=2),
    once=st.lists(st.integers(0, 9), unique=True, max_size=1),
    releases=st.lists(FEW, unique=True, max_size=2),
)
AGAIN = st.one_of(st.none(), st.none(), st.none(), st.integers(0, 5))
ORDINARY = st.builds(
    Wish, parts=st.lists(ON_ITS_OWN, min_size=1, max_size=1), again=AGAIN, fingerprint=st.sampled_from([None, "f", "g"])
)
TOGETHER = st.builds(
    Wish,
    parts=st.lists(ON_ITS_OWN, min_size=2, max_size=3, unique_by=lambda part: part.stream),
    again=AGAIN,
    fingerprint=st.sampled_from([None, "f"]),
)
DEMANDING = st.builds(
    Wish,
    parts=st.lists(WITH_KEYS, min_size=1, max_size=3, unique_by=lambda part: part.stream),
    again=AGAIN,
    fingerprint=st.sampled_from([None, "f"]),
    reads=st.dictionaries(FEW, MOSTLY_RIGHT, max_size=2),
    guards=st.dictionaries(FEW, st.sampled_from([0, 0, 0, 1]), max_size=2),
    bumps=st.lists(FEW, unique=True, max_size=2),
)


@dataclass
class Oracle:
    """What the store must hold and answer, in memory; ``log`` has stream, version, number and type of each event."""

    versions: dict[str, tuple[int, int]] = field(default_factory=dict)
    states: dict[str, Any] = field(default_factory=dict)
    guards: dict[str, int] = field(default_factory=dict)
    claims: dict[str, str] = field(default_factory=dict)
    commands: dict[UUID, tuple[str | None, str, int, int]] = field(default_factory=dict)
    log: list[tuple[str, int, int | None, str]] = field(default_factory=list)

    def judge_all(self, batch: Sequence[Append]) -> list[tuple[str, int, int | None]]:
        """The outcome, version and published number of each entry: first those stored at once, then one by one."""
        answers: dict[int, tuple[str, int, int | None]] = {}
        for place in [*self.at_once(batch), *range(len(batch))]:
            if place not in answers:
                answers[place] = self.judge(batch[place])
        return [answers[place] for place in range(len(batch))]

    def at_once(self, batch: Sequence[Append]) -> list[int]:
        """The places of those that only depend on their own stream, the first of each stream, and hold."""
        if len(batch) < 3:
            return []
        ordinary = [
            (place, one)
            for place, one in enumerate(batch)
            if not (one.further or one.reads or one.guards or one.bumps)
            and not (one.own.claims or one.own.once or one.own.releases)
        ]
        streams: dict[str, int] = {}
        commands: dict[UUID, int] = {}
        for place, one in ordinary:
            streams.setdefault(one.own.stream, place)
            commands.setdefault(one.command_id, place)
        return [
            place
            for place, one in ordinary
            if streams[one.own.stream] == place
            and commands[one.command_id] == place
            and one.command_id not in self.commands
            and self.version(one.own.stream) == one.own.expected
        ]

    def judge(self, one: Append) -> tuple[str, int, int | None]:
        """The outcome of one entry, after which it is stored or nothing has changed."""
        if done := self.commands.get(one.command_id):
            same = done[:2] == (one.fingerprint, one.own.stream)
            return ("repeated" if same else "reused", done[2], done[3])
        parts = [one.own, *one.further]
        if any(self.version(part.stream) != part.expected for part in parts) or self.has_changed(one):
            return ("conflict", self.version(one.own.stream), None)
        if any(self.is_taken(part) for part in parts):
            return ("taken", self.version(one.own.stream), None)
        for part in parts:
            self.store(part)
        version, published = self.versions.get(one.own.stream, (0, 0))
        self.commands[one.command_id] = (one.fingerprint, one.own.stream, version, published)
        for guard in one.bumps:
            self.guards[guard] = self.guards.get(guard, 0) + 1
        return ("appended", version, published)

    def store(self, part: StreamAppend) -> None:
        """Store one stream's part."""
        version, published = self.versions.get(part.stream, (0, 0))
        for event in part.events:
            version, published = version + 1, published + event["public"]
            self.log.append((part.stream, version, published if event["public"] else None, event["type"]))
        if part.events:
            self.versions[part.stream], self.states[part.stream] = (version, published), json.loads(part.state)
        for key in part.releases:
            if self.claims.get(key) == part.stream:
                del self.claims[key]
        for key in [*part.claims, *part.once]:
            self.claims.setdefault(key, part.stream)

    def is_taken(self, part: StreamAppend) -> bool:
        """Whether another stream holds one of its keys, or one that is used up was used."""
        held = any(self.claims.get(key, part.stream) != part.stream for key in part.claims)
        return held or any(key in self.claims for key in part.once)

    def version(self, stream: str) -> int:
        """The version of a stream."""
        return self.versions.get(stream, (0, 0))[0]

    def has_changed(self, one: Append) -> bool:
        """Whether something that the entry read is no longer so."""
        return any(self.version(stream) != version for stream, version in one.reads.items()) or any(
            self.guards.get(guard, 0) != value for guard, value in one.guards.items()
        )


class Appending(RuleBasedStateMachine):
    """Calls of the append function beside the oracle's; every example has names of its own."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.connection, self.oracle, self.name = connection, Oracle(), uuid4().hex
        self.given: list[UUID] = []
        self.serial = 0
        self.start: int = connection.execute(text("SELECT position FROM head")).scalar_one()

    @rule(batch=st.lists(ORDINARY, min_size=1, max_size=6))
    def append_ordinary_ones(self, batch: list[Wish]) -> None:
        self.append(batch)

    @rule(batch=st.lists(st.one_of(ORDINARY, TOGETHER, DEMANDING), min_size=1, max_size=6))
    def append_mixed_ones(self, batch: list[Wish]) -> None:
        self.append(batch)

    @rule(wish=DEMANDING)
    def append_a_demanding_one(self, wish: Wish) -> None:
        self.append([wish])

    def append(self, batch: Sequence[Wish]) -> None:
        entries = [self.entry(wish) for wish in batch]
        expected = self.oracle.judge_all(entries)
        asked = "[" + ",".join(one.encoded().decode() for one in entries) + "]"
        rows = self.connection.execute(text("SELECT * FROM append(CAST(:batch AS jsonb))"), {"batch": asked}).all()
        answered = [
            (row.outcome, row.version, row.published if number is not None else None)
            for row, (_, _, number) in zip(rows, expected, strict=True)
        ]
        assert answered == expected

    def entry(self, wish: Wish) -> Append:
        """The wish in the names of this example."""
        if wish.again is not None and wish.again < len(self.given):
            command_id = self.given[-1 - wish.again]
        else:
            command_id = uuid4()
            self.given.append(command_id)
        once: set[int] = set()
        parts = []
        for part in wish.parts:
            parts.append(self.part(part, [key for key in part.once if key not in once]))
            once.update(part.once)
        return Append(
            command_id,
            parts[0],
            parts[1:],
            fingerprint=wish.fingerprint,
            reads={self.stream(one): max(0, self.version(self.stream(one)) + off) for one, off in wish.reads.items()},
            guards={
                f"{self.name}:{one}": self.oracle.guards.get(f"{self.name}:{one}", 0) + off
                for one, off in wish.guards.items()
            },
            bumps=[f"{self.name}:{one}" for one in wish.bumps],
        )

    def part(self, part: Part, once: Sequence[int]) -> StreamAppend:
        """A part of a wish in the names of this example."""
        self.serial += 1
        stream = self.stream(part.stream)
        return StreamAppend(
            stream,
            "thing",
            max(0, self.version(stream) + part.off),
            [
                {"type": f"Type{self.serial}", "data": "{}", "metadata": "{}", "public": public, "effective_on": None}
                for public in part.events
            ],
            json.dumps({"serial": self.serial}),
            claims=[f"{self.name}:key {one}" for one in part.claims],
            once=[f"{self.name}:once {one}" for one in once],
            releases=[f"{self.name}:key {one}" for one in part.releases],
        )

    def stream(self, number: int) -> str:
        return f"thing-{self.name}-{number}"

    def version(self, stream: str) -> int:
        return self.oracle.version(stream)

    @invariant()
    def what_is_stored_is_what_the_oracle_says(self) -> None:
        oracle, mine = self.oracle, {"mine": f"{self.name}%", "streams": f"thing-{self.name}-%"}
        events = self.connection.execute(
            text(
                "SELECT position, stream, version, published, type FROM events WHERE position > :start"
                " ORDER BY position"
            ),
            {"start": self.start},
        ).all()
        assert [tuple(event)[1:] for event in events] == oracle.log
        assert [event.position for event in events] == [self.start + 1 + i for i in range(len(oracle.log))]
        assert self.connection.execute(text("SELECT position FROM head")).scalar_one() == self.start + len(oracle.log)
        states = self.connection.execute(text("SELECT * FROM states WHERE stream LIKE :streams"), mine).all()
        assert {row.stream: (row.version, row.published) for row in states} == oracle.versions
        assert {row.stream: row.state for row in states} == oracle.states
        guards = self.connection.execute(text("SELECT name, value FROM guards WHERE name LIKE :mine"), mine)
        assert dict(map(tuple, guards)) == oracle.guards
        claims = self.connection.execute(text("SELECT key, stream FROM claims WHERE key LIKE :mine"), mine)
        assert dict(map(tuple, claims)) == oracle.claims


def test_append_answers_and_stores_as_its_oracle_whatever_is_asked_in_whatever_batches(
    own_database: ServiceDatabase,
) -> None:
    engine = create_engine(own_database.owner_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        run_state_machine_as_test(lambda: Appending(connection), settings=THOROUGH)  # type: ignore[arg-type]
    engine.dispose()


# --- from the log to an effect -------------------------------------------------------------------------------------

PARTITIONS = 2


class Topic(Producer):
    """A topic in memory, and the producer into it: it stops after so many messages, or loses so many first ones."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.partitions: list[list[StoredMessage]] = [[] for _ in range(PARTITIONS)]
        self.fate = slice(None)

    def send_all(self, topic: str, messages: Sequence[Message]) -> None:
        arriving = messages[self.fate]
        for message in arriving:
            partition = self.partitions[message.key[-1] % PARTITIONS]
            partition.append(
                StoredMessage(
                    self.name,
                    message.key[-1] % PARTITIONS,
                    len(partition),
                    message.key,
                    message.value,
                    tuple(message.headers),
                )
            )
        if len(arriving) < len(messages):
            raise KafkaError("not all of them were acknowledged")

    def close(self) -> None:
        """Nothing to close."""


@dataclass
class Leader:
    """A relay that believes to lead, since an epoch, and is at a position."""

    epoch: int
    position: int
    published: int


class Notebook:
    """An effect that notes each event, crashes when told to, and never manages what is broken."""

    def __init__(self) -> None:
        self.crashes = False
        self.broken: set[tuple[str, int]] = set()

    def apply(self, connection: Connection, envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            assert envelope.stream is not None
            assert envelope.number is not None
            if (envelope.stream, envelope.number) in self.broken:
                raise ValueError("broken")
            connection.execute(
                text("INSERT INTO notebook (stream, number) VALUES (:stream, :number)"),
                {"stream": envelope.stream, "number": envelope.number},
            )
        if self.crashes:
            raise NotYet("crash")


class Publishing(RuleBasedStateMachine):
    """Two relays and two instances of a reader between a log and a notebook, none of which is to be relied on."""

    def __init__(self, database: ServiceDatabase, connection: Connection) -> None:
        super().__init__()
        self.connection, self.name = connection, f"t-{uuid4().hex}"
        self.ids = [uuid4() for _ in range(3)]
        self.versions, self.numbers = [0, 0, 0], [0, 0, 0]
        self.topic, self.effect = Topic(self.name), Notebook()
        connection.execute(text("UPDATE relay SET position = (SELECT position FROM head)"))
        self.relay = Relay(database.url, NOWHERE, Route("counting", self.name, PARTITIONS))
        self.leaders: list[Leader | None] = [None, None]
        reader = Reader("noting", [self.name], TYPES, self.effect)
        self.readers = [ReaderLoop(database.url, NOWHERE, "s", reader) for _ in range(2)]
        self.places: list[list[int]] = [[0] * PARTITIONS, [0] * PARTITIONS]

    @rule(stream=FEW, events=st.lists(st.booleans(), min_size=1, max_size=4))
    def something_happens(self, stream: int, events: list[bool]) -> None:
        told: list[BaseModel] = [
            CounterIncreased(amount=Decimal(1)) if public else CounterNoted(note="n") for public in events
        ]
        if self.versions[stream] == 0:
            told[0] = CounterOpened(name="A")
        one = entry(self.ids[stream], self.versions[stream], *told)
        self.connection.execute(
            text("SELECT * FROM append(CAST(:b AS jsonb))"), {"b": "[" + one.encoded().decode() + "]"}
        )
        self.versions[stream] += len(told)
        self.numbers[stream] += sum(not isinstance(event, CounterNoted) for event in told)

    @rule(which=st.integers(0, 1))
    def a_relay_is_elected(self, which: int) -> None:
        statement = text("UPDATE relay SET epoch = epoch + 1 RETURNING epoch, position, published")
        self.leaders[which] = Leader(*self.connection.execute(statement).one())

    @rule(
        which=st.integers(0, 1),
        arriving=st.sampled_from([slice(None), slice(None), slice(0, 1), slice(1, None)]),
        dies=st.booleans(),
    )
    def a_relay_works(self, which: int, arriving: slice, dies: bool) -> None:
        """Some messages may get lost, the first or the last ones; it may die between sending and the checkpoint."""
        leader = self.leaders[which]
        if leader is None:
            return
        self.topic.fate = arriving
        try:
            moved, sent = self.relay._pump(self.connection, self.topic, leader.position)
            if dies:
                raise KafkaError("it dies")
            leader.position, leader.published = moved, leader.published + sent
            self.relay._checkpoint(self.connection, leader.epoch, leader.position, leader.published)
        except (KafkaError, LeadershipLost):
            self.leaders[which] = None
        self.topic.fate = slice(None)

    @rule(which=st.integers(0, 1))
    def a_reader_is_assigned_its_partitions(self, which: int) -> None:
        rows = self.connection.execute(
            text("SELECT partition, next_offset FROM progress WHERE reader = 'noting' AND topic = :topic"),
            {"topic": self.name},
        )
        stored = dict(map(tuple, rows))
        self.places[which] = [stored.get(partition, 0) for partition in range(PARTITIONS)]

    @rule(which=st.integers(0, 1), back=st.integers(1, 5), partition=st.integers(0, PARTITIONS - 1))
    def a_reader_wakes_up_where_it_was_long_ago(self, which: int, back: int, partition: int) -> None:
        self.places[which][partition] = max(0, self.places[which][partition] - back)

    @rule(
        which=st.integers(0, 1),
        most=st.integers(1, 6),
        fate=st.sampled_from(["well", "well", "crash before commit", "crash after commit"]),
    )
    def a_reader_polls(self, which: int, most: int, fate: str) -> None:
        records = [
            record
            for partition, offset in enumerate(self.places[which])
            for record in self.topic.partitions[partition][offset : offset + most]
        ]
        if not records:
            return
        self.effect.crashes = fate == "crash before commit"
        try:
            self.readers[which].process(records)
        except NotYet:
            assert self.effect.crashes
        else:
            if fate == "well":
                for record in records:
                    self.places[which][record.partition] = record.offset + 1
        finally:
            self.effect.crashes = False

    @rule(stream=FEW)
    def the_next_event_of_a_stream_will_never_work(self, stream: int) -> None:
        self.effect.broken.add((self.stream(stream), self.numbers[stream] + 1))

    @rule()
    def everything_comes_to_its_end(self) -> None:
        self.a_relay_is_elected(0)
        self.a_relay_works(0, slice(None), dies=False)
        self.a_reader_is_assigned_its_partitions(0)
        self.a_reader_polls(0, 10_000, "well")
        for stream in range(3):
            assert self.noted(stream) == list(range(1, self.workable(stream) + 1))
            assert self.aside(stream) == list(range(self.workable(stream) + 1, self.numbers[stream] + 1))

    @invariant()
    def every_stream_is_noted_in_order_and_once(self) -> None:
        for stream in range(3):
            noted = self.noted(stream)
            assert noted == list(range(1, len(noted) + 1))
            assert len(noted) <= self.workable(stream)

    def workable(self, stream: int) -> int:
        """How many events of a stream come before the first that never works."""
        broken = [number for name, number in self.effect.broken if name == self.stream(stream)]
        return min([self.numbers[stream], *(number - 1 for number in broken)])

    def noted(self, stream: int) -> list[int]:
        query = text("SELECT number FROM notebook WHERE stream = :stream ORDER BY line")
        return list(self.connection.execute(query, {"stream": self.stream(stream)}).scalars())

    def aside(self, stream: int) -> list[int]:
        query = text("SELECT number FROM parked WHERE stream = :stream ORDER BY number")
        return list(self.connection.execute(query, {"stream": self.stream(stream)}).scalars())

    def stream(self, number: int) -> str:
        return f"counter-{self.ids[number]}"

    def teardown(self) -> None:
        try:
            self.everything_comes_to_its_end()
        finally:
            self.let_go()

    def let_go(self) -> None:
        for reader in self.readers:
            reader._engine.dispose()
        self.relay._engine.dispose()


def test_from_the_log_to_the_effect_everything_comes_once_and_in_order_whoever_crashes(
    own_database: ServiceDatabase,
) -> None:
    engine = create_engine(own_database.owner_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        machine = lambda: Publishing(own_database, connection)  # noqa: E731
        run_state_machine_as_test(machine, settings=THOROUGH)  # type: ignore[arg-type]
    engine.dispose()
