"""What may be asked about a candidacy."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import Command
from contracts.values import Day, Line, Name, Personal, Text
from services.people.domain.candidacy.state import Rating

Interviewers = Annotated[tuple[UUID, ...], Field(min_length=1, max_length=10)]


class RecordApplication(Command):
    """Record that somebody applied for an open vacancy; who works here applies under their own id."""

    vacancy_id: UUID
    candidate_id: UUID
    name: Personal[Name]
    contact: Personal[Line]
    note: Personal[Text | None] = None


class ScheduleInterview(Command):
    """Name the day and the interviewers; the same id again changes them until it took place."""

    interview_id: UUID
    takes_place_on: Day
    interviewers: Interviewers


class RecordInterview(Command):
    """Record that an interview took place."""

    interview_id: UUID


class GiveInterviewFeedback(Command):
    """Say what you thought of the candidate, as one of the interviewers, once."""

    interview_id: UUID
    rating: Rating
    findings: Personal[Text]


class MakeOffer(Command):
    """Offer the candidate the position, until the end of a day."""

    expires_on: Day


class AcceptOffer(Command):
    """Record that the candidate accepted."""


class DeclineOffer(Command):
    """Record that the candidate declined."""

    reason: Personal[Line | None] = None


class RejectCandidate(Command):
    """End a candidacy; an offer that is out is taken back."""

    reason: Personal[Line]


class WithdrawCandidate(Command):
    """Record that the candidate does not want to go on."""

    reason: Personal[Line | None] = None


class LapseOffer(Command):
    """Let an offer lapse that nobody answered until its last day."""


class ReportToVacancy(Command):
    """Record that the vacancy took in what became of the offers."""


class EraseCandidate(Command):
    """Destroy what is personal about a candidate who was not hired, for good. The reason stays: it names nobody."""

    reason: Line


CandidacyChange = (
    ScheduleInterview
    | RecordInterview
    | GiveInterviewFeedback
    | MakeOffer
    | AcceptOffer
    | DeclineOffer
    | RejectCandidate
    | WithdrawCandidate
)
CandidacyCommand = RecordApplication | CandidacyChange | LapseOffer | ReportToVacancy | EraseCandidate
