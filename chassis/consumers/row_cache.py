"""Rows folded in memory and written in bulk: the tables of a rebuild, of which only so many rows are held at a time."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, text

from chassis.consumers.projection import Table
from chassis.domain.read_row import ReadRow
from chassis.messaging.cloudevents import Envelope

R = TypeVar("R", bound=ReadRow)
MOST_ROWS = 4_000
MOST_NUMBERS = 8_000
REMEMBER = text(
    "INSERT INTO seen SELECT :reader, s, n"
    " FROM unnest(CAST(:streams AS text[]), CAST(:numbers AS integer[])) AS t(s, n)"
    " ON CONFLICT (reader, stream) DO UPDATE SET number = excluded.number"
)

SEEN = text("SELECT stream, number FROM seen WHERE reader = :reader AND stream = ANY(:streams)")


class CachedTable:
    """One table of a rebuild. ``rows`` has None for those deleted; what is missing there is in the table or nowhere.

    Folding has two steps, so that an event that fails leaves nothing half done: ``fold`` tells what would change,
    ``accept`` takes it over.
    """

    def __init__(self, table: Table[Any], *, empty: bool) -> None:
        self._table = table
        self.rows: dict[Any, Any] = {}
        self._dirty: set[Any] = set()
        self._stored = not empty

    @property
    def dirty(self) -> int:
        """How many rows wait to be written."""
        return len(self._dirty)

    def fold(self, connection: Connection, envelopes: Sequence[Envelope]) -> dict[Any, Any]:
        """What the rows that these events touch become."""
        touched = self._table.touched(envelopes)
        if self._stored and (missing := {key for key, _ in touched if key not in self.rows}):
            self.rows |= dict.fromkeys(missing) | self._table.load(connection, missing)
        rows, fold = self.rows, self._table.fold.fold
        changed: dict[Any, Any] = {}
        for key, envelope in touched:
            before = changed[key] if key in changed else rows.get(key)
            changed[key] = fold(before, envelope, key)
        return changed

    def accept(self, changed: Mapping[Any, Any]) -> None:
        """This is how the rows are now."""
        for key, row in changed.items():
            if row is not self.rows.get(key):
                self.rows.pop(key, None)  # the row written last is the one let go of last
                self.rows[key] = row
                self._dirty.add(key)

    def flush(self, connection: Connection) -> None:
        """Write what changed."""
        self._table.store(connection, [row for key in self._dirty if (row := self.rows[key]) is not None])
        self._table.delete(connection, [key for key in self._dirty if self.rows[key] is None])

    def flushed(self) -> None:
        """What changed is written for good: let go of the rows that were not touched for longest."""
        self._dirty.clear()
        while len(self.rows) > MOST_ROWS:
            del self.rows[next(iter(self.rows))]
            self._stored = True

    def forget(self) -> None:
        """Look everything up again."""
        self.rows.clear()
        self._dirty.clear()
        self._stored = True


class CachedNumbers:
    """The last number taken in of each stream of a rebuild."""

    def __init__(self, reader: str, *, empty: bool) -> None:
        self._reader, self._stored = reader, not empty
        self.known: dict[str, int] = {}
        self._dirty: set[str] = set()

    @property
    def dirty(self) -> int:
        """How many numbers wait to be written."""
        return len(self._dirty)

    def look_up(self, connection: Connection, streams: set[str]) -> None:
        """Know the numbers of these streams."""
        if self._stored and (missing := streams - self.known.keys()):
            rows = connection.execute(SEEN, {"reader": self._reader, "streams": list(missing)})
            self.known |= dict.fromkeys(missing, 0) | {row.stream: row.number for row in rows}

    def accept(self, numbers: Mapping[str, int]) -> None:
        """These were taken in last."""
        for stream, number in numbers.items():
            self.known.pop(stream, None)
            self.known[stream] = number
        self._dirty.update(numbers)

    def flush(self, connection: Connection) -> None:
        """Write what changed."""
        if self._dirty:
            streams = list(self._dirty)
            numbers = [self.known[stream] for stream in streams]
            connection.execute(REMEMBER, {"reader": self._reader, "streams": streams, "numbers": numbers})

    def flushed(self) -> None:
        """What changed is written for good: let go of what was not touched for longest."""
        self._dirty.clear()
        while len(self.known) > MOST_NUMBERS:
            del self.known[next(iter(self.known))]
            self._stored = True

    def forget(self) -> None:
        """Look everything up again."""
        self.known.clear()
        self._dirty.clear()
        self._stored = True
