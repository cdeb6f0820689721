"""The table of keys: unlocked at start, announced to those who may read, taken in by them, wrapped anew on rotation."""

import os
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any
from uuid import UUID

import structlog
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import to_json
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError

from chassis.consumer import Reader, ReaderLoop
from chassis.judgement import KeysStatus
from chassis.kafka import Message, Producer, Record, ensure_topic
from chassis.privacy import (
    KEY_BYTES,
    Key,
    KeyMissing,
    KeyOf,
    Privacy,
    Unreadable,
    WrongMasterKey,
    decode,
    encode,
    key_in,
    withheld,
)
from chassis.store import CONNECT, Store

log = structlog.get_logger("keys")

KEYS = "keys"
"""The name of the reader that takes in others' keys."""
BATCH = 1000
LOOK_AGAIN_SECONDS = 5.0
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

FIND = text("SELECT subject, wrapped, master, erased_at FROM keys WHERE subject = ANY(:subjects)")


async def unlock(store: Store) -> None:
    """Open the database's own secret with the master key, or make one; raises ``WrongMasterKey``."""
    masters = store.privacy.masters
    if masters is None:
        raise WrongMasterKey("PORTOLAN_MASTER_KEY: set it; this service seals or reads personal data")
    find = text("SELECT wrapped, master FROM secret")
    if not (found := await store.rows(find)):
        if await store.rows(text("SELECT FROM keys WHERE wrapped IS NOT NULL LIMIT 1")):
            raise WrongMasterKey("the database has keys but no secret: restore both tables, keys and secret")
        made = {"wrapped": masters.current.wrap(os.urandom(KEY_BYTES), "secret"), "master": masters.current.id}
        make = text(
            "INSERT INTO secret (wrapped, master) VALUES (:wrapped, :master) ON CONFLICT DO NOTHING RETURNING one"
        )
        await store.rows(make, made)
        found = await store.rows(find)  # another process may have been faster
    used = await store.rows(text("SELECT DISTINCT master FROM keys WHERE wrapped IS NOT NULL ORDER BY master"))
    for master in [found[0].master, *(row.master for row in used)]:
        if master not in masters.known:
            raise WrongMasterKey(
                f"PORTOLAN_MASTER_KEY: this database expects the master key {master}, and the configured one is"
                f" {masters.current.id}; set the right one, or name the old one in PORTOLAN_PREVIOUS_MASTER_KEYS"
            )
    try:
        store.privacy.secret = masters.unwrap(found[0].wrapped, "secret", found[0].master)
    except KeyMissing as error:
        raise WrongMasterKey("the database's secret was changed: restore the table secret from a backup") from error


class KeyLookup:
    """Finds a reader's keys in its own database, anew for every batch: an erased one is never used again."""

    def __init__(self, privacy: Privacy) -> None:
        self._privacy = privacy

    def __call__(self, connection: Connection, subjects: Collection[UUID]) -> KeyOf:
        if self._privacy.masters is None:
            return withheld
        rows = connection.execute(FIND, {"subjects": list(subjects)}).all() if subjects else []
        found = {row.subject: row for row in rows}

        # One key that cannot be opened keeps back what needs it, and nothing else.
        @cache
        def key_of(subject: UUID) -> Key:
            return key_in(self._privacy.keys([found[subject]] if subject in found else []))(subject)

        return key_of


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


class KeyTold(BaseModel):
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
class Announcer:
    """Tells those who may read of keys, before the events that need them, and of erasures, more than once."""

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
    # One that has changed since is announced once more.
    mark = text(
        "UPDATE keys SET announced = greatest(announced, :revision), again_at = CASE WHEN erased_at IS NOT NULL"
        " THEN now() + greatest(CAST(:again AS interval), now() - erased_at) END"
        " WHERE subject = :subject AND revision = :revision"
    )

    def ensure_topic(self, bootstrap: str) -> None:
        """Create the topic where it is missing."""
        ensure_topic(
            bootstrap, self.topic, partitions=self.partitions, replication=self.replication, config=self.config
        )

    def announce(self, connection: Connection, producer: Producer) -> None:
        """Tell what is to be told, and return when all of it is acknowledged."""
        while rows := connection.execute(self.find, {"limit": BATCH}).all():
            producer.send_all(self.topic, [announcement(row) for row in rows])
            marks = [{"subject": row.subject, "revision": row.revision, "again": self.again} for row in rows]
            connection.execute(self.mark, marks)


def announcement(row: Any) -> Message:
    """A key as it is told: keyed by the subject, so that what is told later replaces it."""
    told = KeyTold(
        subject=row.subject,
        revision=row.revision,
        wrapped=None if row.wrapped is None else encode(bytes(row.wrapped)),
        master=row.master,
        erased=row.erased_at,
    )
    return Message(str(row.subject).encode(), to_json(told, exclude_none=True), [("content-type", b"application/json")])


Forget = Callable[[Connection, Sequence[UUID]], None]
"""``forget(connection, subjects)``: drops what a service's tables derived of whom is erased."""


class KeyReader(ReaderLoop):
    """Takes in the keys that other services announce; the effect is the table itself.

    With an erasure goes what was derived of the person, in the same transaction: the event that says so may wait aside.
    """

    keep = text(
        "INSERT INTO keys AS k (subject, wrapped, master, own, revision, announced, erased_at)"
        " VALUES (:subject, :wrapped, :master, false, :revision, :revision, :erased)"
        " ON CONFLICT (subject) DO UPDATE SET wrapped = excluded.wrapped, master = excluded.master,"
        " revision = excluded.revision, announced = excluded.announced, erased_at = excluded.erased_at"
        " WHERE NOT k.own AND k.revision < excluded.revision"
    )
    move = text(
        "INSERT INTO progress AS p (reader, topic, partition, next_offset, applied)"
        " VALUES (:reader, :topic, :partition, :next, :applied) ON CONFLICT (reader, topic, partition) DO UPDATE"
        " SET next_offset = greatest(p.next_offset, excluded.next_offset), applied = p.applied + excluded.applied,"
        " changed_at = now()"
    )

    def __init__(self, url: str, bootstrap: str, service: str, reader: Reader, forget: Forget | None = None) -> None:
        super().__init__(url, bootstrap, service, reader)
        self._forget = forget

    def process(self, records: Sequence[Record]) -> None:
        """Keep what is told, by the highest revision; the place moves with it."""
        told = [one for record in records if (one := self._told(record))]
        with self._engine.begin() as connection:
            # In one order everywhere, so that two instances do not wait for each other.
            for one in sorted(told, key=lambda one: (one.subject, one.revision)):
                connection.execute(self.keep, kept(one))
            # Also where the erasure was known: what was under way when it came may have been written after it.
            if self._forget and (erased := sorted({one.subject for one in told if one.erased})):
                self._forget(connection, erased)
            for topic, partition in sorted({(record.topic, record.partition) for record in records}):
                here = [record for record in records if (record.topic, record.partition) == (topic, partition)]
                connection.execute(
                    self.move,
                    {
                        "reader": self._reader.name,
                        "topic": topic,
                        "partition": partition,
                        "next": here[-1].offset + 1,
                        "applied": len(here),
                    },
                )

    def _told(self, record: Record) -> KeyTold | None:
        try:
            told = KeyTold.model_validate_json(record.value or b"")
        except ValidationError:
            told = None
        if told is None or (told.wrapped is None or told.master is None) != (told.erased is not None):
            # Nothing waits for it but what needs the key, and that says so.
            log.warning("message about a key not understood", topic=record.topic, offset=record.offset)
            return None
        return told


def kept(told: KeyTold) -> dict[str, Any]:
    """What is stored of a message; a key that was erased stays nowhere."""
    gone = told.erased is not None
    return {
        "subject": told.subject,
        "wrapped": None if gone else decode(told.wrapped or ""),
        "master": None if gone else told.master,
        "revision": told.revision,
        "erased": told.erased,
    }


class Rotation:
    """Wraps with the present master key what previous ones wrapped, in batches, until told to stop."""

    find = text(
        "SELECT subject, wrapped, master, revision FROM keys"
        " WHERE wrapped IS NOT NULL AND master = ANY(:previous) ORDER BY subject LIMIT :limit"
    )
    # One that was erased or told anew meanwhile is left alone; own ones are announced once more.
    wrap = text(
        "UPDATE keys SET wrapped = :wrapped, master = :master, revision = revision + own::integer"
        " WHERE subject = :subject AND revision = :revision AND wrapped IS NOT NULL AND master = :before"
    )

    def __init__(self, url: str, privacy: Privacy) -> None:
        assert privacy.masters is not None
        self._masters = privacy.masters
        self._engine = create_engine(
            url,
            isolation_level="AUTOCOMMIT",
            pool_size=1,
            hide_parameters=True,
            connect_args={**CONNECT, "application_name": "rotation"},
        )

    def run(self, stop: threading.Event) -> None:
        """Look for such keys again and again: a process with the old master key may still be making some."""
        while not stop.is_set():
            try:
                with self._engine.connect() as connection:
                    self._wrap_secret(connection)
                    if self.wrap_batch(connection):
                        continue
            except (DBAPIError, KeyMissing) as failure:
                log.warning("rotation starts again", failure=type(failure).__name__)
            stop.wait(LOOK_AGAIN_SECONDS)
        self._engine.dispose()

    def wrap_batch(self, connection: Connection) -> int:
        """Wrap some keys anew; returns how many there were."""
        rows = connection.execute(self.find, {"previous": self._masters.previous, "limit": BATCH}).all()
        current = self._masters.current
        changes = [
            {
                "subject": row.subject,
                "revision": row.revision,
                "before": row.master,
                "wrapped": current.wrap(
                    self._masters.unwrap(row.wrapped, str(row.subject), row.master), str(row.subject)
                ),
                "master": current.id,
            }
            for row in rows
        ]
        if changes:
            connection.execute(self.wrap, changes)
        return len(changes)

    def _wrap_secret(self, connection: Connection) -> None:
        row = connection.execute(text("SELECT wrapped, master FROM secret")).one()
        current = self._masters.current
        if row.master == current.id:
            return
        wrapped = current.wrap(self._masters.unwrap(row.wrapped, "secret", row.master), "secret")
        connection.execute(
            text("UPDATE secret SET wrapped = :wrapped, master = :master WHERE master = :before"),
            {"wrapped": wrapped, "master": current.id, "before": row.master},
        )


async def read_keys_status(store: Store) -> KeysStatus | None:
    """How the keys are; None for a service that holds none."""
    if store.privacy.masters is None:
        return None
    master = store.privacy.masters.current.id
    (row,) = await store.rows(
        text(
            "SELECT count(wrapped) AS subjects, count(erased_at) AS erased, max(erased_at) AS last_erased_at,"
            " count(*) FILTER (WHERE master <> :master) + (SELECT count(*) FROM secret WHERE master <> :master)"
            " AS older, count(*) FILTER (WHERE NOT master = ANY(:known)) AS unopened,"
            " count(*) FILTER (WHERE own AND announced < revision) AS unannounced FROM keys"
        ),
        {"master": master, "known": store.privacy.masters.known},
    )
    return KeysStatus(master=master, **row._mapping)
