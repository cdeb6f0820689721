"""Readers of others' events: offset, number and effect move in one transaction; what cannot be read waits aside."""

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from uuid import UUID

import structlog
from sqlalchemy import Connection, Engine, create_engine, text

from chassis.envelope import Envelope, Types, decode, subjects_of
from chassis.failures import NotYet as NotYet
from chassis.failures import PlaceLost, describe, may_pass
from chassis.kafka import Consumer, ConsumerRebalanceListener, KafkaError, Record, Topics
from chassis.parking import KEYLESS, Parking
from chassis.places import Advance, Places, advances_of
from chassis.privacy import KeyMissing, KeyOf, withheld
from chassis.store import CONNECT, SESSION
from chassis.telemetry import Telemetry

log = structlog.get_logger("reader")

PATIENCE = 12
LOOK_AGAIN_SECONDS = 0.3
WISHES_SECONDS = 0.5


class Effect(Protocol):
    """What a reader does with events, within the transaction that also moves its place."""

    def apply(self, connection: Connection, envelopes: Sequence[Envelope]) -> None:
        """Take these in, in this order. Raising ``NotYet`` or a lost connection means again later; all else parks."""


class KeysAwaited(KeyMissing):
    """The keys of these subjects have not come yet."""

    def __init__(self, subjects: Collection[UUID], why: str) -> None:
        super().__init__(why)
        self.subjects = subjects


@dataclass(frozen=True)
class Reader:
    """A named reader of some topics; its places and numbers live in its service's database under its name."""

    name: str
    topics: Sequence[str]
    types: Types
    effect: Effect
    keys: Callable[[Connection, Collection[UUID]], KeyOf] = lambda *_: withheld

    def decode(
        self, connection: Connection, records: Sequence[Record], *, without: Collection[UUID] | None = None
    ) -> list[Envelope]:
        """Messages read with the keys this database has now; those whose key has not come yet are poison until then.

        Where ``without`` names the subjects nobody waits for any more, the others are: raises ``KeysAwaited``.
        """
        key_of = self.keys(connection, subjects_of(records, self.types))
        envelopes, awaited, why = [], set[UUID](), ""
        for record in records:
            try:
                envelopes.append(decode(record, self.types, key_of))
            except KeyMissing as missing:
                (subject,) = subjects_of([record], self.types)
                if without is not None and subject not in without:
                    awaited.add(subject)
                    why = str(missing)
                envelopes.append(replace(decode(record, {}), poison=f"{KEYLESS}{subject}"))
        if awaited:
            raise KeysAwaited(awaited, why)
        return envelopes


@dataclass
class Admitted:
    """The outcome of judging a batch: what to apply in order, what to keep aside, what no longer waits."""

    apply: list[Envelope] = field(default_factory=list)
    park: list[tuple[Record, Envelope, str | None]] = field(default_factory=list)
    unpark: list[Envelope] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)


class ReaderLoop:
    """Runs one reader as a member of its consumer group."""

    def __init__(
        self,
        url: str,
        bootstrap: str,
        service: str,
        reader: Reader,
        telemetry: Telemetry | None = None,
        *,
        options: str = SESSION,
        patient: bool = True,
    ) -> None:
        self._telemetry = telemetry or Telemetry()
        self._engine = create_engine(
            url,
            pool_size=2,
            max_overflow=0,
            hide_parameters=True,
            connect_args={**CONNECT, "options": options, "application_name": reader.name},
        )
        self._bootstrap, self._group, self._reader = bootstrap, f"portolan.{service}.{reader.name}", reader
        self._places = Places(reader.name)
        self._parking = Parking(self._engine, reader)
        self.ready = threading.Event()
        self._reached: dict[tuple[str, int], int] = {}
        # Whose keys were waited for long enough: their messages wait aside. None: nobody's are waited for in place.
        self._without: set[UUID] | None = set() if patient else None

    def run(self, stop: threading.Event) -> None:
        """Read until told to stop; every failure of the surroundings starts again from the stored places."""
        while not stop.is_set():
            try:
                self._consume(stop)
            except Exception as failure:
                self._telemetry.began_again(self._reader.name)
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

    def begin_again(self) -> None:
        """Know nothing but what is stored: whatever was reached before may have been forgotten or set back."""
        self._reached.clear()

    def close(self) -> None:
        """Let go of its connections; for one that does not run."""
        self._engine.dispose()

    def _consume(self, stop: threading.Event) -> None:
        self.begin_again()
        consumer, topics = Consumer(self._bootstrap, self._group), Topics(self._bootstrap)
        seeker = Seeker(consumer, self._engine, self._reader.name, self.ready, self._reached)
        subscribed: list[str] = []
        look_again = wishes = 0.0
        stranded = True
        try:
            while not stop.is_set():
                # A source that was never started has no topic yet; the client itself would look for it far too seldom.
                if len(subscribed) < len(self._reader.topics) and time.monotonic() >= look_again:
                    look_again = time.monotonic() + LOOK_AGAIN_SECONDS
                    if (found := topics.existing(self._reader.topics)) != subscribed:
                        consumer.subscribe(found, seeker)
                        subscribed = found
                if time.monotonic() >= wishes:
                    stranded = not self._look_after_parked(stranded)
                    wishes = time.monotonic() + WISHES_SECONDS
                if not subscribed:
                    stop.wait(LOOK_AGAIN_SECONDS)
                elif records := consumer.poll(200):
                    with self._telemetry.read(self._reader.name, records):
                        self._process_patiently(records, stop)
        finally:
            topics.close()
            consumer.close()

    def _look_after_parked(self, stranded: bool) -> bool:
        """Let go on what was left behind, and do what operators asked for; whether there was nothing in the way."""
        try:
            if stranded:
                self._parking.release_stranded()
            self._parking.release_keyed()
            self._parking.carry_out()
        except Exception as failure:
            if not may_pass(failure):
                raise
            log.warning("parked messages tried later", reader=self._reader.name, failure=type(failure).__name__)
            return False
        return True

    def _process_patiently(self, records: Sequence[Record], stop: threading.Event) -> None:
        """Try again in place for a while, which costs less than leaving the group."""
        for attempt in range(PATIENCE):
            try:
                return self.process(records)
            except Exception as failure:
                hopeless = isinstance(failure, PlaceLost) or not may_pass(failure)
                if isinstance(failure, KeysAwaited) and attempt == PATIENCE - 1:
                    return self._process_without(failure.subjects, records)
                if hopeless or attempt == PATIENCE - 1 or stop.wait(min(0.05 * 2**attempt, 2)):
                    raise
        return None

    def _process_without(self, subjects: Collection[UUID], records: Sequence[Record]) -> None:
        """What needs these subjects' keys waits aside with its streams from now on; all others go on."""
        assert self._without is not None
        log.warning("messages put aside until their keys come", reader=self._reader.name, keys=len(subjects))
        self._without |= set(subjects)
        self.process(records)

    def process(self, records: Sequence[Record]) -> None:
        """Take records in; where that fails for good, halve until the culprit stands alone, and keep it aside."""
        if self._attempt(records) is None:
            return
        if len(records) > 1:
            middle = len(records) // 2
            self.process(records[:middle])
            self.process(records[middle:])
        else:
            self._find_culprit(records[0])

    def _find_culprit(self, record: Record) -> None:
        """Take a single record in without those that waited for it; where it fails by itself, keep it aside."""
        if (failure := self._attempt([record], followers=0)) is None:
            # The record is fine: one of its stream that waited for it is what fails.
            stream = decode(record, self._reader.types, withheld).stream
            assert stream is not None
            self._parking.release(stream)
            return
        with self._telemetry.culprit(self._reader.name, record):
            log.warning("message parked", reader=self._reader.name, offset=record.offset, reason=failure)
        self._transact([record], failed=failure)

    def _attempt(self, records: Sequence[Record], *, followers: int | None = None) -> str | None:
        """Take records in; returns why it will never work, or None. What may work later is raised."""
        try:
            self._transact(records, followers=followers)
        except Exception as failure:
            if may_pass(failure):
                raise
            return describe(failure)
        return None

    def _transact(self, records: Sequence[Record], *, failed: str | None = None, followers: int | None = None) -> None:
        with self._engine.begin() as connection:
            envelopes = self._reader.decode(connection, records, without=self._without)
            next_offsets = next_offsets_of(envelopes)
            places = self._places.lock(connection, next_offsets)
            # Projections do not wait for the disk: after a crash the database may be behind what was polled since.
            if any(places[place] < self._reached.get(place, 0) for place in next_offsets):
                raise PlaceLost
            fresh = [
                (record, envelope)
                for record, envelope in zip(records, envelopes, strict=True)
                if envelope.offset >= places[envelope.topic, envelope.partition]
            ]
            about = streams([envelope for _, envelope in fresh])
            seen = self._places.seen(connection, about)
            admitted = admit(
                fresh,
                seen=seen,
                waiting=self._waiting(connection, fresh, about, seen),
                failed=failed,
                followers=followers,
            )
            if admitted.apply:
                with self._telemetry.effect(self._reader.name, admitted.apply):
                    self._reader.effect.apply(connection, admitted.apply)
            self._places.park(connection, admitted.park)
            self._places.unpark(connection, admitted.unpark)
            self._places.remember(connection, admitted.numbers, seen)
            advances = advances_of(admitted.apply)
            for place, next_offset in next_offsets.items():
                advances.setdefault(place, Advance()).next_offset = next_offset
            self._places.advance(connection, advances)
        self._reached |= next_offsets
        with self._engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("NOTIFY portolan_applied")

    def _waiting(
        self,
        connection: Connection,
        fresh: Sequence[tuple[Record, Envelope]],
        about: Sequence[str],
        seen: Mapping[str, int],
    ) -> dict[tuple[str, int], Envelope | None]:
        """What waits of the batch's streams; the messages themselves only where the batch may let them follow."""
        waiting: dict[tuple[str, int], Envelope | None] = dict.fromkeys(self._places.numbers_aside(connection, about))
        if waiting:
            aside = {stream for stream, _ in waiting}
            moving = {e.stream for _, e in fresh if e.stream in aside and e.number == seen.get(e.stream or "", 0) + 1}
            kept = self._places.aside(connection, [stream for stream in moving if stream])
            for envelope in self._reader.decode(connection, kept):
                if envelope.stream is not None and envelope.number is not None:
                    waiting[envelope.stream, envelope.number] = envelope
        return waiting


def next_offsets_of(envelopes: Sequence[Envelope]) -> dict[tuple[str, int], int]:
    """Where a batch ends in each of its partitions."""
    ends: dict[tuple[str, int], int] = {}
    for envelope in envelopes:
        place = (envelope.topic, envelope.partition)
        ends[place] = max(ends.get(place, 0), envelope.offset + 1)
    return ends


def streams(envelopes: Sequence[Envelope]) -> list[str]:
    """The streams these are about."""
    return list({envelope.stream for envelope in envelopes if envelope.stream is not None})


def admit(
    fresh: Sequence[tuple[Record, Envelope]],
    *,
    seen: Mapping[str, int],
    waiting: Mapping[tuple[str, int], Envelope | None],
    failed: str | None = None,
    followers: int | None = None,
) -> Admitted:
    """Judge records by their number in their stream, purely.

    Not above the last seen: done already. The next one: apply, and after it whatever waited for it (``waiting`` has
    None for those that cannot follow now). Further ahead, or unreadable: aside. An event that waits keeps all later
    ones of its stream waiting; other streams go on. ``failed`` is the reason why a single record's effect failed for
    good; ``followers`` how many of those that waited for it may follow at the most.
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
