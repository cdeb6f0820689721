"""The calendar's days and months."""

from calendar import monthrange
from datetime import date, timedelta
from typing import NamedTuple

LAST_YEAR = date.max.year


def day_after(day: date) -> date:
    """Return the next day, with which a day has ended."""
    return day + timedelta(days=1)


def day_before(day: date) -> date:
    """Return the day before."""
    return day - timedelta(days=1)


def months_after(on: date, months: int) -> date:
    """The same day so many months later, or the month's last day where it has no such day; never past year 9999."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    if year > LAST_YEAR:
        return date.max
    return date(year, month + 1, min(on.day, monthrange(year, month + 1)[1]))


class ChangedDays(NamedTuple):
    """The first and the last day on which two periods differ."""

    first: date
    last: date


def changed_days(before: tuple[date, date] | None, after: tuple[date, date]) -> ChangedDays | None:
    """The days that one of two periods has and the other has not, by first and last day; None where they are one."""
    if before is None:
        return ChangedDays(*after)
    if before == after:
        return None
    starts, ends = sorted((before[0], after[0])), sorted((before[1], after[1]))
    if starts[1] > ends[0]:
        return ChangedDays(starts[0], ends[1])
    first = starts[0] if starts[0] != starts[1] else day_after(ends[0])
    last = ends[1] if ends[0] != ends[1] else day_before(starts[1])
    return ChangedDays(first, last)
