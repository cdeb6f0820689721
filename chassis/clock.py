"""The time, as an argument: everything that decides is told what time it is."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator


def _written(moment: object) -> object:
    if isinstance(moment, str) and moment.lstrip("+-").replace(".", "", 1).isdecimal():
        raise ValueError('send moments as text, such as "2026-01-15T09:30:00Z", not as a number')
    return moment


Moment = Annotated[AwareDatetime, BeforeValidator(_written)]
"""A moment as callers write it: ISO 8601 with its zone."""
Clock = Callable[[], datetime]
"""Gives the time now, aware of its zone."""


def utc_now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)
