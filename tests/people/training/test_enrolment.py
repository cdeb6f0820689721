"""The rules of enrolments; and that a session never has more persons than seats, nor a person two of them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from pydantic import BaseModel, ValidationError

from chassis.domain.decider import Actor, Command, Forbidden, Refused
from contracts.people import EffectiveDayCorrected, TrainingCompleted
from contracts.values import Money, SkillLevel
from services.people.organisation.domain.funding import Funding, FundingStatus
from services.people.training.commands import ENROLMENTS
from services.people.training.domain import enrolment
from services.people.training.domain.training_programme import ProgrammeStatus, TrainingProgramme
from services.people.training.domain.training_session import SessionStatus, TrainingSession
from tests.examples import examples
from tests.people.acting import in_hr
from tests.scenarios import given, who_may

ID, SESSION, PROGRAMME, ADA, BOSS, SCHEME, IT = (UUID(int=n) for n in range(1, 8))
FIRST = date(2026, 3, 10)
DAY = timedelta(days=1)
LAST = FIRST + DAY
SKILLS = (SkillLevel(skill="Kafka", level=3),)
KAFKA = TrainingProgramme(
    title="Running Kafka",
    description="",
    skills=SKILLS,
    scheme_id=SCHEME,
    pass_needed=True,
    hours=Decimal(16),
    status=ProgrammeStatus.PUBLISHED,
)
TALK = TrainingSession(
    programme_id=PROGRAMME,
    division_id=IT,
    cost=Money(amount=Decimal(900), currency="EUR"),
    seats=2,
    starts_on=FIRST,
    ends_on=LAST,
)

ENROL = enrolment.Enrol(person_id=ADA, session_id=SESSION)
ENROLLED: list[BaseModel] = [enrolment.EnrolmentMade(person_id=ADA, session_id=SESSION, programme_id=PROGRAMME)]
WITHDRAWN = [*ENROLLED, enrolment.EnrolmentWithdrawn()]
THERE, AWAY = enrolment.MarkAttendance(attended=True), enrolment.MarkAttendance(attended=False)
ATTENDED = [*ENROLLED, enrolment.AttendanceMarked(attended=True)]
ABSENT = [*ENROLLED, enrolment.AttendanceMarked(attended=False)]
FEEDBACK = enrolment.GiveTrainingFeedback(rating=4, feedback="More labs.")
SAID = enrolment.TrainingFeedbackGiven(person_id=ADA, rating=4, feedback="More labs.")


def facts(
    actor: str = str(BOSS), for_whom: str | None = None, on: date = LAST, **known: Any
) -> enrolment.EnrolmentFacts:
    usual: dict[str, Any] = {"subject": ADA, "employed": True, "session": TALK, "programme": KAFKA}
    at = datetime(on.year, on.month, on.day, 9, tzinfo=UTC)
    return enrolment.EnrolmentFacts(actor=Actor(actor, for_whom=for_whom), at=at, id=ID, **(usual | known))


def result(passed: bool = True, score: str | None = None, on: date = LAST) -> enrolment.RecordResult:
    return enrolment.RecordResult(passed=passed, score=Decimal(score) if score else None, effective_on=on)


def completed(passed: bool = True, on: date = LAST) -> TrainingCompleted:
    return TrainingCompleted(
        person_id=ADA,
        programme_id=PROGRAMME,
        passed=passed,
        hours=Decimal(16),
        skills=SKILLS,
        scheme_id=SCHEME,
        effective_on=on,
    )


COMPLETED = [*ATTENDED, completed()]


def test_a_person_gets_a_seat_that_is_free() -> None:
    given(enrolment.ENROLMENT).when(ENROL, facts(taken=1)).then(*ENROLLED)
    given(enrolment.ENROLMENT).when(ENROL, facts(taken=2)).then_refused("seats-free")
    given(enrolment.ENROLMENT, *ENROLLED).when(ENROL, facts(taken=1)).then()
    other = enrolment.Enrol(person_id=BOSS, session_id=SESSION)
    given(enrolment.ENROLMENT, *ENROLLED).when(other, facts()).then_refused("already-exists")


def test_a_person_has_one_seat_in_a_session() -> None:
    given(enrolment.ENROLMENT).when(ENROL, facts(enrolled=True)).then_refused("enrolled-once")


def test_only_who_works_here_is_enrolled() -> None:
    given(enrolment.ENROLMENT).when(ENROL, facts(employed=False)).then_refused("person-employed")


@pytest.mark.parametrize("status", [SessionStatus.DELIVERED, SessionStatus.CANCELLED])
def test_nobody_is_enrolled_in_a_session_that_is_over(status: SessionStatus) -> None:
    given(enrolment.ENROLMENT).when(ENROL, facts(session=TALK.but(status=status))).then_refused("session-to-come")
    given(enrolment.ENROLMENT).when(ENROL, facts(on=LAST + DAY)).then_refused("session-to-come")
    given(enrolment.ENROLMENT).when(ENROL, facts(session=None)).then_refused("session-unknown")


def test_a_seat_is_given_back_until_somebody_said_whether_it_was_used() -> None:
    given(enrolment.ENROLMENT, *ENROLLED).when(enrolment.WithdrawEnrolment(), facts()).then(WITHDRAWN[-1])
    given(enrolment.ENROLMENT, *WITHDRAWN).when(enrolment.WithdrawEnrolment(), facts()).then()
    for used in (ATTENDED, ABSENT, COMPLETED):
        given(enrolment.ENROLMENT, *used).when(enrolment.WithdrawEnrolment(), facts()).then_refused("enrolment-open")


def test_attendance_is_marked_from_the_first_day_on_and_corrected() -> None:
    given(enrolment.ENROLMENT, *ENROLLED).when(THERE, facts(on=FIRST - DAY)).then_refused("not-in-the-future")
    given(enrolment.ENROLMENT, *ENROLLED).when(THERE, facts(on=FIRST)).then(ATTENDED[-1])
    given(enrolment.ENROLMENT, *ATTENDED).when(THERE, facts()).then()
    given(enrolment.ENROLMENT, *ATTENDED).when(AWAY, facts()).then(ABSENT[-1])
    given(enrolment.ENROLMENT, *ABSENT).when(THERE, facts()).then(ATTENDED[-1])


def test_attendance_is_settled_once_there_is_a_result_or_feedback() -> None:
    for settled in (COMPLETED, [*ATTENDED, SAID]):
        given(enrolment.ENROLMENT, *settled).when(AWAY, facts()).then_refused("attendance-settled")


@pytest.mark.parametrize("command", [THERE, result()])
def test_nobody_is_marked_who_withdrew_or_whose_session_was_cancelled(command: Command) -> None:
    given(enrolment.ENROLMENT, *WITHDRAWN).when(command, facts()).then_refused("enrolment-open")
    cancelled = facts(session=TALK.but(status=SessionStatus.CANCELLED))
    given(enrolment.ENROLMENT, *ENROLLED).when(command, cancelled).then_refused("session-scheduled")


@pytest.mark.parametrize("command", [THERE, result()])
@pytest.mark.parametrize(("actor", "for_whom"), [(str(ADA), None), (str(ADA), str(BOSS)), (str(BOSS), str(ADA))])
def test_nobody_records_their_own_part(command: Command, actor: str, for_whom: str | None) -> None:
    refused = (
        who_may(ENROLMENTS, *ATTENDED).when(command, in_hr(facts(actor, for_whom))).then_refused("nobody-on-themself")
    )
    assert isinstance(refused, Forbidden)


def test_completing_says_what_the_programme_gives_and_keeps_the_score() -> None:
    given(enrolment.ENROLMENT, *ATTENDED).when(result(), facts()).then(completed())
    scored = enrolment.TrainingScored(person_id=ADA, score=Decimal("87.5"))
    given(enrolment.ENROLMENT, *ATTENDED).when(result(score="87.5"), facts()).then(scored, completed())
    given(enrolment.ENROLMENT, *ATTENDED, scored, completed()).when(result(score="87.5"), facts()).then()
    given(enrolment.ENROLMENT, *ATTENDED).when(result(passed=False), facts()).then(completed(passed=False))
    done = enrolment.ENROLMENT.fold(COMPLETED)
    assert done is not None
    assert done.hours == completed().hours, "what the programme had then, whatever becomes of it"


def test_a_result_is_recorded_once() -> None:
    given(enrolment.ENROLMENT, *COMPLETED).when(result(), facts()).then()
    for other in (result(passed=False), result(score="12"), result(on=FIRST)):
        given(enrolment.ENROLMENT, *COMPLETED).when(other, facts()).then_refused("result-once")


def test_the_day_of_a_completed_training_is_corrected_with_the_reason() -> None:
    def asked(on: date) -> enrolment.CorrectCompletion:
        return enrolment.CorrectCompletion(effective_on=on, reason="A slip of the pen.")

    right = [
        enrolment.CompletionCorrected(person_id=ADA, corrects=1, effective_on=FIRST, reason="A slip of the pen."),
        EffectiveDayCorrected(corrects=1, effective_on=FIRST),
    ]
    given(enrolment.ENROLMENT, *COMPLETED).when(asked(FIRST), facts(completion=1)).then(*right)
    given(enrolment.ENROLMENT, *COMPLETED).when(asked(LAST), facts(completion=1)).then()
    done = enrolment.ENROLMENT.fold([*COMPLETED, *right])
    assert done is not None
    assert (done.completed_on, done.passed) == (FIRST, True)
    for day in (FIRST - DAY, LAST + DAY):
        given(enrolment.ENROLMENT, *COMPLETED).when(asked(day), facts(completion=1)).then_refused("not-in-the-future")
    given(enrolment.ENROLMENT, *ATTENDED).when(asked(FIRST), facts()).then_refused("result-recorded")
    own = who_may(ENROLMENTS, *COMPLETED).when(asked(FIRST), in_hr(facts(str(ADA), completion=1)))
    own.then_refused("nobody-on-themself")


@pytest.mark.parametrize("happened", [ENROLLED, ABSENT])
def test_only_who_attended_has_a_result_and_gives_feedback(happened: list[BaseModel]) -> None:
    given(enrolment.ENROLMENT, *happened).when(result(), facts()).then_refused("attended-first")
    given(enrolment.ENROLMENT, *happened).when(FEEDBACK, facts(str(ADA))).then_refused("attended-first")


def test_a_result_lies_between_the_first_day_and_today() -> None:
    given(enrolment.ENROLMENT, *ATTENDED).when(result(on=FIRST - DAY), facts()).then_refused("not-in-the-future")
    given(enrolment.ENROLMENT, *ATTENDED).when(result(on=LAST + DAY), facts()).then_refused("not-in-the-future")
    given(enrolment.ENROLMENT, *ATTENDED).when(result(on=FIRST), facts()).then(completed(on=FIRST))


def test_where_passing_is_not_needed_nobody_fails() -> None:
    easy = facts(programme=KAFKA.but(pass_needed=False))
    given(enrolment.ENROLMENT, *ATTENDED).when(result(passed=False), easy).then_refused("pass-not-needed")
    given(enrolment.ENROLMENT, *ATTENDED).when(result(), easy).then(completed())


def test_who_attended_gives_feedback_once() -> None:
    for attended in (ATTENDED, COMPLETED):
        given(enrolment.ENROLMENT, *attended).when(FEEDBACK, facts(str(ADA))).then(SAID)
    given(enrolment.ENROLMENT, *ATTENDED, SAID).when(FEEDBACK, facts(str(ADA))).then()
    other = enrolment.GiveTrainingFeedback(rating=1, feedback="Worse.")
    given(enrolment.ENROLMENT, *ATTENDED, SAID).when(other, facts(str(ADA))).then_refused("feedback-once")


@pytest.mark.parametrize(("actor", "for_whom"), [(str(BOSS), None), (str(BOSS), str(ADA)), ("hr", None)])
def test_feedback_is_the_persons_own(actor: str, for_whom: str | None) -> None:
    who_may(ENROLMENTS, *ATTENDED).when(FEEDBACK, in_hr(facts(actor, for_whom))).then_refused("own-feedback")


@pytest.mark.parametrize("rating", [0, 6])
def test_feedback_goes_from_one_to_five(rating: int) -> None:
    with pytest.raises(ValidationError):
        enrolment.GiveTrainingFeedback(rating=rating, feedback="")


# Arbitrary sessions: everybody enrols and withdraws and is marked, in whatever order.

SESSIONS = {UUID(int=50 + n): n + 1 for n in range(3)}
PERSONS = [UUID(int=70 + n) for n in range(4)]
IDS = [UUID(int=90 + n) for n in range(12)]


class Enrolling(RuleBasedStateMachine):
    """Facts are as the enrolments say them."""

    def __init__(self) -> None:
        super().__init__()
        self.all: dict[UUID, enrolment.Enrolment] = {}

    def known(self, id: UUID, person: UUID, session: UUID) -> enrolment.EnrolmentFacts:
        seats = [
            each
            for other, each in self.all.items()
            if other != id and each.session_id == session and each.status is not enrolment.EnrolmentStatus.WITHDRAWN
        ]
        return facts(
            subject=person,
            session=TALK.but(seats=SESSIONS[session]),
            taken=len(seats),
            enrolled=any(each.person_id == person for each in seats),
        )

    def ask(self, id: UUID, command: Command, known: enrolment.EnrolmentFacts) -> None:
        state = self.all.get(id)
        decided: Sequence[BaseModel] | str
        try:
            decided = enrolment.ENROLMENT.decide(state, command, known)
        except Refused as refused:
            decided = refused.rule
        event(f"{type(command).__name__}: {decided if isinstance(decided, str) else len(decided)}")
        after = state if isinstance(decided, str) else enrolment.ENROLMENT.fold(decided, state)
        if after is not None:
            self.all[id] = after

    @rule(id=st.sampled_from(IDS), person=st.sampled_from(PERSONS), session=st.sampled_from(list(SESSIONS)))
    def enrol(self, id: UUID, person: UUID, session: UUID) -> None:
        self.ask(id, enrolment.Enrol(person_id=person, session_id=session), self.known(id, person, session))

    @rule(
        id=st.sampled_from(IDS),
        command=st.sampled_from([enrolment.WithdrawEnrolment(), enrolment.WithdrawEnrolment(), THERE, AWAY]),
    )
    def go_on(self, id: UUID, command: Command) -> None:
        if id in self.all:
            self.ask(id, command, self.known(id, self.all[id].person_id, self.all[id].session_id))

    @invariant()
    def nobody_sits_on_anothers_seat(self) -> None:
        for session, seats in SESSIONS.items():
            taken = [
                each.person_id
                for each in self.all.values()
                if each.session_id == session and each.status is not enrolment.EnrolmentStatus.WITHDRAWN
            ]
            assert len(taken) <= seats
            assert len(set(taken)) == len(taken)


TestEnrolling = Enrolling.TestCase
TestEnrolling.settings = settings(deadline=None, max_examples=examples(60), stateful_step_count=40)


def test_nobody_enrols_in_a_session_that_finance_was_asked_for_and_did_not_promise() -> None:
    for status in (FundingStatus.AWAITING, FundingStatus.REFUSED):
        unpaid = TALK.but(funding=Funding(request=1, status=status))
        given(enrolment.ENROLMENT).when(ENROL, facts(session=unpaid, funding_required=True)).then_refused("funded")
        given(enrolment.ENROLMENT).when(ENROL, facts(session=unpaid)).then(*ENROLLED)
    paid = TALK.but(funding=Funding(request=1, status=FundingStatus.FUNDED))
    given(enrolment.ENROLMENT).when(ENROL, facts(session=paid, funding_required=True)).then(*ENROLLED)
    given(enrolment.ENROLMENT).when(ENROL, facts(funding_required=True)).then(*ENROLLED)
