"""The day on which the tests run, and a clock for the services under test that does not pass its end.

A run that begins before midnight and ends after it sees one day.
"""

from datetime import UTC, datetime, time

from chassis.domain.clock import utc_now

TODAY = datetime.now(UTC).date()
LAST_MOMENT = datetime.combine(TODAY, time.max, UTC)


def within_today() -> datetime:
    """What time it is, or the last moment of the day the tests began on."""
    return min(utc_now(), LAST_MOMENT)
