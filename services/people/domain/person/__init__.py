"""Person: who works here, with which experience, in which position, reporting to whom, eligible for what."""

from services.people.domain.person.commands import (
    AppointPerson,
    ChangeLineManager,
    ErasePerson,
    HirePerson,
    PersonCommand,
    RecordExperience,
    RecordLeaving,
    ReinstatePerson,
    RenamePerson,
    ReviewEligibility,
    SuspendPerson,
    VerifyExperience,
    Waiver,
)
from services.people.domain.person.decide import PERSON
from services.people.domain.person.evolve import PersonEvent
from services.people.domain.person.experience import Experience, ExperienceRecorded, ExperienceVerified, verified_years
from services.people.domain.person.facts import KnownPosition, PersonFacts
from services.people.domain.person.state import Appointment, Employment, Person

__all__ = [
    "PERSON",
    "AppointPerson",
    "Appointment",
    "ChangeLineManager",
    "Employment",
    "ErasePerson",
    "Experience",
    "ExperienceRecorded",
    "ExperienceVerified",
    "HirePerson",
    "KnownPosition",
    "Person",
    "PersonCommand",
    "PersonEvent",
    "PersonFacts",
    "RecordExperience",
    "RecordLeaving",
    "ReinstatePerson",
    "RenamePerson",
    "ReviewEligibility",
    "SuspendPerson",
    "VerifyExperience",
    "Waiver",
    "verified_years",
]
