"""The state of a person: what their events add up to."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from chassis.domain.decider import State
from contracts.base import Value
from contracts.values import Grade, Name, Personal
from services.people.domain.person.experience import Experience


class Employment(StrEnum):
    """Whether a person works here and acts."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    LEFT = "left"


class Appointment(Value):
    """The position a person holds, as it was described when they were appointed."""

    position_id: UUID
    title: Name
    division_id: UUID
    grade: Grade


class StandIn(Value):
    """Somebody who acts in the person's place, from the first to the last day."""

    stand_in_id: UUID
    starts_on: date
    ends_on: date

    def on(self, day: date) -> bool:
        """Whether they may on this day."""
        return self.starts_on <= day <= self.ends_on


class Absence(Value):
    """Days on which the person is away, from the first to the last; why is not kept."""

    absence_id: UUID
    starts_on: date
    ends_on: date


class Person(State):
    """A person as they stand; ``eligible`` is what was last published, ``last_on`` the date of their last change.

    ``gate_waived``: the position they hold was given to them without the experience it demands. ``erased``: nothing
    personal is left.
    """

    name: Personal[Name]
    hired_on: date
    last_on: date
    employment: Employment = Employment.ACTIVE
    appointment: Appointment | None = None
    line_manager_id: UUID | None = None
    experience: tuple[Experience, ...] = ()
    stand_ins: tuple[StandIn, ...] = ()
    absences: tuple[Absence, ...] = ()
    gate_waived: bool = False
    eligible: bool = False
    erased: bool = False
