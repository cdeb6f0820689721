"""Readers of others' events: offset, sequence number and effect commit together; unreadable messages are parked."""

import threading
import time
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.errors import KafkaError
from sqlalchemy import Connection, Engine, text

from chassis.domain.failures import OffsetLost
from chassis.messaging.access import groups_of
from chassis.messaging.admission import admit
from chassis.messaging.broker import Broker
from chassis.messaging.cloudevents import Envelope, decode
from chassis.messaging.kafka import REFUSALS, Consumer, Record, Topics
from chassis.messaging.offsets import ConsumerOffsets, PartitionProgress, progress_of
from chassis.messaging.parking import Parking
from chassis.messaging.reader_definition import KeysAwaited, Reader
from chassis.observability.telemetry import Telemetry
from chassis.postgres.connections import SESSION, engine
from chassis.postgres.failures import describe, may_pass
from chassis.postgres.leader import keep_running
from chassis.store.encryption import withheld

log = structlog.get_logger("reader")
PATIENCE = 12
PAUSE_SECONDS = 0.3
LOOK_AGAIN_SECONDS = 0.3
REQUESTS_SECONDS = 0.5
QUIET_SECONDS = 30.0
BEHIND = text(
    "SELECT EXISTS (SELECT FROM lags l LEFT JOIN progress p USING (reader, topic, partition) WHERE l.reader = :reader"
    " AND l.end_offset > coalesce(p.next_offset, 0) AND l.behind_since < now() - make_interval(secs => :seconds)"
    " AND l.seen_at > now() - make_interval(secs => :seconds)"
    " AND coalesce(p.changed_at < now() - make_interval(secs => :seconds), true))"
)


class StandsStill(KafkaError):  # type: ignore[misc]
    """Kafka answers and has messages that nobody of the group takes in, and the client gives none."""


class ReaderLoop:
    def __init__(
        self,
        url: str,
        broker: Broker,
        service: str,
        reader: Reader,
        telemetry: Telemetry | None = None,
        *,
        options: str = SESSION,
        patient: bool = True,
    ) -> None:
        self._telemetry = telemetry or Telemetry()
        self._engine = engine(url, reader.name, pool_size=2, options=options)
        self._broker, self._group, self._reader = broker, groups_of(service) + reader.name, reader
        self._offsets = ConsumerOffsets(reader.name)
        self._parking = Parking(self._engine, reader)
        self.ready = threading.Event()
        self._reached: dict[tuple[str, int], int] = {}
        # Whose keys were waited for long enough: their messages are parked. None: nobody's are waited for in place.
        self._without: set[UUID] | None = set() if patient else None

    def run(self, stop: threading.Event) -> None:
        """Read until told to stop; every failure of the surroundings starts again from the stored places."""
        keep_running(
            "reader",
            partial(self._consume, stop),
            stop,
            log=log,
            pause=PAUSE_SECONDS,
            passing=(KafkaError,),
            refusals=REFUSALS,
            failed=partial(self._telemetry.restarted, self._reader.name),
            reader=self._reader.name,
        )
        self._engine.dispose()

    def reset(self) -> None:
        """Forget the reached offsets: the database may have lost them or been set back."""
        self._reached.clear()

    def close(self) -> None:
        """Close the connections of a loop that does not run."""
        self._engine.dispose()

    def _consume(self, stop: threading.Event) -> None:
        self.reset()
        consumer, topics = Consumer(self._broker, self._group), Topics(self._broker)
        seeker = OffsetSeeker(consumer, self._engine, self._reader.name, self.ready, self._reached)
        subscribed: list[str] = []
        look_again = requests = 0.0
        quiet_since = time.monotonic()
        stranded = True
        try:
            while not stop.is_set():
                # A source that was never started has no topic yet; the client itself would look for it far too seldom.
                if len(subscribed) < len(self._reader.topics) and time.monotonic() >= look_again:
                    look_again = time.monotonic() + LOOK_AGAIN_SECONDS
                    if (found := topics.existing(self._reader.topics)) != subscribed:
                        consumer.subscribe(found, seeker)
                        subscribed = found
                if time.monotonic() >= requests:
                    stranded = not self._look_after_parked(stranded)
                    requests = time.monotonic() + REQUESTS_SECONDS
                if not subscribed:
                    stop.wait(LOOK_AGAIN_SECONDS)
                elif records := consumer.poll(200):
                    with self._telemetry.read(self._reader.name, records):
                        self._process_patiently(records, stop)
                    quiet_since = time.monotonic()
                elif time.monotonic() - quiet_since > QUIET_SECONDS:
                    self._demand_progress()
                    quiet_since = time.monotonic()
        finally:
            self.ready.clear()
            topics.close()
            consumer.close()

    def _demand_progress(self) -> None:
        """Raise ``StandsStill`` where there is something to read, by what the heartbeat saw: a new client reads it."""
        with self._engine.connect() as connection:
            asked = {"reader": self._reader.name, "seconds": QUIET_SECONDS}
            if connection.execute(BEHIND, asked).scalar_one():
                raise StandsStill

    def _look_after_parked(self, stranded: bool) -> bool:
        """Release stranded messages and carry out operators' requests; return False where that has to be retried."""
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
                hopeless = isinstance(failure, OffsetLost) or not may_pass(failure)
                if isinstance(failure, KeysAwaited) and attempt == PATIENCE - 1:
                    return self._process_without(failure.subjects, records)
                if hopeless or attempt == PATIENCE - 1 or stop.wait(min(0.05 * 2**attempt, 2)):
                    raise
        return None

    def _process_without(self, subjects: Collection[UUID], records: Sequence[Record]) -> None:
        """Park the messages that need these subjects' keys, with their streams; let all others go on."""
        assert self._without is not None
        log.warning("messages parked until their keys come", reader=self._reader.name, keys=len(subjects))
        self._without |= set(subjects)
        self.process(records)

    def process(self, records: Sequence[Record]) -> None:
        """Take records in; where that fails for good, halve until the culprit stands alone, and park it."""
        if self._attempt(records) is None:
            return
        if len(records) > 1:
            middle = len(records) // 2
            self.process(records[:middle])
            self.process(records[middle:])
        else:
            self._find_culprit(records[0])

    def _find_culprit(self, record: Record) -> None:
        """Take a single record in without those that waited for it; where it fails by itself, park it."""
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
            places = self._offsets.lock(connection, next_offsets)
            # Projections do not wait for the disk: after a crash the database may be behind what was polled since.
            if any(places[place] < self._reached.get(place, 0) for place in next_offsets):
                raise OffsetLost
            fresh = [
                (record, envelope)
                for record, envelope in zip(records, envelopes, strict=True)
                if envelope.offset >= places[envelope.topic, envelope.partition]
            ]
            about = streams([envelope for _, envelope in fresh])
            last_numbers = self._offsets.last_numbers(connection, about)
            admitted = admit(
                fresh,
                last_numbers=last_numbers,
                waiting=self._waiting(connection, fresh, about, last_numbers),
                kept_ids=self._kept_ids(connection, fresh, last_numbers),
                failed=failed,
                followers=followers,
            )
            if admitted.apply:
                with self._telemetry.effect(self._reader.name, admitted.apply):
                    self._reader.effect.apply(connection, admitted.apply)
            self._offsets.park(connection, admitted.park)
            self._offsets.unpark(connection, admitted.unpark)
            self._offsets.remember(connection, admitted.numbers, admitted.ids, last_numbers)
            advances = progress_of(admitted.apply)
            for place, next_offset in next_offsets.items():
                advances.setdefault(place, PartitionProgress()).next_offset = next_offset
            self._offsets.advance(connection, advances)
        self._reached |= next_offsets
        for foreign in admitted.foreign:
            where = f"{foreign.topic}/{foreign.partition}/{foreign.offset}"
            log.warning("another event came under this number before", reader=self._reader.name, message=where)
        with self._engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("NOTIFY portolan_applied")

    def _waiting(
        self,
        connection: Connection,
        fresh: Sequence[tuple[Record, Envelope]],
        about: Sequence[str],
        last_numbers: Mapping[str, int],
    ) -> dict[tuple[str, int], Envelope | None]:
        """Return the parked messages of the batch's streams, decoded only where the batch may let them follow."""
        waiting: dict[tuple[str, int], Envelope | None] = dict.fromkeys(self._offsets.parked_numbers(connection, about))
        if waiting:
            parked = {stream for stream, _ in waiting}
            moving = {
                e.stream
                for _, e in fresh
                if e.stream in parked
                and (e.number == last_numbers.get(e.stream or "", 0) + 1 or (e.stream, e.number) in waiting)
            }
            kept = self._offsets.parked_messages(connection, [stream for stream in moving if stream])
            for envelope in self._reader.decode(connection, kept):
                if envelope.stream is not None and envelope.number is not None:
                    waiting[envelope.stream, envelope.number] = envelope
        return waiting

    def _kept_ids(
        self, connection: Connection, fresh: Sequence[tuple[Record, Envelope]], last_numbers: Mapping[str, int]
    ) -> dict[str, bytes]:
        """Return the digests of the last ids of those streams of which the batch repeats a number."""
        repeated = {e.stream for _, e in fresh if e.stream and (e.number or 0) <= last_numbers.get(e.stream, -1)}
        return self._offsets.kept_ids(connection, sorted(repeated)) if repeated else {}


def next_offsets_of(envelopes: Sequence[Envelope]) -> dict[tuple[str, int], int]:
    """Return the offset after a batch's last record in each of its partitions."""
    ends: dict[tuple[str, int], int] = {}
    for envelope in envelopes:
        place = (envelope.topic, envelope.partition)
        ends[place] = max(ends.get(place, 0), envelope.offset + 1)
    return ends


def streams(envelopes: Sequence[Envelope]) -> list[str]:
    return list({envelope.stream for envelope in envelopes if envelope.stream is not None})


class OffsetSeeker(ConsumerRebalanceListener):  # type: ignore[misc]
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
        self._consumer.force_rejoin()

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
