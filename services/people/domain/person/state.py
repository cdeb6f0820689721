"""The state of a person: what their events add up to."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from chassis.decider import State
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
    gate_waived: bool = False
    eligible: bool = False
    erased: bool = False
