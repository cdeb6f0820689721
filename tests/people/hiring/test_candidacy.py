"""The rules of candidacies; and that offers never exceed openings, nor does a candidate have two of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from pydantic import BaseModel, ValidationError

from chassis.domain.decider import Actor, Command, Forbidden, Refused
from contracts.values import Money
from services.people.hiring.commands import CANDIDACIES
from services.people.hiring.domain.candidacy import model as candidacy_model
from services.people.hiring.domain.candidacy import rules as candidacy
from services.people.hiring.domain.vacancy import CountOffers
from services.people.organisation.domain.person.rules import TakeOnPerson
from services.people.pay.domain import pay
from tests.examples import examples
from tests.people.acting import in_hr
from tests.scenarios import given, who_may

ID, VACANT, POSITION, GRACE, ADA, BOB, BOSS = (UUID(int=n) for n in range(1, 8))
TALK, OTHER_TALK = UUID(int=11), UUID(int=12)
TODAY = date(2026, 3, 10)
DAY = timedelta(days=1)
LAST = TODAY + 7 * DAY
OPEN = candidacy_model.KnownVacancy(POSITION, openings=2, open=True, fillable=True)

APPLY = candidacy.RecordApplication(
    vacancy_id=VACANT, candidate_id=GRACE, name="Grace Hopper", contact="grace@example.org"
)
APPLIED: list[BaseModel] = [
    candidacy_model.ApplicationRecorded(
        vacancy_id=VACANT,
        position_id=POSITION,
        candidate_id=GRACE,
        name="Grace Hopper",
        contact="grace@example.org",
        note=None,
        effective_on=TODAY,
    )
]
SCHEDULE = candidacy.ScheduleInterview(interview_id=TALK, takes_place_on=TODAY, interviewers=(ADA, BOB))
SCHEDULED = [*APPLIED, candidacy_model.InterviewScheduled(**vars(SCHEDULE))]
INTERVIEWED = [*SCHEDULED, candidacy_model.InterviewRecorded(interview_id=TALK, effective_on=TODAY)]
OFFER = candidacy.MakeOffer(expires_on=LAST)
OFFERED = [*INTERVIEWED, candidacy_model.OfferMade(expires_on=LAST, effective_on=TODAY)]
ACCEPTED = [*OFFERED, candidacy_model.OfferAccepted(effective_on=TODAY)]
DECLINED = [*OFFERED, candidacy_model.OfferDeclined(candidate_id=GRACE, reason=None, effective_on=TODAY)]
LAPSED = [*OFFERED, candidacy_model.OfferLapsed(effective_on=LAST + DAY)]
REJECTED = [*INTERVIEWED, candidacy_model.CandidateRejected(candidate_id=GRACE, reason="Another.", effective_on=TODAY)]
WITHDRAWN = [*APPLIED, candidacy_model.CandidateWithdrawn(candidate_id=GRACE, reason=None, effective_on=TODAY)]
ENDS = [DECLINED, REJECTED, WITHDRAWN]
ERASE = candidacy.EraseCandidate(reason="Asked for.")


def facts(
    actor: str = str(BOSS), for_whom: str | None = None, on: date = TODAY, **known: Any
) -> candidacy_model.CandidacyFacts:
    usual: dict[str, Any] = {"subject": GRACE, "vacancy": OPEN, "interviewers_here": {ADA, BOB}}
    at = datetime(on.year, on.month, on.day, 9, tzinfo=UTC)
    return candidacy_model.CandidacyFacts(actor=Actor(actor, for_whom=for_whom), at=at, id=ID, **(usual | known))


def feedback(rating: int = 4, interview_id: UUID = TALK) -> candidacy.GiveInterviewFeedback:
    return candidacy.GiveInterviewFeedback(interview_id=interview_id, rating=rating, findings="Knows compilers.")


def said(by: UUID = ADA, rating: int = 4) -> candidacy_model.InterviewFeedbackGiven:
    return candidacy_model.InterviewFeedbackGiven(
        candidate_id=GRACE, interview_id=TALK, interviewer_id=by, rating=rating, findings="Knows compilers."
    )


def test_somebody_applies_for_an_open_vacancy() -> None:
    given(candidacy.CANDIDACY).when(APPLY, facts()).then(*APPLIED)
    given(candidacy.CANDIDACY, *APPLIED).when(APPLY, facts()).then()


def test_nobody_applies_for_a_vacancy_that_is_not_open() -> None:
    closed = candidacy_model.KnownVacancy(POSITION, openings=2, open=False, fillable=True)
    given(candidacy.CANDIDACY).when(APPLY, facts(vacancy=closed)).then_refused("vacancy-open")
    given(candidacy.CANDIDACY).when(APPLY, facts(vacancy=None)).then_refused("vacancy-unknown")


def test_a_candidate_applies_for_a_vacancy_once() -> None:
    given(candidacy.CANDIDACY).when(APPLY, facts(applied=True)).then_refused("applied-once")
    other = candidacy.RecordApplication(vacancy_id=VACANT, candidate_id=BOB, name="Bob", contact="-")
    given(candidacy.CANDIDACY, *APPLIED).when(other, facts()).then_refused("already-exists")


def test_a_candidate_is_not_recorded_twice_under_two_ids() -> None:
    asked = given(candidacy.CANDIDACY)
    told = asked.when(APPLY, facts(known_as=BOB, sees_candidates=True)).then_refused("candidate-known")
    assert str(BOB) in told.remedy
    untold = asked.when(APPLY, facts(known_as=BOB)).then_refused("candidate-known")
    assert str(BOB) not in untold.remedy + untold.detail
    asked.when(APPLY, facts(known_as=BOB, is_person=True)).then(*APPLIED)


def test_a_vacancy_has_at_most_a_hundred_candidates() -> None:
    given(candidacy.CANDIDACY).when(APPLY, facts(candidates=99)).then(*APPLIED)
    given(candidacy.CANDIDACY).when(APPLY, facts(candidates=100)).then_refused("candidates-bounded")


@pytest.mark.parametrize(("actor", "for_whom"), [(str(GRACE), None), (str(GRACE), str(BOSS)), (str(ADA), str(GRACE))])
def test_nobody_decides_on_their_own_candidacy(actor: str, for_whom: str | None) -> None:
    who_may(CANDIDACIES).when(APPLY, in_hr(facts(actor, for_whom))).then_refused("nobody-on-themself")
    who_may(CANDIDACIES, *INTERVIEWED).when(OFFER, in_hr(facts(actor, for_whom))).then_refused("nobody-on-themself")


def test_an_interview_is_scheduled_and_changed_until_it_took_place() -> None:
    given(candidacy.CANDIDACY, *APPLIED).when(SCHEDULE, facts()).then(SCHEDULED[-1])
    given(candidacy.CANDIDACY, *SCHEDULED).when(SCHEDULE, facts()).then()
    later = candidacy.ScheduleInterview(interview_id=TALK, takes_place_on=TODAY + DAY, interviewers=(BOB,))
    changed = given(candidacy.CANDIDACY, *SCHEDULED).when(later, facts()).then_state()
    assert isinstance(changed, candidacy_model.Candidacy)
    assert [each.interviewers for each in changed.interviews] == [(BOB,)]
    given(candidacy.CANDIDACY, *INTERVIEWED).when(later, facts()).then_refused("interview-held")


def test_interviewers_are_persons_who_work_here_and_not_the_candidate() -> None:
    given(candidacy.CANDIDACY, *APPLIED).when(SCHEDULE, facts(interviewers_here={ADA})).then_refused(
        "interviewers-employed"
    )
    own = candidacy.ScheduleInterview(interview_id=TALK, takes_place_on=TODAY, interviewers=(GRACE,))
    who_may(CANDIDACIES, *APPLIED).when(own, in_hr(facts(interviewers_here={GRACE}))).then_refused("nobody-on-themself")
    with pytest.raises(ValidationError):
        candidacy.ScheduleInterview(interview_id=TALK, takes_place_on=TODAY, interviewers=())


def test_a_candidate_has_at_most_ten_interviews() -> None:
    ten = [
        candidacy_model.InterviewScheduled(**vars(SCHEDULE) | {"interview_id": UUID(int=100 + n)}) for n in range(10)
    ]
    given(candidacy.CANDIDACY, *APPLIED, *ten).when(SCHEDULE, facts()).then_refused("interviews-bounded")


def test_an_interview_took_place_on_its_day_at_the_earliest() -> None:
    record = candidacy.RecordInterview(interview_id=TALK)
    given(candidacy.CANDIDACY, *SCHEDULED).when(record, facts(on=TODAY - DAY)).then_refused("not-in-the-future")
    given(candidacy.CANDIDACY, *SCHEDULED).when(record, facts()).then(INTERVIEWED[-1])
    given(candidacy.CANDIDACY, *INTERVIEWED).when(record, facts()).then()
    given(candidacy.CANDIDACY, *APPLIED).when(record, facts()).then_refused("interview-unknown")


def test_a_listed_interviewer_gives_feedback_after_the_interview() -> None:
    given(candidacy.CANDIDACY, *INTERVIEWED).when(feedback(), facts(str(ADA))).then(said())
    given(candidacy.CANDIDACY, *INTERVIEWED, said()).when(feedback(), facts(str(BOB))).then(said(BOB))
    given(candidacy.CANDIDACY, *SCHEDULED).when(feedback(), facts(str(ADA))).then_refused("after-the-interview")


@pytest.mark.parametrize(
    ("actor", "for_whom"), [(str(BOSS), None), ("hr", None), (str(BOSS), str(ADA)), (str(ADA), str(BOSS))]
)
def test_nobody_but_the_listed_interviewers_themselves_gives_feedback(actor: str, for_whom: str | None) -> None:
    refused = who_may(CANDIDACIES, *INTERVIEWED).when(feedback(), in_hr(facts(actor, for_whom)))
    assert isinstance(refused.then_refused("listed-interviewer"), Forbidden)


def test_an_interviewer_of_another_interview_gives_no_feedback_on_this_one() -> None:
    other = candidacy.ScheduleInterview(interview_id=OTHER_TALK, takes_place_on=TODAY, interviewers=(BOSS,))
    happened = [*INTERVIEWED, candidacy_model.InterviewScheduled(**vars(other))]
    who_may(CANDIDACIES, *happened).when(feedback(), in_hr(facts(str(BOSS)))).then_refused("listed-interviewer")


def test_an_interviewer_gives_feedback_once() -> None:
    given(candidacy.CANDIDACY, *INTERVIEWED, said()).when(feedback(), facts(str(ADA))).then()
    given(candidacy.CANDIDACY, *INTERVIEWED, said()).when(feedback(1), facts(str(ADA))).then_refused("feedback-once")


def test_an_offer_is_made_after_an_interview_until_a_day_to_come() -> None:
    given(candidacy.CANDIDACY, *APPLIED).when(OFFER, facts()).then_refused("interviewed-first")
    given(candidacy.CANDIDACY, *SCHEDULED).when(OFFER, facts()).then_refused("interviewed-first")
    given(candidacy.CANDIDACY, *INTERVIEWED).when(OFFER, facts()).then(OFFERED[-1])
    given(candidacy.CANDIDACY, *INTERVIEWED).when(OFFER, facts(on=LAST)).then(
        candidacy_model.OfferMade(expires_on=LAST, effective_on=LAST)
    )
    given(candidacy.CANDIDACY, *INTERVIEWED).when(OFFER, facts(on=LAST + DAY)).then_refused("offer-to-be-answered")


def test_a_candidate_has_one_live_offer_wherever_they_applied() -> None:
    given(candidacy.CANDIDACY, *OFFERED).when(OFFER, facts()).then()
    given(candidacy.CANDIDACY, *OFFERED).when(candidacy.MakeOffer(expires_on=LAST + DAY), facts()).then_refused(
        "one-live-offer"
    )
    given(candidacy.CANDIDACY, *INTERVIEWED).when(OFFER, facts(offered=True)).then_refused("one-live-offer")


def test_offers_that_are_out_or_accepted_never_exceed_the_openings() -> None:
    given(candidacy.CANDIDACY, *INTERVIEWED).when(OFFER, facts(taken=1)).then(OFFERED[-1])
    given(candidacy.CANDIDACY, *INTERVIEWED).when(OFFER, facts(taken=2)).then_refused("offers-within-openings")


@pytest.mark.parametrize(("is_open", "fillable"), [(False, True), (True, False)])
def test_no_offer_is_made_where_the_vacancy_is_on_hold_or_the_position_retired(is_open: bool, fillable: bool) -> None:
    vacancy = candidacy_model.KnownVacancy(POSITION, openings=2, open=is_open, fillable=fillable)
    given(candidacy.CANDIDACY, *INTERVIEWED).when(OFFER, facts(vacancy=vacancy)).then_refused("vacancy-open")


def test_an_offer_is_accepted_or_declined_until_its_last_day() -> None:
    given(candidacy.CANDIDACY, *OFFERED).when(candidacy.AcceptOffer(), facts(on=LAST)).then(
        candidacy_model.OfferAccepted(effective_on=LAST)
    )
    given(candidacy.CANDIDACY, *OFFERED).when(candidacy.AcceptOffer(), facts(on=LAST + DAY)).then_refused("live-offer")
    given(candidacy.CANDIDACY, *OFFERED).when(candidacy.DeclineOffer(), facts()).then(DECLINED[-1])
    given(candidacy.CANDIDACY, *OFFERED).when(candidacy.DeclineOffer(), facts(on=LAST + DAY)).then_refused("live-offer")


def test_answering_again_changes_nothing_and_answering_nothing_is_refused() -> None:
    given(candidacy.CANDIDACY, *ACCEPTED).when(candidacy.AcceptOffer(), facts()).then()
    given(candidacy.CANDIDACY, *DECLINED).when(candidacy.DeclineOffer(), facts()).then()
    for happened in (INTERVIEWED, DECLINED, LAPSED):
        given(candidacy.CANDIDACY, *happened).when(candidacy.AcceptOffer(), facts()).then_refused("live-offer")


def test_an_offer_lapses_when_its_last_day_is_over_and_may_be_made_anew() -> None:
    given(candidacy.CANDIDACY, *OFFERED).when(candidacy.LapseOffer(), facts(on=LAST)).then()
    given(candidacy.CANDIDACY, *OFFERED).when(candidacy.LapseOffer(), facts(on=LAST + DAY)).then(LAPSED[-1])
    given(candidacy.CANDIDACY, *ACCEPTED).when(candidacy.LapseOffer(), facts(on=LAST + DAY)).then()
    again = candidacy.MakeOffer(expires_on=LAST + 7 * DAY)
    made = candidacy_model.OfferMade(expires_on=LAST + 7 * DAY, effective_on=LAST + DAY)
    given(candidacy.CANDIDACY, *LAPSED).when(again, facts(on=LAST + DAY)).then(made)


def test_the_last_day_of_an_offer_is_due_and_nothing_once_it_is_answered_or_lapsed() -> None:
    def due_at(events: list[BaseModel]) -> datetime | None:
        return candidacy.CANDIDACY.due_at(candidacy.CANDIDACY.fold(events))

    assert due_at(OFFERED) == datetime(2026, 3, 18, tzinfo=UTC)
    assert [due_at(over) for over in (ACCEPTED, LAPSED, DECLINED)] == [None, None, None]


def test_the_vacancy_counts_an_offer_that_is_made_and_one_that_is_accepted() -> None:
    def issued(command: candidacy.MakeOffer | candidacy.AcceptOffer, events: list[BaseModel]) -> list[tuple[str, Any]]:
        after = candidacy.CANDIDACY.fold(events)
        assert after is not None
        return [(each.stream, each.command) for each in candidacy.counted(command, None, after, facts())]

    vacant = f"vacancy-{VACANT}"
    assert issued(candidacy.MakeOffer(expires_on=LAST), OFFERED) == [(vacant, CountOffers(made=1))]
    assert issued(candidacy.AcceptOffer(), ACCEPTED) == [(vacant, CountOffers(accepted=1))]


STARTS = TODAY + 20 * DAY
SALARY = candidacy.OfferedPay(
    yearly=Money(amount=Decimal(60_000), currency="EUR"),
    factors=(pay.Weighed(factor=pay.PayFactor.EXPERTISE, finding="Knows compilers."),),
)
BANDS = pay.PayFacts(
    actor=Actor("hr"),
    at=datetime(2026, 3, 10, tzinfo=UTC),
    id=ID,
    bands=(pay.Band("EUR", Decimal(1), Decimal(70_000)),),
)
FULL_OFFER = candidacy.MakeOffer(expires_on=LAST, starts_on=STARTS, pay=SALARY)
TERMS = candidacy_model.OfferTermsNamed(
    candidate_id=GRACE, starts_on=STARTS, pay=pay.PlannedPay(**vars(SALARY), effective_on=STARTS)
)
AGREED = [*OFFERED, TERMS, candidacy_model.OfferAccepted(effective_on=TODAY)]


def test_an_offer_names_the_start_day_and_the_pay_which_keeps_to_the_band() -> None:
    interviewed = given(candidacy.CANDIDACY, *INTERVIEWED)
    interviewed.when(FULL_OFFER, facts(pay=BANDS)).then(OFFERED[-1], TERMS)
    given(candidacy.CANDIDACY, *OFFERED, TERMS).when(FULL_OFFER, facts(pay=BANDS)).then()
    low = replace(BANDS, bands=(pay.Band("EUR", Decimal(1), Decimal(2)),))
    interviewed.when(FULL_OFFER, facts(pay=low)).then_refused("outside-band")
    nowhere = FULL_OFFER.model_copy(update={"starts_on": None})
    interviewed.when(nowhere, facts(pay=BANDS)).then_refused("start-day-named")
    past = FULL_OFFER.model_copy(update={"starts_on": TODAY - DAY})
    interviewed.when(past, facts(pay=BANDS)).then_refused("start-to-come")


def test_who_accepted_is_hired_on_the_day_agreed_with_position_and_pay_in_one_append() -> None:
    agreed = candidacy.CANDIDACY.fold(AGREED)
    assert agreed is not None
    assert candidacy.CANDIDACY.due_at(agreed) == datetime(2026, 3, 30, tzinfo=UTC)
    hire, hired = candidacy.HireCandidate(), candidacy_model.CandidateHired(effective_on=STARTS)
    given(candidacy.CANDIDACY, *AGREED).when(hire, facts(on=STARTS)).then(hired)
    given(candidacy.CANDIDACY, *AGREED).when(hire, facts()).then_refused("not-in-the-future")
    given(candidacy.CANDIDACY, *ACCEPTED).when(hire, facts()).then_refused("start-day-agreed")
    given(candidacy.CANDIDACY, *AGREED, hired).when(hire, facts(on=STARTS)).then()
    after = candidacy.CANDIDACY.fold([*AGREED, hired])
    assert after is not None
    joins, paid = candidacy.taken_on(hire, agreed, after, facts(on=STARTS))
    assert (joins.stream, paid.stream) == (f"person-{GRACE}", f"pay-{GRACE}")
    assert joins.command == TakeOnPerson(name="Grace Hopper", position_id=POSITION, effective_on=STARTS)
    assert paid.command == pay.SetOfferedPay(**vars(SALARY), effective_on=STARTS)
    given(candidacy.CANDIDACY, *AGREED, hired).when(candidacy.WithdrawCandidate(), facts(on=STARTS)).then_refused(
        "candidacy-over"
    )


def test_who_accepted_may_start_on_another_day_with_the_pay_that_was_offered() -> None:
    other = STARTS + 14 * DAY
    asked = candidacy.AgreeStartDay(starts_on=other)
    paid = pay.PlannedPay(**vars(SALARY), effective_on=other)
    told = candidacy_model.OfferTermsNamed(candidate_id=GRACE, starts_on=other, pay=paid)
    given(candidacy.CANDIDACY, *AGREED).when(asked, facts()).then(told)
    given(candidacy.CANDIDACY, *AGREED, told).when(asked, facts()).then()
    after = candidacy.CANDIDACY.fold([*AGREED, told])
    assert after is not None
    assert candidacy.CANDIDACY.due_at(after) == datetime.combine(other, time(), UTC)
    given(candidacy.CANDIDACY, *ACCEPTED).when(asked, facts()).then(told.model_copy(update={"pay": None}))
    past = candidacy.AgreeStartDay(starts_on=TODAY - DAY)
    given(candidacy.CANDIDACY, *AGREED).when(past, facts()).then_refused("start-to-come")
    given(candidacy.CANDIDACY, *OFFERED, TERMS).when(asked, facts()).then_refused("offer-accepted")
    hired = candidacy_model.CandidateHired(effective_on=STARTS)
    given(candidacy.CANDIDACY, *AGREED, hired).when(asked, facts(on=STARTS)).then_refused("offer-accepted")
    own = who_may(CANDIDACIES, *AGREED).when(asked, in_hr(facts(str(GRACE))))
    own.then_refused("nobody-on-themself")


def test_another_offer_has_terms_of_its_own() -> None:
    lapsed = [*OFFERED, TERMS, candidacy_model.OfferLapsed(effective_on=LAST + DAY), OFFERED[-1]]
    state = candidacy.CANDIDACY.fold(lapsed)
    assert state is not None
    assert (state.starts_on, state.pay) == (None, None)


def test_who_works_here_applies_themself_and_nobody_else_for_themself() -> None:
    own = facts(str(GRACE), is_person=True)
    who_may(CANDIDACIES).when(APPLY, own).then(*APPLIED)
    who_may(CANDIDACIES).when(APPLY, in_hr(facts(str(GRACE)))).then_refused("nobody-on-themself")
    stand_in = in_hr(facts(str(BOB), str(GRACE), is_person=True))
    who_may(CANDIDACIES).when(APPLY, stand_in).then_refused("nobody-on-themself")
    who_may(CANDIDACIES, *OFFERED).when(candidacy.AcceptOffer(), in_hr(own)).then_refused("nobody-on-themself")


def test_a_candidate_who_accepted_may_withdraw_and_the_opening_is_open_again() -> None:
    withdraw = candidacy.WithdrawCandidate()
    given(candidacy.CANDIDACY, *ACCEPTED).when(withdraw, facts()).then(WITHDRAWN[-1])
    accepted, applied = candidacy.CANDIDACY.fold(ACCEPTED), candidacy.CANDIDACY.fold(APPLIED)
    after = candidacy.CANDIDACY.fold([*ACCEPTED, WITHDRAWN[-1]])
    assert after is not None
    (order,) = candidacy.given_up(withdraw, accepted, after, facts())
    assert (order.stream, order.command) == (f"vacancy-{VACANT}", CountOffers(withdrawn=1))
    assert candidacy.given_up(withdraw, applied, after, facts()) == []


def test_a_candidate_is_rejected_or_withdraws_before_they_accept() -> None:
    reject, withdraw = candidacy.RejectCandidate(reason="Another."), candidacy.WithdrawCandidate()
    for happened in (APPLIED, INTERVIEWED, OFFERED, LAPSED):
        given(candidacy.CANDIDACY, *happened).when(reject, facts()).then(REJECTED[-1])
        given(candidacy.CANDIDACY, *happened).when(withdraw, facts()).then(WITHDRAWN[-1])
    given(candidacy.CANDIDACY, *REJECTED).when(reject, facts()).then()
    given(candidacy.CANDIDACY, *WITHDRAWN).when(withdraw, facts()).then()


@pytest.mark.parametrize("end", ENDS)
def test_nothing_happens_after_the_end(end: list[BaseModel]) -> None:
    moves: list[Command] = [
        candidacy.ScheduleInterview(interview_id=OTHER_TALK, takes_place_on=TODAY, interviewers=(ADA,)),
        OFFER,
        candidacy.RejectCandidate(reason="Another."),
        candidacy.WithdrawCandidate(),
    ]
    state = candidacy.CANDIDACY.fold(end)
    decided = [tried(state, move, facts()) for move in moves]
    assert [each for each in decided if each not in ([], "candidacy-over")] == []
    assert decided.count([]) <= 1, "the same end again"


def tried(
    state: candidacy_model.Candidacy | None, command: Command, known: candidacy_model.CandidacyFacts
) -> Sequence[BaseModel] | str:
    """What follows, or the rule that refuses it."""
    try:
        return candidacy.CANDIDACY.decide(state, command, known)
    except Refused as refused:
        return refused.rule


def test_a_rejected_candidate_is_erased_with_all_that_was_said_of_them() -> None:
    happened = [*INTERVIEWED, said(), REJECTED[-1]]
    given(candidacy.CANDIDACY, *happened).when(ERASE, facts()).then(
        candidacy_model.CandidateErased(reason="Asked for.")
    )
    left = candidacy.CANDIDACY.fold([*happened, candidacy_model.CandidateErased(reason="Asked for.")])
    assert left is not None
    assert "Grace" not in left.model_dump_json()
    assert "compilers" not in left.model_dump_json()
    assert left.erased
    given(candidacy.CANDIDACY, *happened, candidacy_model.CandidateErased(reason="Asked for.")).when(
        ERASE, facts()
    ).then()


def test_nobody_is_erased_whose_candidacy_goes_on_or_who_was_hired() -> None:
    for happened in (APPLIED, OFFERED, LAPSED):
        given(candidacy.CANDIDACY, *happened).when(ERASE, facts()).then_refused("candidacies-over")
    given(candidacy.CANDIDACY, *REJECTED).when(ERASE, facts(engaged=True)).then_refused("candidacies-over")
    for happened in (REJECTED, ACCEPTED):
        given(candidacy.CANDIDACY, *happened).when(ERASE, facts(is_person=True)).then_refused("hired-candidate")


def test_who_accepted_and_did_not_come_under_that_id_is_erased() -> None:
    given(candidacy.CANDIDACY, *ACCEPTED).when(ERASE, facts()).then(
        candidacy_model.CandidateErased(reason="Asked for.")
    )
    given(candidacy.CANDIDACY, *ACCEPTED).when(ERASE, facts(engaged=True)).then_refused("candidacies-over")


def test_the_reason_of_an_erasure_names_nobody() -> None:
    named = candidacy.EraseCandidate(reason="Hopper asked.")
    given(candidacy.CANDIDACY, *REJECTED).when(named, facts()).then_refused("reason-names-nobody")


# Arbitrary hiring: some vacancies, some candidates, each of whom applied for each; the days go by.

VACANCIES = {UUID(int=50 + n): n + 1 for n in range(3)}
CANDIDATES = [UUID(int=70 + n) for n in range(4)]
LIVE = candidacy_model.CandidacyStatus.OFFERED
PAIRS = [(vacancy, candidate) for vacancy in VACANCIES for candidate in CANDIDATES]


class Hiring(RuleBasedStateMachine):
    """Whatever is asked in whatever order, with facts as the candidacies say them."""

    def __init__(self) -> None:
        super().__init__()
        self.today = TODAY
        self.all: dict[tuple[UUID, UUID], candidacy_model.Candidacy] = {}
        for vacancy, candidate in PAIRS:
            applied = candidacy.RecordApplication(vacancy_id=vacancy, candidate_id=candidate, name="Grace", contact="-")
            self.ask((vacancy, candidate), applied)
            self.ask((vacancy, candidate), SCHEDULE)
            self.ask((vacancy, candidate), candidacy.RecordInterview(interview_id=TALK))

    def known(self, pair: tuple[UUID, UUID]) -> candidacy_model.CandidacyFacts:
        vacancy, candidate = pair
        rivals = [each for (of, _), each in self.all.items() if of == vacancy]
        others = [each for (of, who), each in self.all.items() if who == candidate and of != vacancy]
        return facts(
            on=self.today,
            subject=candidate,
            vacancy=candidacy_model.KnownVacancy(POSITION, VACANCIES[vacancy], open=True, fillable=True),
            candidates=len(rivals),
            taken=sum(each.status in (LIVE, candidacy_model.CandidacyStatus.ACCEPTED) for each in rivals),
            offered=any(each.status is LIVE for each in others),
        )

    def ask(self, pair: tuple[UUID, UUID], command: Command) -> None:
        state = self.all.get(pair)
        decided = tried(state, command, self.known(pair))
        event(f"{type(command).__name__}: {decided if isinstance(decided, str) else len(decided)}")
        after = state if isinstance(decided, str) else candidacy.CANDIDACY.fold(decided, state)
        assert after is not None
        self.all[pair] = after

    @rule(pair=st.sampled_from(PAIRS), days=st.integers(0, 5))
    def offer(self, pair: tuple[UUID, UUID], days: int) -> None:
        self.ask(pair, candidacy.MakeOffer(expires_on=self.today + days * DAY))

    @precondition(lambda self: any(each.status is LIVE for each in self.all.values()))
    @rule(
        chosen=st.integers(0, 11),
        command=st.sampled_from(
            [
                candidacy.AcceptOffer(),
                candidacy.AcceptOffer(),
                candidacy.DeclineOffer(),
                candidacy.LapseOffer(),
                candidacy.WithdrawCandidate(),
                candidacy.RejectCandidate(reason="-"),
            ]
        ),
    )
    def answer(self, chosen: int, command: Command) -> None:
        live = [pair for pair, each in self.all.items() if each.status is LIVE]
        self.ask(live[chosen % len(live)], command)

    @rule(days=st.integers(1, 4))
    def days_go_by(self, days: int) -> None:
        self.today += days * DAY

    @invariant()
    def offers_are_within_the_openings(self) -> None:
        for vacancy, openings in VACANCIES.items():
            states = [each.status for (of, _), each in self.all.items() if of == vacancy]
            assert states.count(LIVE) + states.count(candidacy_model.CandidacyStatus.ACCEPTED) <= openings

    @invariant()
    def nobody_has_two_live_offers(self) -> None:
        for candidate in CANDIDATES:
            assert sum(each.status is LIVE for (_, who), each in self.all.items() if who == candidate) <= 1


TestHiring = Hiring.TestCase
TestHiring.settings = settings(deadline=None, max_examples=examples(60), stateful_step_count=40)
