"""The commands and rules of a candidacy."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import Command, Deadline, Decider, IssuedCommand, Refused, existing, new
from contracts.base import Value
from contracts.values import Day, Line, Name, Personal, Text
from services.people.hiring.domain import vacancy
from services.people.hiring.domain.candidacy import model
from services.people.organisation.domain.days import day_after
from services.people.organisation.domain.person.rules import PERSON, TakeOnPerson, named_in
from services.people.pay.domain import pay

Interviewers = Annotated[tuple[UUID, ...], Field(min_length=1, max_length=10)]


class RecordApplication(Command):
    """Record an application for an open vacancy; an employee applies under their own id."""

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
    """Give your feedback on the candidate as an interviewer, once."""

    interview_id: UUID
    rating: model.Rating
    findings: Personal[Text]


class OfferedPay(Value):
    """The pay of an offer: for a year, by which factors, and why outside the band of the grade where it lies there."""

    yearly: pay.Yearly
    factors: pay.Factors
    outside_band: Line | None = None


class MakeOffer(Command):
    """Offer the candidate the position, until the end of a day; with a start day, accepting leads to the hire."""

    expires_on: Day
    starts_on: Day | None = None
    pay: OfferedPay | None = None


class AcceptOffer(Command):
    """Record that the candidate accepted."""


class AgreeStartDay(Command):
    """Agree on another start day with a candidate who accepted; the pay that was offered holds from it on."""

    starts_on: Day


class HireCandidate(Command):
    """Hire a candidate who accepted, on the day agreed: it happens by itself, unless something stood against it."""


class DeclineOffer(Command):
    """Record that the candidate declined."""

    reason: Personal[Line | None] = None


class RejectCandidate(Command):
    """Reject a candidate; an open offer is withdrawn."""

    reason: Personal[Line]


class WithdrawCandidate(Command):
    """Record that the candidate withdrew; after an acceptance, the opening is open again."""

    reason: Personal[Line | None] = None


class LapseOffer(Command):
    """Lapse an offer that was not answered by its last day."""


class EraseCandidate(Command):
    """Erase the personal data of a candidate who was not hired, irreversibly. The reason is kept and names nobody."""

    reason: Line


CandidacyChange = (
    ScheduleInterview
    | RecordInterview
    | GiveInterviewFeedback
    | MakeOffer
    | AcceptOffer
    | AgreeStartDay
    | HireCandidate
    | DeclineOffer
    | RejectCandidate
    | WithdrawCandidate
)

CandidacyCommand = RecordApplication | CandidacyChange | LapseOffer | EraseCandidate

MOST_CANDIDATES, MOST_INTERVIEWS = 100, 10


def decide(state: model.Candidacy | None, command: CandidacyCommand, facts: model.CandidacyFacts) -> model.Events:
    match command:
        case RecordApplication():
            return apply(state, command, facts)
        case LapseOffer():
            return lapse(existing(state), facts)
        case EraseCandidate():
            return erase(existing(state), command, facts)
        case _:
            return change(existing(state), command, facts)


def change(candidacy: model.Candidacy, command: CandidacyChange, facts: model.CandidacyFacts) -> model.Events:
    match command:
        case ScheduleInterview():
            return schedule(candidacy, command, facts)
        case RecordInterview():
            return record_interview(candidacy, command, facts)
        case GiveInterviewFeedback():
            return give_feedback(candidacy, command, facts)
        case MakeOffer():
            return offer(candidacy, command, facts)
        case AcceptOffer():
            return accept(candidacy, facts)
        case AgreeStartDay(starts_on=day):
            return agree_start_day(candidacy, day, facts)
        case HireCandidate():
            return hire(candidacy, facts)
        case DeclineOffer():
            return decline(candidacy, command, facts)
        case RejectCandidate():
            return reject(candidacy, command, facts)
        case WithdrawCandidate():
            return withdraw(candidacy, command, facts)
        case _:
            assert_never(command)


def apply(state: model.Candidacy | None, command: RecordApplication, facts: model.CandidacyFacts) -> model.Events:
    """Candidates apply for an open vacancy, once each."""
    if state is not None and state == state.but(**vars(command)):
        return []
    new(state, "candidacy")
    vacancy = known(facts)
    if not vacancy.open:
        raise Refused("vacancy-open", "The vacancy is not open for applications.", "Open it first.")
    if facts.known_as is not None and not facts.is_person:
        remedy = (
            f"Record it for candidate {facts.known_as}." if facts.sees_candidates else "Ask HR for the candidate's id."
        )
        raise Refused("candidate-known", "A candidate with this contact is recorded already.", remedy)
    if facts.applied:
        raise Refused("applied-once", "The candidate applied for this vacancy already.", "Go on with that candidacy.")
    if facts.candidates >= MOST_CANDIDATES:
        detail = f"There are {MOST_CANDIDATES} candidates already."
        raise Refused("candidates-bounded", detail, "Put the vacancy on hold, and decide on them first.")
    return [model.ApplicationRecorded(**vars(command), position_id=vacancy.position_id, effective_on=facts.today)]


def schedule(candidacy: model.Candidacy, command: ScheduleInterview, facts: model.CandidacyFacts) -> model.Events:
    """Interviewers are persons who work here, and not the candidate."""
    scheduled = model.Interview(**vars(command))
    earlier = candidacy.interview(command.interview_id)
    if earlier == scheduled:
        return []
    check_goes_on(candidacy)
    if earlier is not None and earlier.held:
        raise Refused("interview-held", "The interview took place already.", "Schedule another one.")
    if candidacy.candidate_id in command.interviewers:
        raise Refused("nobody-on-themself", "The candidate cannot interview themselves.", "Name another interviewer.")
    if not set(command.interviewers) <= set(facts.interviewers_here):
        raise Refused("interviewers-employed", "Not every interviewer works here.", "Name persons who work here.")
    if earlier is None and len(candidacy.interviews) >= MOST_INTERVIEWS:
        detail = f"There are {MOST_INTERVIEWS} interviews already."
        raise Refused("interviews-bounded", detail, "Decide on what is known.")
    return [model.InterviewScheduled(**vars(command))]


def record_interview(candidacy: model.Candidacy, command: RecordInterview, facts: model.CandidacyFacts) -> model.Events:
    """No interview took place before its day."""
    interview = known_interview(candidacy, command.interview_id)
    if interview.held:
        return []
    check_goes_on(candidacy)
    if facts.today < interview.takes_place_on:
        detail = f"The interview takes place on {interview.takes_place_on}."
        raise Refused("not-in-the-future", detail, "Record it on the day.")
    return [model.InterviewRecorded(interview_id=command.interview_id, effective_on=interview.takes_place_on)]


def give_feedback(
    candidacy: model.Candidacy, command: GiveInterviewFeedback, facts: model.CandidacyFacts
) -> model.Events:
    """Feedback comes after the interview, once from each interviewer."""
    interview = known_interview(candidacy, command.interview_id)
    interviewer = facts.actor.in_person
    assert interviewer is not None, "a listed interviewer gives it in person"
    if not interview.held:
        raise Refused("after-the-interview", "The interview has not taken place.", "Record that it did first.")
    given = next((each for each in interview.feedback if each.interviewer_id == interviewer), None)
    if given is not None and (given.rating, given.findings) == (command.rating, command.findings):
        return []
    if given is not None:
        raise Refused("feedback-once", "You gave your feedback already.", "Tell the hiring manager what has changed.")
    if candidacy.over:
        check_goes_on(candidacy)
    said = model.InterviewFeedbackGiven(
        **vars(command), candidate_id=candidacy.candidate_id, interviewer_id=interviewer
    )
    return [said]


def offer(candidacy: model.Candidacy, command: MakeOffer, facts: model.CandidacyFacts) -> model.Events:
    """One live offer per candidate, and never more offers than openings."""
    if candidacy.status is model.CandidacyStatus.OFFERED:
        known_terms = (candidacy.expires_on, candidacy.starts_on, candidacy.pay)
        if known_terms == (command.expires_on, command.starts_on, pay_of(command)):
            return []
        raise Refused("one-live-offer", "The candidate has an open offer already.", "Wait for their answer.")
    check_goes_on(candidacy)
    if candidacy.status is model.CandidacyStatus.APPLIED:
        raise Refused("interviewed-first", "The candidate was not interviewed.", "Record an interview first.")
    if command.expires_on < facts.today:
        raise Refused("offer-to-be-answered", "The offer's last day is in the past.", "Give today or a later day.")
    vacancy = known(facts)
    if not vacancy.open or not vacancy.fillable:
        raise Refused("vacancy-open", "The vacancy is not open, or its position is retired.", "Open it first.")
    if facts.offered:
        raise Refused("one-live-offer", "The candidate has an offer for another vacancy.", "Wait for their answer.")
    if facts.taken >= vacancy.openings:
        detail = f"All {vacancy.openings} openings have an open or accepted offer."
        raise Refused("offers-within-openings", detail, "Wait until one is declined or lapses.")
    check_terms(command, facts)
    made = model.OfferMade(expires_on=command.expires_on, effective_on=facts.today)
    if command.starts_on is None:
        return [made]
    named = model.OfferTermsNamed(candidate_id=candidacy.candidate_id, starts_on=command.starts_on, pay=pay_of(command))
    return [made, named]


def check_terms(command: MakeOffer, facts: model.CandidacyFacts) -> None:
    """The candidate starts today or later, and is paid as somebody who works here would be."""
    if command.starts_on is None:
        if command.pay is not None:
            raise Refused("start-day-named", "The pay has no day from which on it holds.", "Name the start day.")
        return
    check_start(command.starts_on, facts)
    if command.pay is not None and facts.pay is not None:
        asked = pay.SetPay(**vars(command.pay), effective_on=command.starts_on)
        pay.check_pay(asked, facts.pay)


def check_start(day: date, facts: model.CandidacyFacts) -> None:
    """Nobody starts on a day that has passed."""
    if day < facts.today:
        raise Refused("start-to-come", f"{day} is in the past.", "Name today or a later day.")


def agree_start_day(candidacy: model.Candidacy, day: date, facts: model.CandidacyFacts) -> model.Events:
    """Who accepted and is not hired yet may start on another day; the rest of the offer stays."""
    if candidacy.status is not model.CandidacyStatus.ACCEPTED:
        raise Refused("offer-accepted", f"The candidacy is {candidacy.status}.", "Name the start day with an offer.")
    if day == candidacy.starts_on:
        return []
    check_start(day, facts)
    paid = candidacy.pay.model_copy(update={"effective_on": day}) if candidacy.pay else None
    return [model.OfferTermsNamed(candidate_id=candidacy.candidate_id, starts_on=day, pay=paid)]


def pay_of(command: MakeOffer) -> pay.PlannedPay | None:
    """The pay of an offer, from the start day on."""
    if command.pay is None or command.starts_on is None:
        return None
    return pay.PlannedPay(**vars(command.pay), effective_on=command.starts_on)


def hire(candidacy: model.Candidacy, facts: model.CandidacyFacts) -> Sequence[model.CandidateHired]:
    """A candidate who accepted is hired on the day that was agreed."""
    if candidacy.status is model.CandidacyStatus.HIRED:
        return []
    if candidacy.status is not model.CandidacyStatus.ACCEPTED or candidacy.starts_on is None:
        detail = "No accepted offer names a start day."
        raise Refused("start-day-agreed", detail, "Agree on a start day, or hire and appoint the person.")
    if facts.today < candidacy.starts_on:
        detail = f"The candidate starts on {candidacy.starts_on}."
        raise Refused(
            "not-in-the-future", detail, "They are hired on that day; agree on another where they come sooner."
        )
    return [model.CandidateHired(effective_on=candidacy.starts_on)]


def accept(candidacy: model.Candidacy, facts: model.CandidacyFacts) -> model.Events:
    """A live offer is accepted until the end of its last day."""
    if candidacy.status is model.CandidacyStatus.ACCEPTED:
        return []
    check_live(candidacy, facts)
    return [model.OfferAccepted(effective_on=facts.today)]


def decline(candidacy: model.Candidacy, command: DeclineOffer, facts: model.CandidacyFacts) -> model.Events:
    """A live offer is declined until the end of its last day."""
    if candidacy.status is model.CandidacyStatus.DECLINED:
        return []
    check_live(candidacy, facts)
    return [model.OfferDeclined(candidate_id=candidacy.candidate_id, reason=command.reason, effective_on=facts.today)]


def reject(candidacy: model.Candidacy, command: RejectCandidate, facts: model.CandidacyFacts) -> model.Events:
    """A candidate who has not accepted may be rejected."""
    if candidacy.status is model.CandidacyStatus.REJECTED:
        return []
    check_goes_on(candidacy)
    return [
        model.CandidateRejected(candidate_id=candidacy.candidate_id, reason=command.reason, effective_on=facts.today)
    ]


def withdraw(candidacy: model.Candidacy, command: WithdrawCandidate, facts: model.CandidacyFacts) -> model.Events:
    """A candidate may withdraw, also after they accepted."""
    if candidacy.status is model.CandidacyStatus.WITHDRAWN:
        return []
    if candidacy.status is not model.CandidacyStatus.ACCEPTED:
        check_goes_on(candidacy)
    return [
        model.CandidateWithdrawn(candidate_id=candidacy.candidate_id, reason=command.reason, effective_on=facts.today)
    ]


def lapse(candidacy: model.Candidacy, facts: model.CandidacyFacts) -> model.Events:
    """An offer lapses when its last day is over."""
    if candidacy.status is not model.CandidacyStatus.OFFERED or candidacy.expires_on is None:
        return []
    return [model.OfferLapsed(effective_on=facts.today)] if facts.today > candidacy.expires_on else []


def erase(candidacy: model.Candidacy, command: EraseCandidate, facts: model.CandidacyFacts) -> model.Events:
    """All candidacies of a candidate share one key: none may go on, and nobody is erased who was hired under it."""
    if candidacy.erased:
        return []
    if facts.is_person:
        raise Refused("hired-candidate", "The candidate is or was employed here.", "Erase them as a person.")
    accepted = candidacy.status is model.CandidacyStatus.ACCEPTED  # and did not come, or came under another id
    if not (candidacy.over or accepted) or facts.engaged:
        raise Refused("candidacies-over", "The candidate has an open candidacy.", "Reject or withdraw it first.")
    if named_in(command.reason, candidacy.name):
        raise Refused("reason-names-nobody", "The reason names the candidate.", "Give a reason without the name.")
    return [model.CandidateErased(reason=command.reason)]


def check_goes_on(candidacy: model.Candidacy) -> None:
    """Nothing but a withdrawal happens to a candidacy after the candidate accepted, and nothing after its end."""
    if candidacy.status is model.CandidacyStatus.ACCEPTED:
        remedy = "Withdraw the candidate if they do not come."
        raise Refused("candidacy-over", "The candidate accepted the offer.", remedy)
    if candidacy.over or candidacy.status is model.CandidacyStatus.HIRED:
        raise Refused("candidacy-over", f"The candidacy is {candidacy.status}.", "Record another application.")


def check_live(candidacy: model.Candidacy, facts: model.CandidacyFacts) -> None:
    """There is an offer to be answered, today still."""
    if candidacy.status is not model.CandidacyStatus.OFFERED or candidacy.expires_on is None:
        raise Refused(
            "live-offer", f"There is no open offer: the candidacy is {candidacy.status}.", "Make an offer first."
        )
    if facts.today > candidacy.expires_on:
        raise Refused("live-offer", f"The offer lapsed after {candidacy.expires_on}.", "Make another offer.")


def known(facts: model.CandidacyFacts) -> model.KnownVacancy:
    """The vacancy, which must exist."""
    if facts.vacancy is None:
        raise Refused("vacancy-unknown", "There is no such vacancy.", "Request it first.")
    return facts.vacancy


def known_interview(candidacy: model.Candidacy, interview_id: UUID) -> model.Interview:
    """The interview with this id, which must exist."""
    interview = candidacy.interview(interview_id)
    if interview is None:
        raise Refused("interview-unknown", "There is no such interview.", "Schedule it first.")
    return interview


def counted(
    command: MakeOffer | AcceptOffer,
    _before: model.Candidacy | None,
    after: model.Candidacy,
    _facts: model.CandidacyFacts,
) -> Sequence[IssuedCommand]:
    """The vacancy counts an offer that is made, and one that is accepted, in the same append."""
    made = isinstance(command, MakeOffer)
    return [IssuedCommand(vacancy.VACANCY, after.vacancy_id, vacancy.CountOffers(made=made, accepted=not made))]


def taken_on(
    _command: HireCandidate, _before: model.Candidacy | None, after: model.Candidacy, _facts: model.CandidacyFacts
) -> Sequence[IssuedCommand]:
    """The candidate becomes a person in their position, paid as offered, in the same append."""
    assert after.starts_on is not None, "who is hired has a start day"
    joins = TakeOnPerson(name=after.name, position_id=after.position_id, effective_on=after.starts_on)
    orders = [IssuedCommand(PERSON, after.candidate_id, joins)]
    if after.pay is not None and after.pay.yearly is not None:
        offered = pay.SetOfferedPay(**vars(after.pay))
        orders.append(IssuedCommand(pay.PAY, after.candidate_id, offered))
    return orders


def given_up(
    _command: WithdrawCandidate, before: model.Candidacy | None, after: model.Candidacy, _facts: model.CandidacyFacts
) -> Sequence[IssuedCommand]:
    """Open the opening of a candidate again who accepted and does not come, in the same append."""
    if before is None or before.status is not model.CandidacyStatus.ACCEPTED:
        return []
    return [IssuedCommand(vacancy.VACANCY, after.vacancy_id, vacancy.CountOffers(withdrawn=1))]


def due(candidacy: model.Candidacy) -> Deadline | None:
    """An offer lapses when its last day is over; who accepted is hired when the day agreed begins."""
    if candidacy.status is model.CandidacyStatus.OFFERED and candidacy.expires_on is not None:
        return Deadline.on(day_after(candidacy.expires_on), LapseOffer())
    if candidacy.status is model.CandidacyStatus.ACCEPTED and candidacy.starts_on is not None and not candidacy.erased:
        return Deadline.on(candidacy.starts_on, HireCandidate())
    return None


CANDIDACY = Decider(
    kind="candidacy", state=model.Candidacy, events=model.CandidacyEvent, decide=decide, evolve=model.evolve, due=due
)
