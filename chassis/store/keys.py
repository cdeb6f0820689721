"""The key table: unlocked at start, looked up by readers, rewrapped after the master key changed."""

import os
import threading
from collections.abc import Collection
from functools import cache, partial
from uuid import UUID

import structlog
from sqlalchemy import Connection, text

from chassis.domain.failures import KeyMissing
from chassis.postgres.connections import engine
from chassis.postgres.leader import keep_running
from chassis.store.encryption import KEY_BYTES, Key, KeyOf, Privacy, WrongMasterKey, key_in, withheld
from chassis.store.store import Store

FIND = text("SELECT subject, wrapped, master, erased_at FROM keys WHERE subject = ANY(:subjects)")
KEEP_SECRET = text("SELECT keep_secret(:wrapped, :master, :before)")
LOOK_AGAIN_SECONDS = 5.0
BATCH = 1000
log = structlog.get_logger("keys")


async def unlock(store: Store) -> None:
    """Open the database's own secret with the master key, or make one; raises ``WrongMasterKey``."""
    master_keys = store.privacy.master_keys
    if master_keys is None:
        raise WrongMasterKey("PORTOLAN_MASTER_KEY: set it; this service seals or reads personal data")
    find = text("SELECT wrapped, master FROM secret")
    if not (found := await store.rows(find)):
        if await store.rows(text("SELECT FROM keys WHERE wrapped IS NOT NULL LIMIT 1")):
            raise WrongMasterKey("the database has keys but no secret: restore both tables, keys and secret")
        made = {"wrapped": master_keys.current.wrap(os.urandom(KEY_BYTES), "secret"), "master": master_keys.current.id}
        await store.rows(KEEP_SECRET, made | {"before": None})
        found = await store.rows(find)  # another process may have been faster
    used = await store.rows(text("SELECT DISTINCT master FROM keys WHERE wrapped IS NOT NULL ORDER BY master"))
    for master in [found[0].master, *(row.master for row in used)]:
        if master not in master_keys.known:
            raise WrongMasterKey(
                f"PORTOLAN_MASTER_KEY: this database expects the master key {master}, and the configured one is"
                f" {master_keys.current.id}; set the right one, or name the old one in PORTOLAN_PREVIOUS_MASTER_KEYS"
            )
    try:
        store.privacy.secret = master_keys.unwrap(found[0].wrapped, "secret", found[0].master)
    except KeyMissing as error:
        raise WrongMasterKey("the database's secret was changed: restore the table secret from a backup") from error


class KeyLookup:
    """Finds a reader's keys in its own database, again for every batch: an erased one is never used again."""

    def __init__(self, privacy: Privacy) -> None:
        self._privacy = privacy

    def __call__(self, connection: Connection, subjects: Collection[UUID]) -> KeyOf:
        if self._privacy.master_keys is None:
            return withheld
        rows = connection.execute(FIND, {"subjects": list(subjects)}).all() if subjects else []
        found = {row.subject: row for row in rows}

        # One key that cannot be opened keeps back what needs it, and nothing else.
        @cache
        def key_of(subject: UUID) -> Key:
            return key_in(self._privacy.keys([found[subject]] if subject in found else []))(subject)

        return key_of


class Rotation:
    """Wraps with the present master key what previous ones wrapped, in batches, until told to stop."""

    find = text(
        "SELECT subject, wrapped, master, revision FROM keys"
        " WHERE wrapped IS NOT NULL AND master = ANY(:previous) ORDER BY subject LIMIT :limit"
    )
    wrap = text("SELECT rewrap_key(:subject, :revision, :before, :wrapped, :master)")

    def __init__(self, url: str, privacy: Privacy) -> None:
        assert privacy.master_keys is not None
        self._master_keys = privacy.master_keys
        self._engine = engine(url, "rotation", pool_size=1, isolation_level="AUTOCOMMIT")

    def run(self, stop: threading.Event) -> None:
        """Look for such keys again and again: a process with the old master key may still be making some."""
        keep_running("rotation", partial(self._wrap_all, stop), stop, log=log, pause=LOOK_AGAIN_SECONDS)
        self._engine.dispose()

    def _wrap_all(self, stop: threading.Event) -> None:
        with self._engine.connect() as connection:
            self._wrap_secret(connection)
            while not stop.is_set() and self.wrap_batch(connection):
                pass

    def wrap_batch(self, connection: Connection) -> int:
        """Rewrap some keys; returns how many there were."""
        rows = connection.execute(self.find, {"previous": self._master_keys.previous, "limit": BATCH}).all()
        current = self._master_keys.current
        changes = [
            {
                "subject": row.subject,
                "revision": row.revision,
                "before": row.master,
                "wrapped": current.wrap(
                    self._master_keys.unwrap(row.wrapped, str(row.subject), row.master), str(row.subject)
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
        current = self._master_keys.current
        if row.master == current.id:
            return
        wrapped = current.wrap(self._master_keys.unwrap(row.wrapped, "secret", row.master), "secret")
        connection.execute(KEEP_SECRET, {"wrapped": wrapped, "master": current.id, "before": row.master})
