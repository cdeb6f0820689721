"""Weekly capacity: 26 weeks of hours from contract, calendar, absences, suspension and leaving."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from chassis.domain.decider import Actor
from contracts.people import WeekHours, WeeklyCapacity
from services.people.capacity.domain import weekly_capacity
from services.people.capacity.domain.contracted_hours import Terms
from services.people.organisation.domain.person.model import Absence, Employment, Person
from services.people.organisation.domain.working_calendar import USUAL, Holiday, WorkingCalendar, WorkingWeek, nearest
from tests.scenarios import given

ADA, DAY, WEEK = UUID(int=1), timedelta(days=1), timedelta(days=7)
MONDAY = date(2026, 3, 9)
"""Of the present week."""
WEDNESDAY = datetime(2026, 3, 11, 12, tzinfo=UTC)
PERSON = Person(name="Ada", hired_on=date(2024, 1, 1), last_on=date(2024, 1, 1))
FULL = Decimal(40)
CAPACITY, REVIEW = weekly_capacity.CAPACITY, weekly_capacity.ReviewCapacity()


def facts(person: Person = PERSON, **known: Any) -> weekly_capacity.CapacityFacts:
    return weekly_capacity.CapacityFacts(Actor("tests"), WEDNESDAY, ADA, person=person, **known)


def hours(person: Person = PERSON, **known: Any) -> list[Decimal]:
    weeks = weekly_capacity.weeks_of(person, facts(person, **known))
    assert weeks is not None
    assert [week.monday for week in weeks] == [MONDAY + WEEK * number for number in range(26)]
    return [week.hours for week in weeks]


def away(starts_on: date, ends_on: date) -> Absence:
    return Absence(absence_id=UUID(int=9), starts_on=starts_on, ends_on=ends_on)


def published(**changed: Decimal) -> WeeklyCapacity:
    weeks = [WeekHours(monday=MONDAY + WEEK * n, hours=changed.get(f"week_{n}", FULL)) for n in range(26)]
    return WeeklyCapacity(person_id=ADA, weeks=tuple(weeks))


def test_without_contract_and_calendar_a_week_has_five_days_of_eight_hours() -> None:
    assert hours() == [FULL] * 26


def test_a_part_timer_has_their_share_of_each_working_day() -> None:
    terms = (Terms(weekly_hours=Decimal(16), effective_on=date(2024, 1, 1)),)
    assert hours(terms=terms) == [Decimal(16)] * 26
    absent = PERSON.but(absences=(away(MONDAY, MONDAY),))
    assert hours(absent, terms=terms)[:2] == [Decimal("12.80"), Decimal(16)]


def test_other_hours_count_from_their_day_on() -> None:
    terms = (
        Terms(weekly_hours=Decimal(20), effective_on=MONDAY + WEEK + 2 * DAY),
        Terms(weekly_hours=Decimal(30), effective_on=MONDAY + 3 * WEEK),
    )
    assert hours(terms=terms)[:4] == [FULL, Decimal(28), Decimal(20), Decimal(30)]


def test_the_division_says_how_long_a_full_week_is_and_on_which_days_nobody_works() -> None:
    nine = Decimal("9.5")
    week = WorkingWeek(sunday=nine, monday=nine, tuesday=nine, wednesday=nine)
    calendar = WorkingCalendar(week=week, holidays=(Holiday(day=MONDAY + WEEK, name="Independence Day"),))
    assert hours(calendar=calendar)[:3] == [Decimal(38), Decimal("28.5"), Decimal(38)]


def test_a_holiday_on_a_day_off_takes_nothing_away() -> None:
    calendar = USUAL.model_copy(update={"holidays": (Holiday(day=MONDAY + 5 * DAY, name="A Saturday"),)})
    assert hours(calendar=calendar) == [FULL] * 26


def test_absences_take_their_days_away() -> None:
    absent = PERSON.but(absences=(away(MONDAY + 4 * DAY, MONDAY + 8 * DAY), away(date(2020, 1, 1), date(2020, 2, 1))))
    assert hours(absent)[:3] == [Decimal(32), Decimal(24), FULL]


def test_who_is_suspended_is_not_there_until_reinstated() -> None:
    assert hours(PERSON.but(employment=Employment.SUSPENDED)) == [Decimal(0)] * 26


def test_who_is_to_be_suspended_is_not_there_until_the_day_they_are_to_act_again() -> None:
    planned = PERSON.but(planned_suspension=MONDAY + 4 * DAY, planned_reinstatement=MONDAY + 2 * WEEK + DAY)
    assert hours(planned)[:4] == [Decimal(32), Decimal(0), Decimal(32), FULL]
    suspended = PERSON.but(employment=Employment.SUSPENDED, planned_reinstatement=MONDAY + WEEK)
    assert hours(suspended)[:2] == [Decimal(0), FULL]
    assert hours(PERSON.but(planned_suspension=MONDAY + WEEK))[:3] == [FULL, Decimal(0), Decimal(0)]


def test_nobody_is_there_from_the_day_on_which_they_are_to_leave_or_before_the_first_day() -> None:
    assert hours(PERSON.but(planned_leaving=MONDAY + WEEK + DAY))[:4] == [FULL, Decimal(8), Decimal(0), Decimal(0)]
    assert hours(PERSON.but(hired_on=MONDAY + 2 * DAY))[:2] == [Decimal(24), FULL]


def test_it_is_published_where_it_changed_only() -> None:
    given(CAPACITY).when(REVIEW, facts()).then(published())
    given(CAPACITY, published()).when(REVIEW, facts()).then()
    absent = PERSON.but(absences=(away(MONDAY, MONDAY),))
    given(CAPACITY, published()).when(REVIEW, facts(absent)).then(published(week_0=Decimal(32)))


def test_it_says_nothing_of_the_reasons() -> None:
    by_absence = facts(PERSON.but(absences=(away(MONDAY, MONDAY + 10_000 * DAY),)))
    by_suspension = facts(PERSON.but(employment=Employment.SUSPENDED))
    assert CAPACITY.decide(None, REVIEW, by_absence) == CAPACITY.decide(None, REVIEW, by_suspension)


def test_who_left_has_none_and_nothing_is_due_any_more() -> None:
    gone = WeeklyCapacity(person_id=ADA, weeks=None)
    left = facts(PERSON.but(employment=Employment.LEFT))
    given(CAPACITY, published()).when(REVIEW, left).then(gone)
    given(CAPACITY, published(), gone).when(REVIEW, left).then()
    given(CAPACITY).when(REVIEW, left).then()
    assert CAPACITY.due_at(CAPACITY.fold([published(), gone])) is None


def test_the_weeks_roll_on_when_the_first_has_passed_and_not_all_at_once() -> None:
    state = CAPACITY.fold([published()])
    zone = ZoneInfo("Pacific/Auckland")
    due = CAPACITY.due_at(state, zone)
    assert due is not None
    begins = datetime(2026, 3, 16, tzinfo=zone)
    assert begins <= due < begins + timedelta(hours=6)
    others = {CAPACITY.due_at(state.but(person_id=UUID(int=number)), zone) for number in range(100)}  # type: ignore[union-attr]
    assert len(others) == 100
    (rolled,) = weekly_capacity.decide(None, REVIEW, replace(facts(), at=due, zone=zone))
    weeks = rolled.weeks or ()
    assert [weeks[0].monday, weeks[-1].monday] == [MONDAY + WEEK, MONDAY + 26 * WEEK]


def test_a_division_without_a_calendar_has_that_of_the_nearest_above() -> None:
    own, above = (WorkingCalendar(week=WorkingWeek(monday=Decimal(number))) for number in (1, 2))
    assert (nearest([own, above]), nearest([None, above]), nearest([None])) == (own, above, USUAL)


def test_holidays_are_named_once_in_the_order_of_their_days() -> None:
    twice = {"week": {}, "holidays": [{"day": "2026-12-25", "name": "Christmas"}] * 2}
    with pytest.raises(ValidationError, match="each holiday once"):
        WorkingCalendar.model_validate(twice)
