"""Education: degrees recorded, and verified by somebody else."""

from collections.abc import Sequence
from uuid import UUID

from chassis.domain.decider import PrivateEvent, Refused
from contracts.values import Name, Personal
from services.people.domain.line import check_another
from services.people.domain.qualifications.commands import RecordDegree, VerifyDegree
from services.people.domain.qualifications.facts import QualificationFacts
from services.people.domain.qualifications.state import Degree, Qualifications

MOST_DEGREES = 20


class DegreeRecorded(PrivateEvent):
    """A person has a degree, says somebody."""

    degree_id: UUID
    title: Personal[Name]
    institution: Personal[Name]
    field: Personal[Name]
    year: Personal[int | None]


class DegreeVerified(PrivateEvent):
    """Somebody else vouches for the degree."""

    degree_id: UUID


def record(
    qualifications: Qualifications, command: RecordDegree, facts: QualificationFacts
) -> Sequence[DegreeRecorded]:
    """A degree is recorded once, in the year it was given or later."""
    known = degree_of(qualifications, command.degree_id)
    if known is not None:
        if vars(command).items() <= vars(known).items():
            return []
        raise Refused("degree-known", "Another degree has this id.", "Choose another id.")
    if command.year > facts.today.year:
        raise Refused("not-in-the-future", f"The year {command.year} has yet to come.", "Record it when it is given.")
    if len(qualifications.education) >= MOST_DEGREES:
        many = f"There are {MOST_DEGREES} degrees already."
        raise Refused("education-bounded", many, "Leave out what does not matter for a position.")
    return [DegreeRecorded(**vars(command))]


def verify(
    qualifications: Qualifications, command: VerifyDegree, facts: QualificationFacts
) -> Sequence[DegreeVerified]:
    """Somebody else vouches for it, once."""
    degree = degree_of(qualifications, command.degree_id)
    if degree is None:
        raise Refused("degree-unknown", "There is no such degree.", "Record it first.")
    check_another(facts, "verifies their own degree")
    return [] if degree.verified else [DegreeVerified(degree_id=command.degree_id)]


def degree_of(qualifications: Qualifications, degree_id: UUID) -> Degree | None:
    """The degree with this id."""
    return next((each for each in qualifications.education if each.degree_id == degree_id), None)


def with_degree(qualifications: Qualifications, event: DegreeRecorded | DegreeVerified) -> Qualifications:
    """The degrees after an event."""
    if isinstance(event, DegreeRecorded):
        return qualifications.but(education=(*qualifications.education, Degree(**vars(event))))
    return qualifications.but(
        education=tuple(
            each.model_copy(update={"verified": True}) if each.degree_id == event.degree_id else each
            for each in qualifications.education
        )
    )
