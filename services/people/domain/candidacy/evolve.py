"""How each event changes a candidacy."""

from typing import assert_never

from chassis.domain.decider import existing
from chassis.domain.personal import ERASED
from services.people.domain.candidacy.events import (
    ApplicationRecorded,
    CandidacyEvent,
    CandidateErased,
    CandidateRejected,
    CandidateWithdrawn,
    InterviewFeedbackGiven,
    InterviewRecorded,
    InterviewScheduled,
    OfferAccepted,
    OfferDeclined,
    OfferLapsed,
    OfferMade,
    VacancyInformed,
)
from services.people.domain.candidacy.state import Candidacy, CandidacyStatus, Feedback, Interview


def evolve(state: Candidacy | None, event: CandidacyEvent) -> Candidacy:
    """The state after an event."""
    if isinstance(event, ApplicationRecorded):
        known = {name: value for name, value in vars(event).items() if name != "effective_on"}
        return Candidacy(**known, applied_on=event.effective_on)
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
        case OfferAccepted(effective_on=on):
            return candidacy.but(status=CandidacyStatus.ACCEPTED, answered_on=on, informed=False)
        case OfferDeclined(reason=reason, effective_on=on):
            return candidacy.but(status=CandidacyStatus.DECLINED, answered_on=on, reason=reason)
        case OfferLapsed():
            return candidacy.but(status=CandidacyStatus.LAPSED)
        case CandidateRejected(reason=reason):
            return candidacy.but(status=CandidacyStatus.REJECTED, reason=reason)
        case CandidateWithdrawn(reason=reason):
            return candidacy.but(status=CandidacyStatus.WITHDRAWN, reason=reason)
        case VacancyInformed():
            return candidacy.but(informed=True)
        case CandidateErased():
            return candidacy.but(
                name=ERASED,
                contact=ERASED,
                note=None,
                reason=None,
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
    """The interviewer's feedback beside that of the others."""
    if interview is None:
        return candidacy
    given = Feedback(interviewer_id=event.interviewer_id, rating=event.rating, findings=event.findings)
    return with_interview(candidacy, interview.model_copy(update={"feedback": (*interview.feedback, given)}))


def offered(candidacy: Candidacy, event: OfferMade) -> Candidacy:
    """An offer is out."""
    return candidacy.but(
        status=CandidacyStatus.OFFERED,
        offers_made=candidacy.offers_made + 1,
        offered_on=event.effective_on,
        expires_on=event.expires_on,
        informed=False,
    )
