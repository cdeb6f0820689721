"""The topic of keys: published before the events that need them, and applied by other services."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import structlog
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import to_json
from sqlalchemy import Connection, text

from chassis.messaging.broker import Broker
from chassis.messaging.kafka import Message, Producer, Record, ensure_topic
from chassis.messaging.notice_reader import NoticeReader
from chassis.messaging.reader_definition import Reader
from chassis.store.encryption import Unreadable, decode, encode

BATCH = 1000
log = structlog.get_logger("keys")
KEYS = "keys"
"""The name of the reader that applies others' keys."""

# A segment is compacted only once it is closed, and closed only when something is written after its time: the erasure
# is said again after that, and whenever its age has doubled, lest a relay that slept through it had the last word.
TOPIC_CONFIG: Mapping[str, str] = {
    "cleanup.policy": "compact",
    "segment.ms": "300000",
    "max.compaction.lag.ms": "300000",
    "min.compaction.lag.ms": "0",
    "min.cleanable.dirty.ratio": "0.01",
    "delete.retention.ms": "86400000",
    "retention.ms": "-1",
    "retention.bytes": "-1",
}

AGAIN = "10 minutes"


def in_utc(moment: datetime) -> datetime:
    """The same moment; raises ``ValueError`` for one that exists in its own zone only."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("not a moment") from None


def base64url(told: str) -> str:
    """The same text; raises ``ValueError`` where it is not base64url."""
    try:
        decode(told)
    except Unreadable as error:
        raise ValueError(str(error)) from None
    return told


class PublishedKey(BaseModel):
    """A message of the topic of keys: a wrapped key, or that it was erased; the highest revision holds.

    What passes here can be stored: a single message that could not be would hold up all keys and erasures behind it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    subject: UUID
    revision: int = Field(ge=1, le=2**31 - 1)
    wrapped: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(base64url)] | None = None
    master: Annotated[str, Field(pattern="^[0-9a-z]{1,50}$")] | None = None
    erased: Annotated[AwareDatetime, AfterValidator(in_utc)] | None = None


@dataclass(frozen=True)
class KeyPublisher:
    """Publishes keys before the events that need them, and erasures, more than once."""

    topic: str
    partitions: int = 4
    replication: int = 1
    config: Mapping[str, str] = field(default_factory=lambda: TOPIC_CONFIG)
    again: str = AGAIN

    find = text(
        "SELECT subject, wrapped, master, revision, erased_at FROM keys WHERE own AND announced < revision"
        " UNION SELECT subject, wrapped, master, revision, erased_at FROM keys WHERE again_at <= now()"
        " ORDER BY subject LIMIT :limit"
    )
    mark = text("SELECT mark_key_announced(:subject, :revision, CAST(:again AS interval))")

    def ensure_topic(self, broker: Broker) -> None:
        ensure_topic(broker, self.topic, partitions=self.partitions, replication=self.replication, config=self.config)

    def publish(self, connection: Connection, producer: Producer) -> None:
        """Publish keys and erasures that are due, and return when all are acknowledged."""
        while rows := connection.execute(self.find, {"limit": BATCH}).all():
            producer.send_all(self.topic, [key_record(row) for row in rows])
            marks = [{"subject": row.subject, "revision": row.revision, "again": self.again} for row in rows]
            connection.execute(self.mark, marks)


def key_record(row: Any) -> Message:
    """A key as a record keyed by the subject, so that a later record replaces it."""
    told = PublishedKey(
        subject=row.subject,
        revision=row.revision,
        wrapped=None if row.wrapped is None else encode(bytes(row.wrapped)),
        master=row.master,
        erased=row.erased_at,
    )
    return Message(str(row.subject).encode(), to_json(told, exclude_none=True), [("content-type", b"application/json")])


Forget = Callable[[Connection, Sequence[UUID]], None]
"""``forget(connection, subjects)``: drops what a service's tables derived of whom is erased."""


class KeyReader(NoticeReader[PublishedKey]):
    """Applies the keys that other services publish; the effect is the table itself.

    With an erasure goes what was derived of the person, in the same transaction: the event that says so may be parked.
    """

    keep = text("SELECT keep_key(:subject, :wrapped, :master, :revision, :erased)")

    def __init__(self, url: str, broker: Broker, service: str, reader: Reader, forget: Forget | None = None) -> None:
        super().__init__(url, broker, service, reader)
        self._forget = forget

    def apply(self, connection: Connection, told: Sequence[PublishedKey]) -> None:
        """Store the keys, by the highest revision."""
        # In one order everywhere, so that two instances do not wait for each other.
        for one in sorted(told, key=lambda one: (one.subject, one.revision)):
            connection.execute(self.keep, kept(one))
        # Also where the erasure was known: what was under way when it came may have been written after it.
        if self._forget and (erased := sorted({one.subject for one in told if one.erased})):
            self._forget(connection, erased)

    def understood(self, record: Record) -> PublishedKey | None:
        try:
            told = PublishedKey.model_validate_json(record.value or b"")
        except ValidationError:
            told = None
        if told is None or (told.wrapped is None or told.master is None) != (told.erased is not None):
            # Nothing waits for it but what needs the key, and that says so.
            log.warning("message about a key not understood", topic=record.topic, offset=record.offset)
            return None
        return told


def kept(told: PublishedKey) -> dict[str, Any]:
    """Return a message's row in the table of keys; a key that was erased stays nowhere."""
    gone = told.erased is not None
    return {
        "subject": told.subject,
        "wrapped": None if gone else decode(told.wrapped or ""),
        "master": None if gone else told.master,
        "revision": told.revision,
        "erased": told.erased,
    }
