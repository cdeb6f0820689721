"""The course of planned value, earned value, budget and actual cost over the days, as points that add up.

What a plan is worth on a day is the sum over the points up to that day. Points add up over projects as well, so a
division's figures of any day are sums that are kept, and every change adds the points of what it changes.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

from contracts.portfolio.planning import EarnedValuePoint, PackageProgress, Technique, WorkPackage
from services.portfolio.planning.domain.earned_value import Measured

ZERO = Decimal()
DAY = timedelta(days=1)
WHOLE, HALF = Decimal(100), Decimal(50)


class Step(NamedTuple):
    """A share of a work package's value in per cent that is planned for a day."""

    day: date
    share: Decimal


def measured(points: Iterable[EarnedValuePoint], on: date) -> Measured:
    """The sums of a day."""
    pv, ev, bac, ac = Fraction(), ZERO, ZERO, ZERO
    for point in points:
        if point.day <= on:
            days = (on - point.day).days + 1
            pv += Fraction(point.amount + point.slope * days) / point.over
            ev += point.earned
            bac += point.budget
            ac += point.actual
    return Measured(bac=Fraction(bac), pv=pv, ev=Fraction(ev), ac=Fraction(ac))


def baseline(packages: Sequence[WorkPackage], since: date) -> list[EarnedValuePoint]:
    """The planned value of work packages and their budget, from a day on: what was planned before it comes at once."""
    points = [point for package in packages for point in planned(package, since)]
    return [*points, EarnedValuePoint(day=since, budget=sum((package.planned_value for package in packages), ZERO))]


def planned(package: WorkPackage, since: date) -> list[EarnedValuePoint]:
    """The planned value of a work package from a day on."""
    if package.technique is Technique.PERCENT_COMPLETE:
        return linear(package, since)
    return [
        EarnedValuePoint(day=max(step.day, since), amount=package.planned_value * step.share, over=100)
        for step in steps(package)
    ]


def linear(package: WorkPackage, since: date) -> list[EarnedValuePoint]:
    """The same value on each calendar day from the first to the last."""
    start, end, value = package.plan.start, package.plan.end, package.planned_value
    days = (end - start).days + 1
    if end < since:
        return [EarnedValuePoint(day=since, amount=value)]
    gone = max((since - start).days, 0)
    return [
        EarnedValuePoint(day=max(start, since), amount=value * gone, slope=value, over=days),
        EarnedValuePoint(day=end + DAY, slope=-value, over=days),
    ]


def steps(package: WorkPackage) -> list[Step]:
    """When the value of a work package is planned that is not earned day by day."""
    match package.technique:
        case Technique.FIFTY_FIFTY:
            return [Step(package.plan.start, HALF), Step(package.plan.end, HALF)]
        case Technique.WEIGHTED_MILESTONES:
            return [Step(step.due_on, step.weight) for step in package.weighted_milestones]
        case _:
            return [Step(package.plan.end, WHOLE)]


def earned(package: WorkPackage, progress: PackageProgress | None) -> Decimal:
    """The value that a work package has earned, by its technique."""
    return package.planned_value * share_earned(package, progress) / WHOLE


def share_earned(package: WorkPackage, progress: PackageProgress | None) -> Decimal:
    """The per cent of its value that a work package has earned."""
    if progress is None:
        return ZERO
    percent = progress.percent_complete or ZERO
    match package.technique:
        case Technique.PERCENT_COMPLETE:
            return percent
        case Technique.ZERO_HUNDRED:
            return WHOLE if percent == WHOLE else ZERO
        case Technique.FIFTY_FIFTY:
            return WHOLE if percent == WHOLE else HALF if percent > 0 else ZERO
        case Technique.WEIGHTED_MILESTONES:
            return sum((step.weight for step in package.weighted_milestones if step.name in progress.reached), ZERO)


def value_of(packages: Sequence[WorkPackage], progress: Mapping[UUID, PackageProgress]) -> Decimal:
    """The value that work packages have earned together."""
    return sum((earned(package, progress.get(package.package_id)) for package in packages), ZERO)


def ended(points: Iterable[EarnedValuePoint], since: date) -> list[EarnedValuePoint]:
    """What takes back everything that points bring from a day on, and on it what they brought before."""
    taken = []
    for point in points:
        if point.day >= since:
            taken.append(negated(point))
        else:
            gone = (since - point.day).days
            changes = {"day": since, "amount": point.amount + point.slope * gone}
            taken.append(negated(point.model_copy(update=changes)))
    return taken


def stopped(points: Sequence[EarnedValuePoint], since: date, earned: Decimal) -> list[EarnedValuePoint]:
    """A course of which nothing is planned from a day on but what was earned: no work is left, and none is late."""
    return [*points, *ended(points, since), EarnedValuePoint(day=since, amount=earned, budget=earned)]


def negated(point: EarnedValuePoint) -> EarnedValuePoint:
    signs = {name: -getattr(point, name) for name in ("amount", "slope", "earned", "budget")}
    return point.model_copy(update=signs)


def added(points: Iterable[EarnedValuePoint]) -> tuple[EarnedValuePoint, ...]:
    """The points by day, those of one day and divisor as one, without those that bring nothing.

    Actual costs stay apart by when they were known.
    """
    sums: dict[tuple[date, int], EarnedValuePoint] = {}
    actual = []
    for point in points:
        if point.actual:
            actual.append(point)
            continue
        over = point.over if point.amount or point.slope else 1
        before = sums.get((point.day, over), EarnedValuePoint(day=point.day, over=over))
        names = ("amount", "slope", "earned", "budget")
        both = {name: getattr(before, name) + getattr(point, name) for name in names}
        sums[point.day, over] = before.model_copy(update=both)
    planned = [point for _, point in sorted(sums.items()) if point != EarnedValuePoint(day=point.day, over=point.over)]
    return (*planned, *sorted(actual, key=lambda point: point.day))
