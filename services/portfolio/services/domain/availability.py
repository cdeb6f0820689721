"""Availability of a service (ITIL): (agreed time - downtime) / agreed time, in exact fractions.

Agreed exclusions leave both sides; overlapping outages count once; of planned downtime the agreed share counts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction

from chassis.domain.clock import day_begins
from contracts.portfolio.services import ServiceHours, ServiceTargets
from contracts.values import Share
from services.portfolio.services.domain.intervals import Interval, common, joined, length, without
from services.portfolio.services.domain.service.model import Service

MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Downtime:
    """Downtime from a moment to a later one."""

    starts_at: datetime
    ends_at: datetime
    planned: bool = False


@dataclass(frozen=True)
class Availability:
    """Agreed service time and counted downtime, in seconds; with the target in per cent, where one was agreed."""

    agreed: Fraction = Fraction(0)
    down: Fraction = Fraction(0)
    target: Share | None = None

    @property
    def share(self) -> Fraction | None:
        """Return the share of the agreed time in which the service was there; undefined where none was agreed."""
        return None if self.agreed == 0 else (self.agreed - self.down) / self.agreed

    @property
    def allowed(self) -> Fraction | None:
        """Return the seconds of downtime with which the target is just met."""
        return None if self.target is None else self.agreed * (1 - Fraction(self.target) / 100)

    @property
    def attained(self) -> bool | None:
        """Return whether the target was met; nobody can say without one, or without agreed time."""
        return None if self.share is None or self.target is None else self.share * 100 >= Fraction(self.target)

    def plus(self, other: "Availability") -> "Availability":
        """Both periods together; the target is that of the later one."""
        return Availability(self.agreed + other.agreed, self.down + other.down, other.target)


def exact(seconds: Fraction) -> Decimal:
    """The same as a decimal: a microsecond's hundredth of a hundredth of a per cent ends within these digits."""
    return Decimal(seconds.numerator) / Decimal(seconds.denominator)


def seconds(intervals: Sequence[Interval]) -> Fraction:
    return Fraction(length(intervals) // MICROSECOND, 1_000_000)


def availability(
    service: Service, down: Sequence[Downtime], first: date, last: date, zone: tzinfo, now: datetime
) -> Availability:
    """Of the days from first to last, as far as they are over by now; each by the targets in force on it."""
    found = Availability()
    for start, end, targets in parts(service, first, last):
        agreed = agreed_time(targets, start, end, zone)
        over = without(agreed, [(now, max(now, agreed[-1][1]))]) if agreed else []
        found = found.plus(measured(over, excluded(service), down, targets))
    return found


def parts(service: Service, first: date, last: date) -> Iterator[tuple[date, date, ServiceTargets]]:
    """The stretches of days in which one agreement holds; days before the first agreement have none."""
    agreed = service.agreed
    for place, each in enumerate(agreed):
        until = agreed[place + 1].since - timedelta(days=1) if place + 1 < len(agreed) else last
        start, end = max(first, each.since), min(last, until)
        if start <= end:
            yield start, end, each.targets


def excluded(service: Service) -> list[Interval]:
    return joined((each.starts_at, each.ends_at) for each in service.exclusions)


def measured(
    agreed: Sequence[Interval], excluded: Sequence[Interval], down: Sequence[Downtime], targets: ServiceTargets
) -> Availability:
    """What counts of agreed time and downtime; downtime that is planned and unplanned at once is unplanned."""
    counted = without(agreed, excluded)
    unplanned = joined((each.starts_at, each.ends_at) for each in down if not each.planned)
    planned = without(joined((each.starts_at, each.ends_at) for each in down if each.planned), unplanned)
    lost = seconds(common(counted, unplanned))
    lost += seconds(common(counted, planned)) * Fraction(targets.planned_share) / 100
    return Availability(seconds(counted), lost, targets.availability)


def agreed_time(targets: ServiceTargets, first: date, last: date, zone: tzinfo) -> list[Interval]:
    """The hours of service of these days in a time zone; around the clock where none were agreed."""
    if not targets.hours:
        return [(day_begins(first, zone), day_begins(last + timedelta(days=1), zone))]
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return joined(
        on_day(day, hours, zone) for day in days for hours in targets.hours if hours.weekday == day.isoweekday()
    )


def on_day(day: date, hours: ServiceHours, zone: tzinfo) -> Interval:
    """The hours of one day; where the clocks change within them they are longer or shorter."""
    closes = day + timedelta(days=1) if hours.closes == time() else day
    return moment(day, hours.opens, zone), moment(closes, hours.closes, zone)


def moment(day: date, at: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(day_begins(day).tzinfo)
