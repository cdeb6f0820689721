"""Cells as exact amounts and days in the notation of their file, and why one cannot be read."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow

EXACT = Context(prec=400, traps=[Inexact, InvalidOperation, Overflow])
"""Wide enough for every product and sum of figures that ``number`` takes; what would not fit is an error."""
LARGEST = Decimal(10) ** 15
DECIMALS = 6
NUMBER = re.compile(r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,2})?")
MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
SERIAL = re.compile(r"[1-9][0-9]{0,5}")
SERIALS = "excel"
"""The name of days that are numbers, as spreadsheets count them."""
SERIAL_ZERO = date(1899, 12, 30)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAY_PARTS = {"YYYY": r"(?P<year>[0-9]{4})", "MMM": r"(?P<name>[A-Za-z]{3})"} | {
    "MM": r"(?P<month>[0-9]{1,2})",
    "DD": r"(?P<day>[0-9]{1,2})",
}
DAY_PART = re.compile("YYYY|MMM|MM|DD")
FOREVER = frozenset({"9999-12-31"})
USUAL_NOTATIONS = ((",", "."), (",", " "), (",", ""), (".", ","), (".", "'"), (".", " "), (".", ""))
USUAL_DAYS = ("DD.MM.YYYY", "DD/MM/YYYY", "YYYY/MM/DD", "DD-MMM-YYYY", "YYYYMMDD")


class Unreadable(ValueError):
    """A cell does not hold what its column is for; the text says so, ``why`` without showing what is in the cell."""

    def __init__(self, why: str, cell: str | None = None) -> None:
        super().__init__(why if cell is None else f"{quoted(cell)} {why}")
        self.why = why


class Exact(str):
    """A cell of a workbook that is a number or a day, not a text: no notation applies to it."""

    __slots__ = ()


@dataclass(frozen=True)
class Notation:
    """How a file writes figures and days.

    ``days``: forms such as DD.MM.YYYY, or ``excel``; 2026-01-31 is always read. ``zone``: where the days of its moments
    are. ``forever``: words and days for an end that is open. ``parentheses``: ``(1.50)`` is a negative number.
    """

    decimal: str = "."
    thousands: str = ""
    days: tuple[str, ...] = ()
    zone: tzinfo | None = None
    forever: frozenset[str] = FOREVER
    parentheses: bool = False
    _forms: tuple[re.Pattern[str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_forms", tuple(form_of(each) for each in self.days if each != SERIALS))

    def number(self, cell: str, unit: Decimal = Decimal(1)) -> Decimal:
        """A finite number in units of the currency, with every decimal it has."""
        plain = cell if isinstance(cell, Exact) else self._plain(self._signed(cell))
        if plain is None or not NUMBER.fullmatch(plain):
            finite = "finite " if cell.strip("+-").lower() in ("nan", "inf", "infinity") else ""
            raise Unreadable(f"is not a {finite}number{self._other_notation(cell)}", cell)
        value = EXACT.multiply(Decimal(plain), unit)
        if not value:
            return Decimal(0)
        return Decimal(f"{value.normalize(EXACT):f}")

    def _signed(self, cell: str) -> str:
        """The number with a minus, where this notation writes parentheses for it."""
        if self.parentheses and cell.startswith("(") and cell.endswith(")") and cell[1:2] not in ("-", "+"):
            return f"-{cell[1:-1].strip()}"
        return cell

    def _plain(self, cell: str) -> str | None:
        """The number with a point and without groups; None where its groups are not of three digits."""
        if self.thousands:
            whole, point, rest = cell.partition(self.decimal)
            first, *groups = whole.split(self.thousands)
            if groups and not (1 <= len(first.lstrip("+-")) <= 3 and all(len(group) == 3 for group in groups)):
                return None
            cell = f"{first}{''.join(groups)}{point}{rest}"
        if self.decimal == ".":
            return cell
        return None if "." in cell else cell.replace(self.decimal, ".")

    def _other_notation(self, cell: str) -> str:
        if not self.parentheses and replace(self, parentheses=True).reads(cell):
            return " in this file's notation (mapping: `parentheses: true`, if it is a negative one)"
        other = next((each for each in USUAL_NOTATIONS if Notation(*each).reads(cell)), None)
        return f" in this file's notation (mapping: {notation_shown(*other)})" if other else ""

    def reads(self, cell: str) -> bool:
        """Return whether a cell is a number in this notation."""
        plain = self._plain(self._signed(cell))
        return plain is not None and NUMBER.fullmatch(plain) is not None

    def day(self, cell: str) -> date:
        """A day, given alone or as a moment; a moment that names its zone needs the file's to be a day."""
        value = self._moment(cell) or (None if isinstance(cell, Exact) else self._formed(cell))
        if value is None:
            usual = next((form for form in USUAL_DAYS if form_of(form).fullmatch(cell)), None)
            hint = f" (mapping: `dates: {usual}`, if that is what it is)" if usual else ""
            raise Unreadable(f"is not a day such as 2011-01-31{hint}", cell)
        if not 1900 <= value.year <= 2200:
            raise Unreadable("is not between 1900 and 2200", cell)
        return value

    def end(self, cell: str) -> date | None:
        """A last day, None where it is open."""
        return None if cell.casefold() in self.forever else self.day(cell)

    def _moment(self, cell: str) -> date | None:
        found = MOMENT.fullmatch(cell)
        if found is None:
            return None
        day, time, offset = found.groups()
        try:
            if offset is None or (self.zone is None and offset == "Z" and time.strip("0:") == ""):
                return date.fromisoformat(day)
            if self.zone is None:
                raise Unreadable("is a moment of no day before the mapping says `timezone`", cell)
            moment = datetime.fromisoformat(f"{day}T{time}{offset}")
            return moment.astimezone(self.zone).date()
        except Unreadable:
            raise
        except (ValueError, OverflowError):
            return None

    def _formed(self, cell: str) -> date | None:
        for form in self._forms:
            if found := form.fullmatch(cell):
                return day_of(found.groupdict())
        if SERIALS in self.days and SERIAL.fullmatch(cell):
            return SERIAL_ZERO + timedelta(days=int(cell))
        return None

    def today(self) -> date:
        """Today where the file comes from; in UTC, where that is not known."""
        return datetime.now(self.zone or UTC).date()

    def latest_day(self) -> date:
        """Today where the file comes from; wherever on earth a day began first, where that is not known."""
        now = datetime.now(UTC)
        return now.astimezone(self.zone).date() if self.zone else (now + timedelta(hours=14)).date()


def form_of(form: str) -> re.Pattern[str]:
    """The pattern of a form of days such as DD.MM.YYYY; raises ``ValueError`` where it names no whole day."""
    parts = DAY_PART.split(form)
    named = DAY_PART.findall(form)
    if sorted(named) not in (["DD", "MM", "YYYY"], ["DD", "MMM", "YYYY"]):
        raise ValueError(f"{form!r} does not say where day, month and year are, such as DD.MM.YYYY")
    if any(letter.isalnum() for part in parts for letter in part):
        raise ValueError(f"{form!r} has other letters than those of YYYY, MM, MMM and DD")
    exact = {"": str.replace} if not any(parts) else {}
    patterns = [DAY_PARTS[name] if not exact else DAY_PARTS[name].replace("{1,2}", "{2}") for name in named]
    return re.compile("".join(re.escape(part) + pattern for part, pattern in zip(parts, [*patterns, ""], strict=True)))


def day_of(parts: dict[str, str]) -> date | None:
    try:
        month = int(parts["month"]) if "month" in parts else MONTHS.index(parts["name"].lower()) + 1
        return date(int(parts["year"]), month, int(parts["day"]))
    except ValueError:
        return None


def notation_shown(decimal: str, thousands: str) -> str:
    """A notation as the mapping says it."""
    said = f'`decimal: "{decimal}"`'
    return f'{said}, `thousands: "{thousands}"`' if thousands else said


def check_amount(value: Decimal, currency: str) -> None:
    """An amount that can be a budget or a cost."""
    if value < 0:
        raise Unreadable(f"{value:,f} {currency} is negative")
    if -int(value.as_tuple().exponent) > DECIMALS:
        raise Unreadable(f"{value:,f} {currency} has more than {DECIMALS} decimals")
    if value > LARGEST:
        raise Unreadable(f"{value:,f} {currency} is more than any budget can be")


def quoted(cell: str) -> str:
    """The beginning of a cell in a sentence."""
    return f"'{cell}'" if len(cell) <= 40 else f"'{cell[:40]}...' ({len(cell):,} characters)"


Reader = Callable[[str], object]
