"""The names of time zones that may be used."""

from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import AfterValidator

from contracts.values import ZoneName


@cache
def known_zones() -> frozenset[str]:
    """The names in the IANA time zone database, as the package has it: the same on every machine."""
    return frozenset(files("tzdata").joinpath("zones").read_text().split()) - {"Factory"}


def _known(name: str) -> str:
    if name not in known_zones():
        raise ValueError('name a zone of the IANA time zone database, such as "Europe/Zurich"')
    return name


TimeZone = Annotated[ZoneName, AfterValidator(_known)]
"""A time zone by its name in the IANA database."""
