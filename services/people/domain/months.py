"""Months of the calendar."""

from calendar import monthrange
from datetime import date

LAST_YEAR = date.max.year


def months_after(on: date, months: int) -> date:
    """The same day so many months later, or the month's last day where it has no such day; never past year 9999."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    if year > LAST_YEAR:
        return date.max
    return date(year, month + 1, min(on.day, monthrange(year, month + 1)[1]))
