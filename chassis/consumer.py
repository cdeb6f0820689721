"""Readers of others' events: offset, number and effect move in one transaction; what cannot be read waits aside."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog
from sqlalchemy import Connection, Engine, create_engine, text

from chassis.envelope import Envelope, Types, decode, keep, restore
from chassis.kafka import Consumer, ConsumerRebalanceListener, KafkaError, Record, Topics
from chassis.store import CONNECT, Unavailable, is_transient

log = structlog.get_logger("reader")

PATIENCE = 12
LOOK_AGAIN_SECONDS = 0.3


class Effect(Protocol):
    """What a reader does with events, within the transaction that also moves its place."""

    def apply(self, connection: Connection, envelopes: Sequence[Envelope]) -> None:
        """Take these in, in this order. Raising ``NotYet`` or a lost connection means again later; all else parks."""


class NotYet(Exception):
    """What this needs has not come yet; trying again soon helps."""


class PlaceLost(Exception):
    """The database crashed and has forgotten how far this reader was, with the effect: that must come again."""


@dataclass(frozen=True)
class Reader:
    """A named reader of some topics; its places and numbers live in its service's database under its name."""

    name: str
    topics: Sequence[str]
    types: Types
    effect: Effect


@dataclass
class Admitted:
    """The outcome of judging a batch: what to apply in order, what to keep aside, what no longer waits."""

    apply: list[Envelope] = field(default_factory=list)
    park: list[tuple[Record, Envelope, str | None]] = field(default_factory=list)
    unpark: list[Envelope] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    places: dict[tuple[str, int], int] = field(default_factory=dict)


class ReaderLoop:
    """Runs one reader as a member of its consumer group."""

    def __init__(self, url: str, bootstrap: str, service: str, reader: Reader) -> None:
        self._engine = create_engine(
            url,
            pool_size=2,
            max_overflow=0,
            hide_parameters=True,
            connect_args={**CONNECT, "application_name": reader.name},
        )
        self._bootstrap, self._group, self._reader = bootstrap, f"portolan.{service}.{reader.name}", reader
        self.ready = threading.Event()
        self._reached: dict[tuple[str, int], int] = {}

    def run(self, stop: threading.Event) -> None:
        """Read until told to stop; every failure of the surroundings starts again from the stored places."""
        while not stop.is_set():
            try:
                self._consume(stop)
            except Exception as failure:
                log.warning(
                    "reader starts again",
                    reader=self._reader.name,
                    failure=type(failure).__name__,
                    exc_info=not may_pass(failure) and not isinstance(failure, KafkaError),
                )
                stop.wait(0.3)
            finally:
                self.ready.clear()
        self._engine.dispose()

    def _consume(self, stop: threading.Event) -> None:
        self._reached.clear()
        consumer, topics = Consumer(self._bootstrap, self._group), Topics(self._bootstrap)
        seeker = Seeker(consumer, self._engine, self._reader.name, self.ready, self._reached)
        subscribed: list[str] = []
        look_again = 0.0
        try:
            while not stop.is_set():
                # A source that was never started has no topic yet; the client itself would look for it far too seldom.
                if len(subscribed) < len(self._reader.topics) and time.monotonic() >= look_again:
                    look_again = time.monotonic() + LOOK_AGAIN_SECONDS
                    if (found := topics.existing(self._reader.topics)) != subscribed:
                        consumer.subscribe(found, seeker)
                        subscribed = found
                if not subscribed:
                    stop.wait(LOOK_AGAIN_SECONDS)
                elif records := consumer.poll(200):
                    self._process_patiently(records, stop)
        finally:
            topics.close()
            consumer.close()

    def _process_patiently(self, records: Sequence[Record], stop: threading.Event) -> None:
        """Try again in place for a while, which costs less than leaving the group."""
        for attempt in range(PATIENCE):
            try:
                return self.process(records)
            except Exception as failure:
                hopeless = isinstance(failure, PlaceLost) or not may_pass(failure)
                if hopeless or attempt == PATIENCE - 1 or stop.wait(min(0.05 * 2**attempt, 2)):
                    raise
        return None

    def process(self, records: Sequence[Record]) -> None:
        """Take records in; where that fails for good, halve until the culprit stands alone, and keep it aside."""
        if (reason := self._attempt(records)) is None:
            return
        if len(records) > 1:
            middle = len(records) // 2
            self.process(records[:middle])
            self.process(records[middle:])
        else:
            self._find_culprit(records[0], reason)

    def _find_culprit(self, record: Record, reason: str) -> None:
        """Take a single record in with as many of those that waited for it as work; keep the first that fails aside."""
        for followers in reversed(range(self._following(record))):
            if (failure := self._attempt([record], followers=followers)) is None:
                self._blame_follower(record, followers + 1, reason)
                return
            reason = failure
        log.warning("message parked", reader=self._reader.name, offset=record.offset)
        self._transact([record], failed=reason)

    def _following(self, record: Record) -> int:
        """How many may come with a record: itself and what waits for it."""
        with self._engine.connect() as connection:
            return 1 + len(self._waiting(connection, [decode(record, self._reader.types)]))

    def _attempt(self, records: Sequence[Record], *, followers: int | None = None) -> str | None:
        """Take records in; returns why it will never work, or None. What may work later is raised."""
        try:
            self._transact(records, followers=followers)
        except Exception as failure:
            if may_pass(failure):
                raise
            return f"{type(failure).__name__}: {failure}".replace("\x00", "")[:1000]
        return None

    def _blame_follower(self, record: Record, distance: int, reason: str) -> None:
        # The record itself is fine: one of its stream that waited for it is what fails.
        envelope = decode(record, self._reader.types)
        assert envelope.number is not None
        with self._engine.begin() as connection:
            connection.execute(
                text(
                    "UPDATE parked SET reason = :reason WHERE reader = :reader AND stream = :stream"
                    " AND number = :number"
                ),
                {
                    "reason": reason,
                    "reader": self._reader.name,
                    "stream": envelope.stream,
                    "number": envelope.number + distance,
                },
            )

    def _transact(self, records: Sequence[Record], *, failed: str | None = None, followers: int | None = None) -> None:
        with self._engine.begin() as connection:
            envelopes = [decode(record, self._reader.types) for record in records]
            fresh = self._fresh(connection, records, envelopes)
            admitted = admit(
                fresh,
                seen=self._seen(connection, [envelope for _, envelope in fresh]),
                waiting=self._waiting(connection, [envelope for _, envelope in fresh]),
                failed=failed,
                followers=followers,
            )
            if admitted.apply:
                self._reader.effect.apply(connection, admitted.apply)
            self._move(connection, admitted, envelopes)
        self._reached |= {(envelope.topic, envelope.partition): envelope.offset + 1 for envelope in envelopes}
        with self._engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("NOTIFY portolan_applied")

    def _fresh(
        self, connection: Connection, records: Sequence[Record], envelopes: Sequence[Envelope]
    ) -> list[tuple[Record, Envelope]]:
        places = self._lock_places(connection, envelopes)
        # Projections do not wait for the disk: after a crash the database may be behind what was polled since.
        if any(places[e.topic, e.partition] < self._reached.get((e.topic, e.partition), 0) for e in envelopes):
            raise PlaceLost
        fresh = []
        for record, envelope in zip(records, envelopes, strict=True):
            place = (envelope.topic, envelope.partition)
            if envelope.offset >= places.get(place, 0):
                fresh.append((record, envelope))
        return fresh

    def _lock_places(self, connection: Connection, envelopes: Sequence[Envelope]) -> dict[tuple[str, int], int]:
        # The row lock makes a second instance that woke up too late wait here and then find its records done.
        parameters = [
            {"reader": self._reader.name, "topic": topic, "partition": partition}
            for topic, partition in sorted({(envelope.topic, envelope.partition) for envelope in envelopes})
        ]
        connection.execute(
            text(
                "INSERT INTO progress (reader, topic, partition, next_offset) VALUES (:reader, :topic, :partition, 0)"
                " ON CONFLICT DO NOTHING"
            ),
            parameters,
        )
        rows = connection.execute(
            text(
                "SELECT topic, partition, next_offset FROM progress WHERE reader = :reader AND topic = ANY(:topics)"
                " ORDER BY topic, partition FOR UPDATE"
            ),
            {"reader": self._reader.name, "topics": [item["topic"] for item in parameters]},
        )
        return {(row.topic, row.partition): row.next_offset for row in rows}

    def _seen(self, connection: Connection, envelopes: Sequence[Envelope]) -> dict[str, int]:
        rows = connection.execute(
            text("SELECT stream, number FROM seen WHERE reader = :reader AND stream = ANY(:streams)"),
            {"reader": self._reader.name, "streams": streams(envelopes)},
        )
        return {row.stream: row.number for row in rows}

    def _waiting(self, connection: Connection, envelopes: Sequence[Envelope]) -> dict[tuple[str, int], Envelope]:
        rows = connection.execute(
            text(
                'SELECT topic, partition, "offset", stream, number, record FROM parked'
                " WHERE reader = :reader AND stream = ANY(:streams) AND number IS NOT NULL"
            ),
            {"reader": self._reader.name, "streams": streams(envelopes)},
        )
        return {
            (row.stream, row.number): decode(
                restore(row.topic, row.partition, row.offset, row.record), self._reader.types
            )
            for row in rows
        }

    def _move(self, connection: Connection, admitted: Admitted, envelopes: Sequence[Envelope]) -> None:
        name = self._reader.name
        if admitted.park:
            connection.execute(
                text(
                    'INSERT INTO parked (reader, topic, partition, "offset", stream, number, reason, record) VALUES'
                    " (:reader, :topic, :partition, :offset, :stream, :number, :reason, CAST(:record AS jsonb))"
                    " ON CONFLICT DO NOTHING"
                ),
                [
                    {
                        "reader": name,
                        "topic": envelope.topic,
                        "partition": envelope.partition,
                        "offset": envelope.offset,
                        "stream": envelope.stream,
                        "number": envelope.number,
                        "reason": reason,
                        "record": keep(record),
                    }
                    for record, envelope, reason in admitted.park
                ],
            )
        if admitted.unpark:
            connection.execute(
                text(
                    "DELETE FROM parked WHERE reader = :reader AND topic = :topic AND partition = :partition"
                    ' AND "offset" = :offset'
                ),
                [
                    {"reader": name, "topic": e.topic, "partition": e.partition, "offset": e.offset}
                    for e in admitted.unpark
                ],
            )
        if admitted.numbers:
            connection.execute(
                text(
                    "INSERT INTO seen SELECT :reader, s, n FROM unnest(CAST(:streams AS text[]), CAST(:numbers AS"
                    " integer[])) AS t(s, n) ON CONFLICT (reader, stream) DO UPDATE SET number = excluded.number"
                ),
                {"reader": name, "streams": list(admitted.numbers), "numbers": list(admitted.numbers.values())},
            )
        self._advance(connection, admitted, envelopes)

    def _advance(self, connection: Connection, admitted: Admitted, envelopes: Sequence[Envelope]) -> None:
        for topic, partition in sorted({(envelope.topic, envelope.partition) for envelope in envelopes}):
            here = [e for e in envelopes if (e.topic, e.partition) == (topic, partition)]
            applied = [e for e in admitted.apply if (e.topic, e.partition) == (topic, partition)]
            connection.execute(
                text(
                    "UPDATE progress SET next_offset = greatest(next_offset, :next), applied = applied + :applied,"
                    " event_time = greatest(event_time, :time), changed_at = now()"
                    " WHERE reader = :reader AND topic = :topic AND partition = :partition"
                ),
                {
                    "reader": self._reader.name,
                    "topic": topic,
                    "partition": partition,
                    "next": here[-1].offset + 1,
                    "applied": len(applied),
                    "time": max((e.time for e in applied if e.time), default=None),
                },
            )


def may_pass(failure: Exception) -> bool:
    """Whether the same records may well be taken in later."""
    return isinstance(failure, NotYet | PlaceLost | Unavailable) or is_transient(failure)


def streams(envelopes: Sequence[Envelope]) -> list[str]:
    """The streams these are about."""
    return list({envelope.stream for envelope in envelopes if envelope.stream is not None})


def admit(
    fresh: Sequence[tuple[Record, Envelope]],
    *,
    seen: Mapping[str, int],
    waiting: Mapping[tuple[str, int], Envelope],
    failed: str | None = None,
    followers: int | None = None,
) -> Admitted:
    """Judge records by their number in their stream, purely.

    Not above the last seen: done already. The next one: apply, and after it whatever waited for it. Further ahead, or
    unreadable: aside. An event that waits keeps all later ones of its stream waiting; other streams go on. ``failed``
    is the reason why a single record's effect failed for good; ``followers`` how many of those that waited for it may
    follow at the most.
    """
    admitted = Admitted()
    known = dict(seen)
    aside = dict(waiting)
    for record, envelope in fresh:
        stream, number = envelope.stream, envelope.number
        if stream is None or number is None:
            admitted.park.append((record, envelope, envelope.poison))
            continue
        if number <= known.get(stream, 0) or (stream, number) in aside:
            continue
        reason = envelope.poison or failed
        if reason is not None or number > known.get(stream, 0) + 1:
            admitted.park.append((record, envelope, reason))
            aside[stream, number] = envelope
            continue
        admitted.apply.append(envelope)
        known[stream] = number
        while len(admitted.unpark) != followers:
            following = aside.get((stream, known[stream] + 1))
            if following is None or following.poison is not None:
                break
            admitted.apply.append(following)
            known[stream] += 1
            admitted.unpark.append(following)
            del aside[stream, known[stream]]
    admitted.numbers = {stream: number for stream, number in known.items() if number != seen.get(stream, 0)}
    return admitted


class Seeker(ConsumerRebalanceListener):  # type: ignore[misc]
    """Puts newly assigned partitions where the reader's own database says it is."""

    def __init__(
        self,
        consumer: Consumer,
        engine: Engine,
        reader: str,
        ready: threading.Event,
        reached: dict[tuple[str, int], int],
    ) -> None:
        self._consumer, self._engine, self._reader, self._ready = consumer, engine, reader, ready
        self._reached = reached

    def on_partitions_revoked(self, revoked: Sequence[Any]) -> None:
        """Nothing to hand over: places are stored with every effect."""
        self._consumer.insist_on_rejoining()

    def on_partitions_assigned(self, assigned: Sequence[Any]) -> None:
        """Go on from the stored places; from the first event where there is none."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                text("SELECT topic, partition, next_offset FROM progress WHERE reader = :reader"),
                {"reader": self._reader},
            ).all()
        places = {(row.topic, row.partition): row.next_offset for row in rows}
        for partition in assigned:
            # Topics keep everything, so the first event is at 0; asking the broker would block its own thread here.
            offset = places.get((partition.topic, partition.partition), 0)
            self._consumer.seek(partition.topic, partition.partition, offset)
            self._reached[partition.topic, partition.partition] = offset
        self._ready.set()


def in_threads(loops: Sequence[Callable[[threading.Event], None]], stop: threading.Event) -> list[threading.Thread]:
    """Run loops side by side until told to stop."""
    threads = [threading.Thread(target=loop, args=(stop,), daemon=True) for loop in loops]
    for thread in threads:
        thread.start()
    return threads
