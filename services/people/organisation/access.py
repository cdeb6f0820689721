"""Permissions in people: roles, the person themselves, and the reporting line."""

from dataclasses import replace
from typing import Any

from chassis.domain.decider import person_of
from chassis.store.fields import Field, Fields
from chassis.store.relations import Relation, by_decision, by_state, role
from contracts.roles import Role
from contracts.values import Grade
from services.people.organisation.domain.division import DIVISION
from services.people.organisation.domain.line import who_acts
from services.people.organisation.domain.person.appointment import AppointPerson
from services.people.organisation.domain.person.model import NEVER_HERE, NOT_HERE, Employment
from services.people.organisation.domain.person.rules import PERSON
from services.people.organisation.domain.staffing_policy import POLICY_ID, STAFFING_POLICY

D, P, ACTING, SETTINGS = Fields(DIVISION), Fields(PERSON), Fields(PERSON, "p"), Fields(STAFFING_POLICY, "policy")

ME = "CAST(:me AS text)"
"""The person the caller acts for, or the caller."""
CALLER = "CAST(:caller AS text)"
"""The caller, whomever they act for."""
IN_PERSON = "CAST(:myself AS text)"
"""The caller, where they act for themselves: a stand-in sees what they need in that office only."""
IN_OFFICE = f"in_office({ME}, {CALLER})"
"""The condition that the caller acts in an office, as in ``LineFacts``."""
REPORTS = f"""ARRAY(SELECT {P.id} FROM states WHERE {P.of_kind} AND {P.line_manager_id} = {ME}
    AND {P.employment.none_of(*NOT_HERE)} AND {IN_OFFICE})"""
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
    ("the person's line manager",),
    lambda facts, _state, _command: facts.line_manager,
    lambda _actor, _many, person: f"{person} = ANY({REPORTS})",
)
"""The nearest manager of the person a record is about."""
LINE_ABOVE = Relation(
    ("a manager above the person",),
    lambda facts, _state, _command: facts.in_line,
    # Of a list, those below are looked up once.
    lambda _actor, many, person: (
        f"{person} = ANY(ARRAY(SELECT id FROM line_below({ME}) WHERE {IN_OFFICE}))"
        if many
        else f"({ME} IN (SELECT id FROM line_above({person})) AND {IN_OFFICE})"
    ),
)
"""Everybody above the person a record is about, the line manager included."""
IN_CONFIDENCE = Relation(
    ("those who are managers themselves, or entrusted with what is confidential",),
    lambda facts, _state, _command: facts.in_confidence,
    lambda _actor, _many, _subject: f"in_confidence({ME}, {CALLER})",
)
"""Those who act for themselves; of stand-ins, managers and those named for what is confidential as well."""
LINE_ABOVE_IN_CONFIDENCE = (LINE_ABOVE & IN_CONFIDENCE).called("a manager above the person")
"""Everybody above a person, for pay, reviews and cases: a stand-in acts in what is office, not in all of it."""
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
    lambda _actor, _many, person: f"{person} NOT IN ({CALLER}, {ME})",
)
"""Anybody but the person a record is about, in whatever place they act."""
NOBODY_ABOVE = Relation(
    ("others",),
    lambda facts, _state, _command: not facts.line,
    lambda _actor, _many, person: f"NOT EXISTS (SELECT FROM line_above({person}))",
)


def another(deed: str, rule: str = "nobody-on-themself") -> Relation:
    """Anybody but the person a record is about, of whom it is said that nobody does this themselves."""
    return ANOTHER.ruled(rule, f"You cannot {deed}.")


def graded(who: str, grade: Grade) -> Relation:
    """The relation of acting in the office of a position of this grade or a higher one."""
    high_enough = [each for each in Grade if each.rank >= grade.rank]
    return Relation(
        (who,),
        lambda facts, _state, _command: facts.at_least(grade),
        lambda _actor, _many, _subject: (
            f"EXISTS (SELECT FROM states p WHERE {ACTING.stream} = {ACTING.stream_of(ME)}"
            f" AND {ACTING.appointment.grade.one_of(*high_enough)} AND {IN_OFFICE})"
        ),
    )


def named(who: str, field: Field, *, in_person: bool = False) -> Relation:
    """The person a field of the state names, in their office or only in person."""

    def holds(facts: Any, state: Any, _command: Any) -> bool:
        id = getattr(state, name_of(field))
        acting = facts.actor.in_person if in_person else facts.actor.acts_as
        return id is not None and acting == id

    me = IN_PERSON if in_person else ME
    return Relation((who,), holds, lambda _actor, _many, _subject: f"{field} = {me}")


def not_among(field: Field) -> Relation:
    """The relation of being outside a list of the state: neither the actor nor the person they stand in for."""
    return Relation(
        ("others",),
        lambda facts, state, _command: {*getattr(state, name_of(field))}.isdisjoint(who_acts(facts.actor)),
        lambda _actor, _many, _subject: f"NOT {field.json} ? {ME} AND NOT {field.json} ? {CALLER}",
    )


FOUR_EYES_OFF = Relation(
    ("others",),
    lambda facts, _state, _command: not facts.four_eyes,
    lambda _actor, _many, _subject: (
        f"EXISTS (SELECT FROM states policy WHERE {SETTINGS.stream} = '{STAFFING_POLICY.stream(POLICY_ID)}'"
        f" AND {SETTINGS.four_eyes.fails})"
    ),
)
"""Anybody, where a company is too small for the four-eyes principle and says so on record."""
NOT_BELOW = Relation(
    ("others",),
    lambda facts, _state, _command: facts.subject not in facts.actor_line,
    lambda _actor, _many, person: (
        f"{person} NOT IN (SELECT id FROM line_above({ME}) UNION ALL SELECT id FROM line_above({CALLER}))"
    ),
)
"""Anybody who does not report to the person a record is about, directly or further down."""


def not_among_persons(field: Field) -> Relation:
    """The relation of being outside a list of the state; systems, which carry out what persons decided, always are."""
    outside = not_among(field)
    return replace(
        outside,
        holds=lambda facts, state, _command: facts.actor.persons.isdisjoint(
            person for each in getattr(state, name_of(field)) if (person := person_of(each))
        ),
    )


def nobody_else_above(line: str, field: Field, least: Grade = Grade.STAFF) -> Relation:
    """The relation where of those above, by this function of SQL, only those in a list of the state could decide."""
    high_enough = [each for each in Grade if each.rank >= least.rank]
    return Relation(
        ("others",),
        lambda facts, state, _command: all(
            above.grade not in high_enough or str(above.id) in getattr(state, name_of(field)) for above in facts.line
        ),
        lambda _actor, _many, subject: (
            f"ARRAY(SELECT a.id FROM {line}({subject}) a JOIN states p ON {ACTING.stream} = {ACTING.stream_of('a.id')}"
            f" WHERE {ACTING.employment.one_of(Employment.ACTIVE)} AND {ACTING.appointment.grade.one_of(*high_enough)})"
            f" <@ ARRAY(SELECT jsonb_array_elements_text({field.json}))"
        ),
    )


def name_of(field: Field) -> str:
    """The name of a field of the state, from its SQL."""
    return field.rpartition("'")[0].rpartition("'")[2]


MANAGERS = graded("a manager", Grade.JUNIOR_MANAGER)
MANAGER_ABOVE_POSITION = (ABOVE_POSITION & graded("a manager", Grade.MANAGER)).called(
    "somebody graded manager or higher above the position"
)
CHARGES = by_decision(
    "somebody of the division that pays, or of one above it", lambda facts, _state, _command: facts.charges
).ruled(
    "own-division", "The paying division is neither yours nor below yours.", "Ask somebody of that division, or HR."
)
NO_DIVISION_TO_CHARGE = by_decision("others", lambda facts, _state, _command: not facts.division_open)
MAY_CHARGE = CHARGES | NO_DIVISION_TO_CHARGE
"""Those who may charge the paying division; without an open one, the rule about that answers."""

SHAPES_ORGANISATION = HR | EXECUTIVE | ADMINISTRATOR


def by_somebody_else(field: str) -> Relation:
    """The relation of not being a person who took the step before, as a field of the facts names them."""
    return by_decision(
        "others",
        lambda facts, _state, _command: facts.actor.persons.isdisjoint(
            person for each in getattr(facts, field) if (person := person_of(each))
        ),
    )


APPROVES_POSITION = SHAPES_ORGANISATION & (by_somebody_else("described_by") | FOUR_EYES_OFF).ruled(
    "describer-is-not-approver",
    "You described the position.",
    "Ask somebody else in HR, or an executive, to approve it.",
)
PERSONNEL = HR | ADMINISTRATOR
SEES_EXPECTED = PERSONNEL | EXECUTIVE
"""Those who hire, or waive the gate for who is expected."""
HAS_JOINED = by_state("everybody, of who has joined", P.employment.none_of(*NEVER_HERE))
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


def is_put_below_another(facts: Any, state: Any, command: Any) -> bool:
    """Return whether the actor makes neither themselves a line manager nor the person they stand in for."""
    asked = command.line_manager_id
    if asked in (None, facts.default_line_manager, state.line_manager_id):
        return True  # the position says so, or it is so
    return asked not in facts.actor.persons


PUT_BELOW_ANOTHER = by_decision("others", is_put_below_another).ruled(
    "nobody-on-themself", "You cannot make yourself a line manager."
)
WAIVES_GATE = SETS_LIMITS & another("waive the gate for yourself", "waived-by-another")
WAIVES_THE_GATE = WAIVES & WAIVES_GATE
APPOINTS = ((WAIVES_THE_GATE | (~WAIVES & PERSONNEL)) & another("appoint yourself") & PUT_BELOW_ANOTHER).called(
    "HR", "an administrator", "an executive who waives the gate"
)
"""Those who appoint; only an executive waives the ten-year gate."""
CHANGES_LINE = (PERSONNEL & another("choose your own line manager") & PUT_BELOW_ANOTHER) | SERVICE
ONCE_THEY_LEFT = by_decision(
    "a manager above the person once they left", lambda _facts, state, _command: state.employment is Employment.LEFT
)
TAKEN_OVER_BY_ANOTHER = by_decision(
    "others", lambda facts, _state, command: command.to_id not in facts.actor.persons
).ruled("nobody-on-themself", "You cannot take over yourself.", "Ask HR or an administrator, or name somebody else.")
HANDS_OVER = ((LINE_ABOVE & ONCE_THEY_LEFT) | PERSONNEL).called(
    "HR", "an administrator", "a manager above the person once they left"
) & TAKEN_OVER_BY_ANOTHER
HEADS_ARE_APPOINTED_BY = SHAPES_ORGANISATION | SERVICE
REINSTATES = PERSONNEL & another("reinstate yourself")
WITHDRAWS_LEAVING = PERSONNEL & another("withdraw your own leaving")
CORRECTS_DAYS = HR & another("correct your own days")
REHIRES = PERSONNEL & another("rehire yourself")
VERIFIES_EXPERIENCE = (
    PERSONNEL
    & another("verify your own experience", "verified-by-another")
    & (by_somebody_else("recorded_by") | FOUR_EYES_OFF).ruled(
        "verified-by-another", "You recorded the experience.", "Ask somebody else in HR to verify it."
    )
)
REVIEWS_ELIGIBILITY = PERSONNEL | SERVICE
LINE_OR_HR = LINE_ABOVE | HR
LINE_MANAGER_OR_HR = LINE_MANAGER | HR
PERSON_OR_LINE = THEMSELF | LINE_ABOVE | HR
FOR_THEMSELVES = Relation(
    ("those who act for themselves",),
    lambda facts, _state, _command: facts.actor.for_whom is None,
    lambda _actor, _many, _subject: f"{ME} = {CALLER}",
)
ENDS_STANDING_IN = PERSON_OR_LINE & FOR_THEMSELVES.ruled(
    "in-person", "A stand-in cannot name or withdraw stand-ins.", "Ask the person you stand in for."
)
NAMES_ANOTHER = by_decision(
    "others", lambda facts, _state, command: facts.actor.person == facts.id or facts.actor.person != command.stand_in_id
).ruled("nobody-names-themself", "You cannot name yourself as a stand-in.")
NAMES_STAND_IN = ENDS_STANDING_IN & NAMES_ANOTHER
"""Nobody passes on what they do in another's place."""
CORRECTS_ABSENCES = LINE_OR_HR & another("correct your own absences")
CORRECTS_STAND_INS = (
    LINE_OR_HR
    & another("correct who stood in for you")
    & FOR_THEMSELVES.ruled("in-person", "A stand-in cannot correct stand-ins.", "Ask HR.")
    & NAMES_ANOTHER
)
PERSON_OR_MANAGER = THEMSELF | LINE_MANAGER | HR
COUNTERPART = (LINE_MANAGER | (HR & NOBODY_ABOVE & ANOTHER)).called(
    "the person's line manager", "HR where nobody is above the person"
)
"""With whom a person agrees on what is about them: never with themselves alone."""
OWN_LINE = (THEMSELF | LINE_ABOVE | HR | EXECUTIVE | ADMINISTRATOR).at(P.id)
"""Of a person: the person, everybody above them, HR, executives and administrators."""
READS_FIGURES = HR | EXECUTIVE
HEADS = by_state("the head of the division", f"{D.head_id} = {ME} AND {IN_OFFICE}")
"""Of a division: the person who heads it, in office."""
