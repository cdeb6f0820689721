"""Local times: shown twice where clocks are set back, never where they skip them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chassis.domain.time_zones import known_zones, moments_of

ZURICH = ZoneInfo("Europe/Zurich")


def test_a_local_time_is_the_moment_that_clocks_show_it() -> None:
    noon = datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert moments_of(datetime(2026, 7, 1, 12), ZURICH) == (noon, noon)  # noqa: DTZ001 (a local time)


def test_a_time_that_clocks_show_twice_is_both_moments() -> None:
    first, last = moments_of(datetime(2026, 10, 25, 2, 30), ZURICH)  # noqa: DTZ001 (a local time)
    assert (first, last) == (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("zone", "local", "jump"),
    [
        ("Europe/Zurich", datetime(2026, 3, 29, 2, 30), datetime(2026, 3, 29, 1, tzinfo=UTC)),  # noqa: DTZ001
        ("Europe/Zurich", datetime(2026, 3, 29, 2, 0), datetime(2026, 3, 29, 1, tzinfo=UTC)),  # noqa: DTZ001
        ("Australia/Lord_Howe", datetime(2026, 10, 4, 2, 15), datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),  # noqa: DTZ001
        ("Pacific/Apia", datetime(2011, 12, 30, 12), datetime(2011, 12, 30, 10, tzinfo=UTC)),  # noqa: DTZ001
    ],
)
def test_a_time_that_clocks_skip_is_the_moment_at_which_they_jump(zone: str, local: datetime, jump: datetime) -> None:
    assert moments_of(local, ZoneInfo(zone)) == (jump, jump)


def test_every_moment_is_found_again_by_what_clocks_show_of_it_in_every_zone() -> None:
    for name in sorted(known_zones())[::9]:
        zone = ZoneInfo(name)
        for hours in range(0, 8760, 37):
            moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
            assert moment in moments_of(moment.astimezone(zone).replace(tzinfo=None), zone)
