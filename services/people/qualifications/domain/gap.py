"""The gap between what a position requires and what a person holds, and what they are about to lose of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from chassis.domain.decider import Actor
from contracts.base import Value
from contracts.values import Level, Name, SkillLevel
from services.people.organisation.domain.person.model import Person, PersonFacts
from services.people.organisation.domain.person.rules import is_eligible
from services.people.qualifications.domain.certificates import lasts_on
from services.people.qualifications.domain.model import Certificate, Qualifications, Skill
from services.people.qualifications.domain.skills import is_stale, stale_on


@dataclass(frozen=True)
class Required:
    """The requirements of a position."""

    skills: Sequence[SkillLevel] = ()
    schemes: Sequence[UUID] = ()


class MissingSkill(Value):
    """A skill that is required at a higher level than anybody found; ``held`` is None where nobody found any."""

    skill: Name
    required: Level
    held: Level | None


class StaleSkill(Value):
    """A required skill that was assessed too long ago, since the day it is stale."""

    skill: Name
    required: Level
    stale_on: date


class ExpiringCertificate(Value):
    """A required certificate that expires soon."""

    scheme_id: UUID
    certificate_id: UUID
    expires_on: date


class Gap(Value):
    """The requirements of a position that a person lacks; all empty: none."""

    missing_skills: tuple[MissingSkill, ...] = ()
    stale_skills: tuple[StaleSkill, ...] = ()
    missing_certificates: tuple[UUID, ...] = ()
    expiring_certificates: tuple[ExpiringCertificate, ...] = ()


class LossKind(StrEnum):
    """The kind of qualification that is lost as time passes; eligibility is not: years that were verified stay."""

    CERTIFICATE = "certificate"
    SKILL = "skill"


class Loss(Value):
    """Something a position requires is gone from a day on, unless somebody does something."""

    kind: LossKind
    on: date
    scheme_id: UUID | None = None
    skill: Name | None = None


def gap(required: Required, held: Qualifications | None, on: date, stale_months: int, soon_days: int) -> Gap:
    """Required less held, on a day; a certificate that expires within ``soon_days`` is held, and named."""
    skills = [(each, skill_of(held, each.skill)) for each in required.skills]
    lacking = [(each, skill) for each, skill in skills if not suffices(skill, each.level)]
    enough = [(each, skill) for each, skill in skills if skill is not None and suffices(skill, each.level)]
    certificates = [(scheme_id, held_on(held, scheme_id, on)) for scheme_id in required.schemes]
    return Gap(
        missing_skills=tuple(
            MissingSkill(skill=each.skill, required=each.level, held=skill.level if skill else None)
            for each, skill in lacking
        ),
        stale_skills=tuple(
            StaleSkill(skill=each.skill, required=each.level, stale_on=day)
            for each, skill in enough
            if is_stale(skill, on, stale_months) and (day := stale_on(skill, stale_months))
        ),
        missing_certificates=tuple(scheme_id for scheme_id, certificate in certificates if certificate is None),
        expiring_certificates=tuple(
            ExpiringCertificate(scheme_id=scheme_id, certificate_id=certificate.certificate_id, expires_on=end)
            for scheme_id, certificate in certificates
            if certificate and (end := certificate.expires_on) and end <= on + timedelta(days=soon_days)
        ),
    )


def losses(required: Required, held: Qualifications | None, on: date, days: int, stale_months: int) -> tuple[Loss, ...]:
    """Return required qualifications held on a day and lost within so many days after it, the earliest first."""
    last = on + timedelta(days=days)
    found = [*lost_certificates(required, held, on, last), *lost_skills(required, held, on, last, stale_months)]
    return tuple(sorted(found, key=lambda loss: loss.on))


def lost_certificates(required: Required, held: Qualifications | None, on: date, last: date) -> list[Loss]:
    """Certificates that expire."""
    certificates = [(scheme_id, held_on(held, scheme_id, on)) for scheme_id in required.schemes]
    return [
        Loss(kind=LossKind.CERTIFICATE, on=end, scheme_id=scheme_id)
        for scheme_id, certificate in certificates
        if certificate and (end := certificate.expires_on) and end <= last
    ]


def lost_skills(required: Required, held: Qualifications | None, on: date, last: date, stale_months: int) -> list[Loss]:
    """Skills that go stale."""
    skills = [(each, skill_of(held, each.skill)) for each in required.skills]
    return [
        Loss(kind=LossKind.SKILL, on=day, skill=each.skill)
        for each, skill in skills
        if skill and suffices(skill, each.level) and (day := stale_on(skill, stale_months)) and on < day <= last
    ]


def eligible_on(person: Person, on: date, policy_years: Decimal, *, barred: bool) -> bool:
    """Return whether somebody would be eligible on a day as they stand now, ``barred`` or not."""
    at = datetime.combine(on, time(), UTC)
    return is_eligible(person, PersonFacts(Actor(""), at, UUID(int=0), policy_years=policy_years, barred=barred))


def skill_of(held: Qualifications | None, name: str) -> Skill | None:
    return held.skill(name) if held else None


def suffices(skill: Skill | None, level: int) -> bool:
    """Return whether somebody found the skill at this level or above; what is only claimed does not count."""
    return skill is not None and skill.level is not None and skill.level >= level


def held_on(held: Qualifications | None, scheme_id: UUID, on: date) -> Certificate | None:
    """The certificate of a scheme that is held on a day."""
    certificate = held.held(scheme_id) if held else None
    return certificate if certificate and lasts_on(certificate, on) else None
