"""What people keep of portfolio's events: duplicates change nothing, and what ended is gone."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel

from chassis.messaging.cloudevents import Envelope
from contracts.portfolio import ProjectStarted
from contracts.portfolio.allocation import (
    AllocationEnded,
    OverloadEnded,
    PersonAllocated,
    PersonOverloaded,
    SkillDemandStated,
    SkillDemandWithdrawn,
)
from contracts.values import Period
from services.people.demand.read_models import DEMAND, AllocatedHoursRow, OverloadedWeekRow, SkillDemandRow

ID, ADA, PROJECT, DIVISION = (UUID(int=number) for number in range(1, 5))
MONDAY = date(2026, 11, 30)
DEMANDS, HOURS, OVERLOADS = DEMAND
WEEK: dict[str, Any] = {"person_id": ADA, "monday": MONDAY}
ON_PROJECT = WEEK | {"project_id": PROJECT}
STATED = SkillDemandStated(
    project_id=PROJECT, division_id=DIVISION, skill="Java", level=4, heads=2, period=Period(start=MONDAY, end=MONDAY)
)


def after(fold: Any, stream: str, *events: BaseModel) -> Any:
    row = None
    for number, event in enumerate(events, 1):
        envelope = Envelope("t", 0, number, event, stream=f"{stream}-{ID}", number=number, time=datetime.now(UTC))
        if fold.keys(envelope):
            row = fold.fold(row, envelope, ID)
    return row


def test_the_hours_said_last_hold_and_an_ended_allocation_has_none() -> None:
    eight, four = (PersonAllocated(**ON_PROJECT, hours=Decimal(hours)) for hours in (8, 4))
    row = AllocatedHoursRow(id=ID, **ON_PROJECT, hours=Decimal(4))
    assert after(HOURS, "allocation", eight, four) == after(HOURS, "allocation", eight, four, four) == row
    assert after(HOURS, "allocation", eight, AllocationEnded(**ON_PROJECT, how="ended")) is None


def test_a_week_is_overloaded_until_it_is_not() -> None:
    risen, fits = PersonOverloaded(**WEEK, approved_by=()), OverloadEnded(**WEEK, how="fits again")
    assert after(OVERLOADS, "overload", risen, risen) == OverloadedWeekRow(id=ID, **WEEK)
    assert after(OVERLOADS, "overload", risen, fits, fits) is None
    assert after(OVERLOADS, "overload", risen, fits, risen) == OverloadedWeekRow(id=ID, **WEEK)


def test_a_skill_is_needed_until_the_demand_is_withdrawn() -> None:
    stated = {"project_id": PROJECT, "division_id": DIVISION, "skill": "Java", "level": 4, "heads": 2}
    row = SkillDemandRow(id=ID, **stated, starts_on=MONDAY, ends_on=MONDAY)
    assert after(DEMANDS, "skill-demand", STATED) == row
    assert after(DEMANDS, "skill-demand", STATED, SkillDemandWithdrawn(project_id=PROJECT, reason="Bought.")) is None


@pytest.mark.parametrize("fold", DEMAND, ids=lambda fold: fold.table)
def test_other_streams_do_not_matter(fold: Any) -> None:
    assert after(fold, "project", ProjectStarted(effective_on=MONDAY)) is None
