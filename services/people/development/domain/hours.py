"""Hours of a day: there are no more than a day has."""

from collections.abc import Iterable
from decimal import Decimal

from chassis.domain.decider import Refused

OF_A_DAY = Decimal(24)


def check_hours(hours: Decimal, others: Iterable[Decimal]) -> None:
    """What is recorded for a day is no more, with what was recorded for it before, than the day has."""
    left = OF_A_DAY - sum(others, Decimal(0))
    if hours > left:
        detail = f"A day has {OF_A_DAY} hours; of this one {left} are left."
        raise Refused("hours-of-a-day", detail, "Record each day's hours, or correct what was recorded for it.")
