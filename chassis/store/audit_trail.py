"""The audit trail: who was refused what, signed in or intervened, under pseudonyms; and reads of what is sensitive.

Who reads the database, or a list of entries, sees that two entries have the same actor, and not who that is.
"""

import hmac
import threading
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from pydantic_core import to_json
from sqlalchemy import text

from chassis.postgres.batching import Coalesced
from chassis.postgres.connections import engine
from chassis.postgres.leader import keep_running
from chassis.store.encryption import Unreadable, decode, encode
from chassis.store.store import Store

log = structlog.get_logger("audit")
MAX_BATCH = 200
MOST_OF_ONE = 100
"""How many different entries one actor makes in a minute; further ones are counted together."""
LOOK_AGAIN_SECONDS = 3600
PAGE = 500
ABOUT = b"portolan: audit"

RECORD = text("SELECT record_audit(CAST(:batch AS jsonb))")
FORGET = text("SELECT forget_audit(:days)")
# Reads of what is sensitive have their own table, for they are also told to the person they are about.
FOUND = text(
    "SELECT * FROM (SELECT 'a' || id AS id, kind, first_at, last_at, actor, for_whom, source, operation, target,"
    " outcome, times, correlation_id, NULL AS subject FROM audit"
    " WHERE (CAST(:actor AS text) IS NULL OR actor = :actor) AND first_at BETWEEN :from AND :to"
    " AND (CAST(:target AS text) IS NULL OR target = :target)"
    " UNION ALL SELECT 'r' || id, 'read', read_at, read_at, reader, coalesce(for_whom, ''), '', 'read', stream, '200',"
    " 1, correlation_id, CAST(subject AS text) FROM reads"
    " WHERE (CAST(:reader AS text) IS NULL OR reader = :reader) AND read_at BETWEEN :from AND :to"
    " AND (CAST(:record AS text) IS NULL OR right(stream, 36) = :record)) AS entries"
    " WHERE (CAST(:kind AS text) IS NULL OR kind = :kind) AND (first_at, id) > (:after, :after_id)"
    " ORDER BY first_at, id LIMIT :limit"
)


class Pseudonyms:
    """Names of persons, records and addresses as text that only the key turns back; the same name, the same text."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESSIV(hmac.digest(key, ABOUT, "sha512"))

    def of(self, name: str) -> str:
        return encode(self._cipher.encrypt(name.encode(), [ABOUT])) if name else ""

    def name(self, pseudonym: str) -> str:
        """Return the name; raise ``Unreadable`` where it is not of this key."""
        try:
            return self._cipher.decrypt(decode(pseudonym), [ABOUT]).decode() if pseudonym else ""
        except (InvalidTag, ValueError):
            raise Unreadable("not a pseudonym of this key") from None


@dataclass(frozen=True)
class Entry:
    """One entry, with names as they are: who (empty: nobody who proved it), for whom, from where, did what to which.

    ``operation`` is a method and a route, ``target`` the id asked for, whether or not there is such a record.
    """

    kind: str
    operation: str
    outcome: str
    actor: str = ""
    for_whom: str = ""
    source: str = ""
    target: str = ""
    correlation_id: str | None = None


@dataclass(frozen=True)
class Asked:
    """Which entries: of a kind, of an actor, about a record, within two moments, after one."""

    begin: datetime
    end: datetime
    kind: str | None = None
    actor: str | None = None
    record: str | None = None
    after: datetime | None = None
    after_id: str = ""


class AuditTrail:
    """Records entries, and finds them again."""

    def __init__(self, store: Store, pseudonyms: Pseudonyms) -> None:
        self._store, self.pseudonyms = store, pseudonyms
        self._write = Coalesced(self._write_all, MAX_BATCH)
        self._minute, self._different = 0, dict[str, set[Entry]]()

    async def record(self, entries: Sequence[Entry]) -> None:
        """Store entries; raises ``Unavailable`` where the database cannot be reached."""
        await self._write([self._bounded(entry) for entry in entries])

    async def _write_all(self, batches: Sequence[Sequence[Entry]]) -> Sequence[None]:
        of = self.pseudonyms.of
        rows = [
            asdict(each)
            | {
                "actor": of(each.actor),
                "for_whom": of(each.for_whom),
                "source": of(each.source),
                "target": of(each.target),
            }
            for batch in batches
            for each in batch
        ]
        await self._store.rows(RECORD, {"batch": to_json(rows).decode()})
        return [None] * len(batches)

    def _bounded(self, entry: Entry) -> Entry:
        """The entry, or what it has in common with the others where its actor makes too many different ones."""
        minute = int(time.time() // 60)
        if minute != self._minute:
            self._minute, self._different = minute, {}
        seen, plain = self._different.setdefault(entry.actor, set()), replace(entry, correlation_id=None)
        if plain not in seen and len(seen) >= MOST_OF_ONE:
            return replace(entry, source="", target="", for_whom="")
        seen.add(plain)
        return entry

    async def find(self, asked: Asked, limit: int) -> list[Mapping[str, Any]]:
        """Entries in the order they were first made, with pseudonyms; those of reads get theirs here."""
        pseudonyms = self.pseudonyms
        rows = await self._store.rows(
            FOUND,
            {
                "from": asked.begin,
                "to": asked.end,
                "kind": asked.kind,
                "reader": asked.actor,
                "actor": asked.actor and pseudonyms.of(asked.actor),
                "record": asked.record,
                "target": asked.record and pseudonyms.of(asked.record),
                "after": asked.after or asked.begin,
                "after_id": asked.after_id,
                "limit": limit,
            },
        )
        return [self._under_pseudonyms(row._asdict()) for row in rows]

    def _under_pseudonyms(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        if row["kind"] != "read":
            return dict(row) | {"subject": ""}
        of, kind = self.pseudonyms.of, row["target"][:-37]
        names = {name: of(row[name]) for name in ("actor", "for_whom", "subject")}
        return dict(row) | names | {"operation": f"read {kind}", "target": of(row["target"][-36:])}

    async def export(self, asked: Asked) -> AsyncIterator[Mapping[str, Any]]:
        """All entries with the names behind the pseudonyms; those of another key stay as they are."""
        page = await self.find(asked, PAGE)
        while page:
            for entry in page:
                yield dict(entry) | {name: self._named(entry[name]) for name in NAMED}
            last = page[-1]
            page = await self.find(replace(asked, after=last["first_at"], after_id=last["id"]), PAGE)

    def _named(self, pseudonym: str) -> str:
        try:
            return self.pseudonyms.name(pseudonym)
        except Unreadable:
            return pseudonym


NAMED = ("actor", "for_whom", "source", "target", "subject")


class Retention:
    """Deletes what is older than so many days of the audit trail, again and again until told to stop."""

    def __init__(self, url: str, days: int) -> None:
        self._days = days
        self._engine = engine(url, "retention", isolation_level="AUTOCOMMIT")

    def run(self, stop: threading.Event) -> None:
        keep_running("retention", self.forget, stop, log=log, pause=LOOK_AGAIN_SECONDS)

    def forget(self) -> None:
        with self._engine.connect() as connection:
            count = connection.execute(FORGET, {"days": self._days}).scalar_one()
        if count:
            log.info("audit entries deleted", count=count)
