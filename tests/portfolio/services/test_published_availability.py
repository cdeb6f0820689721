"""Availability as published examples have it: every row of the file on it agrees."""

import csv
import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from contracts.portfolio.services import ServiceTargets
from services.portfolio.services.domain.availability import Availability, Downtime, measured
from services.portfolio.services.views import per_cent
from tests.portfolio.services.story import agreed
from tests.portfolio.services.test_availability import AROUND_THE_CLOCK, START, down, excluded, of, september


def hundred_hours() -> list[str]:
    """100 hours of agreed time, 2 of downtime."""
    lost = [Downtime(START, START + timedelta(hours=2))]
    found = measured([(START, START + timedelta(hours=100))], [], lost, ServiceTargets())
    return [f"{Fraction(found.share or 0) * 100} %"]


def allowed() -> list[str]:
    """What two targets allow in 30 days, and one in 365."""
    month, year = Fraction(30 * 86400), Fraction(365 * 86400)
    targets = [(month, "99.9", 60), (month, "99.99", 60), (year, "99.9", 3600)]
    found = [Availability(time, Fraction(0), Decimal(target)).allowed for time, target, _ in targets]
    units = [Decimal(str(float((each or 0) / unit))) for each, (_, _, unit) in zip(found, targets, strict=True)]
    return [f"{units[0]} min", f"{units[1]} min", f"{units[2]} h"]


def excluding() -> list[str]:
    """43,200 minutes, 240 of them excluded, 30 down; and the same without the exclusion."""
    with_it = september(of(AROUND_THE_CLOCK, excluded(0, 240)), down(1000, 1030))
    without = september(of(AROUND_THE_CLOCK), down(0, 240), down(1000, 1030))
    return [f"{per_cent(each.share or Fraction(0))} %" for each in (with_it, without)]


def half_counted() -> list[str]:
    """43,200 minutes, 240 of maintenance of which half counts, 30 down."""
    half = agreed(planned_share="50")
    found = september(of(half), down(0, 240, planned=True), down(1000, 1030))
    return [f"{per_cent(found.share or Fraction(0))} %"]


CASES: Mapping[str, Callable[[], list[str]]] = {
    "W22": hundred_hours,
    "W23": allowed,
    "W24": excluding,
    "W26": half_counted,
}


@pytest.mark.real_data
def test_every_published_availability_agrees() -> None:
    with Path(os.environ["PORTOLAN_REAL_DATA"]).with_name("worked-examples.csv").open() as file:
        rows = {row["case"]: row for row in csv.DictReader(file) if row["topic"].startswith("availability")}
    assert rows.keys() == CASES.keys()
    for case, computed in CASES.items():
        for value in computed():
            assert value in rows[case]["expected"], (case, value)
