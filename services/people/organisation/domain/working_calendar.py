"""Working calendar: the hours of a full-time week, and the days on which nobody works."""

from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from typing import Annotated

from pydantic import Field, model_validator

from contracts.base import Value
from contracts.values import Day, Name

MOST_HOLIDAYS = 200
HoursOfDay = Annotated[Decimal, Field(ge=0, le=24, max_digits=4, decimal_places=2)]
NONE = Decimal(0)


class WorkingWeek(Value):
    """The hours of a full-time week, day by day; 0 on days off."""

    monday: HoursOfDay = NONE
    tuesday: HoursOfDay = NONE
    wednesday: HoursOfDay = NONE
    thursday: HoursOfDay = NONE
    friday: HoursOfDay = NONE
    saturday: HoursOfDay = NONE
    sunday: HoursOfDay = NONE

    @property
    def days(self) -> tuple[Decimal, ...]:
        """The hours of its days, Monday first."""
        return (self.monday, self.tuesday, self.wednesday, self.thursday, self.friday, self.saturday, self.sunday)


class Holiday(Value):
    """A day on which nobody works."""

    day: Day
    name: Name


class WorkingCalendar(Value):
    """The full-time week of a division, and its holidays, in the order of their days."""

    week: WorkingWeek
    holidays: Annotated[tuple[Holiday, ...], Field(max_length=MOST_HOLIDAYS)] = ()

    @model_validator(mode="after")
    def _ordered(self) -> "WorkingCalendar":
        days = [holiday.day for holiday in self.holidays]
        if any(day >= following for day, following in pairwise(days)):
            raise ValueError("name each holiday once, in the order of their days")
        return self


EIGHT = Decimal(8)
USUAL = WorkingCalendar(week=WorkingWeek(monday=EIGHT, tuesday=EIGHT, wednesday=EIGHT, thursday=EIGHT, friday=EIGHT))
"""The calendar where no division has one: five days of eight hours."""


def nearest(calendars: Iterable[WorkingCalendar | None]) -> WorkingCalendar:
    """The first that there is of these, a division's own and those of the divisions above it, nearest first."""
    return next((calendar for calendar in calendars if calendar is not None), USUAL)
