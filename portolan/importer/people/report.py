"""The report of a load of persons; it names none of them but by the line they are in."""

from collections.abc import Mapping as Named
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from portolan.importer.people.rows import RejectedPerson
from portolan.importer.report import MOST_REJECTS, Rejected, shown_counts, shown_rejects, write_line


@dataclass
class FileReport:
    """The results of one file; ``rejects`` are the first of them, in the order of their lines."""

    file: str
    rows: int
    rejects_file: Path
    rejected: int = 0
    rejects: list[Rejected] = field(default_factory=list)

    def reject(self, row: RejectedPerson) -> None:
        """A row was rejected."""
        self.rejected += 1
        if len(self.rejects) < MOST_REJECTS:
            self.rejects.append(Rejected.of(row, row.told))

    @property
    def in_order(self) -> list[Rejected]:
        return sorted(self.rejects, key=lambda reject: reject.line)

    def as_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "rows": self.rows,
            "rejected": self.rejected,
            "rejects": [asdict(reject) for reject in self.in_order],
            "rejects_file": str(self.rejects_file) if self.rejected else None,
        }

    def show(self, console: Console) -> None:
        if not self.rejected:
            return
        said = f"{self.rejected:,} of {self.rows:,} rows of {self.file} were rejected;"
        what = f"{said} {self.rejects_file} has the reasons: correct the rows there and import it."
        write_line(console, what, "bold yellow")
        for line in shown_rejects(self.in_order, self.rejected):
            write_line(console, line)


@dataclass(frozen=True)
class PeopleReport:
    """The results of a load: the ``files``, persons first, and ``counts`` of new, changed and unchanged things."""

    system: str
    seconds: float
    files: Sequence[FileReport]
    counts: Named[str, Named[str, int]]
    unused: Sequence[str] = ()

    @property
    def rejected(self) -> int:
        return sum(file.rejected for file in self.files)

    def as_json(self) -> dict[str, Any]:
        return {
            "system": self.system,
            "seconds": round(self.seconds, 3),
            "counts": {kind: dict(marks) for kind, marks in self.counts.items()},
            "files": [file.as_json() for file in self.files],
            "rejected": self.rejected,
            "unused": list(self.unused),
        }

    def show(self, console: Console) -> None:
        say = partial(write_line, console)
        read = " and ".join(f"{file.rows:,} rows of {file.file}" for file in self.files)
        say(f"{read} in {self.seconds:,.1f} s.")
        for line in shown_counts(self.counts):
            say(line)
        for file in self.files:
            file.show(console)
        for entry in self.unused:
            say(f"The mapping names {entry}, which does not occur in the file.", "yellow")
        if not self.rejected:
            say("Every row was taken.", "bold green")
