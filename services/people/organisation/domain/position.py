"""Position: a job description in the hierarchy, which one person at a time may hold."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import Command, Decider, Facts, Refused, State, existing, new
from contracts import people
from contracts.values import Grade, Line, Name, SkillLevel
from services.people.organisation.domain.identity import identity
from services.people.organisation.domain.skill import Catalogue
from services.people.organisation.domain.staffing_policy import Years, demands_seniority

Duties = Annotated[tuple[Line, ...], Field(max_length=50)]
RequiredSkills = Annotated[tuple[SkillLevel, ...], Field(max_length=50)]
RequiredSchemes = Annotated[tuple[UUID, ...], Field(max_length=20)]
RequiredExperience = Annotated[tuple[Line, ...], Field(max_length=20)]


class PositionStatus(StrEnum):
    """The status of a position; approved and revised ones may be filled, a revised draft stays a draft."""

    DRAFTED = "drafted"
    APPROVED = "approved"
    REVISED = "revised"
    RETIRED = "retired"


class Position(State):
    """A position as it stands; ``required_schemes`` are the certificate schemes the person who holds it needs."""

    title: Name
    division_id: UUID
    grade: Grade
    reports_to: UUID | None
    it_management_years: Years
    duties: Duties
    required_skills: RequiredSkills = ()
    required_schemes: RequiredSchemes = ()
    experience: RequiredExperience = ()
    status: PositionStatus = PositionStatus.DRAFTED


class DraftPosition(Command):
    """Draft a position with its job description. Repeating it with the same facts changes nothing."""

    title: Name
    division_id: UUID
    grade: Grade
    reports_to: UUID | None = None
    it_management_years: Years
    duties: Duties = ()
    required_skills: RequiredSkills = ()
    required_schemes: RequiredSchemes = ()
    experience: RequiredExperience = ()


class ApprovePosition(Command):
    """Approve a drafted position, so that it can be filled."""


class RevisePosition(Command):
    """Replace a position's job description; an approved position stays approved."""

    title: Name
    grade: Grade
    reports_to: UUID | None
    it_management_years: Years
    duties: Duties
    required_skills: RequiredSkills = ()
    required_schemes: RequiredSchemes = ()
    experience: RequiredExperience = ()


class RetirePosition(Command):
    """Retire a vacant position for good."""

    reason: Line


PositionCommand = DraftPosition | ApprovePosition | RevisePosition | RetirePosition
PositionEvent = people.PositionDrafted | people.PositionApproved | people.PositionRevised | people.PositionRetired


@dataclass(frozen=True)
class Superior:
    """The position that another one reports to; ``above`` are the ids of all positions above it."""

    grade: Grade
    retired: bool = False
    above: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class PositionFacts(Facts):
    """``division_open`` and ``superior`` are None where unknown; ``highest_below`` is the highest grade among the
    positions reporting to this one that are not retired, None where none does; ``holder`` is who holds this one.
    ``open_schemes`` are those of the required certificate schemes that exist and are not retired. ``holder_years``:
    the holder's verified years of IT management; ``holder_waived``: the gate was waived for them. ``described_by``: who
    described the draft last, and in whose place; with ``four_eyes`` somebody else approves it. ``skills``: the
    catalogue.
    """

    policy_years: Decimal
    division_open: bool | None = None
    superior: Superior | None = None
    highest_below: Grade | None = None
    holder: UUID | None = None
    open_schemes: frozenset[UUID] = frozenset()
    holder_years: Fraction = Fraction(0)
    holder_waived: bool = False
    described_by: frozenset[str] = frozenset()
    skills: Catalogue = field(default_factory=dict)
    four_eyes: bool = True


def decide(state: Position | None, command: PositionCommand, facts: PositionFacts) -> Sequence[PositionEvent]:
    if isinstance(command, DraftPosition):
        return draft(state, command, facts)
    position = existing(state)
    if position.status is PositionStatus.RETIRED and not isinstance(command, RetirePosition):
        raise Refused("position-retired", "The position is retired.", "Draft another one.")
    match command:
        case ApprovePosition():
            return approve(position, facts)
        case RevisePosition():
            return revise(position, command, facts)
        case RetirePosition():
            return retire(position, command, facts)
        case _:
            assert_never(command)


def draft(state: Position | None, command: DraftPosition, facts: PositionFacts) -> Sequence[PositionEvent]:
    """A position starts with a job description that holds."""
    if state is not None and state == state.but(**vars(command)):
        return []
    new(state, "position")
    check(command, facts)
    return [people.PositionDrafted(**vars(command))]


def approve(position: Position, facts: PositionFacts) -> Sequence[PositionEvent]:
    """Approve a draft after checking it again: the policy may have changed."""
    if position.status is not PositionStatus.DRAFTED:
        return []
    check(position, facts)
    return [people.PositionApproved()]


def revise(position: Position, command: RevisePosition, facts: PositionFacts) -> Sequence[PositionEvent]:
    """A revision obeys the same rules as a draft."""
    if position == position.but(**vars(command)):
        return []
    check(command, facts)
    check_holder(position, command, facts)
    return [people.PositionRevised(**vars(command))]


def retire(position: Position, command: RetirePosition, facts: PositionFacts) -> Sequence[PositionEvent]:
    """A position retires when nobody holds it and none reports to it: none may report to a retired one."""
    if position.status is PositionStatus.RETIRED:
        return []
    if facts.holder is not None:
        raise Refused("retires-only-when-vacant", "The position is held.", "Appoint the holder elsewhere first.")
    if facts.highest_below is not None:
        raise Refused(
            "retires-without-reports", "Other positions report to it.", "Change their superior position first."
        )
    return [people.PositionRetired(reason=command.reason)]


def check(described: Position | DraftPosition | RevisePosition, facts: PositionFacts) -> None:
    """A job description holds: in an open division, in the hierarchy, within the policy."""
    check_division(facts)
    check_superior(described.reports_to, described.grade, facts)
    check_below(described.grade, facts)
    check_policy(described.grade, described.it_management_years, facts)
    check_required(described, facts)


def check_division(facts: PositionFacts) -> None:
    """The division exists and is open."""
    if facts.division_open is None:
        raise Refused("division-unknown", "The division does not exist.", "Establish it first.")
    if not facts.division_open:
        raise Refused("division-closed", "The division is closed.", "Choose an open one.")


def check_superior(reports_to: UUID | None, grade: Grade, facts: PositionFacts) -> None:
    """The superior position exists, is not retired, does not lie below this one, and is not of a lower grade."""
    if reports_to is None:
        return
    if reports_to == facts.id:
        raise Refused("no-cycles", "A position cannot report to itself.", "Choose another superior position.")
    if facts.superior is None:
        raise Refused("superior-unknown", "The superior position does not exist.", "Draft it first.")
    if facts.id in facts.superior.above:
        raise Refused("no-cycles", "The superior position lies below this one.", "Choose one outside its line.")
    if facts.superior.retired:
        raise Refused("superior-retired", "The superior position is retired.", "Choose another one.")
    if facts.superior.grade.rank < grade.rank:
        detail = f"The superior is graded {facts.superior.grade}, below {grade}."
        raise Refused("superior-not-below", detail, "Choose a superior of the same or a higher grade.")


def check_below(grade: Grade, facts: PositionFacts) -> None:
    """No position that reports to this one is of a higher grade."""
    if facts.highest_below is not None and facts.highest_below.rank > grade.rank:
        detail = f"A position graded {facts.highest_below}, above {grade}, reports to it."
        raise Refused("superior-not-below", detail, "Change its superior position first.")


def check_policy(grade: Grade, years: Decimal, facts: PositionFacts) -> None:
    """A position that demands seniority never asks for less IT management than the policy."""
    if demands_seniority(grade) and years < facts.policy_years:
        detail = f"A {grade} position requires at least {facts.policy_years} years of IT management, not {years}."
        raise Refused("not-less-than-policy", detail, f"Require {facts.policy_years} years or more.")


def check_holder(position: Position, command: RevisePosition, facts: PositionFacts) -> None:
    """Who holds a position that comes to demand seniority, or more of it, passes the gate as if appointed to it."""
    rises = not demands_seniority(position.grade) or command.it_management_years > position.it_management_years
    if facts.holder is None or facts.holder_waived or not demands_seniority(command.grade) or not rises:
        return
    required = max(command.it_management_years, facts.policy_years)
    if facts.holder_years < Fraction(required):
        detail = f"The holder does not have {required} years of verified IT management."
        raise Refused("senior-manager-gate", detail, "Waive the gate for the holder, or appoint them elsewhere first.")


def check_required(described: Position | DraftPosition | RevisePosition, facts: PositionFacts) -> None:
    """A skill is required at one level, and certificates of schemes that are there to be awarded."""
    names = [identity(each.skill) for each in described.required_skills]
    if len(set(names)) < len(names):
        raise Refused("skill-required-once", "A skill is required at two levels.", "Keep the higher one.")
    if not facts.open_schemes.issuperset(described.required_schemes):
        raise Refused(
            "scheme-open",
            "A required certificate scheme does not exist or is retired.",
            "Define it, or require another one.",
        )


def evolve(state: Position | None, event: PositionEvent) -> Position:
    if isinstance(event, people.PositionDrafted):
        return Position(**vars(event))
    position = existing(state)
    match event:
        case people.PositionApproved():
            return position.but(status=PositionStatus.APPROVED)
        case people.PositionRevised():
            drafted = position.status is PositionStatus.DRAFTED
            return position.but(**vars(event), status=PositionStatus.DRAFTED if drafted else PositionStatus.REVISED)
        case people.PositionRetired():
            return position.but(status=PositionStatus.RETIRED)
        case _:
            assert_never(event)


POSITION = Decider(kind="position", state=Position, events=PositionEvent, decide=decide, evolve=evolve)
