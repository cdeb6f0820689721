"""Days as moments, and the calendar's months."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta

LAST_YEAR = date.max.year


def day_after(day: date) -> datetime:
    """Return the end of a day, in UTC."""
    return day_begins(day) + timedelta(days=1)


def day_begins(day: date) -> datetime:
    """Return the beginning of a day, in UTC."""
    return datetime.combine(day, time(), UTC)


def months_after(on: date, months: int) -> date:
    """The same day so many months later, or the month's last day where it has no such day; never past year 9999."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    if year > LAST_YEAR:
        return date.max
    return date(year, month + 1, min(on.day, monthrange(year, month + 1)[1]))
