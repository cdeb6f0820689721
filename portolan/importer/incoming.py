"""The files of a load: each opened, read row by row, with the place and the report of the rows that are rejected."""

import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any, Generic, TypeVar

from portolan.importer.cells import Checks, RejectedRow
from portolan.importer.decoding import unreadable
from portolan.importer.kinds import Kind
from portolan.importer.mapping import FileMapping
from portolan.importer.problem import ImportProblem
from portolan.importer.reading import Table, open_table
from portolan.importer.rejects import RejectsFile, rejects_of
from portolan.importer.report import FileReport

R = TypeVar("R")

STANDARD_INPUT = Path("-")


def local_copy(path: Path, stack: ExitStack) -> Path:
    """The file itself, or a copy of what a pipe holds, which only its owner reads and which goes with `stack`."""
    try:
        piped = path == STANDARD_INPUT or not (stat.S_ISREG(path.stat().st_mode) or path.is_dir())
        if not piped:
            return path
        copy = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portolan-import-"))) / "copy"
        with copy.open("xb") as file:
            if path == STANDARD_INPUT:
                shutil.copyfileobj(sys.stdin.buffer, file)
            else:
                with path.open("rb") as pipe:
                    shutil.copyfileobj(pipe, file)
    except OSError as error:
        raise unreadable(path, error) from error
    return copy


class Incoming(Generic[R]):
    """A file of a kind; what is rejected goes to its file of rejects and into its report."""

    def __init__(
        self,
        kind: Kind[R],
        path: Path,
        mapping: FileMapping,
        today: date,
        stack: ExitStack,
        rejects: Path | None = None,
        dry_run: bool = False,
    ) -> None:
        self._kind, self._mapping, self._today = kind, mapping, today
        self.table: Table = open_table(
            local_copy(path, stack),
            mapping.encoding,
            mapping.separator,
            sheet=mapping.sheet,
            columns=list(mapping.named(kind).values()),
            called=path,
            transposed=mapping.transposed,
            cut=mapping.longer_rows == "cut",
        )
        self.checks = self.fresh_checks()
        self.column = self.checks.column
        self._rejects = None if dry_run else RejectsFile(rejects or rejects_of(path), self.table, mapping.notation)
        self.report = FileReport(str(path), 0, self._rejects.path if self._rejects else None, self.checks.unread)

    @property
    def places(self) -> list[Path]:
        """Where it is read and its rejects are to be written."""
        return [self.table.path, *([self._rejects.asked] if self._rejects else [])]

    def fresh_checks(self) -> Checks[R]:
        """Checks that have seen no row yet."""
        return Checks(self._kind, self.table, self._mapping, self._today)

    @property
    def warnings(self) -> list[str]:
        """What its rows had too much of."""
        if not (longer := self.table.longer):
            return []
        said = f"{len(longer):,} rows, the first in line {min(longer)}, have"
        return [f"{said} more cells than the header has columns; what is beyond it was left out."]

    def open_rejects(self, stack: ExitStack) -> None:
        """See that rejects can be written, before anything is sent."""
        if self._rejects:
            stack.enter_context(self._rejects)

    def checked(self) -> Iterator[R | RejectedRow]:
        """Every row, or why it cannot be taken."""
        return map(self.checks.check, self.table.records())

    def reject(self, row: RejectedRow) -> None:
        self.report.reject(row)
        if self._rejects:
            self._rejects.write(row)
            self.report.rejects_file = self._rejects.path


def check_apart(*files: Incoming[Any]) -> None:
    """No file is read or written in the place of another."""
    places = [place.resolve() for file in files for place in file.places]
    if len(set(places)) < len(places):
        raise ImportProblem(
            "The files that are read and those of rejected rows are not all different ones.",
            "Name other files, with --experience or --rejects.",
        )
