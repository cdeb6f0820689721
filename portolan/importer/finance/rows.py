"""The rows of a finance system's files: budget lines, commitments and expenses, each kind one table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import iso4217

from contracts.finance import CostKind, Purpose
from portolan.importer.figures import LARGEST, Unreadable
from portolan.importer.kinds import (
    CURRENCY,
    DAY,
    FIGURE,
    KEY,
    LINE,
    NAME,
    NAMES,
    Column,
    Kind,
    Read,
    Together,
    Type,
    Values,
    plain,
)
from portolan.importer.reading import Record

MINOR_UNITS: Mapping[str, int] = {each.code: each.exponent for each in iso4217.Currency if each.exponent is not None}
"""Decimals by currency (ISO 4217)."""


@dataclass(frozen=True)
class Charged:
    """What a row charges: a category of the budget of a division and year, or of the budget with this id."""

    record: Record
    id: UUID | None
    key: str
    line: str | None
    division: str | None
    budget: UUID | None
    category: str
    cost_kind: CostKind | None
    amount: Decimal
    currency: str
    reference: str | None

    @property
    def thing(self) -> str:
        """What is numbered where it occurs more than once."""
        return thing(self.key, self.line)

    @property
    def charged_to(self) -> str:
        """The category, told apart by the kind of cost where the file tells it."""
        return by_cost_kind(self.category, self.cost_kind) if self.cost_kind else self.category


@dataclass(frozen=True)
class ExpenseRow(Charged):
    occurred_on: date


@dataclass(frozen=True)
class CommitmentRow(Charged):
    fiscal_year: int


@dataclass(frozen=True)
class LineRow:
    """A line of a division's budget."""

    record: Record
    division: str
    division_code: str | None
    fiscal_year: int
    category: str
    cost_kind: CostKind
    purpose: Purpose
    amount: Decimal
    currency: str


def by_cost_kind(category: str, cost_kind: CostKind) -> str:
    return f"{category}, {cost_kind}"


def thing(key: str | None, line: str | None) -> str:
    return f"{key}\x1f{line or ''}" if key else ""


def word_of(kind: type[StrEnum], named: Callable[[Any], Mapping[str, Any]], key: str) -> Callable[[Any], Read]:
    """Reads one of a few words, or one that the mapping names."""

    def reader(mapping: Any) -> Read:
        words = {str(each): each for each in kind} | {word.casefold(): its for word, its in named(mapping).items()}

        def read(cell: str) -> Any:
            if cell.casefold() not in words:
                raise Unreadable(f"is none of {', '.join(kind)} (mapping: `{key}`)", cell)
            return words[cell.casefold()]

        return read

    return reader


def category(mapping: Any) -> Read:
    """Reads a category by its own name or by the one that the mapping has for it."""
    named = {word.casefold(): name for word, name in mapping.categories.items()}
    read = plain(NAMES)
    return lambda cell: named.get(" ".join(cell.split()).casefold()) or read(cell)


def year(mapping: Any) -> Read:
    def read(cell: str) -> int:
        number: Decimal = mapping.notation.number(cell, Decimal(1))
        if number != number.to_integral_value() or not 1900 <= number <= 2200:
            raise Unreadable("is not a year from 1900 to 2200", cell)
        return int(number)

    return read


def own_id(_mapping: Any) -> Read:
    def read(cell: str) -> UUID:
        try:
            return UUID(cell)
        except ValueError as error:
            raise Unreadable("is not an id", cell) from error

    return read


CATEGORY = Type("name, up to 200 characters, or one that the mapping names", category)
COST_KIND = Type(
    "opex or capex, or a word that the mapping names", word_of(CostKind, lambda each: each.cost_kinds, "cost_kinds")
)
PURPOSE = Type(
    "run, grow or transform, or a word that the mapping names", word_of(Purpose, lambda each: each.purposes, "purposes")
)
YEAR = Type("year", year)
ID = Type("id", own_id)


def check_said(row: Together, values: Values, *fields: str) -> None:
    """What no column says and no mapping either is missing; a cell that cannot be read has been told of."""
    for field in fields:
        if values[field] is None and row.column(field) not in row.flaws.columns:
            column = row.column(field)
            said = f"'{column}' is missing" if row.has(field) else f"no column and no `{field}` in the mapping says it"
            row.flaws.add(f"{field}: {said}." if not row.has(field) else f"{said}.", column)


def check_money(row: Together, values: Values) -> None:
    """An amount has no more decimals than its currency, which ISO 4217 lists: nothing is rounded."""
    amount, currency = values["amount"], values["currency"]
    if amount is None or currency is None:
        return
    columns = [row.column(field) for field in ("amount", "currency") if row.has(field)]
    if currency not in MINOR_UNITS:
        row.flaws.add(f"{currency} is no currency of ISO 4217 in which amounts are counted.", *columns[-1:])
    elif -int(amount.as_tuple().exponent) > MINOR_UNITS[currency]:
        row.flaws.add(f"{amount:,f} {currency} has more than the {MINOR_UNITS[currency]} decimals of it.", columns[0])
    elif abs(amount) > LARGEST:
        row.flaws.add(f"{amount:,f} {currency} is more than any budget can be.", columns[0])


def check_charged(values: Values, row: Together) -> None:
    if values["budget"] is None:
        check_said(row, values, "division")
    check_said(row, values, "category", "currency")
    check_money(row, values)


def check_expense(values: Values, row: Together) -> None:
    check_charged(values, row)
    day = values["occurred_on"]
    if day is not None and day > row.today:
        column = row.column("occurred_on")
        row.flaws.add(f"'{column}' ({day}) is in the future.", column)


def check_commitment(values: Values, row: Together) -> None:
    check_charged(values, row)
    check_said(row, values, "fiscal_year")
    check_above_nothing(values, row)


def check_line(values: Values, row: Together) -> None:
    check_said(row, values, "division", "fiscal_year", "category", "cost_kind", "purpose", "currency")
    check_money(row, values)
    check_above_nothing(values, row)


def check_above_nothing(values: Values, row: Together) -> None:
    if values["amount"] is not None and values["amount"] <= 0:
        row.flaws.add(f"'{row.column('amount')}' is not more than 0.", row.column("amount"))


def twice(row: Together, line: int) -> None:
    row.flaws.add(f"The same line of the same budget is in line {line} already.", row.column("category"))


def never_twice(_row: Together, _line: int) -> None:
    """Rows that say the same are as many as there are."""


def charges(key: str, about: str) -> tuple[Column, ...]:
    """The columns of what is charged to a category of a budget."""
    return (
        Column("id", ID, None, "its id here, in a file that was exported", spared=True),
        Column("key", KEY, key, about, given=True),
        Column("line", KEY, None, "tells rows of one key apart; without it, their order in the file does", spared=True),
        Column("division", NAME, "Division", "the division whose budget is charged", spared=True, found=True),
        Column("budget", ID, None, "the budget that is charged, instead of its division's", spared=True),
        Column("category", CATEGORY, "Category", "the category that is charged", spared=True, found=True),
        Column("cost_kind", COST_KIND, None, "where it is read, the category is `Premises, capex`", spared=True),
    )


REFERENCE = Column("reference", LINE, "Reference", "what people call it; empty: the key", spared=True, found=True)
CURRENCY_COLUMN = Column("currency", CURRENCY, "Currency", "the currency of the amount", spared=True, found=True)

EXPENSES = Kind(
    name="expenses",
    section="columns",
    columns=(
        *charges("Transaction", "the transaction that it is part of"),
        Column("amount", FIGURE, "Amount", "what was spent; a credit is negative", given=True),
        CURRENCY_COLUMN,
        REFERENCE,
        Column("occurred_on", DAY, "Date", "the day it was spent on", given=True),
    ),
    key=lambda values: (thing(values["key"], values["line"]), ""),
    twice=never_twice,
    together=check_expense,
    row=ExpenseRow,
)
COMMITMENTS = Kind(
    name="commitments",
    section="columns",
    columns=(
        *charges("Order", "the order or the contract"),
        Column("fiscal_year", YEAR, "Fiscal Year", "the year of the budget", spared=True, found=True),
        Column("amount", FIGURE, "Amount", "what the order binds, above 0", given=True),
        CURRENCY_COLUMN,
        REFERENCE,
    ),
    key=lambda values: (thing(values["key"], values["line"]), ""),
    twice=never_twice,
    together=check_commitment,
    row=CommitmentRow,
)
BUDGETS = Kind(
    name="budgets",
    section="columns",
    columns=(
        Column("division", NAME, "Division", "established at the top if there is none", spared=True, found=True),
        Column("division_code", NAME, "Division Code", "may be empty", spared=True, found=True),
        Column("fiscal_year", YEAR, "Fiscal Year", "the year of the budget", spared=True, found=True),
        Column("category", CATEGORY, "Category", "the category of the line", spared=True, found=True),
        Column("cost_kind", COST_KIND, "Cost Kind", "operating or capital expenditure", spared=True, found=True),
        Column("purpose", PURPOSE, "Purpose", "what it is spent for", spared=True, found=True),
        Column("amount", FIGURE, "Amount", "the line's amount, above 0", given=True),
        CURRENCY_COLUMN,
    ),
    key=lambda values: (
        budget_key(values["division"], values["fiscal_year"]),
        *(str(values[field] or "") for field in ("category", "cost_kind", "purpose")),
    ),
    twice=twice,
    together=check_line,
    row=LineRow,
)


def budget_key(division: str | None, fiscal_year: int | None) -> str:
    return f"{division}\x1f{fiscal_year}" if division and fiscal_year else ""


@dataclass(frozen=True)
class RateRow:
    """What a unit of a currency was worth in another one on a day."""

    record: Record
    base: str
    quote: str
    day: date
    rate: Decimal
    amount: None = None
    currency: None = None


def check_rate(values: Values, row: Together) -> None:
    check_said(row, values, "base", "quote")
    rate, day = values["rate"], values["day"]
    if rate is not None and (rate <= 0 or -int(rate.as_tuple().exponent) > RATE_DECIMALS):
        column = row.column("rate")
        row.flaws.add(f"'{column}' ({rate:f}) is not above 0 with at most {RATE_DECIMALS} decimals.", column)
    if day is not None and day > row.today:
        row.flaws.add(f"'{row.column('day')}' ({day}) is in the future.", row.column("day"))


def same_rate(row: Together, line: int) -> None:
    row.flaws.add(f"The rate of this pair and day is in line {line} already.", row.column("day"))


RATE_DECIMALS = 12
RATES = Kind(
    name="rates",
    section="columns",
    columns=(
        Column("base", CURRENCY, "Base", "the currency of which a unit is worth so much", spared=True, found=True),
        Column("quote", CURRENCY, "Quote", "the currency it is worth it in", spared=True, found=True),
        Column("day", DAY, "Date", "the day of the rate", given=True),
        Column("rate", FIGURE, "Rate", "units of the second for a unit of the first", given=True),
    ),
    key=lambda values: tuple(str(values[field] or "") for field in ("base", "quote", "day")),
    twice=same_rate,
    together=check_rate,
    row=RateRow,
)


@dataclass(frozen=True)
class DriverRow:
    """By how much a division bears a pool of a charge-back."""

    record: Record
    charge_back: UUID
    pool: str
    division: str
    value: Decimal
    amount: None = None
    currency: None = None


def check_driver(values: Values, row: Together) -> None:
    check_said(row, values, "charge_back", "pool", "division")
    value = values["value"]
    if value is not None and not 0 <= value <= LARGEST:
        column = row.column("value")
        row.flaws.add(f"'{column}' ({value:f}) is less than 0, or more than any value can be.", column)


def same_value(row: Together, line: int) -> None:
    row.flaws.add(f"The value of this division is in line {line} already.", row.column("division"))


DRIVER_VALUES = Kind(
    name="driver values",
    section="columns",
    columns=(
        Column("charge_back", ID, "Charge-back", "the id of the draft", spared=True, found=True),
        Column("pool", NAME, "Pool", "the pool that is shared out", spared=True, found=True),
        Column("division", NAME, "Division", "the division that bears it", spared=True, found=True),
        Column("value", FIGURE, "Value", "its value in the period, 0 or more", given=True),
    ),
    key=lambda values: tuple(str(values[field] or "") for field in ("charge_back", "pool", "division")),
    twice=same_value,
    together=check_driver,
    row=DriverRow,
)
