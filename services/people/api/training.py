"""The command tables of training: programmes, their sessions, and who takes part in them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from contracts.roles import Role
from services.people import policy
from services.people.api.facts import about, paying
from services.people.domain.enrolment import (
    ENROLMENT,
    Enrol,
    Enrolment,
    EnrolmentCommand,
    EnrolmentFacts,
    GiveTrainingFeedback,
    MarkAttendance,
    RecordResult,
    WithdrawEnrolment,
)
from services.people.domain.person import PERSON, Employment
from services.people.domain.training_programme import (
    TRAINING_PROGRAMME,
    DesignTrainingProgramme,
    ProgrammeCommand,
    ProgrammeFacts,
    PublishTrainingProgramme,
    RetireTrainingProgramme,
    ReviseTrainingProgramme,
    TrainingProgramme,
)
from services.people.domain.training_session import (
    TRAINING_SESSION,
    ArrangeTrainingSession,
    CancelTrainingSession,
    DeliverTrainingSession,
    MarkSessionOverdue,
    ScheduleTrainingSession,
    SessionCommand,
    SessionFacts,
    TrainingSession,
)

OPEN_SESSIONS_OF = text(
    "SELECT count(*) AS number FROM states WHERE kind = 'training-session' AND state->>'programme_id' = :id"
    " AND state->>'status' = 'scheduled'"
)
SEATS_OF = text(
    "SELECT right(stream, 36) AS id, state->>'person_id' AS person_id FROM states WHERE kind = 'enrolment'"
    " AND state->>'session_id' = :id AND state->>'status' <> 'withdrawn'"
)


async def programme_facts(
    view: View, state: TrainingProgramme | None, command: ProgrammeCommand, base: Facts
) -> ProgrammeFacts:
    """Who acts, and the programme's sessions that are still to be settled."""
    known = await about(view, base, None)
    if not isinstance(command, RetireTrainingProgramme):
        return ProgrammeFacts(**known)
    (sessions,) = await view.guarded(f"programme:{base.id}:sessions", OPEN_SESSIONS_OF, {"id": str(base.id)})
    return ProgrammeFacts(**known, sessions_open=sessions.number)


async def session_facts(
    view: View, state: TrainingSession | None, command: SessionCommand, base: Facts
) -> SessionFacts:
    """The programme, the division that pays, and who trains."""
    of: Any = command if isinstance(command, ScheduleTrainingSession) and state is None else state
    programme = await view.state(TRAINING_PROGRAMME, of.programme_id)
    view.bump(f"programme:{of.programme_id}:sessions")
    named = command.trainer_id if isinstance(command, ScheduleTrainingSession | ArrangeTrainingSession) else None
    return SessionFacts(
        **await about(view, base, None),
        **await paying(view, base, of.division_id),
        trainer_id=state.trainer_id if state else None,
        offered=programme.offered if programme else None,
        trainer_here=await works_here(view, named),
    )


async def works_here(view: View, person_id: UUID | None) -> bool:
    """Whether there is such a person, who has not left."""
    person = await view.state(PERSON, person_id)
    return person is not None and person.employment is not Employment.LEFT


async def enrolment_facts(
    view: View, state: Enrolment | None, command: EnrolmentCommand, base: Facts
) -> EnrolmentFacts:
    """The person with the line above, the session with its seats, and the programme."""
    of: Any = command if isinstance(command, Enrol) and state is None else state
    session = await view.state(TRAINING_SESSION, of.session_id)
    programme = await view.state(TRAINING_PROGRAMME, session.programme_id) if session else None
    guard = f"session:{of.session_id}:seats"
    if isinstance(command, Enrol | WithdrawEnrolment):
        view.bump(guard)
    seats = await view.guarded(guard, SEATS_OF, {"id": str(of.session_id)}) if isinstance(command, Enrol) else ()
    others = [seat for seat in seats if seat.id != str(base.id)]
    return EnrolmentFacts(
        **await about(view, base, of.person_id),
        trainer_id=session.trainer_id if session else None,
        session=session,
        programme=programme,
        taken=len(others),
        enrolled=any(seat.person_id == str(of.person_id) for seat in others),
    )


def session_due(_session: TrainingSession, _due_at: datetime) -> MarkSessionOverdue:
    """Somebody has to say what became of it."""
    return MarkSessionOverdue()


DESIGNERS = policy.either(policy.hr, policy.managers)
ENROLLERS = policy.either(policy.themself, policy.line_manager, policy.hr)
RECORDERS = policy.either(policy.trainer, policy.line_above, policy.hr)

TRAINING_PROGRAMMES = Aggregate(
    TRAINING_PROGRAMME,
    path="training-programmes",
    commands=[
        CommandRow("design", DesignTrainingProgramme, DESIGNERS, programme_facts, creates=True),
        CommandRow("revise", ReviseTrainingProgramme, DESIGNERS, programme_facts),
        CommandRow("publish", PublishTrainingProgramme, DESIGNERS, programme_facts),
        CommandRow("retire", RetireTrainingProgramme, DESIGNERS, programme_facts),
    ],
    filters=["status", "scheme_id"],
    sorts=["title"],
)

TRAINING_SESSIONS = Aggregate(
    TRAINING_SESSION,
    path="training-sessions",
    commands=[
        CommandRow("schedule", ScheduleTrainingSession, DESIGNERS, session_facts, creates=True),
        CommandRow("arrange", ArrangeTrainingSession, DESIGNERS, session_facts),
        CommandRow("deliver", DeliverTrainingSession, policy.either(DESIGNERS, policy.trainer), session_facts),
        CommandRow("cancel", CancelTrainingSession, DESIGNERS, session_facts),
        CommandRow("mark-overdue", MarkSessionOverdue, policy.service, session_facts),
    ],
    when_due=session_due,
    filters=["programme_id", "division_id", "trainer_id", "status", "overdue"],
    sorts=["starts_on"],
)

ENROLMENTS = Aggregate(
    ENROLMENT,
    path="enrolments",
    commands=[
        CommandRow("enrol", Enrol, ENROLLERS, enrolment_facts, creates=True),
        CommandRow("withdraw", WithdrawEnrolment, ENROLLERS, enrolment_facts),
        CommandRow("mark-attendance", MarkAttendance, RECORDERS, enrolment_facts),
        CommandRow("record-result", RecordResult, RECORDERS, enrolment_facts),
        CommandRow("give-feedback", GiveTrainingFeedback, policy.whoever_sees, enrolment_facts),
    ],
    sees=policy.person_and_line("person_id", Role.HR, others=policy.TRAINS_IN_SESSION),
    filters=["person_id", "session_id", "programme_id", "status"],
)
