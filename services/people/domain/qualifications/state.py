"""The state of somebody's qualifications: what their events add up to."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from chassis.domain.decider import State
from contracts.base import Value
from contracts.people import Credits
from contracts.values import Level, Line, Name, Personal, Subject


class Skill(Value):
    """A skill: the level the person claims, and the one somebody else last found, with the day; None where nobody did.

    Skills are one where their names differ in capitals only.
    """

    skill: Name
    claimed: Level | None = None
    level: Level | None = None
    assessed_on: date | None = None


class AssessmentRequest(Value):
    """Somebody was asked to assess a skill; they may see what it is measured against."""

    skill: Name
    assessor_id: UUID


class CertificateStatus(StrEnum):
    """Recorded ones count for nothing until somebody else verified them; then they are held."""

    RECORDED = "recorded"
    HELD = "held"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Credit(Value):
    """What a person did on a day to keep a certificate, and the credits it brought."""

    credit_id: UUID
    earned_on: date
    credits: Credits
    what: Personal[Line]


class Certificate(Value):
    """A certificate: held from the day it was awarded until, but not on, the day it expires; None: for ever.

    ``starts_on`` is when the present term began. ``noticed`` is the last notice given of its end, in days before it.
    """

    certificate_id: UUID
    scheme_id: UUID
    number: Personal[Name | None]
    awarded_on: date
    starts_on: date
    expires_on: date | None
    status: CertificateStatus = CertificateStatus.RECORDED
    noticed: int | None = None
    credits: tuple[Credit, ...] = ()


class Degree(Value):
    """A degree of a person."""

    degree_id: UUID
    title: Personal[Name]
    institution: Personal[Name]
    field: Personal[Name]
    year: Personal[int | None]
    verified: bool = False


class Qualifications(State):
    """What a person is able to do: skills, certificates, education.

    ``notice_days``: how many days before a certificate expires notice is given, as the policy last had it.
    """

    person_id: Subject
    skills: tuple[Skill, ...] = ()
    assessment_requests: tuple[AssessmentRequest, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    education: tuple[Degree, ...] = ()
    notice_days: tuple[int, ...] = ()

    def skill(self, name: str) -> Skill | None:
        """The skill of this name, however it is capitalised."""
        return next((each for each in self.skills if same_skill(each.skill, name)), None)

    def certificate(self, certificate_id: UUID) -> Certificate | None:
        """The certificate with this id."""
        return next((each for each in self.certificates if each.certificate_id == certificate_id), None)

    def held(self, scheme_id: UUID) -> Certificate | None:
        """The certificate of this scheme that is held."""
        of_scheme = (each for each in self.certificates if each.scheme_id == scheme_id)
        return next((each for each in of_scheme if each.status is CertificateStatus.HELD), None)


def same_skill(one: str, other: str) -> bool:
    """Whether two names mean one skill."""
    return one.casefold() == other.casefold()
