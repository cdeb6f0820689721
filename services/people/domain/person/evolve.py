"""How each event changes a person."""

from datetime import date
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import existing
from chassis.domain.personal import ERASED
from contracts.people import (
    EligibilityChanged,
    LineManagerChanged,
    PersonAppointed,
    PersonErased,
    PersonHired,
    PersonLeft,
    PersonReinstated,
    PersonRenamed,
    PersonSuspended,
    SeniorManagerGateWaived,
    StandInNamed,
    StandInWithdrawn,
)
from services.people.domain.person.absence import AbsenceCancelled, AbsenceRecorded, with_absence, with_stand_in
from services.people.domain.person.experience import (
    Experience,
    ExperienceEnded,
    ExperienceRecorded,
    ExperienceVerified,
    ExperienceWithdrawn,
)
from services.people.domain.person.state import Appointment, Employment, Person

PersonEvent = (
    PersonHired
    | PersonRenamed
    | ExperienceRecorded
    | ExperienceVerified
    | ExperienceEnded
    | ExperienceWithdrawn
    | SeniorManagerGateWaived
    | PersonAppointed
    | LineManagerChanged
    | PersonSuspended
    | PersonReinstated
    | PersonLeft
    | PersonErased
    | StandInNamed
    | StandInWithdrawn
    | AbsenceRecorded
    | AbsenceCancelled
    | EligibilityChanged
)


def evolve(state: Person | None, event: PersonEvent) -> Person:
    """The state after an event."""
    if isinstance(event, PersonHired):
        return Person(name=event.name, hired_on=event.effective_on, last_on=event.effective_on)
    person = existing(state)
    match event:
        case PersonRenamed(name=name):
            return person.but(name=name)
        case ExperienceRecorded():
            return recorded(person, event)
        case ExperienceVerified(experience_id=experience_id, until=until):
            return experienced(person, experience_id, verified_until=until)
        case ExperienceEnded():
            return ended(person, event)
        case ExperienceWithdrawn(experience_id=id):
            return person.but(experience=tuple(each for each in person.experience if each.experience_id != id))
        case PersonAppointed():
            return appointed(person, event)
        case SeniorManagerGateWaived():
            return person.but(gate_waived=True)
        case LineManagerChanged(line_manager_id=line_manager_id, effective_on=on):
            return person.but(line_manager_id=line_manager_id, last_on=on)
        case PersonSuspended(effective_on=on):
            return person.but(employment=Employment.SUSPENDED, last_on=on)
        case PersonReinstated(effective_on=on):
            return person.but(employment=Employment.ACTIVE, last_on=on)
        case PersonLeft(effective_on=on):
            return person.but(employment=Employment.LEFT, last_on=on)
        case PersonErased():
            return person.but(name=ERASED, experience=(), absences=(), erased=True)
        case StandInNamed():
            return with_stand_in(person, event)
        case StandInWithdrawn(stand_in_id=stand_in_id):
            return person.but(stand_ins=tuple(each for each in person.stand_ins if each.stand_in_id != stand_in_id))
        case AbsenceRecorded():
            return with_absence(person, event)
        case AbsenceCancelled(absence_id=absence_id):
            return person.but(absences=tuple(each for each in person.absences if each.absence_id != absence_id))
        case EligibilityChanged(senior_manager=eligible):
            return person.but(eligible=eligible)
        case _:
            assert_never(event)


def recorded(person: Person, event: ExperienceRecorded) -> Person:
    """One more experience, not verified yet."""
    return person.but(experience=(*person.experience, Experience(**vars(event))))


def ended(person: Person, event: ExperienceEnded) -> Person:
    """One of the experiences goes on no longer; it is verified no further than its end."""
    known = next((each.verified_until for each in person.experience if each.experience_id == event.experience_id), None)
    verified_until = min(known, event.ended_on) if known else None
    return experienced(person, event.experience_id, ended_on=event.ended_on, verified_until=verified_until)


def experienced(person: Person, experience_id: UUID, **changes: date | None) -> Person:
    """One of the experiences has other days."""
    return person.but(
        experience=tuple(
            each.model_copy(update=changes) if each.experience_id == experience_id else each
            for each in person.experience
        )
    )


def appointed(person: Person, event: PersonAppointed) -> Person:
    """Whoever held another position holds this one now; a waiver was for the one position only."""
    return person.but(
        appointment=Appointment(
            position_id=event.position_id, title=event.title, division_id=event.division_id, grade=event.grade
        ),
        line_manager_id=event.line_manager_id,
        last_on=event.effective_on,
        gate_waived=False,
    )
