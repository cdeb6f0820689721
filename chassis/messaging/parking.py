"""Parked messages of one reader: redriven in order or discarded, under the locks of its offsets."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Connection, Engine, Row, TextClause, text

from chassis.messaging.cloudevents import Envelope, StoredMessage, restore_message
from chassis.messaging.event_ids import ANY, FOREIGN, digest
from chassis.messaging.offsets import ConsumerOffsets, Partition, PartitionProgress, progress_of
from chassis.messaging.reader_definition import KEY_NOT_RECEIVED, Reader
from chassis.postgres.failures import describe, may_pass

log = structlog.get_logger("parking")
CHUNK = 500
STREAMS_A_TURN = 50
PAGE = 20
NEXT = text(
    'SELECT topic, partition, "offset", record FROM parked WHERE reader = :reader AND stream = :stream'
    " AND number IS NOT NULL AND reason IS DISTINCT FROM :foreign"
    ' ORDER BY number, topic, partition, "offset" LIMIT :limit'
)

PARTITIONS_OF = text(
    "SELECT DISTINCT topic, partition FROM parked WHERE reader = :reader AND stream = :stream AND number IS NOT NULL"
)

# A follower whose turn has come though nobody released it: the worker died in between.
STRANDED = text(
    "SELECT DISTINCT p.stream FROM parked p LEFT JOIN seen s ON s.reader = p.reader AND s.stream = p.stream"
    " WHERE p.reader = :reader AND p.reason IS NULL AND p.number <= coalesce(s.number, 0) + 1"
)

# Those whose turn it is, and the key they wait for is here.
KEYED = text(
    "SELECT p.stream, k.subject, k.revision FROM parked p JOIN keys k ON k.subject ="
    " CASE WHEN starts_with(p.reason, :keyless) THEN CAST(substr(p.reason, length(:keyless) + 1) AS uuid) END"
    " LEFT JOIN seen s ON s.reader = p.reader AND s.stream = p.stream"
    " WHERE p.reader = :reader AND p.reason IS NOT NULL AND p.number <= coalesce(s.number, 0) + 1"
)

STREAMS = text(
    "SELECT DISTINCT stream FROM parked WHERE reader = :reader AND stream > :after"
    " AND (CAST(:stream AS text) IS NULL OR stream = :stream) ORDER BY stream LIMIT :limit"
)

UNNUMBERED = text(
    'SELECT topic, partition, "offset", record FROM parked WHERE reader = :reader AND number IS NULL'
    ' AND (topic, partition, "offset") > (:topic, :partition, :offset)'
    ' AND (CAST(:stream AS text) IS NULL OR stream = :stream) ORDER BY topic, partition, "offset" LIMIT :limit'
)

REREAD = text(
    "UPDATE parked SET stream = :stream, number = :number, reason = :reason"
    ' WHERE reader = :reader AND topic = :topic AND partition = :partition AND "offset" = :offset'
)

OPEN_REQUESTS = text(
    'SELECT id, action, stream, topic, partition, "offset", asked_by, why, tried FROM interventions'
    " WHERE reader = :reader AND done_at IS NULL ORDER BY asked_at, id"
)

COUNT = text("UPDATE interventions SET taken_in = taken_in + :taken WHERE id = :id AND reader = :reader")
TRIED = text("UPDATE interventions SET tried = :tried WHERE id = :id AND reader = :reader")
DONE = text(
    "UPDATE interventions SET done_at = clock_timestamp(), outcome = :outcome"
    " WHERE id = :id AND reader = :reader AND done_at IS NULL"
)

PARKED = text(
    "SELECT p.stream, p.number, p.reason, coalesce(s.number, 0) AS last_number FROM parked p"
    " LEFT JOIN seen s ON s.reader = p.reader AND s.stream = p.stream WHERE p.reader = :reader"
    ' AND p.topic = :topic AND p.partition = :partition AND p."offset" = :offset'
)

# Of several events under one number the next one takes the place of the discarded one.
RIVAL = text(
    'UPDATE parked SET reason = NULL WHERE reader = :reader AND (topic, partition, "offset") ='
    ' (SELECT topic, partition, "offset" FROM parked WHERE reader = :reader AND stream = :stream AND number = :number'
    ' AND reason = :foreign ORDER BY topic, partition, "offset" LIMIT 1)'
)

DISCARD = text(
    'INSERT INTO discarded (reader, topic, partition, "offset", stream, number, reason, discarded_by, why)'
    " VALUES (:reader, :topic, :partition, :offset, :stream, :number, :reason, :discarded_by, :why)"
    " ON CONFLICT DO NOTHING"
)

DISCARDED = text(
    "SELECT stream FROM discarded WHERE reader = :reader AND topic = :topic AND partition = :partition"
    ' AND "offset" = :offset'
)


@dataclass
class StreamStep:
    """One step along a stream: what to apply now, what is done already, and what blocks it."""

    apply: list[Envelope] = field(default_factory=list)
    done: list[Envelope] = field(default_factory=list)
    culprit: Envelope | None = None


def next_in_sequence(waiting: Sequence[Envelope], last_number: int) -> StreamStep:
    """Of a stream's waiting messages, in the order of their numbers: those that follow the last seen without a gap."""
    step = StreamStep()
    for envelope in waiting:
        assert envelope.number is not None
        if envelope.number <= last_number:
            step.done.append(envelope)
        elif envelope.number > last_number + 1:
            break
        elif envelope.poison is not None:
            step.culprit = envelope
            break
        else:
            step.apply.append(envelope)
            last_number = envelope.number
    return step


class Parking:
    def __init__(self, engine: Engine, reader: "Reader") -> None:
        self._engine, self._reader = engine, reader
        self._offsets = ConsumerOffsets(reader.name)
        self._me = {"reader": reader.name}
        self._tried: set[tuple[str, UUID, int]] = set()

    def release_stranded(self) -> None:
        """Release messages whose predecessor was applied while no worker could release them."""
        with self._engine.connect() as connection:
            streams = connection.execute(STRANDED, self._me).scalars().all()
        for stream in streams:
            self.release(stream)

    def release_keyed(self) -> None:
        """Release messages that waited for a key that has arrived; once for each published key."""
        with self._engine.connect() as connection:
            rows = connection.execute(KEYED, self._me | {"keyless": KEY_NOT_RECEIVED}).all()
        keyed = {(row.stream, row.subject, row.revision) for row in rows}
        for one in sorted(keyed - self._tried):
            self.release(one[0])
        self._tried = keyed

    def release(self, stream: str, request: Row[Any] | None = None) -> int:
        """Apply what waits next in a stream, in order, as far as it works; returns how many events.

        The first that fails for good stays, with its reason, and those behind it go on waiting. What may pass is
        raised. Each chunk is a transaction: what was applied before a crash stays so.
        """
        taken, chunk = 0, CHUNK
        while True:
            try:
                more = self._take(stream, chunk, request)
            except Exception as failure:
                if may_pass(failure):
                    raise
                if chunk == 1:
                    self._record_failure_of_next(stream, describe(failure))
                    return taken
                chunk = max(chunk // 8, 1)
                continue
            taken += more
            if more == 0:
                return taken

    def _take(self, stream: str, limit: int, request: Row[Any] | None) -> int:
        with self._engine.begin() as connection:
            last_number, step = self._step(connection, stream, limit)
            if step.culprit is not None and not step.apply:
                self._offsets.record_failure(connection, step.culprit, step.culprit.poison or "")
            self._offsets.unpark(connection, [*step.apply, *step.done])
            if step.apply:
                self._reader.effect.apply(connection, step.apply)
                number = step.apply[-1].number
                assert number is not None
                ids = {stream: [digest(envelope.id) for envelope in step.apply]}
                self._offsets.remember(connection, {stream: number}, ids, {stream: last_number} if last_number else {})
                self._offsets.advance(connection, progress_of(step.apply))
                if request is not None:
                    connection.execute(COUNT, self._me | {"id": request.id, "taken": len(step.apply)})
            return len(step.apply) or len(step.done)

    def _step(self, connection: Connection, stream: str, limit: int) -> tuple[int, StreamStep]:
        about = self._me | {"stream": stream}
        places: list[Partition] = [(row.topic, row.partition) for row in connection.execute(PARTITIONS_OF, about)]
        self._offsets.lock(connection, places)
        # A statement of its own after the lock: it sees what the consumer committed before letting go of it.
        last_number = self._offsets.last_numbers(connection, [stream]).get(stream, 0)
        rows = connection.execute(NEXT, about | {"limit": limit, "foreign": FOREIGN}).all()
        return last_number, next_in_sequence(
            self._reader.decode(connection, [restored(row) for row in rows]), last_number
        )

    def _record_failure_of_next(self, stream: str, reason: str) -> None:
        with self._engine.begin() as connection:
            _, step = self._step(connection, stream, 1)
            for envelope in step.apply:
                self._offsets.record_failure(connection, envelope, reason)

    def carry_out(self) -> None:
        """Carry out operators' requests; bounded work each time, so that the reader keeps reading."""
        with self._engine.connect() as connection:
            requests = connection.execute(OPEN_REQUESTS, self._me).all()
        for request in requests:
            if request.action == "discard":
                self._discard(request)
            else:
                self._redrive(request)

    def _redrive(self, request: Row[Any]) -> None:
        if not request.tried:
            self._reread(request.stream)
        about = self._me | {"after": request.tried, "stream": request.stream, "limit": STREAMS_A_TURN}
        with self._engine.connect() as connection:
            streams = connection.execute(STREAMS, about).scalars().all()
        for stream in streams:
            self.release(stream, request)
            self._note(TRIED, request, tried=stream)
        if len(streams) < STREAMS_A_TURN:
            self._note(DONE, request, outcome="redriven")

    def _reread(self, stream: str | None) -> None:
        """Read again what could not even be attributed: this version may understand it."""
        after: dict[str, object] = {"topic": "", "partition": 0, "offset": 0}
        while True:
            with self._engine.begin() as connection:
                found = connection.execute(UNNUMBERED, self._me | after | {"stream": stream, "limit": PAGE}).all()
                envelopes = self._reader.decode(connection, [restored(row) for row in found])
                for row, envelope in zip(found, envelopes, strict=True):
                    after = {"topic": row.topic, "partition": row.partition, "offset": row.offset}
                    read = {"stream": envelope.stream, "number": envelope.number, "reason": envelope.poison}
                    connection.execute(REREAD, self._me | after | read)
            if len(found) < PAGE:
                return

    def _discard(self, request: Row[Any]) -> None:
        about = self._me | {"topic": request.topic, "partition": request.partition, "offset": request.offset}
        with self._engine.begin() as connection:
            self._offsets.lock(connection, [(request.topic, request.partition)])
            row = connection.execute(PARKED, about).one_or_none()
            outcome = refusal(row) or "discarded"
            if row is not None and outcome == "discarded":
                self._go_on_without(connection, request, row)
            # A worker that died after discarding it finds it gone, and lets those behind it go on.
            gone = connection.execute(DISCARDED, about).one_or_none()
        if gone is not None:
            outcome = "discarded"
            if gone.stream is not None:
                self.release(gone.stream, request)
        self._note(DONE, request, outcome=outcome)

    def _go_on_without(self, connection: Connection, request: Row[Any], row: Row[Any]) -> None:
        envelope = Envelope(request.topic, request.partition, request.offset, stream=row.stream, number=row.number)
        about = self._me | {"topic": request.topic, "partition": request.partition, "offset": request.offset}
        number = None if self._is_rival(connection, row) else row.number
        known = {"stream": row.stream, "number": number, "reason": row.reason}
        connection.execute(DISCARD, about | known | {"discarded_by": request.asked_by, "why": request.why})
        self._offsets.unpark(connection, [envelope])
        if row.stream is not None and number is not None:
            before = {row.stream: row.last_number} if row.last_number else {}
            self._offsets.remember(connection, {row.stream: number}, {row.stream: [ANY]}, before)
            # Done with, though without effect: anyone who compares what was published with what was applied goes on.
            self._offsets.advance(connection, {(request.topic, request.partition): PartitionProgress(applied=1)})
        log.warning("message discarded", reader=self._offsets.reader, topic=request.topic, offset=request.offset)

    def _is_rival(self, connection: Connection, row: Row[Any]) -> bool:
        """Return whether another event has or now takes the message's number, so that it is not done with."""
        if row.reason == FOREIGN:
            return True
        about = self._me | {"stream": row.stream, "number": row.number, "foreign": FOREIGN}
        return connection.execute(RIVAL, about).rowcount > 0

    def _note(self, statement: TextClause, request: Row[Any], **values: object) -> None:
        with self._engine.begin() as connection:
            connection.execute(statement, self._me | {"id": request.id} | values)


def refusal(row: Row[Any] | None) -> str | None:
    """Return why a message cannot be discarded, or None."""
    if row is None:
        return "not parked"
    if row.reason is None:
        return "only waits for another one"
    if row.number is not None and row.number != row.last_number + 1 and row.reason != FOREIGN:
        return "another one of its stream comes first"
    return None


def restored(row: Row[Any]) -> StoredMessage:
    return restore_message(row.topic, row.partition, row.offset, row.record)
