"""What somebody gains by a training they passed."""

from collections.abc import Sequence
from uuid import uuid5

from contracts.people import SkillAssessed
from services.people.domain.days import months_after
from services.people.domain.qualifications.certificate_events import CertificateEvent
from services.people.domain.qualifications.certificates import (
    MOST_CERTIFICATES,
    awarded,
    in_term,
    recorded,
    renewed,
)
from services.people.domain.qualifications.commands import CreditTraining
from services.people.domain.qualifications.facts import QualificationFacts
from services.people.domain.qualifications.skills import gains
from services.people.domain.qualifications.state import CertificateStatus, Qualifications


def credit(
    qualifications: Qualifications, command: CreditTraining, facts: QualificationFacts
) -> Sequence[SkillAssessed | CertificateEvent]:
    """Skills never become lower by it; nothing is refused, for the training has happened."""
    best: dict[str, SkillAssessed] = {}
    for each in command.skills:
        found = SkillAssessed(skill=each.skill, level=each.level, effective_on=command.effective_on)
        known = best.get(each.skill.casefold())
        if known is None or known.level < found.level:
            best[each.skill.casefold()] = found
    skills = [each for each in best.values() if gains(qualifications, each.skill, each.level, each.effective_on)]
    return [*skills, *certificate(qualifications, command, facts)]


def certificate(
    qualifications: Qualifications, command: CreditTraining, facts: QualificationFacts
) -> Sequence[CertificateEvent]:
    """A certificate of the scheme: awarded, verified where it was only recorded, renewed where no credits are asked.

    Of a scheme that was retired meanwhile none is given.
    """
    scheme, scheme_id = facts.scheme, command.scheme_id
    if scheme is None or scheme_id is None or scheme.retired:
        return []
    live = (CertificateStatus.RECORDED, CertificateStatus.HELD)
    known = next((c for c in qualifications.certificates if c.scheme_id == scheme_id and c.status in live), None)
    if known is None:
        if len(qualifications.certificates) >= MOST_CERTIFICATES:
            return []
        return recorded(uuid5(command.reference, str(scheme_id)), scheme_id, scheme, command.effective_on)
    if known.status is CertificateStatus.RECORDED:
        return [awarded(known.certificate_id, scheme_id, known.awarded_on, known.expires_on)]
    if known.expires_on is None or scheme.renewal is not None or not in_term(known, command.effective_on):
        return []
    longer = None if scheme.valid_months is None else months_after(known.expires_on, scheme.valid_months)
    return [renewed(known, command.effective_on, longer)]
