"""Rebuilds: a reader's tables folded again from the first event, beside the live ones, and then put in their place."""

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import structlog
from kafka.errors import KafkaError
from sqlalchemy import Connection, Engine, NullPool, Row, create_engine, text

from chassis.consumers.projection import Projections
from chassis.consumers.row_cache import CachedNumbers, CachedTable
from chassis.domain.failures import NotYet, PlaceLost
from chassis.messaging.cloudevents import Envelope, Kept
from chassis.messaging.kafka import Record
from chassis.messaging.offsets import Advance, Place, Places, advances_of
from chassis.messaging.reader import ReaderLoop
from chassis.messaging.reader_definition import Reader
from chassis.messaging.replay import Replay
from chassis.postgres.connections import CONNECT, SESSION
from chassis.postgres.failures import describe, may_pass

log = structlog.get_logger("rebuild")
LOOK_SECONDS = 1.0
POLL_RECORDS = 5_000
FLUSH_ROWS = 4_000
FLUSH_EVENTS = 50_000
FLUSH_SECONDS = 1.0
NEAR = 2_000
HOLD_SECONDS = 5.0
WAITING = text(
    "SELECT id, reader, state, fingerprint FROM rebuilds WHERE state IN ('waiting', 'reading') ORDER BY asked_at"
)

STATE = text("SELECT state FROM rebuilds WHERE id = :id")
LEFT_BEHIND = text(
    "SELECT substr(nspname, 9) FROM pg_namespace WHERE nspname LIKE 'rebuild\\_%' AND NOT EXISTS"
    " (SELECT FROM rebuilds WHERE reader = substr(nspname, 9) AND state IN ('waiting', 'reading'))"
)

STARTED = text(
    "UPDATE rebuilds SET state = 'reading', fingerprint = :fingerprint, started_at = clock_timestamp(), read = 0"
    " WHERE id = :id AND state IN ('waiting', 'reading')"
)

MOVED = text("UPDATE rebuilds SET read = :read, total = greatest(:read, :total) WHERE id = :id")
ENDED = text(
    "UPDATE rebuilds SET state = :state, reason = :reason, finished_at = clock_timestamp(),"
    " read = greatest(read, :read), total = greatest(read, :read) WHERE id = :id AND state IN ('waiting', 'reading')"
)

LIVE = text("SELECT topic, partition, next_offset FROM public.progress WHERE reader = :reader")
HOLD = text(
    "SELECT topic, partition, next_offset FROM public.progress WHERE reader = :reader"
    " ORDER BY topic, partition FOR UPDATE"
)

MAKE_HOLDABLE = text(
    "INSERT INTO public.progress (reader, topic, partition, next_offset)"
    " SELECT :reader, t, p, 0 FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS integer[])) AS w(t, p)"
    " ON CONFLICT DO NOTHING"
)

STORED = text("SELECT topic, partition, next_offset, applied FROM progress WHERE reader = :reader")
HELD_UP = text("SELECT DISTINCT stream FROM parked WHERE reader = :reader AND stream IS NOT NULL")
DISCARDED = text('SELECT topic, partition, "offset", stream, number FROM public.discarded WHERE reader = :reader')
DISCARDED_SINCE = text(
    "SELECT EXISTS (SELECT FROM discarded d JOIN rebuilds r ON r.reader = d.reader"
    " WHERE r.id = :id AND d.discarded_at >= r.started_at)"
)

ANEW = text("UPDATE rebuilds SET state = 'waiting' WHERE id = :id AND state = 'reading'")


class Ended(Exception):
    """Somebody cancelled it, or it was finished elsewhere."""


class Impossible(Exception):
    """It cannot be finished; the text says why."""


class Outdated(Exception):
    """An operator discarded a message meanwhile: what was read already may have taken it in, or put it aside."""


class NeedsCare(Exception):
    """These records are not simply the next ones of their streams: the everyday way of a reader judges them."""


class Rebuilder:
    """Carries out the rebuilds of one service, one after the other; where several workers run, one does."""

    def __init__(self, url: str, bootstrap: str, readers: Sequence[Reader], fingerprints: Mapping[str, str]) -> None:
        self._url, self._bootstrap, self._fingerprints = url, bootstrap, fingerprints
        self._readers = {reader.name: reader for reader in readers if isinstance(reader.effect, Projections)}
        self._engine = create_engine(
            url,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            # The lock lives as long as its session: one that is let go of must not stay open in a pool.
            poolclass=NullPool,
            connect_args={**CONNECT, "application_name": "rebuilds"},
        )

    def run(self, stop: threading.Event) -> None:
        """Look for rebuilds until told to stop; every failure of the surroundings goes on from the stored places."""
        while not stop.is_set():
            try:
                with self._engine.connect() as connection:
                    if connection.execute(text("SELECT pg_try_advisory_lock(hashtext('portolan.rebuilds'))")).scalar():
                        self._lead(connection, stop)
            except Exception as failure:
                passes = may_pass(failure) or isinstance(failure, KafkaError)
                log.warning("rebuilds start again", failure=type(failure).__name__, exc_info=not passes)
            stop.wait(LOOK_SECONDS)
        self._engine.dispose()

    def _lead(self, connection: Connection, stop: threading.Event) -> None:
        while not stop.is_set():
            for reader in connection.execute(LEFT_BEHIND).scalars().all():
                connection.execute(text("SELECT end_rebuild(:reader)"), {"reader": reader})
            for row in connection.execute(WAITING).all():
                self._carry_out(connection, row, stop)
            stop.wait(LOOK_SECONDS)

    def _carry_out(self, connection: Connection, row: Row[Any], stop: threading.Event) -> None:
        try:
            rebuild = self._begun(connection, row)
            try:
                rebuild.run(stop)
            finally:
                rebuild.close()
        except Ended:
            log.info("rebuild ended", reader=row.reader)
        except Outdated:
            connection.execute(ANEW, {"id": row.id})
            log.info("rebuild begins anew: a message was discarded meanwhile", reader=row.reader)
        except Exception as failure:
            if may_pass(failure) or isinstance(failure, KafkaError):
                raise
            log.warning("rebuild failed", reader=row.reader, failure=type(failure).__name__, exc_info=True)
            reason = str(failure) if isinstance(failure, Impossible) else describe(failure)
            connection.execute(ENDED, {"id": row.id, "state": "failed", "reason": reason, "read": 0})

    def _begun(self, connection: Connection, row: Row[Any]) -> "Rebuild":
        if (reader := self._readers.get(row.reader)) is None:
            raise Impossible("this version has no such read model")
        fingerprint = self._fingerprints[row.reader]
        exists = connection.execute(text("SELECT to_regnamespace(:name)"), {"name": beside(row.reader)}).scalar()
        # What another version folded is not gone on with, nor what was read before a message was discarded.
        outdated = row.fingerprint != fingerprint or connection.execute(DISCARDED_SINCE, {"id": row.id}).scalar_one()
        if row.state == "waiting" or exists is None or outdated:
            connection.execute(text("SELECT begin_rebuild(:reader)"), {"reader": row.reader})
            connection.execute(STARTED, {"id": row.id, "fingerprint": fingerprint})
            log.info("rebuild begins", reader=row.reader)
        return Rebuild(self._url, self._bootstrap, row.id, reader)


def beside(reader: str) -> str:
    """The schema in which a reader's twins are made, as the database's functions name it."""
    return f'"rebuild_{reader}"'


class Rebuild:
    """One rebuild: reads on from its stored places until it has caught up with the live reader, and takes its place."""

    def __init__(self, url: str, bootstrap: str, id: UUID, reader: Reader) -> None:
        assert isinstance(reader.effect, Projections)
        self._id, self._reader, self._name, self._bootstrap = id, reader, reader.name, bootstrap
        options = f"{SESSION} -c search_path={beside(reader.name)},public -c synchronous_commit=off"
        self._engine: Engine = create_engine(
            url,
            pool_size=2,
            max_overflow=0,
            hide_parameters=True,
            connect_args={**CONNECT, "options": options, "application_name": f"rebuild {reader.name}"},
        )
        self._places = Places(reader.name)
        self._careful = ReaderLoop(url, bootstrap, "rebuild", reader, options=options, patient=False)
        self._indexed = False
        with self._engine.connect() as connection:
            discarded = connection.execute(DISCARDED, {"reader": self._name}).all()
        self._discarded = {(row.topic, row.partition, row.offset): row for row in discarded}
        # Topics made anew hold the same events at other offsets.
        self._discarded_before = {
            (row.stream, str(row.number)): row for row in discarded if row.topic not in self._reader.topics
        }
        self._begin_again()

    def _begin_again(self) -> None:
        """Know nothing but what is stored."""
        assert isinstance(self._reader.effect, Projections)
        with self._engine.connect() as connection:
            stored = connection.execute(STORED, {"reader": self._name}).all()
            self._held_up = set(connection.execute(HELD_UP, {"reader": self._name}).scalars())
        self._next: dict[Place, int] = {(row.topic, row.partition): row.next_offset for row in stored}
        self._kept = dict(self._next)
        empty = not any(self._next.values())
        self._tables = [CachedTable(table, empty=empty) for table in self._reader.effect.tables]
        self._numbers = CachedNumbers(self._name, empty=empty)
        self._advances: dict[Place, Advance] = {}
        self._unwritten = 0
        self._written_at = time.monotonic()
        # After a bulk write failed, everything up to here is taken in the everyday way, which finds the culprit.
        self._care_until: dict[Place, int] = {}

    def run(self, stop: threading.Event) -> None:
        """Read, catch up, take the live tables' place; raises ``Ended``, or what keeps it from going on."""
        replay = Replay(self._bootstrap, self._reader.topics, self._next, most=POLL_RECORDS)
        try:
            while not stop.is_set():
                records = replay.poll(200)
                try:
                    self._take(records)
                    if not records or self._is_time_to_write():
                        self._write()
                except Exception as failure:
                    if may_pass(failure) or isinstance(failure, Ended):
                        raise
                    log.warning("rebuild goes on with care", reader=self._name, failure=describe(failure))
                    self._read_again_with_care(replay)
                    continue
                if not self._unwritten and self._behind() <= NEAR and self._finish(replay):
                    return
        finally:
            replay.close()

    def close(self) -> None:
        """Let go of its connections."""
        self._careful.close()
        self._engine.dispose()

    # --- taking in ---------------------------------------------------------------------------------------------------

    def _take(self, records: Sequence[Record]) -> None:
        fresh = [self._without_discarded(record) for record in records if self._is_fresh(record)]
        known = [record for record in fresh if record is not None]
        if known:
            if any(self._care_until.get((r.topic, r.partition), 0) > r.offset for r in known):
                self._take_with_care(known)
            else:
                try:
                    with self._engine.connect() as connection:
                        self._take_fast(connection, known)
                except NeedsCare:
                    self._take_with_care(known)
        for record in records:
            self._pass(record)

    def _is_fresh(self, record: Record) -> bool:
        return record.offset >= self._next.get((record.topic, record.partition), 0)

    def _pass(self, record: Record) -> None:
        place = (record.topic, record.partition)
        if record.offset >= self._next.get(place, 0):
            self._next[place] = record.offset + 1
            self._advances.setdefault(place, Advance()).next_offset = record.offset + 1
            self._unwritten += 1

    def _without_discarded(self, record: Record) -> Record | None:
        """The record; where an operator decided to go on without it, one that says nothing; None without a stream."""
        row = self._discarded.get((record.topic, record.partition, record.offset))
        if row is None and self._discarded_before:
            row = self._discarded_before.get(named_in(record))
        if row is None:
            return record
        if row.stream is None or row.number is None:
            return None
        headers = {
            "ce_id": str(UUID(int=0)),
            "ce_source": "/discarded",
            "ce_type": "discarded",
            "ce_subject": row.stream,
            "ce_time": "1970-01-01T00:00:00Z",
            "ce_number": str(row.number),
            "content-type": "application/json",
        }
        known = tuple((name, value.encode()) for name, value in headers.items())
        return Kept(record.topic, record.partition, record.offset, None, None, known)

    def _take_fast(self, connection: Connection, records: Sequence[Record]) -> None:
        """Fold in memory what simply follows; nothing is taken over unless all of it can be."""
        envelopes = self._reader.decode(connection, records)
        about = {envelope.stream for envelope in envelopes if envelope.stream is not None}
        self._numbers.look_up(connection, about)
        known, numbers = self._numbers.known, dict[str, int]()
        following: list[Envelope] = []
        for envelope in envelopes:
            stream, number = envelope.stream, envelope.number
            if stream is None or number is None or envelope.poison is not None or stream in self._held_up:
                raise NeedsCare
            last = numbers[stream] if stream in numbers else known.get(stream, 0)
            if number == last + 1:
                numbers[stream] = number
                following.append(envelope)
            elif number > last:
                raise NeedsCare
        told = [envelope for envelope in following if envelope.event is not None]
        try:
            changes = [table.fold(connection, told) for table in self._tables]
        except Exception as failure:
            if may_pass(failure):
                raise
            raise NeedsCare from failure
        for table, changed in zip(self._tables, changes, strict=True):
            table.accept(changed)
        self._numbers.accept(numbers)
        for place, advance in advances_of(following).items():
            mine = self._advances.setdefault(place, Advance())
            mine.applied += advance.applied
            mine.time = max(filter(None, (mine.time, advance.time)), default=None)

    def _take_with_care(self, records: Sequence[Record]) -> None:
        self._write()
        self._careful.process(records)
        for part in self._parts():
            part.forget()
        with self._engine.connect() as connection:
            self._held_up = set(connection.execute(HELD_UP, {"reader": self._name}).scalars())

    def _read_again_with_care(self, replay: Replay) -> None:
        """A bulk write failed for good: go back to what is stored, and find the culprit in the everyday way."""
        reached = dict(self._next)
        self._begin_again()
        self._care_until = reached
        replay.seek(self._next)

    # --- writing -----------------------------------------------------------------------------------------------------

    def _is_time_to_write(self) -> bool:
        rows = sum(part.dirty for part in self._parts())
        waited = time.monotonic() - self._written_at
        return rows >= FLUSH_ROWS or self._unwritten >= FLUSH_EVENTS or waited >= FLUSH_SECONDS

    def _write(self) -> None:
        """Write everything taken in so far, with the places, in one transaction."""
        with self._engine.begin() as connection:
            self._write_on(connection)
            live = connection.execute(LIVE, {"reader": self._name}).all()
            progress = {"id": self._id, "read": sum(self._next.values()), "total": sum(row.next_offset for row in live)}
            connection.execute(MOVED, progress)
            if connection.execute(STATE, {"id": self._id}).scalar() != "reading":
                raise Ended
        self._written()

    def _write_on(self, connection: Connection) -> None:
        if self._advances:
            for part in self._parts():
                part.flush(connection)
            places = self._places.lock(connection, self._advances)
            # Rebuilds do not wait for the disk: after a crash the database may be behind what was written since.
            if any(places[place] < self._kept.get(place, 0) for place in self._advances):
                raise PlaceLost
            self._places.advance(connection, self._advances)

    def _parts(self) -> list[CachedTable | CachedNumbers]:
        return [*self._tables, self._numbers]

    def _written(self) -> None:
        for part in self._parts():
            part.flushed()
        self._kept = dict(self._next)
        self._advances = {}
        self._unwritten = 0
        self._written_at = time.monotonic()

    # --- catching up and taking over ---------------------------------------------------------------------------------

    def _behind(self) -> int:
        """How many messages the live reader has taken in and this one has not."""
        with self._engine.connect() as connection:
            return self._missing(connection.execute(LIVE, {"reader": self._name}).all())

    def _missing(self, live: Sequence[Row[Any]]) -> int:
        places = [((row.topic, row.partition), row.next_offset) for row in live]
        return sum(max(there - self._next.get(place, 0), 0) for place, there in places)

    def _finish(self, replay: Replay) -> bool:
        """Hold the live reader for a moment, read what it is ahead, take its place; whether that worked."""
        if not self._indexed:
            with self._engine.begin() as connection:
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                connection.execute(text("SELECT index_rebuild(:reader)"), {"reader": self._name})
            self._indexed = True
            return False
        replay.look_for_topics()
        about = {"reader": self._name}
        places = {
            "topics": [topic for topic, _ in replay.places],
            "partitions": [partition for _, partition in replay.places],
        }
        try:
            with self._engine.begin() as connection:
                connection.execute(MAKE_HOLDABLE, about | places)
                live = connection.execute(HOLD, about).all()
                # Whoever discards holds the same rows: from here on nobody does.
                if len(connection.execute(DISCARDED, about).all()) != len(self._discarded):
                    raise Outdated
                until = time.monotonic() + HOLD_SECONDS
                while self._missing(live):
                    if time.monotonic() > until:
                        raise NotYet("the live reader is further ahead than can be read while it is held")
                    records = replay.poll(200)
                    self._take_held(connection, records)
                self._write_on(connection)
                swapped = connection.execute(text("SELECT swap_rebuild(:reader)"), about).scalar()
                if swapped == "changed":
                    raise Impossible("its tables were changed meanwhile")
                if swapped != "done":
                    raise NotYet("the live reader is ahead")
                ended = {"id": self._id, "state": "done", "reason": None, "read": sum(self._next.values())}
                if connection.execute(ENDED, ended).rowcount != 1:
                    raise Ended
                connection.exec_driver_sql("SET LOCAL synchronous_commit = on")
        except NeedsCare:
            self._read_again_with_care(replay)
            return False
        log.info("rebuild done", reader=self._name)
        return True

    def _take_held(self, connection: Connection, records: Sequence[Record]) -> None:
        fresh = [self._without_discarded(record) for record in records if self._is_fresh(record)]
        if known := [record for record in fresh if record is not None]:
            self._take_fast(connection, known)
        for record in records:
            self._pass(record)


def named_in(record: Record) -> tuple[str, str]:
    """The stream and the number a message names, as its headers say."""
    said = {name: (value or b"").decode(errors="replace") for name, value in record.headers}
    return said.get("ce_subject", ""), said.get("ce_number", "")
