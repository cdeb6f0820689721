"""A reader's offsets, sequence numbers and parked messages in its service's database, under its name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from chassis.domain.failures import SequenceConflict
from chassis.messaging.cloudevents import Envelope, StoredMessage, dump_message, restore_message
from chassis.messaging.event_ids import FOREIGN, KEPT, SIZE
from chassis.messaging.kafka import Record

Partition = tuple[str, int]
LOCK = text(
    "SELECT p.topic, p.partition, p.next_offset FROM progress p"
    " JOIN unnest(CAST(:topics AS text[]), CAST(:partitions AS integer[])) AS w(topic, partition)"
    " ON p.topic = w.topic AND p.partition = w.partition WHERE p.reader = :reader"
    " ORDER BY p.topic, p.partition FOR UPDATE OF p"
)

BEGIN = text(
    "INSERT INTO progress (reader, topic, partition, next_offset)"
    " SELECT :reader, t, p, 0 FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS integer[])) AS w(t, p)"
    " ON CONFLICT DO NOTHING"
)

LAST_NUMBERS = text("SELECT stream, number FROM seen WHERE reader = :reader AND stream = ANY(:streams)")
ADVANCE = text(
    "UPDATE progress p SET next_offset = greatest(p.next_offset, w.next), applied = p.applied + w.applied,"
    " event_time = greatest(p.event_time, w.time), changed_at = now()"
    " FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS integer[]), CAST(:nexts AS bigint[]),"
    " CAST(:applied AS bigint[]), CAST(:times AS timestamptz[])) AS w(topic, partition, next, applied, time)"
    " WHERE p.reader = :reader AND p.topic = w.topic AND p.partition = w.partition"
)

KEPT_IDS = text("SELECT stream, ids FROM seen WHERE reader = :reader AND stream = ANY(:streams)")
FIRST_NUMBERS = text(
    "INSERT INTO seen (reader, stream, number, ids) SELECT :reader, s, n, i FROM unnest(CAST(:streams AS text[]),"
    " CAST(:numbers AS integer[]), CAST(:ids AS bytea[])) AS t(s, n, i) ON CONFLICT DO NOTHING"
)

NEXT_NUMBERS = text(
    "UPDATE seen SET number = t.n, ids = substr(ids || t.i, greatest(length(ids) + length(t.i) - :most + 1, 1))"
    " FROM unnest(CAST(:streams AS text[]), CAST(:numbers AS integer[]), CAST(:ids AS bytea[]),"
    " CAST(:before AS integer[])) AS t(s, n, i, b) WHERE reader = :reader AND stream = t.s AND number = t.b"
)

PARK = text(
    'INSERT INTO parked (reader, topic, partition, "offset", stream, number, reason, record) VALUES'
    " (:reader, :topic, :partition, :offset, :stream, :number, :reason, CAST(:record AS jsonb)) ON CONFLICT DO NOTHING"
)

UNPARK = text(
    'DELETE FROM parked WHERE reader = :reader AND topic = :topic AND partition = :partition AND "offset" = :offset'
)

RECORD_FAILURE = text(
    "UPDATE parked SET reason = :reason"
    ' WHERE reader = :reader AND topic = :topic AND partition = :partition AND "offset" = :offset'
)

PARKED_NUMBERS = text(
    "SELECT stream, number FROM parked WHERE reader = :reader AND stream = ANY(:streams) AND number IS NOT NULL"
    " AND reason IS DISTINCT FROM :foreign"
)

PARKED_MESSAGES = text(
    'SELECT topic, partition, "offset", record FROM parked WHERE reader = :reader AND stream = ANY(:streams)'
    " AND number IS NOT NULL AND reason IS DISTINCT FROM :foreign ORDER BY stream, number"
)


@dataclass
class PartitionProgress:
    """A reader's progress in one partition: the next offset, the events applied, the latest one's time."""

    next_offset: int = 0
    applied: int = 0
    time: datetime | None = None


class ConsumerOffsets:
    """The bookkeeping of one reader; every method works within the caller's transaction."""

    def __init__(self, reader: str) -> None:
        self.reader = reader

    def lock(self, connection: Connection, places: Iterable[Partition]) -> dict[Partition, int]:
        """The next offsets of these partitions, which nobody else moves until the transaction ends."""
        # The row lock makes a second instance that woke up too late wait here and then find its records done.
        wanted = sorted(set(places))
        parameters = {
            "reader": self.reader,
            "topics": [topic for topic, _ in wanted],
            "partitions": [partition for _, partition in wanted],
        }
        rows = connection.execute(LOCK, parameters).all()
        if len(rows) < len(wanted):
            connection.execute(BEGIN, parameters)
            rows = connection.execute(LOCK, parameters).all()
        return {(row.topic, row.partition): row.next_offset for row in rows}

    def last_numbers(self, connection: Connection, streams: Sequence[str]) -> dict[str, int]:
        """The number of the last event applied of each stream; none where nothing was."""
        rows = connection.execute(LAST_NUMBERS, {"reader": self.reader, "streams": list(streams)})
        return {row.stream: row.number for row in rows}

    def kept_ids(self, connection: Connection, streams: Sequence[str]) -> dict[str, bytes]:
        """The digests of the ids of the last events applied of each stream."""
        rows = connection.execute(KEPT_IDS, {"reader": self.reader, "streams": list(streams)})
        return {row.stream: bytes(row.ids) for row in rows}

    def parked_numbers(self, connection: Connection, streams: Sequence[str]) -> set[tuple[str, int]]:
        about = {"reader": self.reader, "streams": list(streams), "foreign": FOREIGN}
        rows = connection.execute(PARKED_NUMBERS, about)
        return {(row.stream, row.number) for row in rows}

    def parked_messages(self, connection: Connection, streams: Sequence[str]) -> list[StoredMessage]:
        """The messages of these streams that are parked and have their number for themselves, in order."""
        about = {"reader": self.reader, "streams": list(streams), "foreign": FOREIGN}
        rows = connection.execute(PARKED_MESSAGES, about)
        return [restore_message(row.topic, row.partition, row.offset, row.record) for row in rows]

    def park(self, connection: Connection, parked: Sequence[tuple[Record, Envelope, str | None]]) -> None:
        """Park messages, each with the reason where it is the culprit itself."""
        if parked:
            connection.execute(
                PARK,
                [
                    self._of(envelope)
                    | {
                        "stream": envelope.stream,
                        "number": envelope.number,
                        "reason": reason,
                        "record": dump_message(record),
                    }
                    for record, envelope, reason in parked
                ],
            )

    def unpark(self, connection: Connection, envelopes: Sequence[Envelope]) -> None:
        if envelopes:
            connection.execute(UNPARK, [self._of(envelope) for envelope in envelopes])

    def record_failure(self, connection: Connection, envelope: Envelope, reason: str) -> None:
        connection.execute(RECORD_FAILURE, self._of(envelope) | {"reason": reason})

    def remember(
        self,
        connection: Connection,
        numbers: Mapping[str, int],
        ids: Mapping[str, Sequence[bytes]],
        before: Mapping[str, int],
    ) -> None:
        """Move the streams' last numbers from ``before``; raise ``SequenceConflict`` where they changed meanwhile.

        ``ids`` are the digests of the events' ids, one for each number moved by. Partitions are locked, but a publisher
        may have put one stream into two of them.
        """
        known = [stream for stream in numbers if stream in before]
        new = [stream for stream in numbers if stream not in before]
        moved = 0
        if new:
            moved += connection.execute(FIRST_NUMBERS, self._moves(new, numbers, ids)).rowcount
        if known:
            earlier = {"before": [before[stream] for stream in known], "most": KEPT * SIZE}
            moved += connection.execute(NEXT_NUMBERS, self._moves(known, numbers, ids) | earlier).rowcount
        if moved != len(numbers):
            raise SequenceConflict

    def advance(self, connection: Connection, advances: Mapping[Partition, PartitionProgress]) -> None:
        """Go on from here; never backwards."""
        connection.execute(
            ADVANCE,
            {
                "reader": self.reader,
                "topics": [topic for topic, _ in advances],
                "partitions": [partition for _, partition in advances],
                "nexts": [advance.next_offset for advance in advances.values()],
                "applied": [advance.applied for advance in advances.values()],
                "times": [advance.time for advance in advances.values()],
            },
        )

    def _moves(
        self, streams: Sequence[str], numbers: Mapping[str, int], ids: Mapping[str, Sequence[bytes]]
    ) -> dict[str, object]:
        return {
            "reader": self.reader,
            "streams": streams,
            "numbers": [numbers[stream] for stream in streams],
            "ids": [b"".join(ids[stream][-KEPT:]) for stream in streams],
        }

    def _of(self, envelope: Envelope) -> dict[str, object]:
        return {
            "reader": self.reader,
            "topic": envelope.topic,
            "partition": envelope.partition,
            "offset": envelope.offset,
        }


def progress_of(applied: Sequence[Envelope]) -> dict[Partition, PartitionProgress]:
    """Return the number of applied events and the latest one's time by partition, without next offsets."""
    advances: dict[Partition, PartitionProgress] = {}
    for envelope in applied:
        advance = advances.setdefault((envelope.topic, envelope.partition), PartitionProgress())
        advance.applied += 1
        if envelope.time and (advance.time is None or envelope.time > advance.time):
            advance.time = envelope.time
    return advances
