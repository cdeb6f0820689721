"""The worker's heartbeat: that it runs, whether it reaches Kafka, and how far each reader lags its sources."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import structlog
from kafka.errors import KafkaError, SaslAuthenticationFailedError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from chassis.messaging.access import Access
from chassis.messaging.broker import Broker
from chassis.messaging.kafka import Topics, UntrustedCertificate
from chassis.postgres.connections import engine

log = structlog.get_logger("heartbeat")
BEAT_SECONDS = 3
MAX_OBSERVATIONS = 500
# A look must end well before the next beats are missed, also where a broker does not answer at all.
IMPATIENT: Mapping[str, Any] = {"request_timeout_ms": 3000, "bootstrap_timeout_ms": 3000}
REFUSED: Mapping[type[Exception], str] = {
    SaslAuthenticationFailedError: "credentials",
    UntrustedCertificate: "certificate",
}
Partition = tuple[str, int]


@dataclass
class EndOffsetHistory:
    """The end offsets of partitions with the time each was first seen: so a reader's lag has a beginning."""

    _observed: dict[Partition, list[tuple[int, datetime]]] = field(default_factory=dict)

    def record(self, place: Partition, end: int, at: datetime) -> None:
        """A partition ends here now. Of very many sights every second one is forgotten, never the first."""
        observed = self._observed.setdefault(place, [])
        if observed and end < observed[-1][0]:  # the topic was recreated
            observed.clear()
        if not observed or end > observed[-1][0]:
            observed.append((end, at))
        if len(observed) > MAX_OBSERVATIONS:
            del observed[1::2]

    def behind_since(self, place: Partition, next_offset: int) -> datetime | None:
        """Since when there is something the reader has not applied; None where there is nothing."""
        return next((at for end, at in self._observed.get(place, ()) if end > next_offset), None)

    def forget(self, place: Partition, below: int) -> None:
        self._observed[place] = [
            observation for observation in self._observed.get(place, ()) if observation[0] > below
        ] or self._observed[place][-1:]


class Heartbeat:
    """Stores every few seconds that this worker is alive, and the end offsets it sees."""

    def __init__(
        self, url: str, broker: Broker, version: str, readers: Mapping[str, Sequence[str]], access: Access
    ) -> None:
        self._engine = engine(url, "heartbeat", pool_size=1)
        self._broker, self._version, self._readers, self._access = broker, version, readers, access
        self._id: UUID = uuid4()
        self._started = datetime.now(UTC)
        self._end_offsets = EndOffsetHistory()
        self._remembered = False
        self._told = True
        self._topics: Topics | None = None
        self.kafka_away_since: datetime | None = None
        self.kafka_refused: str | None = None

    def missing(self) -> list[str]:
        """What the worker lacks of Kafka, as readiness names it."""
        if self.kafka_refused is not None:
            return [f"Kafka {self.kafka_refused.partition(':')[0]}"]
        return [] if self.kafka_away_since is None else ["Kafka"]

    def run(self, stop: threading.Event) -> None:
        """Send heartbeats until told to stop; then remove this worker."""
        while not stop.is_set():
            self._beat()
            stop.wait(BEAT_SECONDS)
        self._leave()
        self._close()
        self._engine.dispose()

    def _beat(self) -> None:
        ends = self._look()
        try:
            with self._engine.begin() as connection:
                self._note_worker(connection)
                self._note_lags(connection, ends)
            self._told = True
        except DBAPIError as failure:
            if self._told:  # once for each outage; the database's own absence says the rest
                log.warning("heartbeat not stored", failure=type(failure).__name__)
            self._told = False

    def _look(self) -> Mapping[Partition, int]:
        topics = sorted({topic for names in self._readers.values() for topic in names})
        try:
            self._topics = self._topics or Topics(self._broker, **IMPATIENT)
            ends = self._topics.ends(topics)
            lacks = self._topics.lacking(self._access, self._group()) if self._broker.authenticated else []
        except (KafkaError, OSError) as failure:
            self._close()
            self.kafka_away_since = self.kafka_away_since or datetime.now(UTC)
            self._note_refusal(REFUSED.get(type(failure)))
            return {}
        self.kafka_away_since = None
        self._note_refusal(f"rights: {', '.join(lacks)}" if lacks else None)
        return ends

    def _group(self) -> str | None:
        """The consumer group of one of its readers; all of them begin with the same."""
        return next((f"{self._access.groups}{reader}" for reader in self._readers), None)

    def _note_refusal(self, what: str | None) -> None:
        if what != self.kafka_refused:
            log.warning("Kafka refuses", what=what) if what else log.info("Kafka refuses nothing any more")
        self.kafka_refused = what

    def _close(self) -> None:
        if self._topics:
            self._topics.close()
            self._topics = None

    def _note_worker(self, connection: Connection) -> None:
        connection.execute(
            text(
                "INSERT INTO workers (id, version, started_at, heard_at, kafka_away_since, kafka_refused)"
                " VALUES (:id, :version, :started, clock_timestamp(), :away, :refused) ON CONFLICT (id) DO UPDATE"
                " SET heard_at = excluded.heard_at, kafka_away_since = excluded.kafka_away_since,"
                " kafka_refused = excluded.kafka_refused"
            ),
            {
                "id": self._id,
                "version": self._version,
                "started": self._started,
                "away": self.kafka_away_since,
                "refused": self.kafka_refused,
            },
        )
        connection.execute(text("DELETE FROM workers WHERE heard_at < now() - interval '1 day'"))

    def _note_lags(self, connection: Connection, ends: Mapping[Partition, int]) -> None:
        if not self._remembered:
            self._remember(connection)
        rows = connection.execute(text("SELECT reader, topic, partition, next_offset FROM progress"))
        places = {(row.reader, row.topic, row.partition): row.next_offset for row in rows}
        now: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        noted = []
        for (topic, partition), end in sorted(ends.items()):
            self._end_offsets.record((topic, partition), end, now)
            following = {
                reader: places.get((reader, topic, partition), 0)
                for reader, topics in self._readers.items()
                if topic in topics
            }
            for reader, next_offset in following.items():
                since = self._end_offsets.behind_since((topic, partition), next_offset)
                noted.append(
                    {
                        "reader": reader,
                        "topic": topic,
                        "partition": partition,
                        "next": next_offset,
                        "end": end,
                        "since": since,
                        "now": now,
                    }
                )
            self._end_offsets.forget((topic, partition), min(following.values()))
        if noted:
            connection.execute(
                text(
                    "INSERT INTO lags VALUES (:reader, :topic, :partition, :next, :end, :since, :now)"
                    " ON CONFLICT (reader, topic, partition) DO UPDATE SET next_offset = excluded.next_offset,"
                    " end_offset = excluded.end_offset, behind_since = excluded.behind_since,"
                    " seen_at = excluded.seen_at"
                ),
                noted,
            )

    def _remember(self, connection: Connection) -> None:
        """A delay goes on through a restart of the worker."""
        rows = connection.execute(
            text(
                "SELECT topic, partition, next_offset, behind_since FROM lags WHERE behind_since IS NOT NULL"
                " ORDER BY topic, partition, next_offset"
            )
        )
        for row in rows:
            self._end_offsets.record((row.topic, row.partition), row.next_offset + 1, row.behind_since)
        self._remembered = True

    def _leave(self) -> None:
        try:
            with self._engine.begin() as connection:
                connection.execute(text("DELETE FROM workers WHERE id = :id"), {"id": self._id})
        except DBAPIError as failure:
            log.warning("worker not removed", failure=type(failure).__name__)
