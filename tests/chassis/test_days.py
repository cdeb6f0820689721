"""Days begin in the time zone of a record: with daylight saving, skipped midnights and skipped days."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given
from hypothesis import strategies as st

from chassis.domain.clock import day_begins
from chassis.domain.decider import Actor, Command, Deadline, Facts

MOMENT = timedelta(microseconds=1)
days = st.dates(date(1901, 1, 1), date(2199, 12, 31))
zones = st.sampled_from(sorted(available_timezones() - {"localtime"})).map(ZoneInfo)


def today(at: datetime, zone: ZoneInfo) -> date:
    return Facts(Actor("tests"), at, UUID(int=1), zone=zone).today


@given(days, zones)
def test_a_deadline_falls_due_with_the_first_moment_of_its_day(day: date, zone: ZoneInfo) -> None:
    deadline = Deadline.on(day, Command())
    due = deadline.due_in(zone)
    assert today(due - MOMENT, zone) < day <= today(due, zone)
    assert due >= deadline.earliest


def test_a_day_begins_in_auckland_before_and_in_los_angeles_after_it_does_in_utc() -> None:
    day = date(2026, 7, 1)
    assert day_begins(day, ZoneInfo("Pacific/Auckland")) == datetime(2026, 6, 30, 12, tzinfo=UTC)
    assert day_begins(day, ZoneInfo("America/Los_Angeles")) == datetime(2026, 7, 1, 7, tzinfo=UTC)


def test_a_day_begins_an_hour_earlier_in_utc_after_the_clocks_were_put_forward() -> None:
    zone = ZoneInfo("Europe/Zurich")
    sunday, monday = day_begins(date(2026, 3, 29), zone), day_begins(date(2026, 3, 30), zone)
    assert monday - sunday == timedelta(hours=23)


def test_where_the_clocks_skip_midnight_the_day_begins_with_what_comes_in_its_place() -> None:
    zone = ZoneInfo("Africa/Cairo")
    assert day_begins(date(2026, 4, 24), zone).astimezone(zone).hour == 1


def test_a_day_that_was_skipped_begins_with_the_next_one() -> None:
    zone = ZoneInfo("Pacific/Apia")
    assert day_begins(date(2011, 12, 30), zone) == day_begins(date(2011, 12, 31), zone)


def test_a_deadline_at_a_moment_is_due_at_it_everywhere() -> None:
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    deadline = Deadline(noon, Command())
    assert deadline.due_in(ZoneInfo("Pacific/Auckland")) == deadline.earliest == noon
