"""Tables of any form: a header, and records with the line each begins on; what cannot be split is said so."""

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice, zip_longest
from pathlib import Path
from typing import Protocol

from portolan.importer.decoding import LONGEST_LINE, UTF_8, TooLong, choose_encoding, first_bytes, lines
from portolan.importer.formats import WORKBOOK, format_of, harmful, not_a_table
from portolan.importer.problem import ImportProblem
from portolan.importer.workbook import Workbook

MOST_LINES = 10_000
REJECT_COLUMNS = ("Line", "Column", "Reason")
MOST_PREAMBLE = 20
"""The header is among so many first rows."""
MISSING = "(missing cell)"
"""Stands in a rejects file for a cell that its row lacked, so that nobody takes the row as if it were whole."""
SEPARATOR_LINE = re.compile(r"\ufeff?\"?sep=(?P<separator>[,;|\t])\"?\r?\n?")


@dataclass(frozen=True, slots=True)
class Record:
    """A row as read: the file's line it begins on, its number as a spreadsheet counts, and its cells.

    ``flaw`` says why the cells cannot be told apart; they are then what there is of the row.
    """

    line: int
    row: int
    cells: tuple[str, ...]
    flaw: str | None = None


class Source(Protocol):
    """A file of rows; ``encoding`` and ``separator`` are those of its rejects."""

    @property
    def encoding(self) -> str: ...

    @property
    def separator(self) -> str: ...

    def records(self) -> Iterator[Record]:
        """All records, the header and what is above it too, without empty ones."""
        ...


@dataclass(frozen=True)
class CsvFile:
    path: Path
    encoding: str
    separator: str

    def records(self) -> Iterator[Record]:
        return split(self.path, self.encoding, self.separator)


@dataclass(frozen=True)
class WorkbookFile:
    book: Workbook
    encoding: str
    separator: str

    def records(self) -> Iterator[Record]:
        return (Record(number, number, cells) for number, cells in self.book.rows() if any(cells))


@dataclass(frozen=True)
class Transposed:
    """A file whose rows are the fields and whose columns are the rows; it is held in memory as a whole.

    A record's line and row are the number of its column.
    """

    source: Source
    called: Path

    @property
    def encoding(self) -> str:
        return self.source.encoding

    @property
    def separator(self) -> str:
        return self.source.separator

    def records(self) -> Iterator[Record]:
        fields = list(self.source.records())
        if flawed := next((each for each in fields if each.flaw), None):
            raise ImportProblem(
                f"{self.called} cannot be transposed: line {flawed.line} is no row of cells. {flawed.flaw}",
                "Correct that line: every row is a field of all.",
            )
        columns = zip_longest(*(each.cells for each in fields), fillvalue="")
        return (Record(number, number, cells) for number, cells in enumerate(columns, 1))


@dataclass(frozen=True)
class Table:
    """A file whose header was read; ``header`` is without the three columns of a rejects file.

    ``path`` is what the user calls it; ``above`` is the number of records down to the header. ``cut``: what is beyond
    the header is left out; ``longer``: the lines of which it was.
    """

    path: Path
    source: Source
    header: tuple[str, ...]
    was_rejected: bool
    above: int = 1
    cut: bool = False
    longer: set[int] = field(default_factory=set, repr=False, compare=False)

    @property
    def encoding(self) -> str:
        return self.source.encoding

    @property
    def separator(self) -> str:
        return self.source.separator

    def records(self) -> Iterator[Record]:
        """Its rows, without the header, what is above it, and rows in which every cell is empty."""
        for record in islice(self.source.records(), self.above, None):
            if record.flaw or any(cell.strip() for cell in record.cells):
                yield self._fitted(record)

    def _fitted(self, record: Record) -> Record:
        cells, width = record.cells, len(self.header)
        if record.flaw:
            return record
        if self.was_rejected:
            cells = cells[:width] + cells[width + len(REJECT_COLUMNS) :]
        cells = tuple(map(unguarded, cells))
        while len(cells) > width and not cells[-1].strip():
            cells = cells[:-1]
        if len(cells) > width and self.cut:
            self.longer.add(record.line)
            cells = cells[:width]
        if len(cells) > width:
            flaw = f"The row has {len(cells)} cells, and the header has {width} columns."
            return Record(record.line, record.row, cells, flaw)
        return Record(record.line, record.row, cells + ("",) * (width - len(cells)))

    def positions(self, columns: Sequence[str], how_to_map: str) -> list[int]:
        """Return the positions of these columns, each of which must occur once; `how_to_map` is the advice if not."""
        missing = [name for name in columns if name not in self.header]
        doubled = [name for name in columns if self.header.count(name) > 1]
        if missing:
            raise ImportProblem(f"{self.path} lacks {self._lacking(missing)}.", how_to_map)
        if doubled:
            raise ImportProblem(
                f"{self.path} has {listed(doubled)} more than once.", "Rename or remove all but one of them."
            )
        return [self.header.index(name) for name in columns]

    def _lacking(self, missing: Sequence[str]) -> str:
        what = f"the column{'s' if len(missing) > 1 else ''} {listed(missing)}"
        similar = [
            f"{found[0]!r}" for name in missing if (found := get_close_matches(name, self.header, n=1, cutoff=0.6))
        ]
        if similar:
            return f"{what} (it has {', '.join(dict.fromkeys(similar))})"
        other = next((sign for sign in ";\t|," if sign != self.separator and sign in "".join(self.header)), None)
        if other and len(self.header) == 1:
            return f"{what} (its columns seem to be separated by {other!r})"
        return f"{what} (its header, in line {self._header_line()}, has {listed(self.header[:MOST_PREAMBLE])})"

    def _header_line(self) -> int:
        return next(islice(self.source.records(), self.above - 1, None)).line


def unguarded(cell: str) -> str:
    """A cell of a file of ours as it was before it was kept from being taken for a formula."""
    return cell[1:] if cell.startswith("'") and harmful(cell[1:]) else cell


def listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def open_table(
    path: Path,
    encoding: str | None = None,
    separator: str = ",",
    *,
    sheet: str | None = None,
    columns: Sequence[str] = (),
    called: Path | None = None,
    transposed: bool = False,
    cut: bool = False,
) -> Table:
    """Read a file's header, the first row with these columns; raises ``ImportProblem`` where there is none.

    `called` is what the user calls the file, where it is another's copy. `transposed`: its rows are the columns, unless
    it holds rejects, which are always written one a row.
    """
    name = called or path
    source = source_of(path, name, encoding, separator, sheet)
    if transposed and not any(map(of_rejects, map(headings, islice(source.records(), 1)))):
        source = Transposed(source, name)
    first = list(islice(source.records(), MOST_PREAMBLE))
    if not first:
        raise ImportProblem(f"{name} is empty.", "Name a file with a header line and at least one row.")
    at = next((at for at, record in enumerate(first) if all(fitting(name, headings(record)) for name in columns)), 0)
    if first[at].flaw:
        raise ImportProblem(f"The header of {name} cannot be read: {first[at].flaw}", "Correct its first line.")
    header = headings(first[at])
    was_rejected = of_rejects(header)
    return Table(name, source, header[: -len(REJECT_COLUMNS)] if was_rejected else header, was_rejected, at + 1, cut)


def source_of(path: Path, name: Path, encoding: str | None, separator: str, sheet: str | None) -> Source:
    """The rows of a file, whatever it is; raises ``ImportProblem`` where it holds none."""
    beginning = first_bytes(path, name)
    found = format_of(path, beginning)
    if found == WORKBOOK:
        return WorkbookFile(Workbook(path, name, sheet), UTF_8, separator)
    if found is not None:
        raise not_a_table(name, found)
    if not beginning.strip():
        raise ImportProblem(f"{name} is empty.", "Name a file with a header line and at least one row.")
    chosen = choose_encoding(path, encoding, beginning)
    declared = SEPARATOR_LINE.fullmatch(next(lines(path, chosen), ""))
    return CsvFile(path, chosen, declared["separator"] if declared else separator)


def headings(record: Record) -> tuple[str, ...]:
    """The names of columns in a row; spaces of any kind around and inside them are plain ones."""
    names = [" ".join(cell.split()) for cell in record.cells]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def of_rejects(header: Sequence[str]) -> bool:
    """Return whether a header is that of a file of rejects."""
    return tuple(header[-len(REJECT_COLUMNS) :]) == REJECT_COLUMNS


def fitting(name: str, header: Sequence[str]) -> list[str]:
    """The headings that a name in a mapping stands for: itself, otherwise all that fit where it has a `*`."""
    if name in header or "*" not in name:
        return [name] if name in header else []
    return [each for each in header if fits(name, each)]


def fits(pattern: str, text: str) -> bool:
    """Return whether a text is as a pattern says, in which `*` stands for anything; capitals do not matter."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.IGNORECASE | re.DOTALL) is not None


def count_records(table: Table) -> int:
    """Count the rows; reads the whole file, so that a wrong encoding shows before anything is loaded."""
    count = sum(1 for _ in table.records())
    if not count:
        raise no_rows(table)
    return count


def no_rows(table: Table) -> ImportProblem:
    return ImportProblem(f"{table.path} has a header but no rows.", "Name a file with at least one row.")


class Lines:
    """Numbered lines that can be given back."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts
        self._returned: deque[str] = deque()
        self.number = 0

    def next(self) -> str | None:
        """The next line, or None at the end; ``number`` is then its number."""
        text = self._returned.popleft() if self._returned else next(self._texts, None)
        self.number += text is not None
        return text

    def give_back(self, texts: Sequence[str]) -> None:
        self._returned.extendleft(reversed(texts))
        self.number -= len(texts)


class RecordTooLong(Exception):
    """A record goes on and on."""


def split(path: Path, encoding: str, separator: str) -> Iterator[Record]:
    """All records of a file, the header too, without empty lines, which count as rows all the same.

    Where a quotation mark is not closed, only the line it is on is given up, and reading goes on with the next one.
    """
    csv.field_size_limit(LONGEST_LINE)
    source, row = Lines(lines(path, encoding)), 0
    while (text := source.next()) is not None:
        if source.number == 1 and SEPARATOR_LINE.fullmatch(text):
            continue
        row += 1
        if record := next_record(source, text, row, separator):
            yield record


def next_record(source: Lines, text: str, row: int, separator: str) -> Record | None:
    """The record that begins with this line; None where the line is empty."""
    line, taken = source.number, [text]
    if isinstance(text, TooLong):
        return Record(line, row, (text,), f"The line has more than {LONGEST_LINE:,} characters.")
    try:
        cells = next(csv.reader(continued(source, taken), delimiter=separator, strict=True))
    except (csv.Error, RecordTooLong, StopIteration) as error:
        source.give_back(taken[1:])
        return Record(line, row, (text.rstrip("\r\n"),), f"The line cannot be split into cells: {unsplit(error)}.")
    return Record(line, row, tuple(cells)) if cells else None


def continued(source: Lines, taken: list[str]) -> Iterator[str]:
    """The lines of one record, as many as its quotation marks ask for."""
    yield taken[0]
    length = len(taken[0])
    while (text := source.next()) is not None:
        taken.append(text)
        length += len(text)
        if isinstance(text, TooLong) or length > LONGEST_LINE or len(taken) > MOST_LINES:
            raise RecordTooLong
        yield text


def unsplit(error: Exception) -> str:
    if "expected after" in str(error):
        return "a quotation mark inside a quoted cell is not doubled, or one is not closed"
    if isinstance(error, csv.Error) and "end of data" not in str(error):
        return str(error)
    return "a quotation mark is not closed"
