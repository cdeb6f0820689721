"""Whether the amounts of a file are written as its mapping says: read in another notation, one is another amount."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from portolan.importer.figures import USUAL_NOTATIONS, Exact, Notation, notation_shown, quoted
from portolan.importer.problem import ImportProblem


@dataclass
class Column:
    """What a column's cells say: those that cannot be read, those that other notations read otherwise, and by whom."""

    unread: tuple[int, str] | None = None
    doubtful: dict[Notation, tuple[int, str]] = field(default_factory=dict)
    possible: list[Notation] = field(default_factory=lambda: [Notation(*each) for each in USUAL_NOTATIONS])


class Evidence:
    """Collects what speaks for another notation of amounts, column by column."""

    def __init__(self, notation: Notation, columns: Sequence[tuple[str, str]]) -> None:
        self._notation = notation
        self._names = dict(columns)
        self._columns = {field: Column() for field, _ in columns}

    def look(self, line: int, texts: Mapping[str, str]) -> None:
        """Look at the cells of a row."""
        for field_, column in self._columns.items():
            cell = texts.get(field_, "")
            if cell and not isinstance(cell, Exact) and any(sign.isdigit() for sign in cell):
                self._weigh(column, line, cell)

    def _weigh(self, column: Column, line: int, cell: str) -> None:
        if cell.isdecimal():
            return
        readable = self._notation.reads(cell)
        if not readable and column.unread is None and any(each.reads(cell) for each in column.possible):
            column.unread = (line, cell)
        column.possible = [each for each in column.possible if each.reads(cell)]
        for each in column.possible if readable else ():
            if each not in column.doubtful and each.number(cell) != self._notation.number(cell):
                column.doubtful[each] = (line, cell)

    def judge(self, path: Path) -> None:
        """Refuse a file with a column that is wholly in another notation, in which some of its figures differ."""
        for field_, column in self._columns.items():
            other = next((each for each in column.possible if each in column.doubtful), None)
            if column.unread and other:
                (line, cell), (unread_line, unread) = column.doubtful[other], column.unread
                raise ImportProblem(
                    f"'{self._names[field_]}' of {path} is written in another notation than the mapping says:"
                    f" {quoted(unread)} in line {unread_line} cannot be read, and {quoted(cell)} in line {line}"
                    " would be read as another figure.",
                    f"Say in the mapping {notation_shown(other.decimal, other.thousands)}, or correct the column.",
                )
