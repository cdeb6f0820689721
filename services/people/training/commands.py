"""The command tables of training: programmes, their sessions, and who takes part in them."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Actor, Facts
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from contracts.people import TrainingCompleted
from contracts.roles import Role
from services.people.organisation import zones
from services.people.organisation.access import SERVICE
from services.people.organisation.catalogue import catalogue
from services.people.organisation.domain import funding
from services.people.organisation.domain.division import DIVISION
from services.people.organisation.domain.identity import identity
from services.people.organisation.domain.person.rules import PERSON
from services.people.organisation.domain.skill import by_catalogue, names_in
from services.people.organisation.facts import about, grade_of, limits, paying
from services.people.training import access
from services.people.training.domain import enrolment, training_programme, training_session

SESSION, SEAT = Fields(training_session.TRAINING_SESSION), Fields(enrolment.ENROLMENT)
OPEN_SESSIONS_OF = text(
    f"SELECT count(*) AS number FROM states WHERE {SESSION.of_kind} AND {SESSION.programme_id} = :id"
    f" AND {SESSION.status.one_of(training_session.SessionStatus.SCHEDULED)}"
)

SEATS_OF = text(
    f"SELECT {SEAT.id} AS id, {SEAT.person_id} AS person_id FROM states WHERE {SEAT.of_kind}"
    f" AND {SEAT.session_id} = :id AND {SEAT.status.none_of(enrolment.EnrolmentStatus.WITHDRAWN)}"
)


NAMES_TRAINER = (
    training_session.ScheduleTrainingSession
    | training_session.ArrangeTrainingSession
    | training_session.TakeOverSession
)


async def programme_facts(
    view: View,
    state: training_programme.TrainingProgramme | None,
    command: training_programme.ProgrammeCommand,
    base: Facts,
) -> training_programme.ProgrammeFacts:
    """Gather the actor, the division that owns it, and the programme's sessions that are not settled."""
    owner = state.division_id if state else None
    if isinstance(command, training_programme.DesignTrainingProgramme):
        owner = command.division_id or await division_of(view, base.actor)
    claim_title(view, state, command, owner)
    known = await about(view, base, None) | {"skills": await catalogue(view, names_in(command))}
    known |= await paying(view, base, owner) if owner else {}
    if isinstance(command, training_programme.AssignTrainingProgramme):
        division = await view.state(DIVISION, command.division_id)
        return training_programme.ProgrammeFacts(
            **known, new_division_open=division is not None and not division.closed
        )
    if not isinstance(command, training_programme.RetireTrainingProgramme):
        return training_programme.ProgrammeFacts(**known)
    (sessions,) = await view.guarded(f"programme:{base.id}:sessions", OPEN_SESSIONS_OF, {"id": str(base.id)})
    return training_programme.ProgrammeFacts(**known, sessions_open=sessions.number)


def claim_title(
    view: View,
    state: training_programme.TrainingProgramme | None,
    command: training_programme.ProgrammeCommand,
    owner: UUID | None,
) -> None:
    """A title belongs to one programme of its owner that is not retired."""
    live = state is not None and state.status is not training_programme.ProgrammeStatus.RETIRED
    before = key_of(state.title, state.division_id) if state is not None and live else None
    after = before
    match command:
        case training_programme.DesignTrainingProgramme(title=title) if state is None:
            after = key_of(title, owner)
        case training_programme.ReviseTrainingProgramme(title=title) if live:
            after = key_of(title, owner)
        case training_programme.AssignTrainingProgramme(division_id=division_id) if state is not None and live:
            after = key_of(state.title, division_id)
        case training_programme.RetireTrainingProgramme():
            after = None
    if before is not None and before != after:
        view.release(before)
    if after is not None and before != after:
        view.claim(after)


def key_of(title: str, division_id: UUID | None) -> str:
    """The business key of a programme's title, however it is written."""
    return f"training-programme:{division_id}:{identity(title)}"


async def division_of(view: View, actor: Actor) -> UUID | None:
    """The division in which the actor is in office; HR's own programmes are for all."""
    person = await view.state(PERSON, actor.acts_as)
    held = person.appointment if person and grade_of(person) else None
    return held.division_id if held and not actor.has(Role.HR) else None


async def session_facts(
    view: View, state: training_session.TrainingSession | None, command: training_session.SessionCommand, base: Facts
) -> training_session.SessionFacts:
    """The programme, the division that pays, and who trains."""
    of: Any = command if isinstance(command, training_session.ScheduleTrainingSession) and state is None else state
    programme = await view.state(training_programme.TRAINING_PROGRAMME, of.programme_id)
    view.bump(f"programme:{of.programme_id}:sessions")
    named = command.trainer_id if isinstance(command, NAMES_TRAINER) else None
    return training_session.SessionFacts(
        **await about(view, base, None),
        **await paying(view, base, of.division_id),
        offered=programme.offered if programme else None,
        trainer_here=await works_here(view, named),
        policy=await limits(view),
    )


async def works_here(view: View, person_id: UUID | None) -> bool:
    """Return whether there is such a person, who has not left."""
    person = await view.state(PERSON, person_id)
    return person is not None and person.works_here


async def enrolment_facts(
    view: View, state: enrolment.Enrolment | None, command: enrolment.EnrolmentCommand, base: Facts
) -> enrolment.EnrolmentFacts:
    """The person with the line above, the session with its seats, and the programme."""
    of: Any = command if isinstance(command, enrolment.Enrol) and state is None else state
    session = await view.state(training_session.TRAINING_SESSION, of.session_id)
    programme = await view.state(training_programme.TRAINING_PROGRAMME, session.programme_id) if session else None
    guard = f"session:{of.session_id}:seats"
    if isinstance(command, enrolment.Enrol | enrolment.WithdrawEnrolment):
        view.bump(guard)
    seats = (
        await view.guarded(guard, SEATS_OF, {"id": str(of.session_id)}) if isinstance(command, enrolment.Enrol) else ()
    )
    others = [seat for seat in seats if seat.id != str(base.id)]
    return enrolment.EnrolmentFacts(
        **await about(view, base, of.person_id),
        session=session,
        programme=programme,
        taken=len(others),
        funding_required=isinstance(command, enrolment.Enrol) and (await limits(view)).funding_required,
        enrolled=any(seat.person_id == str(of.person_id) for seat in others),
        completion=await completion(view, base.id) if isinstance(command, enrolment.CorrectCompletion) else None,
    )


async def completion(view: View, id: UUID) -> int | None:
    """The number of the event that tells of a completed training."""
    history = await view.history(enrolment.ENROLMENT, id)
    return next((each.published for each in history if isinstance(each.event, TrainingCompleted)), None)


TRAINING_PROGRAMMES = Aggregate(
    training_programme.TRAINING_PROGRAMME,
    path="training-programmes",
    commands=[
        CommandRow("design", training_programme.DesignTrainingProgramme, access.DESIGNS_PROGRAMME, creates=True),
        CommandRow("revise", training_programme.ReviseTrainingProgramme, access.KEEPS_PROGRAMME),
        CommandRow("publish", training_programme.PublishTrainingProgramme, access.KEEPS_PROGRAMME),
        CommandRow("assign", training_programme.AssignTrainingProgramme, access.KEEPS_PROGRAMME),
        CommandRow("retire", training_programme.RetireTrainingProgramme, access.KEEPS_PROGRAMME),
    ],
    facts=programme_facts,
    zone=zones.OF_DIVISION,
    rewords=lambda command, facts: by_catalogue(command, facts.skills),
    filters=["status", "scheme_id", "division_id"],
    sorts=["title"],
    searched=["title"],
)

TRAINING_SESSIONS = Aggregate(
    training_session.TRAINING_SESSION,
    path="training-sessions",
    commands=[
        CommandRow("schedule", training_session.ScheduleTrainingSession, access.SCHEDULES, creates=True),
        CommandRow("arrange", training_session.ArrangeTrainingSession, access.ARRANGES),
        CommandRow("ask-for-funding", training_session.AskForFunding, access.ARRANGES),
        CommandRow("note-funding", funding.NoteFunding, SERVICE),
        CommandRow("take-over", training_session.TakeOverSession, SERVICE),
        CommandRow("deliver", training_session.DeliverTrainingSession, access.DELIVERS),
        CommandRow("cancel", training_session.CancelTrainingSession, access.ARRANGES),
        CommandRow("mark-overdue", training_session.MarkSessionOverdue, SERVICE),
    ],
    facts=session_facts,
    zone=zones.OF_DIVISION,
    filters=["programme_id", "division_id", "trainer_id", "status", "overdue"],
    sorts=["starts_on"],
)

ENROLMENTS = Aggregate(
    enrolment.ENROLMENT,
    path="enrolments",
    commands=[
        CommandRow("enrol", enrolment.Enrol, access.ENROLS, creates=True),
        CommandRow("withdraw", enrolment.WithdrawEnrolment, access.WITHDRAWS_SEAT),
        CommandRow("mark-attendance", enrolment.MarkAttendance, access.MARKS),
        CommandRow("record-result", enrolment.RecordResult, access.RECORDS_RESULT),
        CommandRow("correct-day", enrolment.CorrectCompletion, access.CORRECTS_COMPLETION),
        CommandRow("give-feedback", enrolment.GiveTrainingFeedback, access.GIVES_FEEDBACK),
    ],
    facts=enrolment_facts,
    zone=zones.OF_PERSON,
    sees=access.SEES_ENROLMENT,
    filters=["person_id", "session_id", "programme_id", "status"],
)
