"""Readers of notices: what the chassis itself says on a topic, no events, each of which holds whatever came before."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar

from sqlalchemy import Connection, text

from chassis.messaging.kafka import Record
from chassis.messaging.reader import ReaderLoop

Notice = TypeVar("Notice")
MOVE = text(
    "INSERT INTO progress AS p (reader, topic, partition, next_offset, applied)"
    " VALUES (:reader, :topic, :partition, :next, :applied) ON CONFLICT (reader, topic, partition) DO UPDATE"
    " SET next_offset = greatest(p.next_offset, excluded.next_offset), applied = p.applied + excluded.applied,"
    " changed_at = now()"
)


class NoticeReader(ReaderLoop, Generic[Notice]):
    """Applies notices in batches; the offset moves with them. None is numbered, and none is parked."""

    @abstractmethod
    def understood(self, record: Record) -> Notice | None:
        """Return what a message says; None, with a line in the log, where it says nothing that can be understood."""

    @abstractmethod
    def apply(self, connection: Connection, told: Sequence[Notice]) -> None:
        """Apply these; also some that were applied before."""

    def process(self, records: Sequence[Record]) -> None:
        """Apply the records' notices and move the offset, in one transaction."""
        told = [one for record in records if (one := self.understood(record)) is not None]
        with self._engine.begin() as connection:
            if told:
                self.apply(connection, told)
            for topic, partition in sorted({(record.topic, record.partition) for record in records}):
                here = [record for record in records if (record.topic, record.partition) == (topic, partition)]
                connection.execute(
                    MOVE,
                    {
                        "reader": self._reader.name,
                        "topic": topic,
                        "partition": partition,
                        "next": here[-1].offset + 1,
                        "applied": len(here),
                    },
                )
