"""Person: who works here, with which experience, in which position, reporting to whom, eligible for what."""

from services.people.domain.person.absence import AbsenceCancelled, AbsenceRecorded
from services.people.domain.person.commands import (
    AppointPerson,
    CancelAbsence,
    ChangeLineManager,
    ErasePerson,
    HirePerson,
    NameStandIn,
    PersonCommand,
    RecordAbsence,
    RecordExperience,
    RecordLeaving,
    ReinstatePerson,
    RenamePerson,
    ReviewEligibility,
    SuspendPerson,
    VerifyExperience,
    Waiver,
    WithdrawStandIn,
)
from services.people.domain.person.decide import PERSON
from services.people.domain.person.evolve import PersonEvent
from services.people.domain.person.experience import Experience, ExperienceRecorded, ExperienceVerified, verified_years
from services.people.domain.person.facts import KnownPosition, PersonFacts
from services.people.domain.person.state import Absence, Appointment, Employment, Person, StandIn

__all__ = [
    "PERSON",
    "Absence",
    "AbsenceCancelled",
    "AbsenceRecorded",
    "AppointPerson",
    "Appointment",
    "CancelAbsence",
    "ChangeLineManager",
    "Employment",
    "ErasePerson",
    "Experience",
    "ExperienceRecorded",
    "ExperienceVerified",
    "HirePerson",
    "KnownPosition",
    "NameStandIn",
    "Person",
    "PersonCommand",
    "PersonEvent",
    "PersonFacts",
    "RecordAbsence",
    "RecordExperience",
    "RecordLeaving",
    "ReinstatePerson",
    "RenamePerson",
    "ReviewEligibility",
    "StandIn",
    "SuspendPerson",
    "VerifyExperience",
    "Waiver",
    "WithdrawStandIn",
    "verified_years",
]
