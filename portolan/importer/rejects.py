"""The rejects file: the rows that were not taken, as they were read, with line, column and reason."""

import csv
import os
import zlib
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from portolan.importer.cells import RejectedRow, listed_columns
from portolan.importer.decoding import UTF_8
from portolan.importer.figures import NUMBER, Exact, Notation
from portolan.importer.formats import harmful
from portolan.importer.problem import ImportProblem
from portolan.importer.reading import MISSING, REJECT_COLUMNS, Table

MOST_KEPT = 1_000
SECOND = 1_000_000
"""Microseconds."""


def rejects_of(path: Path) -> Path:
    """Return the default path for the rejects of a file; here, where what is read is no file of a folder."""
    if path.is_file():
        return path.with_name(f"{path.name}.rejects.csv")
    return Path("import.rejects.csv")


def owner_only(path: str, flags: int) -> int:
    """Opens a file that only its owner may read, since what is in it may be about persons."""
    return os.open(path, flags, 0o600)


def sign(path: Path) -> None:
    """Let a file's time say what it holds: saving it again, even unchanged, breaks that."""
    seconds = path.stat().st_mtime_ns // 1_000_000_000
    moment = (seconds * SECOND + checksum(path)) * 1_000
    os.utime(path, ns=(moment, moment))


def is_as_written(path: Path) -> bool:
    """Return whether nobody has saved a rejects file since it was written."""
    return path.stat().st_mtime_ns // 1_000 % SECOND == checksum(path)


def checksum(path: Path) -> int:
    found = 0
    with path.open("rb") as file:
        while data := file.read(1 << 20):
            found = zlib.crc32(data, found)
    return found % SECOND


class RejectsFile:
    """Written beside its final place and put there at the end; no rejects, no file.

    It has the file's own encoding and separator, so that it can be corrected and loaded with the same mapping. One of
    an earlier load is replaced, or removed where nothing is rejected any more, unless somebody has edited it: then it
    stays, and the new one is another.
    """

    def __init__(self, path: Path, table: Table, notation: Notation) -> None:
        if path.is_dir():
            raise ImportProblem(f"{path} is a folder.", "Name a file for the rejected rows with --rejects.")
        if path.exists() and table.path.exists() and path.samefile(table.path):
            raise ImportProblem(
                "The rejects would overwrite the file that is being loaded.", "Name another file with --rejects."
            )
        self.asked, self.path = path, free_place(path)
        self._table, self._notation = table, notation
        self._draft = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        self._stack = ExitStack()
        self._writer: Any = None
        self.count = 0

    def __enter__(self) -> "RejectsFile":
        """Make a draft, so that a place where nothing can be written shows before anything is sent."""
        self._remove_drafts()
        encoding = "utf-8" if self._table.encoding == UTF_8 else self._table.encoding
        try:
            file = open(self._draft, "w", encoding=encoding, errors="backslashreplace", newline="", opener=owner_only)
        except OSError as error:
            raise self._unwritable(error) from error
        self._stack.enter_context(file)
        self._writer = csv.writer(file, delimiter=self._table.separator)
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        """Keep what was written, even when the load was broken off."""
        self._stack.close()
        if self.count:
            self._draft.replace(self.path)
            sign(self.path)
            return
        with suppress(OSError):
            self._draft.unlink(missing_ok=True)
        if failure is None and self.path.is_file():
            self.path.unlink()  # of an earlier load, as it was written

    def write(self, reject: RejectedRow) -> None:
        cells, width = [self._written(cell) for cell in reject.record.cells], len(self._table.header)
        whole = cells + [MISSING] * (width - len(cells))
        notes = (reject.record.line, listed_columns(reject.columns), self._written(reject.reason))
        try:
            if not self.count:
                self._writer.writerow([*self._table.header, *REJECT_COLUMNS])
            self._writer.writerow([*whole[:width], *notes, *whole[width:]])
        except OSError as error:
            raise self._unwritable(error) from error
        self.count += 1

    def _written(self, cell: str) -> str:
        """A cell as this file's notation writes it, which no spreadsheet takes for a formula."""
        if isinstance(cell, Exact) and NUMBER.fullmatch(cell):
            return cell.replace(".", self._notation.decimal)
        return f"'{cell}" if harmful(cell) else cell

    def _remove_drafts(self) -> None:
        """Remove what loads left behind that were killed."""
        for draft in self.path.parent.glob(f".{self.path.name}.*"):
            number = draft.name.rpartition(".")[2]
            if number.isdigit() and not lives(int(number)):
                with suppress(OSError):
                    draft.unlink()

    def _unwritable(self, error: OSError) -> ImportProblem:
        return ImportProblem(
            f"The rejects cannot be written to {self.path}: {error.strerror or error}.",
            "Name a file that you may write with --rejects.",
        )


def lives(pid: int) -> bool:
    """Return whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def free_place(path: Path) -> Path:
    """The path, or, where somebody has edited what is there, the next one with a number."""
    for number in range(1, MOST_KEPT):
        place = path if number == 1 else path.with_name(f"{path.stem}.{number}{path.suffix}")
        if not place.exists() or (place.is_file() and is_as_written(place)):
            return place
    raise ImportProblem(f"There are too many edited files beside {path}.", "Name another file with --rejects.")
