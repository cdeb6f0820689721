"""Somebody's qualifications: state, facts, events, and how each event changes the state."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, NamedTuple
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import PrivateEvent, Refused, State, existing
from contracts import people
from contracts.base import Value
from contracts.values import Level, Line, Name, Personal, Subject
from services.people.organisation.domain.certificate_scheme import CertificateScheme
from services.people.organisation.domain.identity import identity
from services.people.organisation.domain.line import LineFacts
from services.people.organisation.domain.skill import Catalogue
from services.people.organisation.domain.staffing_policy import StaffingPolicy

MOST_REQUESTS = 20


class Skill(Value):
    """A skill: the level the person claims, and the one somebody else last found, with the day; None where nobody did.

    Skills are one where their names differ in capitals, spaces or compatible characters only.
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


CorrectedCredits = Annotated[Decimal, Field(ge=0, le=10_000, max_digits=7, decimal_places=2)]


class Credit(Value):
    """An activity to keep a certificate, on a day, with its credits."""

    credit_id: UUID
    earned_on: date
    credits: people.Credits
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
    """A degree of a person; ``recorded_by``: who did so, and in whose place."""

    degree_id: UUID
    title: Personal[Name]
    institution: Personal[Name]
    field: Personal[Name]
    year: Personal[int | None]
    recorded_by: tuple[str, ...] = ()
    verified: bool = False


class Qualifications(State):
    """A person's qualifications: skills, certificates, education.

    ``notice_days``: how many days before a certificate expires notice is given, as the policy last had it.
    """

    person_id: Subject
    skills: tuple[Skill, ...] = ()
    assessment_requests: tuple[AssessmentRequest, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    education: tuple[Degree, ...] = ()
    notice_days: tuple[int, ...] = ()

    def skill(self, name: str) -> Skill | None:
        """The skill of this name, however it is written."""
        return next((each for each in self.skills if same_skill(each.skill, name)), None)

    def certificate(self, certificate_id: UUID) -> Certificate | None:
        return next((each for each in self.certificates if each.certificate_id == certificate_id), None)

    def held(self, scheme_id: UUID) -> Certificate | None:
        """The certificate of this scheme that is held."""
        of_scheme = (each for each in self.certificates if each.scheme_id == scheme_id)
        return next((each for each in of_scheme if each.status is CertificateStatus.HELD), None)


def same_skill(one: str, other: str) -> bool:
    return identity(one) == identity(other)


DEFAULTS = StaffingPolicy()


class LastAssessment(NamedTuple):
    """The numbers, among the published events, of what was found of a skill on the day of its last assessment.

    ``before_on``: the day of the assessment before.
    """

    numbers: tuple[int, ...]
    before_on: date | None


@dataclass(frozen=True)
class QualificationFacts(LineFacts):
    """``scheme`` is that of the certificate the command is about; None where there is none.

    ``assessor_level`` is the level at which the actor was found to have the skill in question, 0 for none at all;
    None where they need not have it: they are in the line above, or HR. ``assessor_employed``: whether the assessor
    the command names works here. ``last_assessment``: of the skill in question; None where nobody assessed it.
    """

    scheme: CertificateScheme | None = None
    assessor_level: int | None = None
    assessor_employed: bool = False
    last_assessment: LastAssessment | None = None
    skills: Catalogue = field(default_factory=dict)
    notice_days: tuple[int, ...] = DEFAULTS.certificate_notice_days


def check_past(on: date, facts: QualificationFacts) -> None:
    """Nothing is recorded before it happens."""
    if on > facts.today:
        raise Refused("not-in-the-future", f"{on} is in the future.", "Record it on the day.")


class SkillClaimed(PrivateEvent):
    """The person claims a skill at this level; it does not count until assessed."""

    skill: Name
    level: Level
    effective_on: date


class AssessmentRequested(PrivateEvent):
    """Somebody was asked to assess a skill."""

    skill: Name
    assessor_id: UUID


def with_skill(qualifications: Qualifications, event: SkillClaimed | people.SkillAssessed) -> Qualifications:
    """The skill as claimed or found last; who was asked to assess it need not any more once it is."""
    known = qualifications.skill(event.skill) or Skill(skill=event.skill)
    others = tuple(each for each in qualifications.skills if not same_skill(each.skill, event.skill))
    if isinstance(event, SkillClaimed):
        return qualifications.but(skills=(*others, known.model_copy(update={"claimed": event.level})))
    assessed = known.model_copy(update={"level": event.level, "assessed_on": event.effective_on})
    waiting = tuple(each for each in qualifications.assessment_requests if not same_skill(each.skill, event.skill))
    return qualifications.but(skills=(*others, assessed), assessment_requests=waiting)


class AssessmentCorrected(PrivateEvent):
    """The last assessment of a skill, the public event with this number, was recorded wrongly; it was on this day."""

    corrects: int
    skill: Name
    effective_on: date
    reason: Personal[Line]


def with_day(qualifications: Qualifications, event: AssessmentCorrected) -> Qualifications:
    """The skill as last assessed on the day as corrected."""
    return qualifications.but(
        skills=tuple(
            each.model_copy(update={"assessed_on": event.effective_on}) if same_skill(each.skill, event.skill) else each
            for each in qualifications.skills
        )
    )


def with_request(qualifications: Qualifications, event: AssessmentRequested) -> Qualifications:
    """One more who was asked; those asked longest ago are let go."""
    asked = AssessmentRequest(skill=event.skill, assessor_id=event.assessor_id)
    return qualifications.but(assessment_requests=(*qualifications.assessment_requests, asked)[-MOST_REQUESTS:])


class DegreeRecorded(PrivateEvent):
    """A degree was recorded."""

    degree_id: UUID
    title: Personal[Name]
    institution: Personal[Name]
    field: Personal[Name]
    year: Personal[int | None]
    recorded_by: tuple[str, ...] = ()


class DegreeVerified(PrivateEvent):
    """Somebody else vouches for the degree."""

    degree_id: UUID


def with_degree(qualifications: Qualifications, event: DegreeRecorded | DegreeVerified) -> Qualifications:
    if isinstance(event, DegreeRecorded):
        return qualifications.but(education=(*qualifications.education, Degree(**vars(event))))
    return qualifications.but(
        education=tuple(
            each.model_copy(update={"verified": True}) if each.degree_id == event.degree_id else each
            for each in qualifications.education
        )
    )


class CertificateRecorded(PrivateEvent):
    """A certificate was recorded; it does not count until verified."""

    certificate_id: UUID
    scheme_id: UUID
    number: Personal[Name | None]
    effective_on: date
    expires_on: date | None


class CertificateRejected(PrivateEvent):
    """Nobody vouches for a certificate that was recorded: it is struck out."""

    certificate_id: UUID
    reason: Personal[Line]


class CreditsRecorded(PrivateEvent):
    """The person did something to keep a certificate."""

    credit_id: UUID
    certificate_id: UUID
    credits: people.Credits
    what: Personal[Line]
    effective_on: date


class CreditsCorrected(PrivateEvent):
    """Credits were recorded wrongly; without any they are struck out. ``effective_on``: the earlier of the two days."""

    credit_id: UUID
    certificate_id: UUID
    earned_on: date
    credits: CorrectedCredits
    reason: Personal[Line]
    effective_on: date


class CertificateRevocationExplained(PrivateEvent):
    """The reason why a certificate was revoked."""

    certificate_id: UUID
    reason: Personal[Line]


class NoticeDaysSet(PrivateEvent):
    """Notice is given so many days before a certificate expires, from now on."""

    days: tuple[int, ...]


CertificateEvent = (
    CertificateRecorded
    | CertificateRejected
    | people.CertificateAwarded
    | CreditsRecorded
    | CreditsCorrected
    | people.CertificateRenewed
    | people.CertificateExpiring
    | people.CertificateExpired
    | people.CertificateRevoked
    | CertificateRevocationExplained
    | NoticeDaysSet
)


def with_certificate(qualifications: Qualifications, event: CertificateEvent) -> Qualifications:
    match event:
        case CertificateRecorded():
            return qualifications.but(certificates=(*qualifications.certificates, from_record(event)))
        case CertificateRejected(certificate_id=id):
            kept = tuple(each for each in qualifications.certificates if each.certificate_id != id)
            return qualifications.but(certificates=kept)
        case people.CertificateAwarded():
            return changed(qualifications, event.certificate_id, status=CertificateStatus.HELD)
        case CreditsRecorded():
            return with_credits(qualifications, event)
        case CreditsCorrected():
            return with_corrected_credits(qualifications, event)
        case people.CertificateRenewed():
            return with_renewal(qualifications, event)
        case people.CertificateExpiring():
            return changed(qualifications, event.certificate_id, noticed=event.days)
        case people.CertificateExpired():
            return changed(qualifications, event.certificate_id, status=CertificateStatus.EXPIRED)
        case people.CertificateRevoked():
            return changed(qualifications, event.certificate_id, status=CertificateStatus.REVOKED)
        case CertificateRevocationExplained():
            return qualifications
        case NoticeDaysSet(days=days):
            return qualifications.but(notice_days=days)


def from_record(event: CertificateRecorded) -> Certificate:
    return Certificate(
        certificate_id=event.certificate_id,
        scheme_id=event.scheme_id,
        number=event.number,
        awarded_on=event.effective_on,
        starts_on=event.effective_on,
        expires_on=event.expires_on,
    )


def with_credits(qualifications: Qualifications, event: CreditsRecorded) -> Qualifications:
    credit = Credit(credit_id=event.credit_id, earned_on=event.effective_on, credits=event.credits, what=event.what)
    before = qualifications.certificate(event.certificate_id)
    return changed(qualifications, event.certificate_id, credits=(*(before.credits if before else ()), credit))


def with_corrected_credits(qualifications: Qualifications, event: CreditsCorrected) -> Qualifications:
    """The credits as corrected, or without those struck out."""
    before = qualifications.certificate(event.certificate_id)
    told = {"earned_on": event.earned_on, "credits": event.credits}
    credits = tuple(
        each.model_copy(update=told) if each.credit_id == event.credit_id else each
        for each in (before.credits if before else ())
        if each.credit_id != event.credit_id or event.credits > 0
    )
    return changed(qualifications, event.certificate_id, credits=credits)


def with_renewal(qualifications: Qualifications, event: people.CertificateRenewed) -> Qualifications:
    """The next term begins where the last one ends, with none of its credits."""
    before = qualifications.certificate(event.certificate_id)
    starts_on = (before.expires_on if before else None) or event.effective_on
    return changed(
        qualifications,
        event.certificate_id,
        status=CertificateStatus.HELD,
        starts_on=starts_on,
        expires_on=event.expires_on,
        noticed=None,
        credits=(),
    )


def changed(qualifications: Qualifications, certificate_id: UUID, **changes: object) -> Qualifications:
    return qualifications.but(
        certificates=tuple(
            each.model_copy(update=changes) if each.certificate_id == certificate_id else each
            for each in qualifications.certificates
        )
    )


class QualificationsOpened(PrivateEvent):
    """From here on it is known what a person is able to do, and since when."""

    person_id: UUID
    effective_on: date


QualificationsEvent = (
    QualificationsOpened
    | SkillClaimed
    | AssessmentRequested
    | people.SkillAssessed
    | AssessmentCorrected
    | people.EffectiveDayCorrected
    | CertificateEvent
    | DegreeRecorded
    | DegreeVerified
)


def evolve(state: Qualifications | None, event: QualificationsEvent) -> Qualifications:
    if isinstance(event, QualificationsOpened):
        return Qualifications(person_id=event.person_id)
    qualifications = existing(state)
    match event:
        case SkillClaimed() | people.SkillAssessed():
            return with_skill(qualifications, event)
        case AssessmentCorrected():
            return with_day(qualifications, event)
        case people.EffectiveDayCorrected():
            return qualifications
        case AssessmentRequested():
            return with_request(qualifications, event)
        case DegreeRecorded() | DegreeVerified():
            return with_degree(qualifications, event)
        case _:
            return with_certificate(qualifications, event)
