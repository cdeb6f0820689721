"""Enrolment: one person's part in a training session, from the seat to the result and what they thought of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field, StrictBool

from chassis.domain.decider import Command, Decider, PrivateEvent, Refused, State, existing, new
from contracts.people import EffectiveDayCorrected, TrainingCompleted
from contracts.values import Day, Line, Personal, Subject, Text
from services.people.organisation.domain.funding import check_funded
from services.people.organisation.domain.line import LineFacts, check_employed
from services.people.training.domain.training_programme import TrainingProgramme
from services.people.training.domain.training_session import SessionStatus, TrainingSession

Score = Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]
"""Points out of 100, with at most two decimals."""

Rating = Annotated[int, Field(ge=1, le=5)]
"""1 (poor) to 5 (excellent)."""


class EnrolmentStatus(StrEnum):
    """The status of a person's enrolment in a session."""

    ENROLLED = "enrolled"
    WITHDRAWN = "withdrawn"
    ATTENDED = "attended"
    ABSENT = "absent"
    COMPLETED = "completed"


TOOK_PART = (EnrolmentStatus.ATTENDED, EnrolmentStatus.COMPLETED)


class Enrolment(State):
    """An enrolment as it stands; ``rating`` and ``feedback`` are what the person thought of the session.

    ``hours`` are those of the programme when it was completed.
    """

    person_id: Subject
    session_id: UUID
    programme_id: UUID
    status: EnrolmentStatus = EnrolmentStatus.ENROLLED
    passed: bool | None = None
    completed_on: date | None = None
    hours: Decimal | None = None
    score: Personal[Score | None] = None
    rating: Personal[Rating | None] = None
    feedback: Personal[Text | None] = None


class Enrol(Command):
    """Enrol a person in a session."""

    person_id: UUID
    session_id: UUID


class WithdrawEnrolment(Command):
    """Withdraw from a session."""


class MarkAttendance(Command):
    """Record the person's attendance; it can be corrected until there is a result or feedback."""

    attended: StrictBool


class RecordResult(Command):
    """Record the person's result; where no pass is needed, attending counts as passing."""

    passed: StrictBool
    score: Score | None = None
    effective_on: Day


class CorrectCompletion(Command):
    """Correct the day on which a training was completed, with the reason."""

    effective_on: Day
    reason: Personal[Line]


class GiveTrainingFeedback(Command):
    """Give feedback on the session, once."""

    rating: Rating
    feedback: Text


class EnrolmentMade(PrivateEvent):
    """The person has a seat."""

    person_id: UUID
    session_id: UUID
    programme_id: UUID


class EnrolmentWithdrawn(PrivateEvent):
    """The seat is free again."""


class AttendanceMarked(PrivateEvent):
    """The person attended or was absent."""

    attended: bool


class TrainingScored(PrivateEvent):
    """The points the person got."""

    person_id: Subject
    score: Personal[Score | None]


class CompletionCorrected(PrivateEvent):
    """The training, whose completion is the public event with this number, was completed on another day."""

    person_id: Subject
    corrects: int
    effective_on: date
    reason: Personal[Line]


class TrainingFeedbackGiven(PrivateEvent):
    """The person gave feedback on the session."""

    person_id: Subject
    rating: Personal[Rating | None]
    feedback: Personal[Text | None]


EnrolmentChange = WithdrawEnrolment | MarkAttendance | RecordResult | CorrectCompletion | GiveTrainingFeedback
EnrolmentCommand = Enrol | EnrolmentChange
EnrolmentEvent = (
    EnrolmentMade
    | EnrolmentWithdrawn
    | AttendanceMarked
    | TrainingScored
    | TrainingCompleted
    | CompletionCorrected
    | EffectiveDayCorrected
    | TrainingFeedbackGiven
)


@dataclass(frozen=True)
class EnrolmentFacts(LineFacts):
    """The session and its programme, None where there are none; ``taken``: how many of its seats others have.

    ``enrolled``: the person has one of them already, by another enrolment. ``completion``: the number of the event that
    tells of the completion, among the published ones. ``funding_required``: nobody enrols in a session that finance did
    not promise the money for.
    """

    session: TrainingSession | None = None
    programme: TrainingProgramme | None = None
    taken: int = 0
    enrolled: bool = False
    completion: int | None = None
    funding_required: bool = False

    @property
    def trains(self) -> bool:
        """Return whether the trainer acts, or somebody in their place."""
        trainer = self.session.trainer_id if self.session else None
        return trainer is not None and trainer == self.actor.acts_as


def decide(state: Enrolment | None, command: EnrolmentCommand, facts: EnrolmentFacts) -> Sequence[EnrolmentEvent]:
    if isinstance(command, Enrol):
        return enrol(state, command, facts)
    enrolment = existing(state)
    match command:
        case WithdrawEnrolment():
            return withdraw(enrolment)
        case MarkAttendance():
            return mark(enrolment, command, facts)
        case RecordResult():
            return record_result(enrolment, command, facts)
        case CorrectCompletion():
            return correct_completion(enrolment, command, facts)
        case GiveTrainingFeedback():
            return give_feedback(enrolment, command, facts)
        case _:
            assert_never(command)


def enrol(state: Enrolment | None, command: Enrol, facts: EnrolmentFacts) -> Sequence[EnrolmentEvent]:
    """Enrol an employee in a free seat of a session that is not over, once."""
    if state is not None and state == state.but(**vars(command)):
        return []
    new(state, "enrolment")
    check_employed(facts)
    session = known(facts)
    if session.status is not SessionStatus.SCHEDULED or facts.today > session.ends_on:
        raise Refused("session-to-come", "The session is over or cancelled.", "Choose another one.")
    check_funded(session.funding, required=facts.funding_required)
    if facts.enrolled:
        raise Refused("enrolled-once", "The person is enrolled in this session already.", "Use that enrolment.")
    if facts.taken >= session.seats:
        raise Refused("seats-free", f"All {session.seats} seats are taken.", "Wait for one, or choose another session.")
    return [EnrolmentMade(**vars(command), programme_id=session.programme_id)]


def withdraw(enrolment: Enrolment) -> Sequence[EnrolmentEvent]:
    """A person who attended, or should have, does not withdraw any more."""
    if enrolment.status is EnrolmentStatus.WITHDRAWN:
        return []
    if enrolment.status is not EnrolmentStatus.ENROLLED:
        raise Refused("enrolment-open", f"The enrolment is {enrolment.status}.", "Nothing needs to be done.")
    return [EnrolmentWithdrawn()]


def mark(enrolment: Enrolment, command: MarkAttendance, facts: EnrolmentFacts) -> Sequence[EnrolmentEvent]:
    """Nobody is marked before the first day."""
    marked = EnrolmentStatus.ATTENDED if command.attended else EnrolmentStatus.ABSENT
    if enrolment.status is marked:
        return []
    check_took_place(enrolment, facts)
    if enrolment.status is EnrolmentStatus.COMPLETED or enrolment.rating is not None:
        detail = "The attendance cannot change: a result or feedback is recorded."
        raise Refused("attendance-settled", detail, "Leave it as it is.")
    return [AttendanceMarked(attended=command.attended)]


def record_result(enrolment: Enrolment, command: RecordResult, facts: EnrolmentFacts) -> Sequence[EnrolmentEvent]:
    """The result of somebody who attended is recorded once."""
    if enrolment.status is EnrolmentStatus.COMPLETED:
        same = (enrolment.passed, enrolment.completed_on) == (command.passed, command.effective_on)
        if same and enrolment.score == command.score:
            return []
        raise Refused(
            "result-once",
            "The result is recorded already.",
            "Correct its day, or record another result in another session.",
        )
    check_took_place(enrolment, facts)
    if enrolment.status is not EnrolmentStatus.ATTENDED:
        raise Refused("attended-first", "The person's attendance is not recorded.", "Mark it first.")
    session, programme = known(facts), facts.programme
    assert programme is not None, "a session is of a programme"
    check_day(session, command.effective_on, facts)
    if not command.passed and not programme.pass_needed:
        raise Refused("pass-not-needed", "This programme is completed by attending.", "Record it as passed.")
    return [*scored(enrolment, command), completed(enrolment, command, programme)]


def check_day(session: TrainingSession, day: date, facts: EnrolmentFacts) -> None:
    """There is a result from the first day of the session on, once it has come."""
    if not session.starts_on <= day <= facts.today:
        detail = f"The result must be dated from {session.starts_on} to today."
        raise Refused("not-in-the-future", detail, "Give the day of the result.")


def correct_completion(
    enrolment: Enrolment, command: CorrectCompletion, facts: EnrolmentFacts
) -> Sequence[EnrolmentEvent]:
    """Another day for a training that was completed; figures of the past have it, and hear of the number and day."""
    if enrolment.status is not EnrolmentStatus.COMPLETED or facts.completion is None:
        raise Refused("result-recorded", "No result is recorded.", "Record it with its day.")
    if command.effective_on == enrolment.completed_on:
        return []
    check_day(known(facts), command.effective_on, facts)
    day = {"corrects": facts.completion, "effective_on": command.effective_on}
    corrected = CompletionCorrected(person_id=enrolment.person_id, reason=command.reason, **day)
    return [corrected, EffectiveDayCorrected(**day)]


def scored(enrolment: Enrolment, command: RecordResult) -> Sequence[TrainingScored]:
    """Points stay with the person, where there are any."""
    if command.score is None:
        return []
    return [TrainingScored(person_id=enrolment.person_id, score=command.score)]


def completed(enrolment: Enrolment, command: RecordResult, programme: TrainingProgramme) -> TrainingCompleted:
    """Return the public event of a completed training: what the programme gives, as described now."""
    return TrainingCompleted(
        person_id=enrolment.person_id,
        programme_id=enrolment.programme_id,
        passed=command.passed,
        hours=programme.hours,
        skills=programme.skills,
        scheme_id=programme.scheme_id,
        effective_on=command.effective_on,
    )


def give_feedback(
    enrolment: Enrolment, command: GiveTrainingFeedback, facts: EnrolmentFacts
) -> Sequence[EnrolmentEvent]:
    """Feedback comes from those who attended, once."""
    if enrolment.status not in TOOK_PART:
        raise Refused("attended-first", "Your attendance is not recorded.", "Ask the trainer to mark it.")
    if (enrolment.rating, enrolment.feedback) == (command.rating, command.feedback):
        return []
    if enrolment.rating is not None:
        raise Refused("feedback-once", "You gave your feedback already.", "Tell the trainer what has changed.")
    return [TrainingFeedbackGiven(person_id=enrolment.person_id, **vars(command))]


def check_took_place(enrolment: Enrolment, facts: EnrolmentFacts) -> None:
    """The person had a seat, and the session's first day has come."""
    session = known(facts)
    if enrolment.status is EnrolmentStatus.WITHDRAWN:
        raise Refused("enrolment-open", "The person withdrew.", "Enrol them again before the session is over.")
    if session.status is SessionStatus.CANCELLED:
        raise Refused("session-scheduled", "The session was cancelled.", "Choose another one.")
    if facts.today < session.starts_on:
        raise Refused("not-in-the-future", f"The session starts on {session.starts_on}.", "Record it then.")


def known(facts: EnrolmentFacts) -> TrainingSession:
    """The session, which must exist."""
    if facts.session is None:
        raise Refused("session-unknown", "There is no such training session.", "Schedule it first.")
    return facts.session


def evolve(state: Enrolment | None, event: EnrolmentEvent) -> Enrolment:
    if isinstance(event, EnrolmentMade):
        return Enrolment(**vars(event))
    enrolment = existing(state)
    match event:
        case EnrolmentWithdrawn():
            return enrolment.but(status=EnrolmentStatus.WITHDRAWN)
        case AttendanceMarked(attended=attended):
            return enrolment.but(status=EnrolmentStatus.ATTENDED if attended else EnrolmentStatus.ABSENT)
        case TrainingScored(score=score):
            return enrolment.but(score=score)
        case TrainingCompleted(passed=passed, hours=hours, effective_on=on):
            return enrolment.but(status=EnrolmentStatus.COMPLETED, passed=passed, hours=hours, completed_on=on)
        case CompletionCorrected(effective_on=on):
            return enrolment.but(completed_on=on)
        case EffectiveDayCorrected():
            return enrolment
        case TrainingFeedbackGiven(rating=rating, feedback=feedback):
            return enrolment.but(rating=rating, feedback=feedback)
        case _:
            assert_never(event)


ENROLMENT = Decider(kind="enrolment", state=Enrolment, events=EnrolmentEvent, decide=decide, evolve=evolve)
