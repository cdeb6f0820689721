"""What may be asked about a person."""

from uuid import UUID

from pydantic import StrictBool

from chassis.domain.decider import Command
from contracts.base import Value
from contracts.values import Day, Line, Name, Personal


class HirePerson(Command):
    """Record that a person joined. Repeating it with the same facts changes nothing."""

    name: Personal[Name]
    effective_on: Day


class RenamePerson(Command):
    """Record that a person goes by another name."""

    name: Personal[Name]


class RecordExperience(Command):
    """Record work a person did, from its first to its last day; leave the end open while it goes on."""

    experience_id: UUID
    employer: Personal[Name]
    role: Personal[Name]
    it_management: StrictBool
    started_on: Day
    ended_on: Day | None = None


class VerifyExperience(Command):
    """Vouch for a person's experience up to a day: if you name none, its end, or today while it goes on."""

    experience_id: UUID
    until: Day | None = None


class EndExperience(Command):
    """Record the last day of work that went on; what was verified stays verified up to that day."""

    experience_id: UUID
    ended_on: Day


class WithdrawExperience(Command):
    """Take back experience that was recorded; it counts no longer, verified or not."""

    experience_id: UUID


class Waiver(Value):
    """Why a person gets a senior position without the experience it demands; who appoints them approves it."""

    reason: Line


class AppointPerson(Command):
    """Give a person a vacant position; they report to the nearest holder of one above unless you name another."""

    position_id: UUID
    line_manager_id: UUID | None = None
    effective_on: Day
    waiver: Waiver | None = None


class ChangeLineManager(Command):
    """Let a person report to somebody else, or to nobody at the top."""

    line_manager_id: UUID | None
    effective_on: Day


class SuspendPerson(Command):
    """Suspend a person until reinstated."""

    effective_on: Day


class ReinstatePerson(Command):
    """Let a suspended person act again."""

    effective_on: Day


class RecordLeaving(Command):
    """Record that a person no longer works here. Nothing about them changes afterwards."""

    effective_on: Day


class ErasePerson(Command):
    """Destroy what is personal about somebody who left, for good. The reason stays: it names nobody."""

    reason: Line


class NameStandIn(Command):
    """Let somebody act in a person's place, from the first to the last day."""

    stand_in_id: UUID
    starts_on: Day
    ends_on: Day


class WithdrawStandIn(Command):
    """End at once that somebody may act in a person's place."""

    stand_in_id: UUID


class RecordAbsence(Command):
    """Record that a person is away, from the first to the last day; the same id again changes the days."""

    absence_id: UUID
    starts_on: Day
    ends_on: Day


class CancelAbsence(Command):
    """Record that a person is not away after all."""

    absence_id: UUID


class ReviewEligibility(Command):
    """Work out whether a person is still eligible, after the policy changed or as time passed."""


PersonChange = (
    RenamePerson
    | RecordExperience
    | VerifyExperience
    | EndExperience
    | WithdrawExperience
    | AppointPerson
    | ChangeLineManager
    | NameStandIn
    | WithdrawStandIn
    | RecordAbsence
    | CancelAbsence
    | SuspendPerson
    | ReinstatePerson
    | RecordLeaving
    | ErasePerson
)
PersonCommand = HirePerson | PersonChange | ReviewEligibility
