"""Qualifications gained by a completed training."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid5

from chassis.domain.decider import Command
from contracts.people import SkillAssessed
from contracts.values import SkillLevel
from services.people.organisation.domain.days import months_after
from services.people.organisation.domain.identity import identity
from services.people.qualifications.domain import certificates, model
from services.people.qualifications.domain.skills import gains


class CreditTraining(Command):
    """Credit a passed training: skills at these levels, and a certificate of the scheme."""

    reference: UUID
    skills: tuple[SkillLevel, ...]
    scheme_id: UUID | None
    effective_on: date


def credit(
    qualifications: model.Qualifications, command: CreditTraining, facts: model.QualificationFacts
) -> Sequence[SkillAssessed | model.CertificateEvent]:
    """Skills never become lower by it; nothing is refused, for the training has happened."""
    best: dict[str, SkillAssessed] = {}
    for each in command.skills:
        found = SkillAssessed(skill=each.skill, level=each.level, effective_on=command.effective_on)
        known = best.get(identity(each.skill))
        if known is None or known.level < found.level:
            best[identity(each.skill)] = found
    skills = [each for each in best.values() if gains(qualifications, each.skill, each.level, each.effective_on)]
    return [*skills, *certificate(qualifications, command, facts)]


def certificate(
    qualifications: model.Qualifications, command: CreditTraining, facts: model.QualificationFacts
) -> Sequence[model.CertificateEvent]:
    """A certificate of the scheme: awarded, verified where it was only recorded, renewed where no credits are asked.

    Of a scheme that was retired meanwhile none is given.
    """
    scheme, scheme_id = facts.scheme, command.scheme_id
    if scheme is None or scheme_id is None or scheme.retired:
        return []
    live = (model.CertificateStatus.RECORDED, model.CertificateStatus.HELD)
    known = next((c for c in qualifications.certificates if c.scheme_id == scheme_id and c.status in live), None)
    if known is None:
        if len(qualifications.certificates) >= certificates.MOST_CERTIFICATES:
            return []
        return certificates.recorded(uuid5(command.reference, str(scheme_id)), scheme_id, scheme, command.effective_on)
    if known.status is model.CertificateStatus.RECORDED:
        return [certificates.awarded(known.certificate_id, scheme_id, known.awarded_on, known.expires_on)]
    if known.expires_on is None or scheme.renewal is not None or not certificates.in_term(known, command.effective_on):
        return []
    longer = None if scheme.valid_months is None else months_after(known.expires_on, scheme.valid_months)
    return [certificates.renewed(known, command.effective_on, longer)]
