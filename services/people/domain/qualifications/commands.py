"""What may be asked about somebody's qualifications."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import Command
from contracts.people import Credits
from contracts.values import Day, Level, Line, Name, Personal, SkillLevel

Year = Annotated[int, Field(ge=1900, le=2200)]


class ClaimSkill(Command):
    """Say at which level you have a skill; it counts once somebody else has assessed it."""

    skill: Name
    level: Level


class RequestAssessment(Command):
    """Ask somebody who has a skill to assess it; they then see the skills and certificates it is about."""

    skill: Name
    assessor_id: UUID


class AssessSkill(Command):
    """Record at which level you found a person to have a skill, on a day."""

    skill: Name
    level: Level
    effective_on: Day


class RecordCertificate(Command):
    """Record a certificate a person was awarded; recorded by themself it counts once somebody else has verified it."""

    certificate_id: UUID
    scheme_id: UUID
    number: Personal[Name | None] = None
    awarded_on: Day


class VerifyCertificate(Command):
    """Vouch for a certificate that a person recorded."""

    certificate_id: UUID


class RecordCredits(Command):
    """Record what a person did on a day to keep a certificate, and the credits it brought."""

    credit_id: UUID
    certificate_id: UUID
    earned_on: Day
    credits: Credits
    what: Personal[Line]


class RenewCertificate(Command):
    """Let a certificate last for another term, once the credits of this one are earned."""

    certificate_id: UUID
    effective_on: Day


class RevokeCertificate(Command):
    """Take a certificate away; one that nobody has verified yet is struck out."""

    certificate_id: UUID
    reason: Personal[Line]
    effective_on: Day


class RecordDegree(Command):
    """Record a degree of a person."""

    degree_id: UUID
    title: Personal[Name]
    institution: Personal[Name]
    field: Personal[Name]
    year: Personal[Year]


class VerifyDegree(Command):
    """Vouch for a degree that was recorded."""

    degree_id: UUID


class CreditTraining(Command):
    """Record what a person gained by a training they passed: skills at these levels, a certificate of the scheme."""

    reference: UUID
    skills: tuple[SkillLevel, ...]
    scheme_id: UUID | None
    effective_on: date


class ReviewCertificates(Command):
    """Give the notices that are due, and let expire what is over, as the policy has it now."""


QualificationsChange = (
    ClaimSkill
    | RequestAssessment
    | AssessSkill
    | RecordCertificate
    | VerifyCertificate
    | RecordCredits
    | RenewCertificate
    | RevokeCertificate
    | RecordDegree
    | VerifyDegree
)
QualificationsCommand = QualificationsChange | CreditTraining | ReviewCertificates
