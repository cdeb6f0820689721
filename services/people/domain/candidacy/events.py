"""What happens to a candidacy; all of it stays in people."""

from datetime import date
from uuid import UUID

from chassis.domain.decider import PrivateEvent
from contracts.values import Line, Name, Personal, Subject, Text
from services.people.domain.candidacy.state import Rating


class ApplicationRecorded(PrivateEvent):
    """Somebody applied."""

    vacancy_id: UUID
    position_id: UUID
    candidate_id: Subject
    name: Personal[Name]
    contact: Personal[Line]
    note: Personal[Text | None]
    effective_on: date


class InterviewScheduled(PrivateEvent):
    """These persons interview the candidate on a day."""

    interview_id: UUID
    takes_place_on: date
    interviewers: tuple[UUID, ...]


class InterviewRecorded(PrivateEvent):
    """The interview took place."""

    interview_id: UUID
    effective_on: date


class InterviewFeedbackGiven(PrivateEvent):
    """An interviewer said what they thought."""

    candidate_id: Subject
    interview_id: UUID
    interviewer_id: UUID
    rating: Personal[Rating | None]
    findings: Personal[Text]


class OfferMade(PrivateEvent):
    """The candidate may accept until the end of a day."""

    expires_on: date
    effective_on: date


class OfferAccepted(PrivateEvent):
    """The candidate comes."""

    effective_on: date


class OfferDeclined(PrivateEvent):
    """The candidate does not come."""

    candidate_id: Subject
    reason: Personal[Line | None]
    effective_on: date


class OfferLapsed(PrivateEvent):
    """Nobody answered the offer in time."""

    effective_on: date


class CandidateRejected(PrivateEvent):
    """The candidacy was ended."""

    candidate_id: Subject
    reason: Personal[Line | None]
    effective_on: date


class CandidateWithdrawn(PrivateEvent):
    """The candidate did not want to go on."""

    candidate_id: Subject
    reason: Personal[Line | None]
    effective_on: date


class VacancyInformed(PrivateEvent):
    """The vacancy took in what became of the offers."""


class CandidateErased(PrivateEvent):
    """What was personal about the candidate is gone for good."""

    reason: Line


CandidacyEvent = (
    ApplicationRecorded
    | InterviewScheduled
    | InterviewRecorded
    | InterviewFeedbackGiven
    | OfferMade
    | OfferAccepted
    | OfferDeclined
    | OfferLapsed
    | CandidateRejected
    | CandidateWithdrawn
    | VacancyInformed
    | CandidateErased
)
