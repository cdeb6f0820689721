"""Parked messages of one reader: redriven in order or discarded, under the locks of its offsets."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Connection, Engine, Row, TextClause, text

from chassis.messaging.cloudevents import Envelope, Kept, restore
from chassis.messaging.offsets import Advance, Place, Places, advances_of
from chassis.messaging.reader_definition import KEYLESS, Reader
from chassis.postgres.failures import describe, may_pass

log = structlog.get_logger("parking")
CHUNK = 500
STREAMS_A_TURN = 50
PAGE = 20
NEXT = text(
    'SELECT topic, partition, "offset", record FROM parked WHERE reader = :reader AND stream = :stream'
    ' AND number IS NOT NULL ORDER BY number, topic, partition, "offset" LIMIT :limit'
)

WHERE_TO = text(
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

WISHES = text(
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
    "SELECT p.stream, p.number, p.reason, coalesce(s.number, 0) AS seen FROM parked p"
    " LEFT JOIN seen s ON s.reader = p.reader AND s.stream = p.stream WHERE p.reader = :reader"
    ' AND p.topic = :topic AND p.partition = :partition AND p."offset" = :offset'
)

DISCARD = text(
    'INSERT INTO discarded (reader, topic, partition, "offset", stream, number, reason, discarded_by, why)'
    " VALUES (:reader, :topic, :partition, :offset, :stream, :number, :reason, :discarded_by, :why)"
    " ON CONFLICT DO NOTHING"
)

GONE = text(
    "SELECT stream FROM discarded WHERE reader = :reader AND topic = :topic AND partition = :partition"
    ' AND "offset" = :offset'
)


@dataclass
class Turn:
    """What one step along a stream found: what to apply now, what is done already, and what stands in the way."""

    apply: list[Envelope] = field(default_factory=list)
    done: list[Envelope] = field(default_factory=list)
    culprit: Envelope | None = None


def next_in_turn(waiting: Sequence[Envelope], seen: int) -> Turn:
    """Of a stream's waiting messages, in the order of their numbers: those that follow the last seen without a gap."""
    turn = Turn()
    for envelope in waiting:
        assert envelope.number is not None
        if envelope.number <= seen:
            turn.done.append(envelope)
        elif envelope.number > seen + 1:
            break
        elif envelope.poison is not None:
            turn.culprit = envelope
            break
        else:
            turn.apply.append(envelope)
            seen = envelope.number
    return turn


class Parking:
    """What one reader put aside."""

    def __init__(self, engine: Engine, reader: "Reader") -> None:
        self._engine, self._reader = engine, reader
        self._places = Places(reader.name)
        self._me = {"reader": reader.name}
        self._tried: set[tuple[str, UUID, int]] = set()

    def release_stranded(self) -> None:
        """Let go on whose turn came while nobody was there to see it."""
        with self._engine.connect() as connection:
            streams = connection.execute(STRANDED, self._me).scalars().all()
        for stream in streams:
            self.release(stream)

    def release_keyed(self) -> None:
        """Let go on what waited for a key that has come; once for each key as it was told."""
        with self._engine.connect() as connection:
            rows = connection.execute(KEYED, self._me | {"keyless": KEYLESS}).all()
        keyed = {(row.stream, row.subject, row.revision) for row in rows}
        for one in sorted(keyed - self._tried):
            self.release(one[0])
        self._tried = keyed

    def release(self, stream: str, wish: Row[Any] | None = None) -> int:
        """Take in what waits next in a stream, in order, as far as it works; returns how many events.

        The first that fails for good stays, with its reason, and those behind it go on waiting. What may pass is
        raised. Each chunk is a transaction: what was taken in before a crash stays so.
        """
        taken, chunk = 0, CHUNK
        while True:
            try:
                more = self._take(stream, chunk, wish)
            except Exception as failure:
                if may_pass(failure):
                    raise
                if chunk == 1:
                    self._blame_next(stream, describe(failure))
                    return taken
                chunk = max(chunk // 8, 1)
                continue
            taken += more
            if more == 0:
                return taken

    def _take(self, stream: str, limit: int, wish: Row[Any] | None) -> int:
        with self._engine.begin() as connection:
            seen, turn = self._turn(connection, stream, limit)
            if turn.culprit is not None and not turn.apply:
                self._places.blame(connection, turn.culprit, turn.culprit.poison or "")
            self._places.unpark(connection, [*turn.apply, *turn.done])
            if turn.apply:
                self._reader.effect.apply(connection, turn.apply)
                number = turn.apply[-1].number
                assert number is not None
                self._places.remember(connection, {stream: number}, {stream: seen} if seen else {})
                self._places.advance(connection, advances_of(turn.apply))
                if wish is not None:
                    connection.execute(COUNT, self._me | {"id": wish.id, "taken": len(turn.apply)})
            return len(turn.apply) or len(turn.done)

    def _turn(self, connection: Connection, stream: str, limit: int) -> tuple[int, Turn]:
        about = self._me | {"stream": stream}
        places: list[Place] = [(row.topic, row.partition) for row in connection.execute(WHERE_TO, about)]
        self._places.lock(connection, places)
        # A statement of its own after the lock: it sees what the consumer committed before letting go of it.
        seen = self._places.seen(connection, [stream]).get(stream, 0)
        rows = connection.execute(NEXT, about | {"limit": limit}).all()
        return seen, next_in_turn(self._reader.decode(connection, [restored(row) for row in rows]), seen)

    def _blame_next(self, stream: str, reason: str) -> None:
        with self._engine.begin() as connection:
            _, turn = self._turn(connection, stream, 1)
            for envelope in turn.apply:
                self._places.blame(connection, envelope, reason)

    def carry_out(self) -> None:
        """Do what operators asked for; bounded work a turn, so that the reader keeps reading."""
        with self._engine.connect() as connection:
            wishes = connection.execute(WISHES, self._me).all()
        for wish in wishes:
            if wish.action == "discard":
                self._discard(wish)
            else:
                self._redrive(wish)

    def _redrive(self, wish: Row[Any]) -> None:
        if not wish.tried:
            self._reread(wish.stream)
        about = self._me | {"after": wish.tried, "stream": wish.stream, "limit": STREAMS_A_TURN}
        with self._engine.connect() as connection:
            streams = connection.execute(STREAMS, about).scalars().all()
        for stream in streams:
            self.release(stream, wish)
            self._note(TRIED, wish, tried=stream)
        if len(streams) < STREAMS_A_TURN:
            self._note(DONE, wish, outcome="redriven")

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

    def _discard(self, wish: Row[Any]) -> None:
        about = self._me | {"topic": wish.topic, "partition": wish.partition, "offset": wish.offset}
        with self._engine.begin() as connection:
            self._places.lock(connection, [(wish.topic, wish.partition)])
            row = connection.execute(PARKED, about).one_or_none()
            outcome = refusal(row) or "discarded"
            if row is not None and outcome == "discarded":
                self._go_on_without(connection, wish, row)
            # A worker that died after discarding it finds it gone, and lets those behind it go on.
            gone = connection.execute(GONE, about).one_or_none()
        if gone is not None:
            outcome = "discarded"
            if gone.stream is not None:
                self.release(gone.stream, wish)
        self._note(DONE, wish, outcome=outcome)

    def _go_on_without(self, connection: Connection, wish: Row[Any], row: Row[Any]) -> None:
        envelope = Envelope(wish.topic, wish.partition, wish.offset, stream=row.stream, number=row.number)
        known = {"stream": row.stream, "number": row.number, "reason": row.reason}
        about = self._me | {"topic": wish.topic, "partition": wish.partition, "offset": wish.offset}
        connection.execute(DISCARD, about | known | {"discarded_by": wish.asked_by, "why": wish.why})
        self._places.unpark(connection, [envelope])
        if row.stream is not None and row.number is not None:
            before = {row.stream: row.seen} if row.seen else {}
            self._places.remember(connection, {row.stream: row.number}, before)
            # Done with, though without effect: whoever compares what was published with what was taken in goes on.
            self._places.advance(connection, {(wish.topic, wish.partition): Advance(applied=1)})
        log.warning("message discarded", reader=self._places.reader, topic=wish.topic, offset=wish.offset)

    def _note(self, statement: TextClause, wish: Row[Any], **values: object) -> None:
        with self._engine.begin() as connection:
            connection.execute(statement, self._me | {"id": wish.id} | values)


def refusal(row: Row[Any] | None) -> str | None:
    """Why a message cannot be discarded, or None."""
    if row is None:
        return "not parked"
    if row.reason is None:
        return "only waits for another one"
    if row.number is not None and row.number != row.seen + 1:
        return "another one of its stream comes first"
    return None


def restored(row: Row[Any]) -> Kept:
    """The message as it came."""
    return restore(row.topic, row.partition, row.offset, row.record)
