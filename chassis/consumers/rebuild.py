"""Rebuilds: an ordinary reader on empty twins of a read model's tables, which replace the live ones in the end."""

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import structlog
from kafka.errors import KafkaError
from sqlalchemy import Connection, Row, text

from chassis.consumers.projection import Projections
from chassis.domain.failures import NotYet
from chassis.messaging.broker import Broker
from chassis.messaging.cloudevents import StoredMessage
from chassis.messaging.event_ids import NOBODY
from chassis.messaging.kafka import REFUSALS, Record
from chassis.messaging.offsets import ConsumerOffsets, Partition, PartitionProgress
from chassis.messaging.reader import ReaderLoop
from chassis.messaging.reader_definition import Reader
from chassis.messaging.replay import Replay
from chassis.postgres.connections import SESSION, engine
from chassis.postgres.failures import describe, may_pass
from chassis.postgres.leader import Leader

log = structlog.get_logger("rebuild")
LOOK_SECONDS = 1.0
POLL_RECORDS = 5_000
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

STORED = text("SELECT topic, partition, next_offset FROM progress WHERE reader = :reader")
DISCARDED = text('SELECT topic, partition, "offset", stream, number FROM public.discarded WHERE reader = :reader')
DISCARDED_SINCE = text(
    "SELECT EXISTS (SELECT FROM discarded d JOIN rebuilds r ON r.reader = d.reader"
    " WHERE r.id = :id AND d.discarded_at >= r.started_at)"
)

ANEW = text("UPDATE rebuilds SET state = 'waiting' WHERE id = :id AND state = 'reading'")


class RebuildEnded(Exception):
    """Somebody cancelled it, or it was finished elsewhere."""


class RebuildImpossible(Exception):
    """It cannot be finished; the text says why."""


class RebuildOutdated(Exception):
    """An operator discarded a message meanwhile: what was read already may have applied or parked it."""


class Rebuilder(Leader):
    """Carries out the rebuilds of one service, one after the other; where several workers run, one does."""

    lock = "rebuilds"
    part = "rebuild worker"
    passing = (KafkaError,)
    refusals = REFUSALS
    log = log

    def __init__(self, url: str, broker: Broker, readers: Sequence[Reader], fingerprints: Mapping[str, str]) -> None:
        super().__init__(url)
        self._url, self._broker, self._fingerprints = url, broker, fingerprints
        self._readers = {reader.name: reader for reader in readers if isinstance(reader.effect, Projections)}

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
        except RebuildEnded:
            log.info("rebuild ended", reader=row.reader)
        except RebuildOutdated:
            connection.execute(ANEW, {"id": row.id})
            log.info("rebuild begins again: a message was discarded meanwhile", reader=row.reader)
        except Exception as failure:
            if may_pass(failure) or isinstance(failure, KafkaError):
                raise
            log.warning("rebuild failed", reader=row.reader, failure=type(failure).__name__, exc_info=True)
            reason = str(failure) if isinstance(failure, RebuildImpossible) else describe(failure)
            connection.execute(ENDED, {"id": row.id, "state": "failed", "reason": reason, "read": 0})

    def _begun(self, connection: Connection, row: Row[Any]) -> "Rebuild":
        if (reader := self._readers.get(row.reader)) is None:
            raise RebuildImpossible("this version has no such read model")
        fingerprint = self._fingerprints[row.reader]
        exists = connection.execute(text("SELECT to_regnamespace(:name)"), {"name": beside(row.reader)}).scalar()
        # What another version folded is not gone on with, nor what was read before a message was discarded.
        outdated = row.fingerprint != fingerprint or connection.execute(DISCARDED_SINCE, {"id": row.id}).scalar_one()
        if row.state == "waiting" or exists is None or outdated:
            connection.execute(text("SELECT begin_rebuild(:reader)"), {"reader": row.reader})
            connection.execute(STARTED, {"id": row.id, "fingerprint": fingerprint})
            log.info("rebuild begins", reader=row.reader)
        return Rebuild(self._url, self._broker, row.id, reader)


def beside(reader: str) -> str:
    """The schema in which a reader's twins are made, as the database's functions name it."""
    return f'"rebuild_{reader}"'


class Rebuild:
    """One rebuild: reads on from its stored places until it has caught up with the live reader, and takes its place."""

    def __init__(self, url: str, broker: Broker, id: UUID, reader: Reader) -> None:
        assert isinstance(reader.effect, Projections)
        self._id, self._reader, self._name, self._broker = id, reader, reader.name, broker
        options = f"{SESSION} -c search_path={beside(reader.name)},public -c synchronous_commit=off"
        self._engine = engine(url, f"rebuild {reader.name}", pool_size=2, options=options)
        self._offsets = ConsumerOffsets(reader.name)
        self._loop = ReaderLoop(url, broker, "rebuild", reader, options=options, patient=False)
        self._indexed = False
        with self._engine.connect() as connection:
            stored = connection.execute(STORED, {"reader": self._name}).all()
            discarded = connection.execute(DISCARDED, {"reader": self._name}).all()
        self._next: dict[Partition, int] = {(row.topic, row.partition): row.next_offset for row in stored}
        self._discarded = {(row.topic, row.partition, row.offset): row for row in discarded}
        # Topics recreated hold the same events at other offsets.
        self._discarded_before = {
            (row.stream, str(row.number)): row for row in discarded if row.topic not in self._reader.topics
        }

    def run(self, stop: threading.Event) -> None:
        """Read, catch up, take the live tables' place; raises ``RebuildEnded``, or what keeps it from going on."""
        replay = Replay(self._broker, self._reader.topics, self._next, most=POLL_RECORDS)
        try:
            while not stop.is_set():
                self._take(replay.poll(200))
                if self._behind() <= NEAR:
                    if self._indexed:
                        return self._finish(replay)
                    self._index()
        finally:
            replay.close()
        return None

    def close(self) -> None:
        self._loop.close()
        self._engine.dispose()

    def _take(self, records: Sequence[Record]) -> None:
        """Process records as the live reader does, but for those that an operator discarded."""
        known = [kept for record in records if (kept := self._without_discarded(record)) is not None]
        if known:
            self._loop.process(known)
        for record in records:
            place = (record.topic, record.partition)
            self._next[place] = max(self._next.get(place, 0), record.offset + 1)
        if len(known) < len(records):
            with self._engine.begin() as connection:
                self._offsets.lock(connection, self._next)
                self._offsets.advance(
                    connection, {place: PartitionProgress(offset) for place, offset in self._next.items()}
                )

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
            "ce_id": NOBODY,
            "ce_source": "/discarded",
            "ce_type": "discarded",
            "ce_subject": row.stream,
            "ce_time": "1970-01-01T00:00:00Z",
            "ce_number": str(row.number),
            "content-type": "application/json",
        }
        known = tuple((name, value.encode()) for name, value in headers.items())
        return StoredMessage(record.topic, record.partition, record.offset, None, None, known)

    def _behind(self) -> int:
        """Report the progress; return how many messages the live reader has applied and this one has not."""
        with self._engine.begin() as connection:
            live = connection.execute(LIVE, {"reader": self._name}).all()
            progress = {"id": self._id, "read": sum(self._next.values()), "total": sum(row.next_offset for row in live)}
            connection.execute(MOVED, progress)
            if connection.execute(STATE, {"id": self._id}).scalar() != "reading":
                raise RebuildEnded
        return self._missing(live)

    def _missing(self, live: Sequence[Row[Any]]) -> int:
        places = [((row.topic, row.partition), row.next_offset) for row in live]
        return sum(max(there - self._next.get(place, 0), 0) for place, there in places)

    def _index(self) -> None:
        """Create the indexes of the live tables, which takes long: new messages are read again before the end."""
        with self._engine.begin() as connection:
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SELECT index_rebuild(:reader)"), {"reader": self._name})
        self._indexed = True

    def _finish(self, replay: Replay) -> None:
        """Hold the live reader for a moment, read what it is ahead, and take its place."""
        replay.wait_for_topics()
        about = {"reader": self._name}
        places = {
            "topics": [topic for topic, _ in replay.places],
            "partitions": [partition for _, partition in replay.places],
        }
        with self._engine.begin() as connection:
            connection.execute(MAKE_HOLDABLE, about | places)
            live = connection.execute(HOLD, about).all()
            # Anyone who discards holds the same rows: from here on nobody does.
            if len(connection.execute(DISCARDED, about).all()) != len(self._discarded):
                raise RebuildOutdated
            until = time.monotonic() + HOLD_SECONDS
            while self._missing(live):
                if time.monotonic() > until:
                    raise NotYet("the live reader is further ahead than can be read while it is held")
                self._take(replay.poll(200))
            swapped = connection.execute(text("SELECT swap_rebuild(:reader)"), about).scalar()
            if swapped == "changed":
                raise RebuildImpossible("its tables were changed meanwhile")
            if swapped != "done":
                raise NotYet("the live reader is ahead")
            ended = {"id": self._id, "state": "done", "reason": None, "read": sum(self._next.values())}
            if connection.execute(ENDED, ended).rowcount != 1:
                raise RebuildEnded
            connection.exec_driver_sql("SET LOCAL synchronous_commit = on")
        log.info("rebuild done", reader=self._name)


def named_in(record: Record) -> tuple[str, str]:
    """The stream and the number a message names, as its headers say."""
    said = {name: (value or b"").decode(errors="replace") for name, value in record.headers}
    return said.get("ce_subject", ""), said.get("ce_number", "")
