"""Wrong ways that the judge must notice; each changes a service's processes or the database of the counting one."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from chassis.messaging.cloudevents import Envelope
from chassis.messaging.kafka import Record
from chassis.messaging.reader import ReaderLoop
from chassis.messaging.reader_definition import Effect
from chassis.messaging.relay import Relay
from chassis.service import worker
from tests.chassis.mutants import DOES_NOTHING_ON_CONFLICT, IGNORES_CONFLICTS, PLAIN_IDENTITY, AtMostOnce, PlainPolling


class Apart:
    """An effect that commits by itself, before the place it belongs to."""

    def __init__(self, loop: "PlaceApart", effect: Effect) -> None:
        self._loop, self._effect = loop, effect

    def apply(self, connection: Connection, envelopes: Sequence[Envelope]) -> None:
        """Commit the effect, and then let a moment pass."""
        with self._loop._engine.begin() as own:
            self._effect.apply(own, envelopes)
        self._loop.between()


class PlaceApart(ReaderLoop):
    """Commits the effect first, and only then, in a transaction of its own, how far it is."""

    def _transact(self, records: Sequence[Record], *, failed: str | None = None, followers: int | None = None) -> None:
        reader = self._reader
        self._reader = replace(reader, effect=Apart(self, reader.effect))
        try:
            super()._transact(records, failed=failed, followers=followers)
        finally:
            self._reader = reader

    def between(self) -> None:
        """The moment at which a crash does the effect again."""
        time.sleep(0.05)


def relaying(relay: type[Relay]) -> Callable[[], None]:
    """Another relay in the worker."""

    def change() -> None:
        worker.Relay = relay  # type: ignore[attr-defined]

    return change


def reading() -> None:
    """Another reader in the worker."""
    worker.ReaderLoop = PlaceApart  # type: ignore[attr-defined]


IN_PROCESS: Mapping[str, Callable[[], None]] = {
    "at-most-once": relaying(AtMostOnce),
    "plain-polling": relaying(PlainPolling),
    "place-apart": reading,
}
IN_DATABASE: Mapping[str, str] = {
    "plain-polling": PLAIN_IDENTITY,
    "ignores-conflicts": IGNORES_CONFLICTS,
    "nothing-on-conflict": DOES_NOTHING_ON_CONFLICT,
}
NAMES = sorted({*IN_PROCESS, *IN_DATABASE})
