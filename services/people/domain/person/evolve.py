"""How each event changes a person."""

from typing import assert_never

from chassis.decider import existing
from chassis.personal import ERASED
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
from services.people.domain.person.experience import Experience, ExperienceRecorded, ExperienceVerified
from services.people.domain.person.state import Appointment, Employment, Person

PersonEvent = (
    PersonHired
    | PersonRenamed
    | ExperienceRecorded
    | ExperienceVerified
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
        case ExperienceVerified():
            return verified(person, event)
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


def verified(person: Person, event: ExperienceVerified) -> Person:
    """One of the experiences is verified up to a day."""
    return person.but(
        experience=tuple(
            each.model_copy(update={"verified_until": event.until})
            if each.experience_id == event.experience_id
            else each
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
