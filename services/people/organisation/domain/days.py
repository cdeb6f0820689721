"""The calendar's days and months."""

from calendar import monthrange
from datetime import date, timedelta

LAST_YEAR = date.max.year


def day_after(day: date) -> date:
    """Return the next day, with which a day has ended."""
    return day + timedelta(days=1)


def months_after(on: date, months: int) -> date:
    """The same day so many months later, or the month's last day where it has no such day; never past year 9999."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    if year > LAST_YEAR:
        return date.max
    return date(year, month + 1, min(on.day, monthrange(year, month + 1)[1]))
