"""Permissions in people: roles, the person themselves, and the reporting line."""

from typing import Any

from chassis.store.fields import Field, Fields
from chassis.store.relations import Relation, by_decision, by_state, role
from contracts.roles import Role
from contracts.values import Grade
from services.people.organisation.domain.division import DIVISION
from services.people.organisation.domain.person.appointment import AppointPerson
from services.people.organisation.domain.person.model import Employment
from services.people.organisation.domain.person.rules import PERSON

D, P = Fields(DIVISION), Fields(PERSON)

ME = "CAST(:me AS text)"
"""The person the caller acts for, or the caller."""
CALLER = "CAST(:caller AS text)"
"""The caller, whomever they act for."""
IN_PERSON = f"CASE WHEN {ME} = {CALLER} THEN {CALLER} END"
"""The caller, where they act for themselves: a stand-in sees what they need in that office only."""
IN_OFFICE = f"in_office({ME}, {CALLER})"
"""Whether the caller acts in an office, as ``LineFacts`` says it."""
REPORTS = f"""ARRAY(SELECT {P.id} FROM states WHERE {P.of_kind} AND {P.line_manager_id} = {ME}
    AND {P.employment.none_of(Employment.LEFT)} AND {IN_OFFICE})"""
"""The persons who report directly to the caller, in office."""
POSITIONS_BELOW = f"ARRAY(SELECT id FROM positions_below({ME}) WHERE {IN_OFFICE})"
"""The positions above which the caller is, in office."""

HR = role("HR", Role.HR)
EXECUTIVE = role("an executive", Role.EXECUTIVE)
ADMINISTRATOR = role("an administrator", Role.ADMINISTRATOR)
PORTFOLIO_OFFICE = role("the portfolio office", Role.PORTFOLIO_OFFICE)
SERVICE = role("this service itself", Role.SYSTEM)

THEMSELF = Relation(
    ("the person themselves",),
    lambda facts, _state, _command: facts.subject is not None and facts.subject == facts.actor.in_person,
    lambda _actor, _many, person: f"{person} = {IN_PERSON}",
)
"""The person a record is about, and nobody in their place."""
LINE_MANAGER = Relation(
    ("their line manager",),
    lambda facts, _state, _command: facts.line_manager,
    lambda _actor, _many, person: f"{person} = ANY({REPORTS})",
)
"""The nearest manager of the person a record is about."""
LINE_ABOVE = Relation(
    ("a manager above them",),
    lambda facts, _state, _command: facts.in_line,
    # Of a list, those below are looked up once.
    lambda _actor, many, person: (
        f"{person} = ANY(ARRAY(SELECT id FROM line_below({ME}) WHERE {IN_OFFICE}))"
        if many
        else f"({ME} IN (SELECT id FROM line_above({person})) AND {IN_OFFICE})"
    ),
)
"""Everybody above the person a record is about, the line manager included."""
ABOVE_POSITION = Relation(
    ("a manager above the position",),
    lambda facts, _state, _command: facts.in_line,
    lambda _actor, many, position: (
        f"{position} = ANY({POSITIONS_BELOW})"
        if many
        else f"({ME} IN (SELECT id FROM line_above_position({position})) AND {IN_OFFICE})"
    ),
)
"""The holder of the nearest held position above the one a record names, and everybody above them."""
ACTING_IN_OFFICE = Relation(
    ("somebody in office",), lambda facts, _state, _command: facts.in_office, lambda _actor, _many, _subject: IN_OFFICE
)
ANOTHER = Relation(
    ("somebody else",),
    lambda facts, _state, _command: not facts.themself,
    lambda _actor, _many, person: f"{person} <> {CALLER}",
)
"""Anybody but the person a record is about, in whatever place they act."""
NOBODY_ABOVE = by_decision("HR", lambda facts, _state, _command: not facts.line)
HR_AT_THE_TOP = (HR & NOBODY_ABOVE).called("HR where nobody is above them")


def graded(who: str, grade: Grade) -> Relation:
    """Whether the actor is in the office of a position of this grade or a higher one."""
    return by_decision(who, lambda facts, _state, _command: facts.at_least(grade))


def named(who: str, field: Field, *, in_person: bool = False) -> Relation:
    """The person a field of the state names, in their office or only in person."""
    name = field.rpartition("'")[0].rpartition("'")[2]

    def holds(facts: Any, state: Any, _command: Any) -> bool:
        id = getattr(state, name)
        acting = facts.actor.in_person if in_person else facts.actor.acts_as
        return id is not None and acting == id

    me = IN_PERSON if in_person else ME
    return Relation((who,), holds, lambda _actor, _many, _subject: f"{field} = {me}")


MANAGERS = graded("a manager", Grade.JUNIOR_MANAGER)
MANAGER_ABOVE = (LINE_ABOVE & graded("a manager", Grade.MANAGER)).called("a manager above, graded manager or higher")

SHAPES_ORGANISATION = HR | EXECUTIVE | ADMINISTRATOR
PERSONNEL = HR | ADMINISTRATOR
SETS_LIMITS = EXECUTIVE | ADMINISTRATOR
THE_PERSON = Relation(
    ("the person themselves",),
    lambda facts, _state, _command: facts.actor.in_person == facts.id,
    lambda _actor, _many, _subject: f"{P.id} = {IN_PERSON}",
)
"""The person whose record it is."""
TELLS_EXPERIENCE = THE_PERSON | PERSONNEL
WAIVES = by_decision(
    "an executive", lambda _facts, _state, command: isinstance(command, AppointPerson) and command.waiver is not None
)
APPOINTS = ((WAIVES & SETS_LIMITS) | (~WAIVES & PERSONNEL)).called(
    "HR", "an administrator", "with a waiver an executive"
)
"""Who appoints; a waiver of the ten-year gate is an executive's."""
REVIEWS_ELIGIBILITY = PERSONNEL | SERVICE
LINE_OR_HR = LINE_ABOVE | HR
LINE_MANAGER_OR_HR = LINE_MANAGER | HR
PERSON_OR_LINE = THEMSELF | LINE_ABOVE | HR
PERSON_OR_MANAGER = THEMSELF | LINE_MANAGER | HR
COUNTERPART = (LINE_MANAGER | (HR & NOBODY_ABOVE & ANOTHER)).called(
    "their line manager", "HR where nobody is above them"
)
"""With whom a person agrees on what is about them: never with themselves alone."""
OWN_LINE = (THEMSELF | LINE_ABOVE | HR | EXECUTIVE | ADMINISTRATOR).at(P.id)
"""Of a person: the person, everybody above them, HR, executives and administrators."""
HEADS = by_state("the head of the division", f"{D.head_id} = {ME} AND {IN_OFFICE}")
"""Of a division: the person who heads it, in office."""
