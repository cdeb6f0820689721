"""Time zones by name, and the moments that local times in them mean."""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from importlib.resources import files


@cache
def known_zones() -> frozenset[str]:
    """The names in the IANA time zone database, as the package has it: the same on every machine."""
    return frozenset(files("tzdata").joinpath("zones").read_text().split()) - {"Factory"}


def check_zone(name: str) -> str:
    """The name of a known zone; ``ValueError`` for any other."""
    if name not in known_zones():
        raise ValueError('name a zone of the IANA time zone database, such as "Europe/Zurich"')
    return name


def moments_of(local: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """The first and the last moment, in UTC, at which clocks in a zone show a local time.

    Where the clocks are set back there are two of them; where they skip it, both are the moment at which they jump.
    """
    first, last = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= last:
        return first, last
    jump = change_between(last, first, zone)
    return jump, jump


def change_between(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The moment at which a zone's offset changes, to the second; there is one after ``before``, up to ``after``."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
