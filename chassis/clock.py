"""The time, as an argument: everything that decides is told what time it is."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the time now, aware of its zone."""


def utc_now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)
