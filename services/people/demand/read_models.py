"""What portfolio says of persons and skills: hours allocated by week, weeks overloaded, and which skills are needed."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from chassis.consumers.projection import Fold, of_kind
from chassis.domain.read_row import ReadRow
from chassis.messaging.cloudevents import Envelope
from contracts.portfolio import allocation


class SkillDemandRow(ReadRow):
    """A project needs so many heads with a skill at a level, from the first day to the last."""

    id: UUID
    project_id: UUID
    division_id: UUID
    skill: str
    level: int
    heads: int
    starts_on: date
    ends_on: date


class AllocatedHoursRow(ReadRow):
    """A person's hours for a project in the week that begins on ``monday``."""

    id: UUID
    person_id: UUID
    project_id: UUID
    monday: date
    hours: Decimal


class OverloadedWeekRow(ReadRow):
    """A week in which more is allocated to a person than they have hours."""

    id: UUID
    person_id: UUID
    monday: date


def fold_demand(row: SkillDemandRow | None, envelope: Envelope, key: UUID) -> SkillDemandRow | None:
    match envelope.event:
        case allocation.SkillDemandStated(period=period) as stated:
            return SkillDemandRow(
                id=key,
                project_id=stated.project_id,
                division_id=stated.division_id,
                skill=stated.skill,
                level=stated.level,
                heads=stated.heads,
                starts_on=period.start,
                ends_on=period.end,
            )
        case allocation.SkillDemandWithdrawn():
            return None
        case _:
            return row


def fold_hours(row: AllocatedHoursRow | None, envelope: Envelope, key: UUID) -> AllocatedHoursRow | None:
    match envelope.event:
        case allocation.PersonAllocated() as allocated:
            return AllocatedHoursRow(id=key, **vars(allocated))
        case allocation.AllocationEnded():
            return None
        case _:
            return row


def fold_overload(row: OverloadedWeekRow | None, envelope: Envelope, key: UUID) -> OverloadedWeekRow | None:
    match envelope.event:
        case allocation.PersonOverloaded(person_id=person_id, monday=monday):
            return OverloadedWeekRow(id=key, person_id=person_id, monday=monday)
        case allocation.OverloadEnded():
            return None
        case _:
            return row


DEMAND: list[Fold[Any]] = [
    Fold("skill_demands", SkillDemandRow, of_kind("skill-demand"), fold_demand),
    Fold("allocated_hours", AllocatedHoursRow, of_kind("allocation"), fold_hours),
    Fold("overloaded_weeks", OverloadedWeekRow, of_kind("overload"), fold_overload),
]
