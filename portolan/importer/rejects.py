"""The rejects file: the rows that were not taken, as they were read, with line, column and reason."""

import csv
import os
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from portolan.importer.cells import RejectedRow, listed_columns
from portolan.importer.decoding import UTF_8
from portolan.importer.problem import ImportProblem
from portolan.importer.reading import MISSING, REJECT_COLUMNS, Table


def rejects_of(path: Path) -> Path:
    """Return the default path for the rejects of a file."""
    return path.with_name(f"{path.name}.rejects.csv")


def owner_only(path: str, flags: int) -> int:
    """Opens a file that only its owner may read, since what is in it may be about persons."""
    return os.open(path, flags, 0o600)


class RejectsFile:
    """Written beside its final place and put there at the end; no rejects, no file.

    It has the file's own encoding and separator, so that it can be corrected and loaded with the same mapping.
    """

    def __init__(self, path: Path, table: Table) -> None:
        if path.exists() and path.samefile(table.path):
            raise ImportProblem(
                "The rejects would overwrite the file that is being loaded.", "Name another file with --rejects."
            )
        self._path, self._table = path, table
        self._draft = path.with_name(f".{path.name}.{os.getpid()}")
        self._stack = ExitStack()
        self._writer: Any = None
        self.count = 0

    def __enter__(self) -> "RejectsFile":
        return self

    def __exit__(self, *_: object) -> None:
        """Keep what was written, even when the load was broken off."""
        self._stack.close()
        if self.count:
            self._draft.replace(self._path)
        else:
            with suppress(OSError):
                self._draft.unlink(missing_ok=True)

    def write(self, reject: RejectedRow) -> None:
        cells, width = list(reject.record.cells), len(self._table.header)
        whole = cells + [MISSING] * (width - len(cells))
        notes = (reject.record.line, listed_columns(reject.columns), reject.reason)
        try:
            writer = self._writer or self._begin()
            writer.writerow([*whole[:width], *notes, *whole[width:]])
        except OSError as error:
            raise ImportProblem(
                f"The rejects cannot be written to {self._path}: {error.strerror or error}.",
                "Name a file that you may write with --rejects.",
            ) from error
        self.count += 1

    def _begin(self) -> Any:
        encoding = "utf-8" if self._table.encoding == UTF_8 else self._table.encoding
        file = open(  # noqa: SIM115 (closed with the stack)
            self._draft, "w", encoding=encoding, errors="backslashreplace", newline="", opener=owner_only
        )
        self._stack.enter_context(file)
        self._writer = csv.writer(file, delimiter=self._table.separator)
        self._writer.writerow([*self._table.header, *REJECT_COLUMNS])
        return self._writer
