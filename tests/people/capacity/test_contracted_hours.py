"""Contracted hours: set from a day on, planned for days to come, corrected for days past."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from chassis.domain.decider import Actor
from services.people.capacity.domain import contracted_hours
from tests.scenarios import given

ADA, TODAY, DAY = UUID(int=1), date(2026, 3, 11), timedelta(days=1)
NEXT_MONTH, LAST_YEAR = date(2026, 4, 1), date(2025, 4, 1)
HOURS = contracted_hours.CONTRACTED_HOURS
HALF, MOST = Decimal(20), Decimal(32)


def facts(**known: Any) -> contracted_hours.HoursFacts:
    at = datetime(2026, 3, 11, 12, tzinfo=UTC)
    about: dict[str, Any] = {"subject": ADA, "employed": True, "hired_on": date(2024, 1, 1)}
    return contracted_hours.HoursFacts(Actor("tests"), at, ADA, **about | known)


def to(hours: Decimal, on: date) -> contracted_hours.SetContractedHours:
    return contracted_hours.SetContractedHours(weekly_hours=hours, effective_on=on)


def told(hours: Decimal, on: date) -> contracted_hours.ContractedHoursSet:
    return contracted_hours.ContractedHoursSet(person_id=ADA, weekly_hours=hours, effective_on=on)


def corrected(hours: Decimal, on: date) -> contracted_hours.CorrectContractedHours:
    return contracted_hours.CorrectContractedHours(weekly_hours=hours, effective_on=on, reason="A slip.")


def test_hours_are_set_from_a_day_on() -> None:
    given(HOURS).when(to(HALF, TODAY), facts()).then(told(HALF, TODAY))
    given(HOURS, told(HALF, TODAY)).when(to(HALF, TODAY), facts()).then()


def test_hours_are_planned_beside_one_another_and_cancelled_one_by_one() -> None:
    later = NEXT_MONTH + 30 * DAY
    plans = told(HALF, NEXT_MONTH), told(MOST, later)
    given(HOURS, plans[0]).when(to(MOST, later), facts()).then(plans[1])
    cancel = contracted_hours.CancelPlannedHours(effective_on=NEXT_MONTH)
    cancelled = contracted_hours.PlannedHoursCancelled(planned_for=NEXT_MONTH)
    given(HOURS, *plans).when(cancel, facts()).then(cancelled)
    given(HOURS, *plans, cancelled).when(cancel, facts()).then()
    assert [each.weekly_hours for each in terms(*plans, cancelled)] == [MOST]


def test_what_has_begun_is_not_cancelled() -> None:
    cancel = contracted_hours.CancelPlannedHours(effective_on=TODAY)
    given(HOURS, told(HALF, TODAY)).when(cancel, facts()).then()


def test_hours_are_set_in_the_order_of_their_days_and_corrected_for_days_past() -> None:
    given(HOURS, told(HALF, TODAY)).when(to(MOST, LAST_YEAR), facts()).then_refused("dates-in-order")
    right = contracted_hours.ContractedHoursCorrected(
        person_id=ADA, weekly_hours=MOST, effective_on=LAST_YEAR, reason="A slip."
    )
    given(HOURS, told(HALF, TODAY)).when(corrected(MOST, LAST_YEAR), facts()).then(right)
    given(HOURS, told(HALF, TODAY), right).when(corrected(MOST, LAST_YEAR), facts()).then()
    assert [(each.effective_on, each.weekly_hours) for each in terms(told(HALF, TODAY), right)] == [
        (LAST_YEAR, MOST),
        (TODAY, HALF),
    ]


def test_a_correction_is_not_for_a_day_to_come() -> None:
    given(HOURS).when(corrected(HALF, NEXT_MONTH), facts()).then_refused("not-in-the-future")


def test_hours_lie_within_the_employment() -> None:
    for command in (to(HALF, date(2023, 12, 31)), corrected(HALF, date(2023, 12, 31))):
        given(HOURS).when(command, facts()).then_refused("within-employment")
    given(HOURS).when(to(HALF, TODAY), facts(employed=False)).then_refused("person-employed")


def test_changes_of_hours_are_bounded() -> None:
    many = [told(HALF, date(2024, 1, 1) + DAY * number) for number in range(contracted_hours.MOST_TERMS)]
    given(HOURS, *many).when(to(HALF, TODAY), facts()).then_refused("terms-bounded")


@pytest.mark.parametrize("hours", ["-1", "80.01", "7.555"])
def test_a_week_has_no_less_than_no_hours_and_no_more_than_eighty(hours: str) -> None:
    with pytest.raises(ValidationError, match="weekly_hours"):
        contracted_hours.SetContractedHours.model_validate({"weekly_hours": hours, "effective_on": str(TODAY)})


def terms(*events: contracted_hours.HoursEvent) -> tuple[contracted_hours.Terms, ...]:
    return contracted_hours.of(HOURS.fold(events))
