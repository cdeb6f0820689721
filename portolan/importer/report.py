"""The report of a load, which compares reporting's totals and the rejected rows with the file, to the last decimal."""

import time
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Named
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from functools import partial
from io import StringIO
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from contracts import finance, people, portfolio
from portolan.importer.cells import RejectedRow, listed_columns
from portolan.importer.figures import EXACT
from portolan.importer.loading import Services
from portolan.importer.plan import Plan
from portolan.importer.problem import ImportProblem
from portolan.importer.rows import ProjectRow, Reject, Sums
from portolan.importer.sending import Service

PAGE = 500
CATCH_UP_SECONDS = 60.0
MOST_REJECTS = 1_000
ZERO = Decimal(0)
COSTS_UNKNOWN = frozenset({"projected cost not recorded", "actual cost not recorded"})
TABLE_WIDTH = 150


@dataclass(frozen=True)
class Rejected:
    line: int
    row: int
    column: str
    reason: str

    @staticmethod
    def of(row: RejectedRow, reason: str) -> "Rejected":
        """The reject as reported for this reason."""
        return Rejected(row.record.line, row.record.row, listed_columns(row.columns), reason)


@dataclass
class DivisionTotals:
    """A division's rows in the file, those rejected, and the ids of the projects of those accepted."""

    file: Sums = field(default_factory=Sums)
    rejected: Sums = field(default_factory=Sums)
    accepted: int = 0
    unreadable: int = 0
    project_ids: bytearray = field(default_factory=bytearray)

    def ids(self) -> frozenset[UUID]:
        packed = bytes(self.project_ids)
        return frozenset(UUID(bytes=packed[at : at + 16]) for at in range(0, len(packed), 16))


@dataclass(frozen=True)
class ReportedSums:
    """Sums of the projects taken over, according to reporting."""

    planned: Decimal = ZERO
    outlook: Decimal = ZERO


@dataclass(frozen=True)
class DivisionLine:
    """A division in the report: reporting + rejected = file, or the difference."""

    division: str
    rows: int
    accepted: int
    rejected: int
    unreadable: int
    planned_reporting: Decimal
    planned_rejected: Decimal
    planned_file: Decimal
    outlook_reporting: Decimal
    outlook_rejected: Decimal
    outlook_file: Decimal

    @property
    def planned_difference(self) -> Decimal:
        """Planned: what reporting and the rejected rows have more than the file."""
        return EXACT.subtract(EXACT.add(self.planned_reporting, self.planned_rejected), self.planned_file)

    @property
    def outlook_difference(self) -> Decimal:
        """Projected and actual: what reporting and the rejected rows have more than the file."""
        return EXACT.subtract(EXACT.add(self.outlook_reporting, self.outlook_rejected), self.outlook_file)

    @property
    def equal(self) -> bool:
        return not self.planned_difference and not self.outlook_difference


class Totals:
    """Adds up the file, row by row, while it is loaded."""

    def __init__(self) -> None:
        self.divisions: dict[str, DivisionTotals] = {}
        self.rejects: list[Rejected] = []
        self.rejected = 0

    def accept(self, row: ProjectRow, project_id: UUID) -> None:
        division = self.divisions.setdefault(row.agency, DivisionTotals())
        division.accepted += 1
        division.file.add(row.planned_cost, row.projected_cost)
        division.project_ids += project_id.bytes

    def reject(self, reject: Reject) -> None:
        """A row was rejected."""
        division = self.divisions.setdefault(reject.division, DivisionTotals())
        division.file.add(reject.planned, reject.outlook)
        division.rejected.add(reject.planned, reject.outlook)
        division.unreadable += reject.costs_unreadable
        self.rejected += 1
        if len(self.rejects) < MOST_REJECTS:
            self.rejects.append(Rejected.of(reject, reject.reason))

    def line(self, name: str, known: ReportedSums) -> DivisionLine:
        """One division beside what reporting knows of it."""
        its = self.divisions[name]
        return DivisionLine(
            division=name,
            rows=its.file.rows,
            accepted=its.accepted,
            rejected=its.rejected.rows,
            unreadable=its.unreadable,
            planned_reporting=known.planned,
            planned_rejected=its.rejected.planned,
            planned_file=its.file.planned,
            outlook_reporting=known.outlook,
            outlook_rejected=its.rejected.outlook,
            outlook_file=its.file.outlook,
        )


@dataclass(frozen=True)
class Report:
    """The results of a load: ``lines`` per division, ``rejects`` (the first of them), ``counts`` of what was new."""

    file: str
    system: str
    currency: str
    seconds: float
    lines: Sequence[DivisionLine]
    rejected: int
    rejects: Sequence[Rejected]
    rejects_file: str | None
    counts: Named[str, Named[str, int]]
    unused: Sequence[str] = ()

    @property
    def equal(self) -> bool:
        return all(line.equal for line in self.lines)

    @property
    def total(self) -> DivisionLine:
        names = [name for name in DivisionLine.__dataclass_fields__ if name != "division"]
        return DivisionLine("All divisions", **{name: total_of(self.lines, name) for name in names})

    def as_json(self) -> dict[str, Any]:
        """Plain values; amounts as decimal strings."""
        return {
            "file": self.file,
            "system": self.system,
            "currency": self.currency,
            "seconds": round(self.seconds, 3),
            "equal": self.equal,
            "rejects_file": self.rejects_file,
            "counts": {kind: dict(marks) for kind, marks in self.counts.items()},
            "divisions": [line_as_json(line) for line in self.lines],
            "total": line_as_json(self.total),
            "rejected": self.rejected,
            "rejects": [asdict(reject) for reject in self.rejects],
            "unused": list(self.unused),
        }

    def show(self, console: Console) -> None:
        say = partial(write_line, console)
        say(f"{self.total.rows:,} rows of {self.file} in {self.seconds:,.1f} s.")
        for line in shown_counts(self.counts):
            say(line)
        # Drawn as wide as its figures need: a narrow terminal wraps lines, where a narrow table would hide columns.
        wide = Console(file=StringIO(), width=max(console.width, TABLE_WIDTH), legacy_windows=False)
        wide.print(sums_table(self))
        assert isinstance(wide.file, StringIO)
        say(wide.file.getvalue().rstrip())
        for division in self.lines:
            if division.unreadable:
                say(f"{division.division}: the costs of {division.unreadable} rejected rows cannot be read.")
        if self.rejected:
            say(
                f"{self.rejected:,} rows were rejected; correct them in {self.rejects_file} and import it.",
                "bold yellow",
            )
        for line in shown_rejects(self.rejects, self.rejected):
            say(line)
        for entry in self.unused:
            say(f"The mapping names {entry}, which does not occur in the file.", "yellow")
        say(self.verdict, "bold green" if self.equal else "bold red")

    @property
    def verdict(self) -> str:
        if self.equal:
            return "Reporting's totals and the rejected rows together equal the file, in every division."
        wrong = [line for line in self.lines if not line.equal]
        said = "; ".join(
            f"{line.division}: planned {shown(line.planned_difference)}, outlook {shown(line.outlook_difference)}"
            for line in wrong
        )
        return f"NOT EQUAL: reporting's totals and the rejected rows differ from the file by ({said}) {self.currency}."


def write_line(console: Console, line: str, style: str | None = None) -> None:
    """Write a line as it is: neither marked up nor broken."""
    console.print(line, style=style, highlight=False, markup=False, soft_wrap=True)


def shown_counts(counts: Named[str, Named[str, int]]) -> Iterator[str]:
    for kind, marks in counts.items():
        yield f"  {kind}: " + ", ".join(f"{count:,} {mark}" for mark, count in sorted(marks.items()))


def shown_rejects(rejects: Sequence[Rejected], count: int) -> Iterator[str]:
    for reject in rejects:
        yield f"  {where(reject)}: {reject.reason}"
    if count > len(rejects):
        yield f"  ... and {count - len(rejects):,} more."


def where(reject: Rejected) -> str:
    """The place of a rejected row; its row in a spreadsheet where a cell above spans lines."""
    row = "" if reject.row == reject.line else f" (row {reject.row} in a spreadsheet)"
    return f"line {reject.line}{row}" + (f", {reject.column}" if reject.column else "")


def total_of(lines: Sequence[DivisionLine], name: str) -> Any:
    figures = [getattr(line, name) for line in lines]
    if all(isinstance(figure, int) for figure in figures):
        return sum(figures)
    total = ZERO
    for figure in figures:
        total = EXACT.add(total, figure)
    return total


def line_as_json(line: DivisionLine) -> dict[str, Any]:
    """A division with its differences; amounts as decimal strings."""
    figures = asdict(line) | {
        "planned_difference": line.planned_difference,
        "outlook_difference": line.outlook_difference,
        "equal": line.equal,
    }
    return {name: shown(figure, "") if isinstance(figure, Decimal) else figure for name, figure in figures.items()}


def shown(amount: Decimal, separator: str = ",") -> str:
    """An amount with all its decimals and no others."""
    return f"{amount.normalize(EXACT):{separator}f}" if amount else "0"


def sums_table(report: Report) -> Table:
    """The sums of each division and of all, planned above projected and actual."""
    table = Table(title=f"reporting + rejected = file, in {report.currency}")
    table.add_column("Division", overflow="fold")
    for heading in ("Rows", "Taken", "Rejected"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for heading in ("Reporting", "Rejected rows", "File", "Difference"):
        table.add_column(heading, justify="right", no_wrap=True)
    for line in (*report.lines, report.total):
        counts = (f"{line.rows:,}", f"{line.accepted:,}", f"{line.rejected:,}")
        planned = (line.planned_reporting, line.planned_rejected, line.planned_file)
        outlook = (line.outlook_reporting, line.outlook_rejected, line.outlook_file)
        table.add_row(escape(line.division), *counts, "planned", *map(shown, planned), verdict(line.planned_difference))
        table.add_row("", "", "", "", "outlook", *map(shown, outlook), verdict(line.outlook_difference))
        table.add_section()
    return table


def verdict(difference: Decimal) -> str:
    return f"NOT EQUAL: {shown(difference)}" if difference else "equal"


class Reporting:
    """Reporting's sums of the projects taken over from a source."""

    def __init__(self, reporting: Service, services: Services, plan: Plan) -> None:
        self._reporting, self._services, self._plan = reporting, services, plan

    def lines(self, totals: Totals) -> list[DivisionLine]:
        """The file's divisions beside reporting's, once reporting has heard everything.

        Where reporting's totals differ, because it knows more of this source than this file holds, or counts a budget
        where no cost is recorded, the projects of this file are compared one by one.
        """
        self._catch_up()
        known = self._known()
        lines = [
            totals.line(name, known.get(str(self._division_id(name)), ReportedSums())) for name in totals.divisions
        ]
        return [
            line if line.equal else self._closer(line, totals) for line in sorted(lines, key=lambda it: it.division)
        ]

    def _division_id(self, name: str) -> UUID:
        return self._plan.division_id(name)

    def _known(self) -> dict[str, ReportedSums]:
        known: dict[str, ReportedSums] = {}
        found = self._reporting.read(f"/takeovers?{urlencode({'system': self._plan.mapping.source})}")
        for item in (found or {"items": []})["items"]:
            if item["currency"] == self._plan.mapping.currency:
                known[item["division_id"]] = ReportedSums(Decimal(item["planned"]), Decimal(item["outlook"]))
        return known

    def _closer(self, line: DivisionLine, totals: Totals) -> DivisionLine:
        """Only what reporting knows of this file's projects."""
        ids, known = totals.divisions[line.division].ids(), ReportedSums()
        for project in self._projects(line.division) if ids else ():
            if UUID(project["id"]) in ids and project["currency"] == self._plan.mapping.currency:
                stated = COSTS_UNKNOWN.isdisjoint(project["gaps"])
                known = ReportedSums(
                    EXACT.add(known.planned, Decimal(project["planned"])),
                    EXACT.add(known.outlook, Decimal(project["outlook"]) if stated else ZERO),
                )
        return totals.line(line.division, known)

    def _projects(self, division: str) -> Iterator[Named[str, Any]]:
        query = {"division_id": str(self._division_id(division)), "page_size": str(PAGE)}
        while True:
            page = self._reporting.read(f"/portfolio/health?{urlencode(query)}") or {}
            yield from page.get("items", ())
            if not page.get("next_page_token"):
                return
            query["page_token"] = page["next_page_token"]

    def _catch_up(self) -> None:
        """Wait until reporting has applied all that the others have published; as long as it gets on."""
        behind, until = None, time.monotonic() + CATCH_UP_SECONDS
        while left := self._behind():
            if behind is None or left < behind:
                behind, until = left, time.monotonic() + CATCH_UP_SECONDS
            if time.monotonic() > until:
                raise ImportProblem(
                    f"Everything was loaded, but reporting lags by {left:,} events and makes no progress.",
                    "Check that the workers are running (`portolan up`), then import the file again to compare sums.",
                )
            time.sleep(0.1)

    def _behind(self) -> int:
        status = self._reporting.read("/status") or {"readers": []}
        topics = {
            people.TOPIC: self._services.people,
            portfolio.TOPIC: self._services.portfolio,
            finance.TOPIC: self._services.finance,
        }
        behind = 0
        for topic, service in topics.items():
            published = (service.read("/status") or {"published": 0})["published"]
            applied = [reader["applied"] for reader in status["readers"] if reader["topic"].endswith(topic)]
            behind = max(behind, published - min(applied, default=0))
        return behind
