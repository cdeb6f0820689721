"""Degrees: recorded and verified; commands and rules."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import Command, Refused
from contracts.values import Name, Personal
from services.people.organisation.domain.line import who_acts
from services.people.qualifications.domain import model

Year = Annotated[int, Field(ge=1900, le=2200)]


class RecordDegree(Command):
    """Record a degree of a person."""

    degree_id: UUID
    title: Personal[Name]
    institution: Personal[Name]
    field: Personal[Name]
    year: Personal[Year]


class VerifyDegree(Command):
    """Verify a recorded degree."""

    degree_id: UUID


MOST_DEGREES = 20


def record(
    qualifications: model.Qualifications, command: RecordDegree, facts: model.QualificationFacts
) -> Sequence[model.DegreeRecorded]:
    """A degree is recorded once, in the year it was given or later."""
    known = degree_of(qualifications, command.degree_id)
    if known is not None:
        if vars(command).items() <= vars(known).items():
            return []
        raise Refused("degree-known", "Another degree has this id.", "Choose another id.")
    if command.year > facts.today.year:
        raise Refused("not-in-the-future", f"The year {command.year} is in the future.", "Record it when it is given.")
    if len(qualifications.education) >= MOST_DEGREES:
        detail = f"There are {MOST_DEGREES} degrees already."
        raise Refused("education-bounded", detail, "Leave out what does not matter for a position.")
    return [model.DegreeRecorded(**vars(command), recorded_by=who_acts(facts.actor))]


def verify(
    qualifications: model.Qualifications, command: VerifyDegree, facts: model.QualificationFacts
) -> Sequence[model.DegreeVerified]:
    """Somebody else vouches for it, once."""
    degree = degree_of(qualifications, command.degree_id)
    if degree is None:
        raise Refused("degree-unknown", "There is no such degree.", "Record it first.")
    return [] if degree.verified else [model.DegreeVerified(degree_id=command.degree_id)]


def degree_of(qualifications: model.Qualifications, degree_id: UUID) -> model.Degree | None:
    return next((each for each in qualifications.education if each.degree_id == degree_id), None)
