"""The time, as an argument of everything that decides."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, tzinfo
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator


def _written(moment: object) -> object:
    if isinstance(moment, str) and moment.lstrip("+-").replace(".", "", 1).isdecimal():
        raise ValueError('send days and moments as "2026-01-15" and "2026-01-15T09:30:00Z", not as a number')
    return moment


Moment = Annotated[AwareDatetime, BeforeValidator(_written)]
"""A moment as callers write it: ISO 8601 with its zone."""

CalendarDay = Annotated[date, BeforeValidator(_written)]
"""A day as callers write it: ISO 8601."""

Clock = Callable[[], datetime]
"""Gives the time now, aware of its zone."""


def day_begins(day: date, zone: tzinfo = UTC) -> datetime:
    """The first moment of a day in a time zone, in UTC; where the clocks skip midnight, what comes in its place."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def utc_now() -> datetime:
    return datetime.now(UTC)
