"""The rows of a project file: what each must hold to be taken over, and what the file's sums are."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from contracts.portfolio import Stage
from portolan.importer.cells import KEY_OF, NAME_OF, TEXT_OF, Cells, RejectedRow, RejectReasons, RowCells
from portolan.importer.figures import EXACT, Unreadable, check_amount, day, number
from portolan.importer.mapping import MAPPING_HELP, Mapping
from portolan.importer.reading import Record, Table

NO_DIVISION = "(division not known)"


@dataclass(frozen=True)
class ProjectRow:
    """A row that can be taken over; amounts are in whole units of the currency."""

    record: Record
    agency: str
    agency_code: str | None
    investment: str
    investment_title: str
    project: str
    name: str
    description: str
    start: date | None
    completion: date | None
    planned_completion: date | None
    projected_completion: date | None
    planned_cost: Decimal | None
    projected_cost: Decimal | None
    updated: date

    @property
    def key(self) -> tuple[str, str, str]:
        """Return the identity of a project in its source."""
        return (self.agency, self.investment, self.project)

    @cached_property
    def stage(self) -> Stage:
        """Finished where the source names an actual completion that was past when it was updated."""
        if self.planned_completion and self.projected_completion and self.projected_completion <= self.updated:
            return Stage.CLOSED
        if self.start and self.start <= self.updated:
            return Stage.IN_PROGRESS
        return Stage.APPROVED if self.planned_cost is None else Stage.FUNDED

    @property
    def gaps(self) -> tuple[str, ...]:
        dates = {(True, True): "plan", (True, False): "start", (False, True): "completion"}
        undated = dates.get((self.start is None, self.completion is None))
        cost = "actual cost" if self.stage is Stage.CLOSED else "projected cost"
        unknown = [
            undated,
            "planned cost" if self.planned_cost is None else None,
            cost if self.projected_cost is None else None,
            None if self.description else "description",
        ]
        return tuple(f"{what} not recorded" for what in unknown if what)


@dataclass(frozen=True)
class Reject(RejectedRow):
    """A row that cannot be taken; costs are None where they cannot be read."""

    division: str = NO_DIVISION
    planned: Decimal | None = None
    outlook: Decimal | None = None
    costs_unreadable: bool = False


@dataclass
class Sums:
    """Rows and their costs, exact."""

    rows: int = 0
    planned: Decimal = Decimal(0)
    outlook: Decimal = Decimal(0)

    def add(self, planned: Decimal | None, outlook: Decimal | None) -> None:
        self.rows += 1
        self.planned = EXACT.add(self.planned, planned or Decimal(0))
        self.outlook = EXACT.add(self.outlook, outlook or Decimal(0))


class RowChecks:
    """Checks row after row; remembers each project's first line, and each division's sums in the file."""

    def __init__(self, table: Table, mapping: Mapping, today: date) -> None:
        self._mapping, self._today = mapping, today
        self._cells = Cells(table, mapping.columns, MAPPING_HELP)
        self.column = self._cells.column
        self.agencies: set[str] = set()
        self.mapped: set[tuple[str, str | None, str | None]] = set()

    def check(self, record: Record) -> ProjectRow | Reject:
        if record.flaw:
            return Reject(record, (), record.flaw, costs_unreadable=True)
        flaws = RejectReasons()
        cells = self._cells.of(record, flaws)
        values = self._values(cells)
        self._check_together(values, flaws)
        self._check_first(record, values, flaws)
        if not flaws.reasons:
            row = ProjectRow(record=record, **values)
            self._note_mapped(row)
            return row
        costs = cells.texts["planned_cost"], cells.texts["projected_cost"]
        planned, outlook = map(self._readable, costs)
        unreadable = any(cell and value is None for cell, value in zip(costs, (planned, outlook), strict=True))
        agency = values["agency"] or NO_DIVISION
        return Reject(record, tuple(flaws.columns), flaws.reason, agency, planned, outlook, unreadable)

    def _note_mapped(self, row: ProjectRow) -> None:
        """Remember which of the mapping's entries there are rows for."""
        self.agencies.add(row.agency)
        keys: tuple[tuple[str, str | None, str | None], ...] = (
            (row.agency, None, None),
            (row.agency, row.investment, None),
            row.key,
        )
        self.mapped.update(key for key in keys if key in self._mapping.accountable_keys)

    def _values(self, cells: RowCells) -> dict[str, Any]:
        take = cells.take
        return {
            "agency": take("agency", NAME_OF, True),
            "agency_code": take("agency_code", NAME_OF),
            "investment": take("investment", KEY_OF, True),
            "investment_title": take("investment_title", NAME_OF, True),
            "project": take("project", KEY_OF, True),
            "name": take("name", NAME_OF, True),
            "description": take("description", TEXT_OF) or "",
            "start": take("start", day),
            "completion": take("completion", day),
            "planned_completion": take("planned_completion", day),
            "projected_completion": take("projected_completion", day),
            "planned_cost": take("planned_cost", self._amount),
            "projected_cost": take("projected_cost", self._amount),
            "updated": take("updated", day, True),
        }

    def _amount(self, cell: str) -> Decimal:
        value = number(cell, self._mapping.unit)
        check_amount(value, self._mapping.currency)
        return value

    def _readable(self, cell: str) -> Decimal | None:
        try:
            return number(cell, self._mapping.unit)
        except Unreadable:
            return None

    def _check_together(self, values: dict[str, Any], flaws: RejectReasons) -> None:
        start, completion, updated = values["start"], values["completion"], values["updated"]
        planned, projected, as_of = (self.column(name) for name in ("planned_cost", "projected_cost", "updated"))
        if start and completion and completion < start:
            columns = self.column("start"), self.column("completion")
            flaws.add(f"'{columns[1]}' ({completion}) is before '{columns[0]}' ({start}).", *columns)
        if updated and updated > self._today:
            flaws.add(f"'{as_of}' ({updated}) lies in the future.", as_of)
        if values["planned_cost"] is None and values["projected_cost"] is not None and planned not in flaws.columns:
            flaws.add(f"'{planned}' is missing although '{projected}' is given.", planned)

    def _check_first(self, record: Record, values: dict[str, Any], flaws: RejectReasons) -> None:
        fields = ("agency", "investment", "project")
        if not all(values[field] for field in fields):
            return
        first = self._cells.first_line(record, *(values[field] for field in fields))
        if first is not None:
            columns = [self.column(field) for field in fields]
            flaws.add(f"The same project is in line {first} already: agency, investment and project agree.", *columns)
