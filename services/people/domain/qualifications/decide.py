"""What may happen to somebody's qualifications."""

from collections.abc import Sequence
from datetime import date
from typing import assert_never

from chassis.domain.decider import Decider
from services.people.domain.line import check_employed
from services.people.domain.qualifications import certificates, education, notices, skills, training
from services.people.domain.qualifications.commands import (
    AssessSkill,
    ClaimSkill,
    CreditTraining,
    QualificationsChange,
    QualificationsCommand,
    RecordCertificate,
    RecordCredits,
    RecordDegree,
    RenewCertificate,
    RequestAssessment,
    ReviewCertificates,
    RevokeCertificate,
    VerifyCertificate,
    VerifyDegree,
)
from services.people.domain.qualifications.evolve import QualificationsEvent, QualificationsOpened, evolve
from services.people.domain.qualifications.facts import QualificationFacts
from services.people.domain.qualifications.state import Qualifications

# What somebody brought with them was held before they came: the earliest day there is.
FIRST_DAY = date(1900, 1, 1)


def decide(
    state: Qualifications | None, command: QualificationsCommand, facts: QualificationFacts
) -> Sequence[QualificationsEvent]:
    """The events of a command, or ``Refused``."""
    opened = [] if state else [QualificationsOpened(person_id=facts.id, effective_on=FIRST_DAY)]
    qualifications = state or Qualifications(person_id=facts.id)
    if isinstance(command, ReviewCertificates):
        return [*opened, *notices.review(qualifications, facts)]
    if isinstance(command, CreditTraining):
        events: Sequence[QualificationsEvent] = [*opened, *training.credit(qualifications, command, facts)]
    else:
        check_employed(facts)
        events = [*opened, *change(qualifications, command, facts)]
    after = QUALIFICATIONS.fold(events, state)
    return [*events, *(notices.notice_days(after, facts) if after and events else [])]


def change(
    qualifications: Qualifications, command: QualificationsChange, facts: QualificationFacts
) -> Sequence[QualificationsEvent]:
    """What a command changes about the qualifications of somebody who works here."""
    match command:
        case ClaimSkill():
            return skills.claim(qualifications, command, facts)
        case RequestAssessment():
            return skills.request(qualifications, command, facts)
        case AssessSkill():
            return skills.assess(qualifications, command, facts)
        case RecordCertificate():
            return certificates.record(qualifications, command, facts)
        case VerifyCertificate():
            return certificates.verify(qualifications, command, facts)
        case RecordCredits():
            return certificates.record_credits(qualifications, command, facts)
        case RenewCertificate():
            return certificates.renew(qualifications, command, facts)
        case RevokeCertificate():
            return certificates.revoke(qualifications, command, facts)
        case RecordDegree():
            return education.record(qualifications, command, facts)
        case VerifyDegree():
            return education.verify(qualifications, command, facts)
        case _:
            assert_never(command)


QUALIFICATIONS = Decider(
    kind="qualifications",
    state=Qualifications,
    events=QualificationsEvent,
    decide=decide,
    evolve=evolve,
    due=notices.due,
    stream_is_subject=True,
)
