"""Points add up to what the baseline in force plans, and to what was earned, on every day."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.portfolio.planning import EarnedValuePoint, PackageProgress, Technique, WeightedMilestone, WorkPackage
from contracts.values import Period
from services.portfolio.planning.domain import curve

START = date(2026, 1, 1)
DAYS = st.integers(0, 60).map(lambda days: START + timedelta(days=days))
VALUES = st.decimals(0, 10_000, places=2)


@st.composite
def packages(draw: st.DrawFn) -> WorkPackage:
    first, second = sorted((draw(DAYS), draw(DAYS)))
    technique = draw(st.sampled_from(Technique))
    milestones: tuple[WeightedMilestone, ...] = ()
    if technique is Technique.WEIGHTED_MILESTONES:
        milestones = (
            WeightedMilestone(name="half", due_on=first, weight=Decimal(60)),
            WeightedMilestone(name="all", due_on=second, weight=Decimal(40)),
        )
    return WorkPackage(
        package_id=UUID(int=draw(st.integers(1, 5))),
        name="work",
        planned_value=draw(VALUES),
        plan=Period(start=first, end=second),
        technique=technique,
        weighted_milestones=milestones,
    )


def planned_by(package: WorkPackage, on: date) -> Fraction:
    """The planned value of a work package on a day, as its technique has it."""
    value, plan = Fraction(package.planned_value), package.plan
    match package.technique:
        case Technique.PERCENT_COMPLETE:
            gone = min(max((on - plan.start).days + 1, 0), (plan.end - plan.start).days + 1)
            return value * gone / ((plan.end - plan.start).days + 1)
        case Technique.ZERO_HUNDRED:
            return value * (plan.end <= on)
        case Technique.FIFTY_FIFTY:
            return value * ((plan.start <= on) + (plan.end <= on)) / 2
        case Technique.WEIGHTED_MILESTONES:
            return (
                value
                * sum((Fraction(step.weight) for step in package.weighted_milestones if step.due_on <= on), Fraction())
                / 100
            )


def planned(baseline: Sequence[WorkPackage], on: date) -> Fraction:
    return sum((planned_by(package, on) for package in baseline), Fraction())


BASELINES = st.lists(st.tuples(st.lists(packages(), min_size=1, max_size=4), DAYS), min_size=1, max_size=4)


@settings(max_examples=200)
@given(BASELINES, DAYS)
def test_on_every_day_the_baseline_then_in_force_counts(
    replaced: list[tuple[list[WorkPackage], date]], on: date
) -> None:
    in_order = sorted(replaced, key=lambda each: each[1])
    points: list[EarnedValuePoint] = []
    before: tuple[list[WorkPackage], date] | None = None
    for baseline, since in in_order:
        if before is not None:
            points += curve.ended(curve.baseline(*before), since)
        points += curve.baseline(baseline, since)
        before = (baseline, since)
    in_force = [baseline for baseline, since in in_order if since <= on]
    found = curve.measured(curve.added(points), on)
    assert found.pv == (planned(in_force[-1], on) if in_force else 0)
    assert found.bac == (sum((Fraction(each.planned_value) for each in in_force[-1]), Fraction()) if in_force else 0)


def package(technique: Technique = Technique.PERCENT_COMPLETE, **changes: object) -> WorkPackage:
    known = {"package_id": UUID(int=1), "name": "work", "planned_value": 100, "technique": technique}
    return WorkPackage.model_validate({**known, "plan": {"start": "2026-01-01", "end": "2026-01-10"}, **changes})


def progress(percent: int | None = None, *reached: str) -> PackageProgress:
    share = None if percent is None else Decimal(percent)
    return PackageProgress(package_id=UUID(int=1), percent_complete=share, reached=reached)


def test_planned_value_runs_over_calendar_days_the_first_and_last_included() -> None:
    points = curve.baseline([package()], START)
    assert [curve.measured(points, START + timedelta(days=days)).pv for days in (-1, 0, 4, 9, 20)] == [
        0,
        10,
        50,
        100,
        100,
    ]


def test_zero_hundred_earns_nothing_before_the_end() -> None:
    of = package(Technique.ZERO_HUNDRED)
    assert [curve.earned(of, progress(percent)) for percent in (0, 99, 100)] == [0, 0, 100]


def test_fifty_fifty_earns_half_at_the_start_and_half_at_the_end() -> None:
    of = package(Technique.FIFTY_FIFTY)
    assert [curve.earned(of, progress(percent)) for percent in (0, 1, 99, 100)] == [0, 50, 50, 100]


def test_weighted_milestones_earn_their_weights() -> None:
    steps = [
        {"name": "design", "due_on": "2026-01-03", "weight": "30"},
        {"name": "built", "due_on": "2026-01-10", "weight": "70"},
    ]
    of = package(Technique.WEIGHTED_MILESTONES, weighted_milestones=steps)
    assert [curve.earned(of, each) for each in (None, progress(None, "design"), progress(None, "built", "design"))] == [
        0,
        30,
        100,
    ]


def test_a_report_on_nothing_earns_nothing() -> None:
    assert curve.earned(package(), None) == 0
    assert curve.earned(package(), progress(30)) == 30
