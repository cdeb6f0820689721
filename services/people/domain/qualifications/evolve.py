"""How each event changes somebody's qualifications."""

from datetime import date
from uuid import UUID

from chassis.domain.decider import PrivateEvent, existing
from contracts.people import SkillAssessed
from services.people.domain.qualifications.certificate_events import CertificateEvent, with_certificate
from services.people.domain.qualifications.education import DegreeRecorded, DegreeVerified, with_degree
from services.people.domain.qualifications.skills import AssessmentRequested, SkillClaimed, with_request, with_skill
from services.people.domain.qualifications.state import Qualifications


class QualificationsOpened(PrivateEvent):
    """From here on it is known what a person is able to do, and since when."""

    person_id: UUID
    effective_on: date


QualificationsEvent = (
    QualificationsOpened
    | SkillClaimed
    | AssessmentRequested
    | SkillAssessed
    | CertificateEvent
    | DegreeRecorded
    | DegreeVerified
)


def evolve(state: Qualifications | None, event: QualificationsEvent) -> Qualifications:
    """The state after an event."""
    if isinstance(event, QualificationsOpened):
        return Qualifications(person_id=event.person_id)
    qualifications = existing(state)
    match event:
        case SkillClaimed() | SkillAssessed():
            return with_skill(qualifications, event)
        case AssessmentRequested():
            return with_request(qualifications, event)
        case DegreeRecorded() | DegreeVerified():
            return with_degree(qualifications, event)
        case _:
            return with_certificate(qualifications, event)
