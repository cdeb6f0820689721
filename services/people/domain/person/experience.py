"""Experience of a person, and the measure of the ten-year gate: years of verified IT management at a date."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from uuid import UUID

from chassis.domain.decider import PrivateEvent
from contracts.base import Value
from contracts.values import Name, Personal


class Experience(Value):
    """Work of a person, from its first to its last day; ``ended_on`` is None while it goes on.

    ``verified_until`` is the last day somebody vouched for; None where nobody did.
    """

    experience_id: UUID
    employer: Personal[Name]
    role: Personal[Name]
    it_management: bool
    started_on: date
    ended_on: date | None
    verified_until: date | None = None


class ExperienceRecorded(PrivateEvent):
    """A person states what work they did; it counts for nothing until verified."""

    experience_id: UUID
    employer: Personal[Name]
    role: Personal[Name]
    it_management: bool
    started_on: date
    ended_on: date | None


class ExperienceVerified(PrivateEvent):
    """Somebody else vouches for the experience up to and including a day."""

    experience_id: UUID
    until: date


class ExperienceEnded(PrivateEvent):
    """The work of an experience had its last day."""

    experience_id: UUID
    ended_on: date


class ExperienceWithdrawn(PrivateEvent):
    """The experience was recorded by mistake, and counts no longer."""

    experience_id: UUID


def verified_years(experiences: Iterable[Experience], on: date) -> Fraction:
    """Calendar years of verified IT management before a date.

    Overlapping experience counts once, and only days before ``on`` count. The days are laid end to end back from
    ``on``; whole years are the anniversaries they reach, the rest is its share of the days of the next year back.
    So N years are met exactly if ``on`` minus the days is not after the same day N years earlier, where 29 February
    becomes the 28th in a common year. Half a year is half of the days of the year it lies in. As years have 365 or
    366 days, the same days may make a day more or less than N years at another date.
    """
    first = date.fromordinal(on.toordinal() - verified_days(experiences, on))
    years = on.year - first.year
    if anniversary(on, years) < first:
        years -= 1
    reached, next_one = anniversary(on, years), anniversary(on, years + 1)
    return years + Fraction((reached - first).days, (reached - next_one).days)


def verified_days(experiences: Iterable[Experience], on: date) -> int:
    """How many days before a date lie in at least one verified experience of IT management."""
    counted, total = 0, 0
    for first, past in sorted(intervals(experiences, on)):
        total += max(0, past - max(first, counted))
        counted = max(counted, past)
    return total


def intervals(experiences: Iterable[Experience], on: date) -> Iterable[tuple[int, int]]:
    """The verified spans of IT management as ordinals: the first day and the day after the last, cut at ``on``."""
    for each in experiences:
        if each.it_management and each.verified_until is not None:
            yield each.started_on.toordinal(), min(each.verified_until.toordinal() + 1, on.toordinal())


def anniversary(on: date, years: int) -> date:
    """The same day some years earlier; 28 February where that year has no 29th."""
    year = on.year - years
    return on.replace(year=year, day=min(on.day, monthrange(year, on.month)[1]))
