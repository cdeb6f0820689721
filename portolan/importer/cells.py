"""The cells of a row, read into values, and what is wrong with it so far; the same for files of every kind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Annotated, TypeVar

from pydantic import StringConstraints, TypeAdapter, ValidationError

from contracts.values import Name, Text
from portolan.importer.figures import Unreadable
from portolan.importer.mapping import ColumnNames
from portolan.importer.reading import MISSING, Record, Table

T = TypeVar("T")

LONGEST_CELL = 10_000
NAME: TypeAdapter[str] = TypeAdapter(Name)
KEY: TypeAdapter[str] = TypeAdapter(Annotated[Name, StringConstraints(max_length=100)])
TEXT: TypeAdapter[str] = TypeAdapter(Text)


@dataclass(frozen=True)
class RejectedRow:
    record: Record
    columns: tuple[str, ...]
    reason: str


@dataclass
class RejectReasons:
    columns: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    def add(self, reason: str, *columns: str) -> None:
        self.columns += [column for column in columns if column not in self.columns]
        self.reasons.append(reason)

    @property
    def reason(self) -> str:
        return " ".join(self.reasons)


class Cells:
    """The cells of a file's fields; remembers the keys of its rows.

    ``quoting``: whether reasons show what is in a cell; they must not where that is about a person.
    """

    def __init__(self, table: Table, columns: ColumnNames, how_to_map: str, *, quoting: bool = True) -> None:
        self._names = columns.named()
        self._header, self._quoting = table.header, quoting
        self._at = dict(zip(self._names, table.positions(list(self._names.values()), how_to_map), strict=True))
        self._seen: dict[bytes, int] = {}

    def column(self, field: str) -> str:
        return self._names.get(field, field)

    def of(self, record: Record, flaws: RejectReasons) -> "RowCells":
        """A row's cells by our fields."""
        for name, cell in zip(self._header, record.cells, strict=True):
            if len(cell) > LONGEST_CELL:
                flaws.add(f"'{name}' has {len(cell):,} characters; no cell may have more than {LONGEST_CELL:,}.", name)
        texts = {field: record.cells[at].strip() for field, at in self._at.items()}
        return RowCells(texts, flaws, self.column, self._quoting)

    def first_line(self, record: Record, *key: str) -> int | None:
        """The line of the row that had the same key before, None where this one is the first."""
        digest = blake2b("\x1f".join(key).encode(), digest_size=16).digest()
        first = self._seen.setdefault(digest, record.line)
        return None if first == record.line else first


@dataclass(frozen=True)
class RowCells:
    """The cells of one row; what cannot be read is added to its flaws."""

    texts: dict[str, str]
    flaws: RejectReasons
    column: Callable[[str], str]
    quoting: bool

    def take(self, field: str, read: Callable[[str], T], required: bool = False) -> T | None:
        """The value of a cell, None where it is empty or wrong."""
        cell, column = self.texts.get(field, ""), self.column(field)
        if cell == MISSING or (required and not cell):
            self.flaws.add(f"'{column}' is missing.", column)
        elif cell and len(cell) <= LONGEST_CELL:
            try:
                return read(cell)
            except Unreadable as error:
                self.flaws.add(f"'{column}': {error if self.quoting else error.why}.", column)
        return None


def plain(kind: TypeAdapter[str]) -> Callable[[str], str]:
    """Reads a cell as one of the services' text types."""

    def read(cell: str) -> str:
        try:
            return kind.validate_python(cell)
        except ValidationError as error:
            (first, *_) = error.errors(include_url=False)
            if most := first.get("ctx", {}).get("max_length"):
                raise Unreadable(f"has {len(cell):,} characters; at most {most:,} fit") from error
            raise Unreadable(first["msg"].removeprefix("Value error, ")) from error

    return read


NAME_OF, KEY_OF, TEXT_OF = plain(NAME), plain(KEY), plain(TEXT)


def listed_columns(columns: Sequence[str]) -> str:
    """Columns in the rejects file."""
    return "; ".join(columns)
