"""Days as moments."""

from datetime import UTC, date, datetime, time, timedelta


def day_after(day: date) -> datetime:
    """When a day is over, in UTC."""
    return day_begins(day) + timedelta(days=1)


def day_begins(day: date) -> datetime:
    """When a day begins, in UTC."""
    return datetime.combine(day, time(), UTC)
