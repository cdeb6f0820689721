"""Loading one file of one kind: what every such command has in common, from its mapping to its report."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from rich.console import Console

from portolan.client import PATIENCE
from portolan.importer.carrying import Refusal, Tally
from portolan.importer.cells import RejectedRow
from portolan.importer.incoming import Incoming, check_apart
from portolan.importer.kinds import Kind
from portolan.importer.mapping import FileMapping
from portolan.importer.progress import Advance, showing
from portolan.importer.reading import Record, count_records
from portolan.importer.sending import REASON, Rehearsal, Service


class Row(Protocol):
    """A row that was read."""

    @property
    def record(self) -> Record: ...


R = TypeVar("R", bound=Row)


@dataclass
class FileLoad(Generic[R]):
    """A file under way into services; what is rejected is written at the end, in the order of its lines."""

    file: Incoming[R]
    services: Mapping[str, Service]
    today: date
    advance: Advance
    tally: Tally = field(default_factory=Tally)
    rejected: list[RejectedRow] = field(default_factory=list)

    def read(self) -> Iterator[R | RejectedRow]:
        """Every row, or why it cannot be taken; the latter are rejected."""
        for checked in self.file.checked():
            self.advance(1)
            if isinstance(checked, RejectedRow):
                self.rejected.append(checked)
            yield checked

    def rows(self) -> list[R]:
        """The rows that can be taken."""
        return [row for row in self.read() if not isinstance(row, RejectedRow)]

    def refuse(self, row: R, refusal: Refusal) -> None:
        """Reject a row for what refused a command of it."""
        columns = tuple(dict.fromkeys(map(self.file.column, refusal.fields({})))) or (refusal.command.operation,)
        self.reject(row, refusal.outcome.reason, *columns)

    def reject(self, row: R, reason: str, *columns: str) -> None:
        """Reject a row; its reason may be told to anybody."""
        self.rejected.append(RejectedRow(row.record, columns, reason, reason, vars(row)))

    def write_rejects(self) -> None:
        for rejected in sorted(self.rejected, key=lambda each: each.line):
            self.file.reject(rejected)


@contextmanager
def loading(
    kind: Kind[R],
    path: Path,
    words: FileMapping,
    names: Sequence[str],
    urls: Mapping[str, str],
    token: Callable[[], str],
    *,
    rejects: Path | None = None,
    dry_run: bool = False,
    console: Console | None = None,
    today: date | None = None,
    patience: float = PATIENCE,
) -> Iterator[FileLoad[R]]:
    """Open a file, look whether the services of these names are there, and write the rejects at the end.

    Raises ``ImportProblem`` where nothing can be loaded.
    """
    rehearsal = Rehearsal() if dry_run else None
    with ExitStack() as stack:
        day = today or words.notation.latest_day()
        file = Incoming(kind, path, words, day, stack, rejects, dry_run)
        check_apart(file)
        file.report.rows = count_records(file.table)
        services = {
            name: stack.enter_context(Service(name, urls[name], token, REASON, patience, rehearsal)) for name in names
        }
        for service in services.values():
            service.check()
        file.open_rejects(stack)
        advance = stack.enter_context(showing(console, "Loading", file.report.rows))
        load = FileLoad(file, services, day, advance)
        yield load
        load.write_rejects()


@dataclass
class Clock:
    """How long something took."""

    began: float = field(default_factory=time.monotonic)

    def said(self, load: FileLoad[Any], words: FileMapping) -> dict[str, Any]:
        """What every report of one file says."""
        return {
            "system": words.source,
            "seconds": time.monotonic() - self.began,
            "files": [load.file.report],
            "counts": load.tally.counts,
            "dry_run": any(service.rehearsal for service in load.services.values()),
        }
