"""Availability, exactly: agreed time, exclusions, overlaps, planned shares, changes of clocks; published examples."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from contracts.portfolio import services
from contracts.portfolio.services import ServiceTargets
from services.portfolio.services.domain.availability import Availability, Downtime, agreed_time, availability, exact
from services.portfolio.services.domain.intervals import Interval, common, joined, length, without
from services.portfolio.services.domain.service.model import Service, ServiceEvent
from services.portfolio.services.domain.service.rules import SERVICE
from services.portfolio.services.views import per_cent
from tests.portfolio.services.story import PLANNED, agreed

START = datetime(2026, 9, 1, tzinfo=UTC)
LATER = datetime(2030, 1, 1, tzinfo=UTC)
OSLO = ZoneInfo("Europe/Oslo")
MINUTE = timedelta(minutes=1)


def of(*events: ServiceEvent) -> Service:
    service = SERVICE.fold([PLANNED, *events])
    assert service is not None
    return service


def down(start: int, end: int, *, planned: bool = False) -> Downtime:
    """Downtime between two minutes of September 2026, which has 43,200."""
    return Downtime(START + start * MINUTE, START + end * MINUTE, planned)


def excluded(start: int, end: int) -> services.ServiceTimeExcluded:
    times: dict[str, Any] = {"starts_at": START + start * MINUTE, "ends_at": START + end * MINUTE}
    return services.ServiceTimeExcluded(exclusion_id=UUID(int=start), reason="agreed", **times)


def september(service: Service, *outages: Downtime, now: datetime = LATER) -> Availability:
    return availability(service, outages, date(2026, 9, 1), date(2026, 9, 30), UTC, now)


def minutes(number: int) -> Fraction:
    return Fraction(number * 60)


AROUND_THE_CLOCK = agreed(availability="99.9")


def test_availability_is_the_agreed_time_less_downtime_over_the_agreed_time() -> None:
    found = september(of(AROUND_THE_CLOCK), down(0, 432))
    assert (found.agreed, found.down, found.share) == (minutes(43200), minutes(432), Fraction(99, 100))


def test_overlapping_outages_count_once() -> None:
    assert september(of(AROUND_THE_CLOCK), down(0, 60), down(30, 90), down(40, 50)).down == minutes(90)


def test_agreed_exclusions_leave_both_sides() -> None:
    found = september(of(AROUND_THE_CLOCK, excluded(0, 240)), down(200, 270))
    assert (found.agreed, found.down) == (minutes(42960), minutes(30))


def test_of_planned_downtime_the_agreed_share_counts_and_what_is_unplanned_as_well_counts_in_full() -> None:
    half = agreed(availability="99", planned_share="50")
    assert september(of(half), down(0, 240, planned=True)).down == minutes(120)
    assert september(of(half), down(0, 240, planned=True), down(200, 260)).down == minutes(160)
    assert september(of(AROUND_THE_CLOCK), down(0, 240, planned=True)).down == minutes(240)


def test_without_agreed_time_availability_is_undefined() -> None:
    for found in (september(of()), september(of(AROUND_THE_CLOCK, excluded(0, 43200)))):
        assert (found.share, found.attained) == (None, None)


def test_a_target_is_attained_up_to_the_allowed_downtime_to_the_microsecond() -> None:
    just = september(of(AROUND_THE_CLOCK), Downtime(START, START + timedelta(minutes=43.2)))
    assert (just.allowed, just.attained) == (just.down, True)
    over = Downtime(START, START + timedelta(minutes=43.2, microseconds=1))
    assert september(of(AROUND_THE_CLOCK), over).attained is False
    assert september(of(agreed())).attained is None


def test_only_what_is_over_by_now_counts() -> None:
    found = september(of(AROUND_THE_CLOCK), down(0, 60), down(100, 1000), now=START + 120 * MINUTE)
    assert (found.agreed, found.down) == (minutes(120), minutes(80))
    assert september(of(AROUND_THE_CLOCK), now=START).share is None


def test_every_day_is_judged_by_the_targets_in_force_on_it() -> None:
    second = agreed(date(2026, 9, 16), availability="95", planned_share="0")
    found = september(of(AROUND_THE_CLOCK, second), down(0, 60, planned=True), down(30000, 30060, planned=True))
    assert (found.agreed, found.down, found.target) == (minutes(43200), minutes(60), Decimal(95))
    late = september(of(second))
    assert late.agreed == minutes(15 * 24 * 60)


OFFICE = ServiceTargets.model_validate(
    {"hours": [{"weekday": each, "opens": "08:00", "closes": "18:00"} for each in range(1, 6)]}
)
NIGHTS = ServiceTargets.model_validate({"hours": [{"weekday": 7, "opens": "00:00", "closes": "00:00"}]})


def test_downtime_outside_the_agreed_hours_does_not_count() -> None:
    # 1 September 2026 is a Tuesday: minutes 480 to 1080 are its ten hours.
    service = of(agreed(hours=OFFICE.model_dump()["hours"]))
    found = september(service, down(0, 500), down(1070, 1200))
    assert (found.agreed, found.down) == (minutes(22 * 600), minutes(30))


def test_a_day_on_which_the_clocks_change_has_an_hour_more_or_less() -> None:
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    for targets in (ServiceTargets(), NIGHTS):
        assert length(agreed_time(targets, spring, spring, OSLO)) == timedelta(hours=23)
        assert length(agreed_time(targets, autumn, autumn, OSLO)) == timedelta(hours=25)
    assert agreed_time(OFFICE, date(2026, 7, 1), date(2026, 7, 1), OSLO) == [
        (datetime(2026, 7, 1, 6, tzinfo=UTC), datetime(2026, 7, 1, 16, tzinfo=UTC))
    ]


def test_hours_that_the_clocks_skip_are_no_service_time() -> None:
    skipped = ServiceTargets.model_validate({"hours": [{"weekday": 7, "opens": "02:00", "closes": "03:00"}]})
    assert agreed_time(skipped, date(2026, 3, 29), date(2026, 3, 29), OSLO) == []


@st.composite
def intervals(draw: st.DrawFn) -> list[Interval]:
    pairs = draw(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8))
    return [(START + min(pair) * MINUTE, START + max(pair) * MINUTE) for pair in pairs]


def covered(found: Sequence[Interval]) -> set[int]:
    return {number for number in range(61) for start, end in found if start <= START + number * MINUTE < end}


@given(intervals(), intervals())
def test_intervals_are_joined_cut_and_measured_as_sets_of_moments_are(
    one: list[Interval], other: list[Interval]
) -> None:
    left, right = joined(one), joined(other)
    assert covered(left) == covered(one)
    assert covered(common(left, right)) == covered(one) & covered(other)
    assert covered(without(left, right)) == covered(one) - covered(other)
    assert length(left) == len(covered(one)) * MINUTE


def test_per_cent_is_rounded_for_display_only() -> None:
    share = Fraction(43200 - 150, 43200)
    assert (per_cent(share), exact(Fraction(2592000150, 1000))) == (Decimal("99.6528"), Decimal("2592000.15"))
