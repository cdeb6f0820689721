"""Portfolio keeps what was published last of each person's hours, and nothing of who left."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from chassis.messaging.cloudevents import Envelope
from contracts.people import PersonHired, WeekHours, WeeklyCapacity
from services.portfolio.organisation.capacities import CAPACITIES, CapacityRow

ADA, MONDAY, WEEK = UUID(int=1), date(2026, 3, 9), timedelta(days=7)


def told(*hours: int, first: date = MONDAY) -> WeeklyCapacity:
    weeks = [WeekHours(monday=first + WEEK * number, hours=Decimal(each)) for number, each in enumerate(hours)]
    return WeeklyCapacity(person_id=ADA, weeks=tuple(weeks) or None)


def after(*events: WeeklyCapacity) -> CapacityRow | None:
    row = None
    for number, event in enumerate(events, 1):
        envelope = Envelope(
            "t", 0, number, event, stream=f"weekly-capacity-{ADA}", number=number, time=datetime.now(UTC)
        )
        assert CAPACITIES.keys(envelope) == [ADA]
        row = CAPACITIES.fold(row, envelope, ADA)
    return row


def test_the_last_weeks_take_the_place_of_those_before() -> None:
    row = after(told(40, 20), told(0, 32, first=MONDAY + WEEK))
    assert row == CapacityRow(id=ADA, first_monday=MONDAY + WEEK, hours=[Decimal(0), Decimal(32)])


def test_nothing_is_kept_of_who_left_or_of_what_cannot_be_read_any_more() -> None:
    assert after(told(40), told()) is None


def test_other_streams_do_not_matter() -> None:
    hired = Envelope("t", 0, 1, PersonHired(name="Ada", effective_on=MONDAY), stream=f"person-{ADA}", number=1)
    assert CAPACITIES.keys(hired) == []
