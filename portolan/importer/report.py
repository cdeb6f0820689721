"""The report of a load: what became of every row of its files, for a terminal or as JSON."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from portolan.importer.cells import RejectedRow, listed_columns

MOST_REJECTS = 1_000
MOST_SHOWN = 10
EVERYTHING_LOADED, SOME_REJECTED, NOTHING_LOADED, NOT_EQUAL = 0, 3, 4, 5
"""Exit codes; 1 is a load that could not be carried out, 2 a command that cannot be."""


@dataclass(frozen=True)
class Rejected:
    line: int
    row: int
    column: str
    reason: str

    @staticmethod
    def of(row: RejectedRow) -> "Rejected":
        """The reject as a screen or a log may tell it."""
        return Rejected(row.record.line, row.record.row, listed_columns(row.columns), row.told)


@dataclass
class FileReport:
    """The results of one file; ``rejects`` are the first of them, ``unread`` the columns that nothing is read from."""

    file: str
    rows: int
    rejects_file: Path | None = None
    unread: Sequence[str] = ()
    rejected: int = 0
    rejects: list[Rejected] = field(default_factory=list)

    @property
    def loaded(self) -> int:
        return self.rows - self.rejected

    def reject(self, row: RejectedRow) -> None:
        """A row was rejected."""
        self.rejected += 1
        if len(self.rejects) < MOST_REJECTS:
            self.rejects.append(Rejected.of(row))

    @property
    def in_order(self) -> list[Rejected]:
        return sorted(self.rejects, key=lambda reject: reject.line)

    def as_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "rows": self.rows,
            "loaded": self.loaded,
            "rejected": self.rejected,
            "rejects": [asdict(reject) for reject in self.in_order],
            "rejects_file": str(self.rejects_file) if self.rejected and self.rejects_file else None,
            "unread": list(self.unread),
        }

    def show(self, console: Console) -> None:
        if self.unread:
            columns = ", ".join(f"'{name}'" for name in self.unread)
            write_line(console, f"Nothing is read from these columns of {self.file}: {columns}.")
        for line in shown_rejects(self.in_order, self.rejected):
            write_line(console, line)

    def verdict(self, dry_run: bool) -> str:
        """How many rows were loaded and rejected, and where the rejected ones are."""
        said = f"{self.file}: {self.loaded:,} of {self.rows:,} rows {'would be' if dry_run else 'were'} loaded"
        if not self.rejected:
            return f"{said}."
        if self.rejects_file is None:
            return f"{said}, {self.rejected:,} rejected."
        return f"{said}, {self.rejected:,} rejected: correct them in {self.rejects_file} and import it."


@dataclass(frozen=True)
class Report:
    """The results of a load: its ``files``, the main one first, and ``counts`` of what was new, changed, unchanged."""

    system: str
    seconds: float
    files: Sequence[FileReport]
    counts: Mapping[str, Mapping[str, int]]
    unused: Sequence[str] = ()
    warnings: Sequence[str] = ()
    dry_run: bool = False

    @property
    def rejected(self) -> int:
        return sum(file.rejected for file in self.files)

    @property
    def rejects(self) -> list[Rejected]:
        """The first rejects of the main file."""
        return self.files[0].in_order

    @property
    def exit_code(self) -> int:
        """Says whether everything was loaded, some, or nothing."""
        if not any(file.loaded for file in self.files):
            return NOTHING_LOADED
        return SOME_REJECTED if self.rejected else EVERYTHING_LOADED

    def as_json(self) -> dict[str, Any]:
        """Plain values; amounts as decimal strings."""
        return {
            "system": self.system,
            "seconds": round(self.seconds, 3),
            "dry_run": self.dry_run,
            "exit_code": self.exit_code,
            "counts": {kind: dict(marks) for kind, marks in self.counts.items()},
            "files": [file.as_json() for file in self.files],
            "rejected": self.rejected,
            "unused": list(self.unused),
            "warnings": list(self.warnings),
        }

    def show(self, console: Console) -> None:
        say = partial(write_line, console)
        say(f"Read from {self.system} in {self.seconds:,.1f} s.")
        for line in shown_counts(self.counts):
            say(line)
        for file in self.files:
            file.show(console)
        for entry in self.unused:
            say(f"The mapping names {entry}, which does not occur in the file.", "yellow")
        for warning in self.warnings:
            say(warning, "yellow")
        self.show_comparison(console)
        if self.dry_run:
            say("This was a dry run: nothing is stored.", "bold")
        for file in self.files:
            say(file.verdict(self.dry_run), "bold yellow" if file.rejected else "bold green")

    def show_comparison(self, console: Console) -> None:
        """Show what was compared with the file, if anything was."""


def write_line(console: Console, line: str, style: str | None = None) -> None:
    """Write a line as it is, neither marked up nor broken; what would steer the terminal is shown instead."""
    console.print(harmless(line), style=style, highlight=False, markup=False, soft_wrap=True)


def harmless(line: str) -> str:
    """A line whose control characters, and those that turn the direction of writing, are shown."""
    if line.isprintable():
        return line
    return "".join(each if printed(each) else each.encode("unicode_escape").decode() for each in line)


def printed(character: str) -> bool:
    return character == "\n" or unicodedata.category(character) not in ("Cc", "Cf", "Zl", "Zp")


def shown_counts(counts: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    for kind, marks in counts.items():
        yield f"  {kind}: " + ", ".join(f"{count:,} {mark}" for mark, count in sorted(marks.items()))


def shown_rejects(rejects: Sequence[Rejected], count: int) -> Iterator[str]:
    """The first rejects; those that say the same of their rows are counted and not repeated."""
    alike: dict[tuple[str, str], list[Rejected]] = {}
    for reject in rejects:
        alike.setdefault((reject.column, general(reject.reason)), []).append(reject)
    for (column, _), its in alike.items():
        for reject in its[:MOST_SHOWN]:
            yield f"  {where(reject)}: {reject.reason}"
        if len(its) > MOST_SHOWN:
            yield f"  ... and {len(its) - MOST_SHOWN:,} more rows like these{f', {column}' if column else ''}."
    if count > len(rejects):
        yield f"  ... and {count - len(rejects):,} more."


def general(reason: str) -> str:
    """A reason without what differs from row to row: what is in cells, and lines."""
    parts = reason.split("'")
    kept = [part if at % 2 == 0 or at == 1 else "" for at, part in enumerate(parts)]
    return "".join(letter for letter in "'".join(kept) if not letter.isdigit())


def where(reject: Rejected) -> str:
    """The place of a rejected row; its row in a spreadsheet where a cell above spans lines."""
    row = "" if reject.row == reject.line else f" (row {reject.row} in a spreadsheet)"
    return f"line {reject.line}{row}" + (f", {reject.column}" if reject.column else "")
