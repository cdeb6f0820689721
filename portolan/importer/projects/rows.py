"""The rows of a project file: what each must hold to be taken over, and what the file's sums are."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any

from pydantic import StringConstraints, TypeAdapter

from contracts.portfolio import Stage
from contracts.values import Text
from portolan.importer.figures import EXACT, Unreadable, check_amount
from portolan.importer.kinds import (
    CURRENCY,
    DAY,
    KEY,
    NAME,
    NAMES,
    TEXT,
    Column,
    Kind,
    Read,
    Together,
    Type,
    Values,
    look,
    one_line,
    plain,
)
from portolan.importer.reading import Record

NO_DIVISION = "(division not known)"
COSTS = ("planned_cost", "projected_cost")
WORDS_OR_VALUES = ("start", "completion", *COSTS, "year_budget", "year_forecast")
"""The fields of which a source may say in words that it knows nothing."""
LONGEST_NOTE = 9_000
"""A report's note also has room for what else the source says of the year."""
NOTES: TypeAdapter[str] = TypeAdapter(Annotated[Text, StringConstraints(max_length=LONGEST_NOTE)])


@dataclass(frozen=True)
class ProjectRow:
    """A row that can be taken over; amounts are in whole units of the currency.

    ``by_name``: the source has no initiatives and no keys; a project is told apart by its name.
    """

    record: Record
    agency: str
    agency_code: str | None
    investment: str | None
    investment_title: str | None
    project: str | None
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
    rating: str | None = None
    note: str | None = None
    year_budget: Decimal | None = None
    year_forecast: Decimal | None = None
    cost_variance: Decimal | None = None
    schedule_variance: Decimal | None = None
    by_name: bool = False

    @property
    def key(self) -> tuple[str, ...]:
        """Return the identity of a project in its source."""
        return key_of(vars(self))

    @property
    def scope(self) -> tuple[str, str | None, str | None]:
        """Return what somebody answers for who answers for this project alone."""
        return (self.agency, None if self.by_name else self.investment, None if self.by_name else self.project)

    @cached_property
    def stage(self) -> Stage:
        """Finished where the source names an actual completion that was past when it was updated.

        What the source rates is under way, whatever day it began.
        """
        if self.planned_completion and self.projected_completion and self.projected_completion <= self.updated:
            return Stage.CLOSED
        if self.rating or (self.start and self.start <= self.updated):
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


def unless_unknown(mapping: Any, read: Read) -> Read:
    """Reads a cell, None where it holds words that the mapping says stand for nothing known."""

    def known(cell: str) -> Any:
        try:
            return read(cell)
        except Unreadable:
            if mapping.is_unknown(cell):
                return None
            raise

    return known


def amount(mapping: Any) -> Read:
    """Reads a cell as an amount in units of the currency."""
    number = signed_amount(mapping)

    def read(cell: str) -> Decimal | None:
        value: Decimal | None = number(cell)
        if value is not None:
            check_amount(value, mapping.currency)
        return value

    return read


def signed_amount(mapping: Any) -> Read:
    return unless_unknown(mapping, mapping.number)


def variance(mapping: Any) -> Read:
    """Reads what the source says of a difference; a row is taken without it as well."""

    def read(cell: str) -> Decimal | None:
        try:
            return Decimal(mapping.notation.number(cell))
        except Unreadable:
            return None

    return read


def division(mapping: Any) -> Read:
    """Reads a division's name as the mapping spells it, otherwise, where spellings do not matter, as the file does."""
    read = plain(NAMES)
    others: dict[str, str] = mapping.same_divisions
    same = {look(name): other for name, other in others.items()}
    spelt: dict[str, str] = {look(name): name for name in mapping.spellings}

    def known(cell: str) -> str:
        name: str = read(cell)
        if mapping.any_spelling:
            name = same.get(look(name), name)
            return spelt.setdefault(look(name), name)
        return others.get(name, name)

    return known


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
    columns: tuple[str, ...]
    if row.has("project"):
        columns, same = ("agency", "investment", "project"), "agency, investment and project agree"
    else:
        columns, same = ("name",), "the names agree"
    row.flaws.add(f"The same project is in line {line} already: {same}.", *map(row.column, columns))


def key_of(values: Values) -> tuple[str, ...]:
    """What tells a project apart in its source; of a name, capitals and spaces do not matter."""
    if values.get("by_name"):
        return (one_line(values["name"] or "").casefold(),)
    return (values["agency"], values["investment"], values["project"])


KNOWN_DAY = Type("day, or unknown", lambda mapping: unless_unknown(mapping, DAY.reader(mapping)))
KNOWN_AMOUNT = Type("amount in the mapping's unit, not negative, or unknown", amount)
SIGNED_AMOUNT = Type("amount in the mapping's unit, or unknown", signed_amount)
VARIANCE = Type("number", variance)
DIVISION = Type(NAME.name, division)
NOTE = Type(f"text, up to {LONGEST_NOTE:,} characters", lambda _mapping: plain(NOTES, str))


PROJECTS = Kind(
    name="projects",
    section="columns",
    columns=(
        Column("agency", DIVISION, "Agency Name", "the division", given=True),
        Column("agency_code", NAME, "Agency Code", "the division's code", spared=True),
        Column("investment", KEY, "Unique Investment Identifier", "the key of the initiative", given=True, spared=True),
        Column("investment_title", NAME, "Investment Title", "the initiative's name", given=True, spared=True),
        Column("project", KEY, "Project ID", "the key of the project within its investment", given=True, spared=True),
        Column("name", NAME, "Project Name", "the project's name", given=True),
        Column("description", TEXT, "Project Description", "the project's summary", spared=True),
        Column("start", KNOWN_DAY, "Start Date", "first day of the plan"),
        Column("completion", KNOWN_DAY, "Completion Date (B1)", "last day of the plan"),
        Column(
            "planned_completion",
            KNOWN_DAY,
            "Planned Project Completion Date (B2)",
            "given together with the next one where the project is, or was to be, finished",
            spared=True,
        ),
        Column(
            "projected_completion",
            KNOWN_DAY,
            "Projected/Actual Project Completion Date (B2)",
            "the day it was finished, if that is not after the last update; otherwise the day it is expected to be",
            spared=True,
        ),
        Column("planned_cost", KNOWN_AMOUNT, "Planned Cost ($ M)", "the budget; needed where the next one is given"),
        Column(
            "projected_cost",
            KNOWN_AMOUNT,
            "Projected/Actual Cost ($ M)",
            "actual cost of a finished project, otherwise the estimate at completion",
            spared=True,
        ),
        Column(
            "currency", CURRENCY, "Currency", "of the row's costs; where empty, the mapping's", spared=True, found=True
        ),
        Column(
            "updated",
            DAY,
            "Updated Date",
            "the day the row is as of; an older row is refused as stale",
            given=True,
            spared=True,
        ),
        Column("rating", NAME, None, "the health that the source declares, in its own words", spared=True),
        Column("note", NOTE, None, "what the source says about it, kept with the report", spared=True),
        Column("year_budget", SIGNED_AMOUNT, None, "what the source plans to spend in the year", spared=True),
        Column("year_forecast", SIGNED_AMOUNT, None, "what it expects to be spent in the year", spared=True),
        Column(
            "cost_variance",
            VARIANCE,
            "Cost Variance ($ M)",
            "what the source says is left of the planned cost; compared with its own costs",
            spared=True,
            found=True,
        ),
        Column(
            "schedule_variance",
            VARIANCE,
            "Schedule Variance (in days)",
            "how many days early the source says it is; compared with its own days",
            spared=True,
            found=True,
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
