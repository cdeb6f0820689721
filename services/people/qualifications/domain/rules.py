"""The commands and rules of a person's qualifications."""

from collections.abc import Sequence
from datetime import date
from typing import assert_never

from chassis.domain.decider import Decider
from services.people.organisation.domain.line import check_employed
from services.people.qualifications import domain
from services.people.qualifications.domain import certificates, model
from services.people.qualifications.domain.education import RecordDegree, VerifyDegree
from services.people.qualifications.domain.notices import ReviewCertificates
from services.people.qualifications.domain.skills import AssessSkill, ClaimSkill, CorrectAssessment, RequestAssessment
from services.people.qualifications.domain.training import CreditTraining

QualificationsChange = (
    ClaimSkill
    | RequestAssessment
    | AssessSkill
    | CorrectAssessment
    | certificates.RecordCertificate
    | certificates.VerifyCertificate
    | certificates.RecordCredits
    | certificates.CorrectCredits
    | certificates.RenewCertificate
    | certificates.RevokeCertificate
    | RecordDegree
    | VerifyDegree
)

QualificationsCommand = QualificationsChange | CreditTraining | ReviewCertificates
# What somebody brought with them was held before they came: the earliest day there is.
FIRST_DAY = date(1900, 1, 1)


def decide(
    state: model.Qualifications | None, command: QualificationsCommand, facts: model.QualificationFacts
) -> Sequence[model.QualificationsEvent]:
    opened = [] if state else [model.QualificationsOpened(person_id=facts.id, effective_on=FIRST_DAY)]
    qualifications = state or model.Qualifications(person_id=facts.id)
    if isinstance(command, ReviewCertificates):
        return [*opened, *domain.notices.review(qualifications, facts)]
    if isinstance(command, CreditTraining):
        events: Sequence[model.QualificationsEvent] = [*opened, *domain.training.credit(qualifications, command, facts)]
    else:
        check_employed(facts)
        events = [*opened, *change(qualifications, command, facts)]
    after = QUALIFICATIONS.fold(events, state)
    return [*events, *(domain.notices.notice_days(after, facts) if after and events else [])]


def change(
    qualifications: model.Qualifications, command: QualificationsChange, facts: model.QualificationFacts
) -> Sequence[model.QualificationsEvent]:
    """Decide on a command to the qualifications of somebody who works here."""
    match command:
        case ClaimSkill():
            return domain.skills.claim(qualifications, command, facts)
        case RequestAssessment():
            return domain.skills.request(qualifications, command, facts)
        case AssessSkill():
            return domain.skills.assess(qualifications, command, facts)
        case CorrectAssessment():
            return domain.skills.correct(qualifications, command, facts)
        case certificates.RecordCertificate():
            return domain.certificates.record(qualifications, command, facts)
        case certificates.VerifyCertificate():
            return domain.certificates.verify(qualifications, command, facts)
        case certificates.RecordCredits():
            return domain.certificates.record_credits(qualifications, command, facts)
        case certificates.CorrectCredits():
            return domain.certificates.correct_credits(qualifications, command, facts)
        case certificates.RenewCertificate():
            return domain.certificates.renew(qualifications, command, facts)
        case certificates.RevokeCertificate():
            return domain.certificates.revoke(qualifications, command, facts)
        case RecordDegree():
            return domain.education.record(qualifications, command, facts)
        case VerifyDegree():
            return domain.education.verify(qualifications, command, facts)
        case _:
            assert_never(command)


QUALIFICATIONS = Decider(
    kind="qualifications",
    state=model.Qualifications,
    events=model.QualificationsEvent,
    decide=decide,
    evolve=model.evolve,
    due=domain.notices.due,
    stream_is_subject=True,
)
