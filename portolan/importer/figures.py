"""Cells as exact amounts and days, and why one cannot be read."""

import re
from datetime import date
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow

EXACT = Context(prec=400, traps=[Inexact, InvalidOperation, Overflow])
"""Wide enough for every product and sum of figures that ``number`` takes; what would not fit is an error."""
LARGEST = Decimal(10) ** 15
DECIMALS = 6
NUMBER = re.compile(r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,2})?")
DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?Z?)?")


class Unreadable(ValueError):
    """A cell does not hold what its column is for; the text says so, ``why`` without showing what is in the cell."""

    def __init__(self, why: str, cell: str | None = None) -> None:
        super().__init__(why if cell is None else f"{quoted(cell)} {why}")
        self.why = why


def number(cell: str, unit: Decimal) -> Decimal:
    """A finite number in units of the currency, with every decimal it has."""
    if not NUMBER.fullmatch(cell):
        finite = "finite " if cell.strip("+-").lower() in ("nan", "inf", "infinity") else ""
        raise Unreadable(f"is not a {finite}number", cell)
    value = EXACT.multiply(Decimal(cell), unit)
    if not value:
        return Decimal(0)
    whole = value.normalize(EXACT)
    return Decimal(f"{whole:f}")


def check_amount(value: Decimal, currency: str) -> None:
    """An amount that can be a budget or a cost."""
    if value < 0:
        raise Unreadable(f"{value:,f} {currency} is negative")
    if -int(value.as_tuple().exponent) > DECIMALS:
        raise Unreadable(f"{value:,f} {currency} has more than {DECIMALS} decimals")
    if value > LARGEST:
        raise Unreadable(f"{value:,f} {currency} is more than any budget can be")


def day(cell: str) -> date:
    """A day, given alone or as a moment in UTC."""
    found = DAY.fullmatch(cell)
    try:
        value = date.fromisoformat(found[1]) if found else None
    except ValueError:
        value = None
    if value is None:
        raise Unreadable("is not a day such as 2011-01-31", cell)
    if not 1900 <= value.year <= 2200:
        raise Unreadable("is not between 1900 and 2200", cell)
    return value


def quoted(cell: str) -> str:
    """The beginning of a cell in a sentence."""
    return f"'{cell}'" if len(cell) <= 40 else f"'{cell[:40]}...' ({len(cell):,} characters)"
