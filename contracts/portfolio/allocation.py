"""The public events of allocation: who works how much on which project, who has too much, which skills are needed."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, WithJsonSchema

from contracts.base import PublicEvent
from contracts.values import Day, Level, Line, Name, Period


def _monday(day: date) -> date:
    if day.weekday():
        raise ValueError("a week is named by its Monday (ISO 8601)")
    return day


Monday = Annotated[
    Day, AfterValidator(_monday), WithJsonSchema({"type": "string", "format": "date", "examples": ["2027-01-04"]})
]
"""The Monday with which an ISO week begins."""
Hours = Annotated[Decimal, Field(gt=0, le=168, max_digits=5, decimal_places=2)]
"""Hours in a week: more than 0, at most 168."""
Heads = Annotated[int, Field(ge=1, le=1000)]


class PersonAllocated(PublicEvent):
    """A person works so many hours on a project in the week that begins on this Monday; said again, it is so many."""

    person_id: UUID
    project_id: UUID
    monday: date
    hours: Decimal


class AllocationEnded(PublicEvent):
    """The person does not work on the project in that week."""

    person_id: UUID
    project_id: UUID
    monday: date
    how: Literal["ended", "person left", "project ended"]


class PersonOverloaded(PublicEvent):
    """More is allocated to the person in that week than they have hours.

    ``approved_by``: who allowed it, and in whose place, if in somebody's; nobody, where their hours became fewer.
    """

    person_id: UUID
    monday: date
    approved_by: tuple[str, ...]


class OverloadEnded(PublicEvent):
    """What is allocated to the person in that week fits their hours again, or the week is over."""

    person_id: UUID
    monday: date
    how: Literal["fits again", "week over"]


class SkillDemandStated(PublicEvent):
    """A project needs so many persons with a skill at a level, for a period."""

    project_id: UUID
    division_id: UUID
    skill: Name
    level: Level
    heads: Heads
    period: Period


class SkillDemandWithdrawn(PublicEvent):
    """The project does not need them any more."""

    project_id: UUID
    reason: Line


EVENTS: tuple[type[PublicEvent], ...] = (
    PersonAllocated,
    AllocationEnded,
    PersonOverloaded,
    OverloadEnded,
    SkillDemandStated,
    SkillDemandWithdrawn,
)
