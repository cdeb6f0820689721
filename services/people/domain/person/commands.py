"""What may be asked about a person."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.decider import Command
from contracts.base import Value
from contracts.values import Line, Name, Personal

WorkDay = Annotated[date, Field(ge=date(1900, 1, 1))]
"""A day on which somebody now living may have worked."""


class HirePerson(Command):
    """Record that a person joined. Repeating it with the same facts changes nothing."""

    name: Personal[Name]
    effective_on: date


class RenamePerson(Command):
    """Record that a person goes by another name."""

    name: Personal[Name]


class RecordExperience(Command):
    """Record work a person did, from its first to its last day; leave the end open while it goes on."""

    experience_id: UUID
    employer: Personal[Name]
    role: Personal[Name]
    it_management: bool
    started_on: WorkDay
    ended_on: WorkDay | None = None


class VerifyExperience(Command):
    """Vouch for a person's experience; what still goes on is vouched for up to today, and may be again later."""

    experience_id: UUID


class Waiver(Value):
    """Why a person gets a senior position without the experience it demands; who appoints them approves it."""

    reason: Line


class AppointPerson(Command):
    """Give a person a vacant position; they report to the holder of the superior position unless you name another."""

    position_id: UUID
    line_manager_id: UUID | None = None
    effective_on: date
    waiver: Waiver | None = None


class ChangeLineManager(Command):
    """Let a person report to somebody else, or to nobody at the top."""

    line_manager_id: UUID | None
    effective_on: date


class SuspendPerson(Command):
    """Suspend a person until reinstated."""

    effective_on: date


class ReinstatePerson(Command):
    """Let a suspended person act again."""

    effective_on: date


class RecordLeaving(Command):
    """Record that a person no longer works here. Nothing about them changes afterwards."""

    effective_on: date


class ReviewEligibility(Command):
    """Work out whether a person is still eligible, after the policy changed or as time passed."""


PersonChange = (
    RenamePerson
    | RecordExperience
    | VerifyExperience
    | AppointPerson
    | ChangeLineManager
    | SuspendPerson
    | ReinstatePerson
    | RecordLeaving
)
PersonCommand = HirePerson | PersonChange | ReviewEligibility
