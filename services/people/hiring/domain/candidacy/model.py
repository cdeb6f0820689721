"""A candidacy: state, facts, events, and how each event changes the state."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import PrivateEvent, State, existing
from chassis.domain.personal import ERASED
from contracts.base import Value
from contracts.values import Line, Name, Personal, Subject, Text
from services.people.hiring.domain.contact import digest_of
from services.people.organisation.domain.line import LineFacts
from services.people.pay.domain.pay import PayFacts, PlannedPay

Rating = Annotated[int, Field(ge=1, le=5)]
"""1 (poor) to 5 (excellent)."""


class CandidacyStatus(StrEnum):
    """The status of a candidacy; a lapsed offer may be made again, the last four are the end."""

    APPLIED = "applied"
    INTERVIEWED = "interviewed"
    OFFERED = "offered"
    LAPSED = "lapsed"
    ACCEPTED = "accepted"
    HIRED = "hired"
    DECLINED = "declined"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


OVER = (CandidacyStatus.DECLINED, CandidacyStatus.REJECTED, CandidacyStatus.WITHDRAWN)


class Feedback(Value):
    """An interviewer's feedback on the candidate."""

    interviewer_id: UUID
    rating: Personal[Rating | None]
    findings: Personal[Text]


class Interview(Value):
    """An interview on a day with persons who work here; ``held`` once it took place."""

    interview_id: UUID
    takes_place_on: date
    interviewers: tuple[UUID, ...]
    held: bool = False
    feedback: tuple[Feedback, ...] = ()


class Candidacy(State):
    """A candidacy as it stands; ``reason`` is why it ended. By ``contact_digest`` the same candidate is found again.

    ``starts_on`` and ``pay`` are the terms of the last offer, where they were named.
    """

    vacancy_id: UUID
    position_id: UUID
    candidate_id: Subject
    name: Personal[Name]
    contact: Personal[Line]
    contact_digest: Personal[str | None] = None
    note: Personal[Text | None] = None
    applied_on: date
    status: CandidacyStatus = CandidacyStatus.APPLIED
    interviews: tuple[Interview, ...] = ()
    offers_made: int = 0
    offered_on: date | None = None
    expires_on: date | None = None
    starts_on: date | None = None
    pay: PlannedPay | None = None
    answered_on: date | None = None
    reason: Personal[Line | None] = None
    erased: bool = False

    @property
    def over(self) -> bool:
        """Return whether it ended without anybody being hired."""
        return self.status in OVER

    def interview(self, interview_id: UUID) -> Interview | None:
        return next((each for each in self.interviews if each.interview_id == interview_id), None)


@dataclass(frozen=True)
class KnownVacancy:
    """The vacancy; ``open``: candidates may apply; ``fillable``: its position is approved and not retired."""

    position_id: UUID
    openings: int
    open: bool
    fillable: bool


@dataclass(frozen=True)
class CandidacyFacts(LineFacts):
    """``subject`` is the candidate, ``line`` that above the position. ``vacancy`` is None where there is none.

    ``candidates``: how many the vacancy has. ``taken``: its live and accepted offers. Of the candidate's other
    candidacies: ``applied``: one is for the same vacancy; ``offered``: one has a live offer; ``engaged``: one goes
    on. ``interviewers_here``: those named who work here. ``is_person``: there are records of them as a person.
    ``known_as``: another candidate with the same contact; ``sees_candidates``: whether the actor may know of them.
    ``pay``: what decides on the pay of an offer: the bands of the position's grade, the currencies in use.
    """

    vacancy: KnownVacancy | None = None
    candidates: int = 0
    taken: int = 0
    applied: bool = False
    offered: bool = False
    engaged: bool = False
    interviewers_here: Collection[UUID] = ()
    is_person: bool = False
    known_as: UUID | None = None
    sees_candidates: bool = False
    pay: PayFacts | None = None


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
    """An interviewer gave feedback."""

    candidate_id: Subject
    interview_id: UUID
    interviewer_id: UUID
    rating: Personal[Rating | None]
    findings: Personal[Text]


class OfferMade(PrivateEvent):
    """The candidate may accept until the end of a day."""

    expires_on: date
    effective_on: date


class OfferTermsNamed(PrivateEvent):
    """What the candidate is offered: from which day on, and for which pay where that was named."""

    candidate_id: Subject
    starts_on: date
    pay: PlannedPay | None


class CandidateHired(PrivateEvent):
    """The candidate came, on the day that was agreed."""

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


class CandidateErased(PrivateEvent):
    """The candidate's personal data was erased."""

    reason: Line


CandidacyEvent = (
    ApplicationRecorded
    | InterviewScheduled
    | InterviewRecorded
    | InterviewFeedbackGiven
    | OfferMade
    | OfferTermsNamed
    | OfferAccepted
    | CandidateHired
    | OfferDeclined
    | OfferLapsed
    | CandidateRejected
    | CandidateWithdrawn
    | CandidateErased
)
Events = Sequence[CandidacyEvent]


def evolve(state: Candidacy | None, event: CandidacyEvent) -> Candidacy:
    if isinstance(event, ApplicationRecorded):
        known = {name: value for name, value in vars(event).items() if name != "effective_on"}
        return Candidacy(**known, contact_digest=digest_of(event.contact), applied_on=event.effective_on)
    candidacy = existing(state)
    match event:
        case InterviewScheduled():
            return with_interview(candidacy, Interview(**vars(event)))
        case InterviewRecorded(interview_id=interview_id):
            return held(candidacy, candidacy.interview(interview_id))
        case InterviewFeedbackGiven():
            return with_feedback(candidacy, event, candidacy.interview(event.interview_id))
        case OfferMade():
            return offered(candidacy, event)
        case OfferTermsNamed(starts_on=starts_on, pay=pay):
            return candidacy.but(starts_on=starts_on, pay=pay)
        case CandidateHired():
            return candidacy.but(status=CandidacyStatus.HIRED)
        case OfferAccepted(effective_on=on):
            return candidacy.but(status=CandidacyStatus.ACCEPTED, answered_on=on)
        case OfferDeclined(reason=reason, effective_on=on):
            return candidacy.but(status=CandidacyStatus.DECLINED, answered_on=on, reason=reason)
        case OfferLapsed():
            return candidacy.but(status=CandidacyStatus.LAPSED)
        case CandidateRejected(reason=reason):
            return candidacy.but(status=CandidacyStatus.REJECTED, reason=reason)
        case CandidateWithdrawn(reason=reason):
            return candidacy.but(status=CandidacyStatus.WITHDRAWN, reason=reason)
        case CandidateErased():
            return candidacy.but(
                name=ERASED,
                contact=ERASED,
                contact_digest=None,
                note=None,
                reason=None,
                pay=None,
                interviews=tuple(each.model_copy(update={"feedback": ()}) for each in candidacy.interviews),
                erased=True,
            )
        case _:
            assert_never(event)


def with_interview(candidacy: Candidacy, interview: Interview) -> Candidacy:
    """The interview in place of one with the same id, or after all others."""
    interviews = {each.interview_id: each for each in candidacy.interviews} | {interview.interview_id: interview}
    return candidacy.but(interviews=tuple(interviews.values()))


def held(candidacy: Candidacy, interview: Interview | None) -> Candidacy:
    """An interview took place; the first one is a step of the candidacy."""
    first = candidacy.status is CandidacyStatus.APPLIED
    after = candidacy.but(status=CandidacyStatus.INTERVIEWED) if first else candidacy
    return with_interview(after, interview.model_copy(update={"held": True})) if interview else after


def with_feedback(candidacy: Candidacy, event: InterviewFeedbackGiven, interview: Interview | None) -> Candidacy:
    if interview is None:
        return candidacy
    given = Feedback(interviewer_id=event.interviewer_id, rating=event.rating, findings=event.findings)
    return with_interview(candidacy, interview.model_copy(update={"feedback": (*interview.feedback, given)}))


def offered(candidacy: Candidacy, event: OfferMade) -> Candidacy:
    return candidacy.but(
        status=CandidacyStatus.OFFERED,
        offers_made=candidacy.offers_made + 1,
        offered_on=event.effective_on,
        expires_on=event.expires_on,
        starts_on=None,
        pay=None,
    )
