"""Time zones as commands name them."""

from typing import Annotated

from pydantic import AfterValidator

from chassis.domain.time_zones import check_zone
from contracts.values import ZoneName

TimeZone = Annotated[ZoneName, AfterValidator(check_zone)]
"""A time zone by its name in the IANA database."""
