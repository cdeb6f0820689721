"""The rows of a project file: what each must hold to be taken over, and what the file's sums are."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from contracts.portfolio import Stage
from portolan.importer.figures import EXACT, check_amount
from portolan.importer.kinds import CURRENCY, DAY, KEY, NAME, TEXT, Column, Kind, Read, Together, Type, Values
from portolan.importer.reading import Record

NO_DIVISION = "(division not known)"
COSTS = ("planned_cost", "projected_cost")


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
    currency: str | None
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


def amount(mapping: Any) -> Read:
    """Reads a cell as an amount in units of the currency."""

    def read(cell: str) -> Decimal:
        value: Decimal = mapping.notation.number(cell, mapping.unit)
        check_amount(value, mapping.currency)
        return value

    return read


AMOUNT = Type("amount in the mapping's unit, not negative", amount)


def check_together(values: Values, row: Together) -> None:
    start, completion, updated = values["start"], values["completion"], values["updated"]
    planned, projected, as_of = map(row.column, (*COSTS, "updated"))
    if start and completion and completion < start:
        columns = row.column("start"), row.column("completion")
        row.flaws.add(f"'{columns[1]}' ({completion}) is before '{columns[0]}' ({start}).", *columns)
    if updated and updated > row.today:
        row.flaws.add(f"'{as_of}' ({updated}) lies in the future.", as_of)
    if values["planned_cost"] is None and values["projected_cost"] is not None and planned not in row.flaws.columns:
        row.flaws.add(f"'{planned}' is missing although '{projected}' is given.", planned)


def twice(row: Together, line: int) -> None:
    columns = map(row.column, ("agency", "investment", "project"))
    row.flaws.add(f"The same project is in line {line} already: agency, investment and project agree.", *columns)


def key_of(values: Values) -> tuple[str, ...]:
    return (values["agency"], values["investment"], values["project"])


PROJECTS = Kind(
    name="projects",
    section="columns",
    columns=(
        Column("agency", NAME, "Agency Name", "the division", given=True),
        Column("agency_code", NAME, "Agency Code", "the division's code", spared=True),
        Column("investment", KEY, "Unique Investment Identifier", "the key of the initiative", given=True),
        Column("investment_title", NAME, "Investment Title", "the initiative's name", given=True),
        Column("project", KEY, "Project ID", "the key of the project within its investment", given=True),
        Column("name", NAME, "Project Name", "the project's name", given=True),
        Column("description", TEXT, "Project Description", "the project's summary", spared=True),
        Column("start", DAY, "Start Date", "first day of the plan"),
        Column("completion", DAY, "Completion Date (B1)", "last day of the plan"),
        Column(
            "planned_completion",
            DAY,
            "Planned Project Completion Date (B2)",
            "given together with the next one where the project is, or was to be, finished",
            spared=True,
        ),
        Column(
            "projected_completion",
            DAY,
            "Projected/Actual Project Completion Date (B2)",
            "the day it was finished, if that is not after the last update; otherwise the day it is expected to be",
            spared=True,
        ),
        Column("planned_cost", AMOUNT, "Planned Cost ($ M)", "the budget; needed where the next one is given"),
        Column(
            "projected_cost",
            AMOUNT,
            "Projected/Actual Cost ($ M)",
            "actual cost of a finished project, otherwise the estimate at completion",
        ),
        Column(
            "currency", CURRENCY, "Currency", "of the row's costs; where empty, the mapping's", spared=True, found=True
        ),
        Column(
            "updated", DAY, "Updated Date", "the day the row is as of; an older row is refused as stale", given=True
        ),
    ),
    key=key_of,
    twice=twice,
    together=check_together,
    row=lambda *, description, **values: ProjectRow(description=description or "", **values),
)
"""A file of projects, one a row, with their divisions, initiatives and money."""


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
