"""The rows of a file of any kind, read cell by cell into values: what can be taken, and why the others cannot."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import Any, Generic, TypeVar

from portolan.importer.figures import Unreadable
from portolan.importer.kinds import LONGEST_CELL, Column, Flaws, Kind, Together, Values, clean
from portolan.importer.mapping import FileMapping
from portolan.importer.reading import MISSING, Record, Table

R = TypeVar("R")


@dataclass(frozen=True)
class RejectedRow:
    """A row that cannot be taken; ``told`` says why to a screen, ``values`` are those that could be read."""

    record: Record
    columns: tuple[str, ...]
    reason: str
    told: str
    values: Values = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def line(self) -> int:
        return self.record.line


def rejected(record: Record, reason: str, *columns: str) -> RejectedRow:
    """A row rejected for a reason that anybody may read."""
    return RejectedRow(record, columns, reason, reason)


class Checks(Generic[R]):
    """Checks row after row; remembers their keys, the lines of those rejected, and the words that occur."""

    def __init__(self, kind: Kind[R], table: Table, mapping: FileMapping, today: date) -> None:
        self._kind, self._today, self._header = kind, today, table.header
        self._names = mapping.named(kind, table.header)
        at = table.positions(list(self._names.values()), kind.help)
        self._at = dict(zip(self._names, at, strict=True))
        self._said = mapping.of_all_rows(self._names)
        self._columns = [(each, each.type.reader(mapping)) for each in kind.columns if each.field in self._names]
        self._seen: dict[bytes, int] = {}
        self._ones: dict[tuple[str, str], tuple[str, int]] = {}
        self.rejected: dict[str, int] = {}
        self.noted: dict[str, set[str]] = {each.field: set() for each in kind.columns if each.noted}

    @property
    def unread(self) -> list[str]:
        """The columns of the file that nothing is read from."""
        read = {*self._at.values()}
        return [name for at, name in enumerate(self._header) if at not in read and name]

    def column(self, field: str) -> str:
        return self._names.get(field, field)

    def texts(self, record: Record) -> dict[str, str]:
        """A row's cells by our fields, as they are written."""
        return {field: clean(record.cells[at]) for field, at in self._at.items()}

    def check(self, record: Record) -> R | RejectedRow:
        if record.flaw:
            return rejected(record, record.flaw)
        flaws = Flaws()
        self._check_lengths(record, flaws)
        texts = self.texts(record)
        values = self._values(texts, flaws)
        row = Together(self.column, self._names.__contains__, self._today, flaws)
        self._kind.together(values, row)
        self._check_ones(record, values, flaws)
        first = self._first_line(record, values)
        if first is not None:
            self._kind.twice(row, first)
        if not flaws.reasons:
            return self._kind.row(record=record, **values)
        if (subject := self._kind.key(values)[0]) and first is None:
            self.rejected[subject] = record.line
        return RejectedRow(record, tuple(flaws.columns), flaws.reason, flaws.reason, values, texts)

    def _check_lengths(self, record: Record, flaws: Flaws) -> None:
        for name, at in zip(self._names.values(), self._at.values(), strict=True):
            if len(cell := record.cells[at]) > LONGEST_CELL:
                flaws.add(f"'{name}' has {len(cell):,} characters; no cell may have more than {LONGEST_CELL:,}.", name)

    def _values(self, texts: dict[str, str], flaws: Flaws) -> Values:
        values: Values = dict.fromkeys(each.field for each in self._kind.columns) | self._said
        for column, read in self._columns:
            values[column.field] = self._value(column, read, texts[column.field], flaws)
        return values

    def _value(self, column: Column, read: Any, cell: str, flaws: Flaws) -> Any:
        name = self.column(column.field)
        if cell == MISSING or (column.given and not cell):
            flaws.add(f"'{name}' is missing.", name)
        elif cell and len(cell) <= LONGEST_CELL:
            if column.noted:
                self.noted[column.field].add(" ".join(cell.casefold().split()))
            try:
                return read(cell)
            except Unreadable as error:
                flaws.add(f"'{name}': {error.why if self._kind.personal else error}.", name)
        return None

    def _check_ones(self, record: Record, values: Values, flaws: Flaws) -> None:
        for column, _ in self._columns:
            of, its = values.get(column.one_for or ""), values[column.field]
            if not of or not its:
                continue
            first, line = self._ones.setdefault((column.field, of), (its, record.line))
            if first != its:
                name, whose = self.column(column.field), self.column(column.one_for or "").lower()
                flaws.add(f"'{name}': the same {whose} has another one in line {line}.", name)

    def _first_line(self, record: Record, values: Values) -> int | None:
        """The line of the row that had the same key before, None where this one is the first."""
        key = self._kind.key(values)
        if not all(key):
            return None
        digest = blake2b("\x1f".join(key).encode(), digest_size=16).digest()
        first = self._seen.setdefault(digest, record.line)
        return None if first == record.line else first


def listed_columns(columns: Sequence[str]) -> str:
    """Columns in the rejects file."""
    return "; ".join(columns)
