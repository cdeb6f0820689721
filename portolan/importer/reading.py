"""CSV tables of any form: a header, and records with the line each begins on; what cannot be split is said so."""

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from portolan.importer.decoding import LONGEST_LINE, TooLong, choose_encoding, lines
from portolan.importer.problem import ImportProblem

MOST_LINES = 10_000
REJECT_COLUMNS = ("Line", "Column", "Reason")
MISSING = "(missing cell)"
"""Stands in a rejects file for a cell that its row lacked, so that nobody takes the row as if it were whole."""


@dataclass(frozen=True, slots=True)
class Record:
    """A row as read: the file's line it begins on, its number as a spreadsheet counts, and its cells.

    ``flaw`` says why the cells cannot be told apart; they are then what there is of the row.
    """

    line: int
    row: int
    cells: tuple[str, ...]
    flaw: str | None = None


@dataclass(frozen=True)
class Table:
    """A CSV file whose header was read; ``header`` is without the three columns of a rejects file."""

    path: Path
    encoding: str
    separator: str
    header: tuple[str, ...]
    was_rejected: bool

    def records(self) -> Iterator[Record]:
        """Its rows, without the header and without rows in which every cell is empty."""
        records = split(self.path, self.encoding, self.separator)
        next(records)
        for record in records:
            if record.flaw or any(cell.strip() for cell in record.cells):
                yield self._fitted(record)

    def _fitted(self, record: Record) -> Record:
        cells, width = record.cells, len(self.header)
        if record.flaw:
            return record
        if self.was_rejected:
            cells = cells[:width] + cells[width + len(REJECT_COLUMNS) :]
        if len(cells) == width:
            return Record(record.line, record.row, cells)
        flaw = f"The row has {len(cells)} cells, and the header has {width} columns."
        return Record(record.line, record.row, cells, flaw)

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
        return f"{what} (its columns seem to be separated by {other!r})" if other and len(self.header) == 1 else what


def listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def open_table(path: Path, encoding: str | None = None, separator: str = ",") -> Table:
    """Read a file's header; raises ``ImportProblem`` where there is none."""
    chosen = choose_encoding(path, encoding)
    first = next(split(path, chosen, separator), None)
    if first is None:
        raise ImportProblem(f"{path} is empty.", "Name a CSV file with a header line and at least one row.")
    if first.flaw:
        raise ImportProblem(f"The header of {path} cannot be read: {first.flaw}", "Correct its first line.")
    header = tuple(name.strip() for name in first.cells)
    was_rejected = header[-len(REJECT_COLUMNS) :] == REJECT_COLUMNS
    return Table(path, chosen, separator, header[: -len(REJECT_COLUMNS)] if was_rejected else header, was_rejected)


def count_records(table: Table) -> int:
    """Count the rows; reads the whole file, so that a wrong encoding shows before anything is loaded."""
    count = sum(1 for _ in table.records())
    if not count:
        raise ImportProblem(f"{table.path} has a header but no rows.", "Name a file with at least one row.")
    return count


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
    """All records of a file, the header too, without empty lines.

    Where a quotation mark is not closed, only the line it is on is given up, and reading goes on with the next one.
    """
    csv.field_size_limit(LONGEST_LINE)
    source, row = Lines(lines(path, encoding)), 0
    while (text := source.next()) is not None:
        if record := next_record(source, text, row + 1, separator):
            row += 1
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
