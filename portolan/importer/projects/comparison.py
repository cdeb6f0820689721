"""Reporting's totals beside the file's, to the last decimal, project by project; and what the file does not hold."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from io import StringIO
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from contracts.portfolio import Stage
from portolan.importer.cells import RejectedRow
from portolan.importer.figures import EXACT, Unreadable
from portolan.importer.projects.plan import Plan
from portolan.importer.projects.rows import COSTS, NO_DIVISION, ProjectRow, Sums, key_of
from portolan.importer.projects.statements import Statements
from portolan.importer.report import NOT_EQUAL, NOTHING_LOADED, Report, harmless, write_line
from portolan.importer.sending import Service

PAGE = 500
MOST_NAMED = 10
ZERO = Decimal(0)
COSTS_UNKNOWN = frozenset({"projected cost not recorded", "actual cost not recorded"})
BUDGET_UNKNOWN = "planned cost not recorded"
TABLE_WIDTH = 150
ENDED = frozenset({Stage.CLOSED, Stage.CANCELLED})


@dataclass
class Totals:
    """A division's rows in the file in one currency, those rejected, and what reporting holds of those accepted."""

    file: Sums = field(default_factory=Sums)
    rejected: Sums = field(default_factory=Sums)
    reporting: Sums = field(default_factory=Sums)
    accepted: int = 0
    unreadable: int = 0

    def line(self, division: str, currency: str) -> "DivisionLine":
        return DivisionLine(
            division=division,
            currency=currency,
            rows=self.file.rows,
            accepted=self.accepted,
            rejected=self.rejected.rows,
            unreadable=self.unreadable,
            planned_reporting=self.reporting.planned,
            planned_rejected=self.rejected.planned,
            planned_file=self.file.planned,
            outlook_reporting=self.reporting.outlook,
            outlook_rejected=self.rejected.outlook,
            outlook_file=self.file.outlook,
        )


@dataclass(frozen=True)
class DivisionLine:
    """A division in the report: reporting + rejected = file, or the difference."""

    division: str
    currency: str
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
    def differs(self) -> bool:
        return bool(self.planned_difference or self.outlook_difference)

    @property
    def equal(self) -> bool | None:
        """Whether both sides are equal; None where the file's side cannot be computed."""
        return None if self.unreadable and not self.differs else not self.differs


@dataclass(frozen=True)
class Elsewhere:
    """A project that this source brought before and the file does not hold."""

    id: UUID
    reference: str
    name: str
    division: str
    stage: str
    currency: str | None
    planned: Decimal
    outlook: Decimal

    @property
    def void(self) -> bool:
        """It has ended, and no sum holds anything of it."""
        return self.stage in ENDED and not self.planned and not self.outlook


@dataclass(frozen=True)
class Comparison:
    """Reporting's totals beside the file's; ``missing`` are projects of this source that the file lacks."""

    lines: Sequence[DivisionLine]
    missing: Sequence[Elsewhere]
    withdrawn: int = 0

    @property
    def equal(self) -> bool | None:
        """Whether reporting and the rejected rows together equal the file; None where that cannot be computed."""
        if any(line.differs for line in self.lines):
            return False
        if any(line.equal is None for line in self.lines) or not any(line.accepted for line in self.lines):
            return None
        return True

    @property
    def totals(self) -> list[DivisionLine]:
        """All divisions together, by currency."""
        names = [name for name in DivisionLine.__dataclass_fields__ if name not in ("division", "currency")]
        totals = []
        for currency in sorted({line.currency for line in self.lines}):
            its = [line for line in self.lines if line.currency == currency]
            totals.append(DivisionLine("All divisions", currency, **{name: total_of(its, name) for name in names}))
        return totals

    def verdict(self) -> str:
        wrong = [line for line in self.lines if line.differs]
        if wrong:
            said = "; ".join(
                f"{line.division}: planned {shown(line.planned_difference)}, outlook {shown(line.outlook_difference)}"
                f" {line.currency}"
                for line in wrong
            )
            return f"NOT EQUAL: reporting's totals and the rejected rows differ from the file by ({said})."
        if not any(line.accepted for line in self.lines):
            return "Reporting's totals cannot be compared with the file: nothing of it was loaded."
        unknown = [line for line in self.lines if line.equal is None]
        if unknown:
            said = "; ".join(f"{line.division}: {line.unreadable:,}" for line in unknown)
            return (
                "Reporting's totals cannot be compared with the file where costs of rejected rows cannot be read"
                f" ({said}). All other divisions are equal."
            )
        return "Reporting's totals and the rejected rows together equal the file, in every division."

    def missing_lines(self) -> Iterator[str]:
        """What this source brought before and the file lacks, with its sums."""
        if not self.missing:
            return
        sums: dict[str, Sums] = {}
        for each in self.missing:
            sums.setdefault(each.currency or "no currency", Sums()).add(each.planned, each.outlook)
        said = "; ".join(
            f"planned {shown(its.planned)}, outlook {shown(its.outlook)} {name}" for name, its in sums.items()
        )
        yield (
            f"NOT IN THE FILE: reporting holds {len(self.missing):,} more projects that this source brought before"
            f" ({said}). If the source withdrew or moved them, import the file again with --withdraw."
        )
        for each in self.missing[:MOST_NAMED]:
            yield f"  {each.reference} ({each.name}): planned {shown(each.planned)}, outlook {shown(each.outlook)}"
        if len(self.missing) > MOST_NAMED:
            yield f"  ... and {len(self.missing) - MOST_NAMED:,} more."


class Ledger:
    """Adds up the file, row by row, while it is loaded; remembers the ids of its projects."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._accepted: set[bytes] = set()
        self._rejected: set[bytes] = set()
        self._totals: dict[tuple[str, str], Totals] = {}
        self._names: dict[UUID, str] = {}

    def accept(self, row: ProjectRow) -> None:
        its = self._of(row.agency, self._plan.currency(row))
        its.accepted += 1
        its.file.add(row.planned_cost, row.projected_cost)
        self._accepted.add(self._plan.project_id(row).bytes)

    def reject(self, row: RejectedRow) -> None:
        values = row.values
        planned, outlook = (self._cost(row, field) for field in COSTS)
        unreadable = row.record.flaw or any(
            (said := row.texts.get(field)) and cost is None and not self._plan.mapping.is_unknown(said)
            for field, cost in zip(COSTS, (planned, outlook), strict=True)
        )
        its = self._of(values.get("agency") or NO_DIVISION, values.get("currency") or self._plan.mapping.currency)
        its.file.add(planned, outlook)
        its.rejected.add(planned, outlook)
        its.unreadable += bool(unreadable)
        key = key_of(values) if values else ()
        if key and all(key):
            self._rejected.add(self._plan.id_of("project", *key).bytes)

    def _cost(self, row: RejectedRow, field: str) -> Decimal | None:
        """A rejected row's cost: also one that is no possible cost, such as a negative one, is in the file's sum."""
        value: Decimal | None = row.values.get(field)
        if value is None and (cell := row.texts.get(field)):
            try:
                return self._plan.mapping.number(cell)
            except Unreadable:
                return None
        return value

    def _of(self, division: str, currency: str) -> Totals:
        self._names.setdefault(self._plan.division_id(division), division)
        return self._totals.setdefault((division, currency), Totals())

    def compare(self, reporting: Service, *, whole: bool) -> Comparison:
        """Compare with what reporting holds of this source, project by project.

        `whole`: the file is all that the source holds, so that projects it lacks are missing.
        """
        for its in self._totals.values():
            its.reporting = Sums()
        missing = []
        for item in taken_over(reporting, self._plan.mapping.source):
            id = UUID(item["id"])
            if id.bytes in self._accepted:
                self._add(item)
            elif whole and id.bytes not in self._rejected:
                missing.append(elsewhere(item))
        lines = [its.line(*key) for key, its in sorted(self._totals.items())]
        return Comparison(lines, [each for each in missing if not each.void])

    def _add(self, item: dict[str, Any]) -> None:
        division = self._names.get(UUID(item["division_id"]), item["division"])
        its = self._totals.setdefault((division, item["currency"] or self._plan.mapping.currency), Totals())
        planned = ZERO if BUDGET_UNKNOWN in item["gaps"] else Decimal(item["planned"])
        stated = COSTS_UNKNOWN.isdisjoint(item["gaps"])
        its.reporting.add(planned, Decimal(item["outlook"]) if stated else ZERO)


def taken_over(reporting: Service, system: str) -> Iterator[dict[str, Any]]:
    """What reporting holds of a source, project by project."""
    query = {"system": system, "page_size": str(PAGE)}
    while True:
        page = reporting.read(f"/takeovers/projects?{urlencode(query)}") or {}
        yield from page.get("items", ())
        if not page.get("next_page_token"):
            return
        query["page_token"] = page["next_page_token"]


def elsewhere(item: dict[str, Any]) -> Elsewhere:
    named = {name: item[name] for name in ("reference", "name", "division", "stage", "currency")}
    return Elsewhere(UUID(item["id"]), **named, planned=Decimal(item["planned"]), outlook=Decimal(item["outlook"]))


@dataclass(frozen=True)
class ProjectReport(Report):
    """The results of loading projects; ``comparison`` is None in a dry run."""

    currency: str = ""
    statements: Statements | None = None
    comparison: Comparison | None = None

    @property
    def equal(self) -> bool | None:
        return self.comparison.equal if self.comparison else None

    @property
    def lines(self) -> Sequence[DivisionLine]:
        return self.comparison.lines if self.comparison else ()

    @property
    def total(self) -> DivisionLine:
        """The sums of a file in one currency."""
        assert self.comparison is not None
        (total,) = self.comparison.totals
        return total

    @property
    def exit_code(self) -> int:
        code = super().exit_code
        differs = self.comparison and (self.comparison.equal is False or self.comparison.missing)
        return NOT_EQUAL if differs and code != NOTHING_LOADED else code

    def as_json(self) -> dict[str, Any]:
        compared = self.comparison
        return {
            **super().as_json(),
            "currency": self.currency,
            "stated": self.statements.as_json() if self.statements else {},
            "equal": self.equal,
            "divisions": [line_as_json(line) for line in self.lines],
            "totals": [line_as_json(line) for line in compared.totals] if compared else [],
            "missing": [plain(asdict(each)) for each in compared.missing] if compared else [],
            "withdrawn": compared.withdrawn if compared else 0,
        }

    def show_comparison(self, console: Console) -> None:
        for line in self.statements.lines(self.currency) if self.statements else ():
            write_line(console, line)
        compared = self.comparison
        if compared is None:
            return
        # Drawn as wide as its figures need: a narrow terminal wraps lines, where a narrow table would hide columns.
        wide = Console(file=StringIO(), width=max(console.width, TABLE_WIDTH), legacy_windows=False)
        wide.print(sums_table(compared))
        assert isinstance(wide.file, StringIO)
        write_line(console, wide.file.getvalue().rstrip())
        if compared.withdrawn:
            write_line(console, f"{compared.withdrawn:,} projects that the file lacks were withdrawn.")
        for line in compared.missing_lines():
            write_line(console, line, "bold red")
        styles = {True: "bold green", False: "bold red", None: "bold yellow"}
        write_line(console, compared.verdict(), styles[compared.equal])


def total_of(lines: Sequence[DivisionLine], name: str) -> Any:
    figures = [getattr(line, name) for line in lines]
    if all(isinstance(figure, int) for figure in figures):
        return sum(figures)
    total = ZERO
    for figure in figures:
        total = EXACT.add(total, figure)
    return total


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """Values for JSON; amounts as decimal strings."""
    return {name: plain_value(value) for name, value in values.items()}


def plain_value(value: Any) -> Any:
    if isinstance(value, Decimal):
        return shown(value, "")
    return str(value) if isinstance(value, UUID) else value


def line_as_json(line: DivisionLine) -> dict[str, Any]:
    """A division with its differences."""
    differences = {"planned_difference": line.planned_difference, "outlook_difference": line.outlook_difference}
    return plain(asdict(line) | differences | {"equal": line.equal})


def shown(amount: Decimal, separator: str = ",") -> str:
    """An amount with all its decimals and no others."""
    return f"{amount.normalize(EXACT):{separator}f}" if amount else "0"


def sums_table(compared: Comparison) -> Table:
    """The sums of each division and of all, planned above projected and actual."""
    table = Table(title="reporting + rejected = file")
    table.add_column("Division", overflow="fold")
    for heading in ("Rows", "Loaded", "Rejected"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for heading in ("Reporting", "Rejected rows", "File", "Difference"):
        table.add_column(heading, justify="right", no_wrap=True)
    for line in (*compared.lines, *compared.totals):
        counts = (f"{line.rows:,}", f"{line.accepted:,}", f"{line.rejected:,}")
        planned = (line.planned_reporting, line.planned_rejected, line.planned_file)
        outlook = (line.outlook_reporting, line.outlook_rejected, line.outlook_file)
        name = escape(harmless(line.division))
        table.add_row(
            name, *counts, f"planned {line.currency}", *map(shown, planned), said(line, line.planned_difference)
        )
        table.add_row("", "", "", "", "outlook", *map(shown, outlook), said(line, line.outlook_difference))
        table.add_section()
    return table


def said(line: DivisionLine, difference: Decimal) -> str:
    if difference:
        return f"NOT EQUAL: {shown(difference)}"
    return f"{line.unreadable:,} rows unreadable" if line.unreadable else "equal"
