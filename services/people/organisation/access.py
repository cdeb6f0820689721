"""Who may do what, and who sees what: roles, the person themself, and the reporting line."""

from collections.abc import Callable
from typing import Any

from chassis.commands.table import May
from chassis.domain.decider import Facts
from chassis.store.visibility import Sight
from contracts.roles import Role
from contracts.values import Grade
from services.people.organisation.domain.line import LineFacts
from services.people.organisation.domain.person.appointment import AppointPerson


def organisation(facts: Facts, state: Any, command: Any) -> bool:
    """Who shapes divisions and positions."""
    return facts.actor.has(Role.HR, Role.EXECUTIVE, Role.ADMINISTRATOR)


def personnel(facts: Facts, state: Any, command: Any) -> bool:
    """Who hires, transfers, lets go and erases."""
    return facts.actor.has(Role.HR, Role.ADMINISTRATOR)


def hr(facts: Facts, state: Any, command: Any) -> bool:
    """Human resources alone."""
    return facts.actor.has(Role.HR)


def appointments(facts: Facts, state: Any, command: Any) -> bool:
    """Who appoints; a waiver of the ten-year gate is an executive's."""
    if isinstance(command, AppointPerson) and command.waiver is not None:
        return facts.actor.has(Role.EXECUTIVE, Role.ADMINISTRATOR)
    return personnel(facts, state, command)


def own_experience(facts: Facts, state: Any, command: Any) -> bool:
    """Who tells of a person's experience: the person, or HR."""
    return facts.actor.in_person == facts.id or personnel(facts, state, command)


def staffing_limits(facts: Facts, state: Any, command: Any) -> bool:
    """Who sets limits that are policy."""
    return facts.actor.has(Role.EXECUTIVE, Role.ADMINISTRATOR)


def reviews(facts: Facts, state: Any, command: Any) -> bool:
    """Who has eligibility worked out anew: HR, and this service when the policy changed."""
    return personnel(facts, state, command) or service(facts, state, command)


def service(facts: Facts, state: Any, command: Any) -> bool:
    """This service itself: what falls due, and what follows from what it heard."""
    return facts.actor.has(Role.SYSTEM)


def themself(facts: LineFacts, state: Any, command: Any) -> bool:
    """The person it is about; who stands in for them acts in their office, not in what is their own."""
    return facts.subject is not None and facts.subject == facts.actor.in_person


def line_manager(facts: LineFacts, state: Any, command: Any) -> bool:
    """The nearest manager of the person it is about."""
    return facts.line_manager


def line_above(facts: LineFacts, state: Any, command: Any) -> bool:
    """Everybody above the person it is about."""
    return facts.in_line


def managers(facts: LineFacts, state: Any, command: Any) -> bool:
    """Whoever holds a position of a manager, junior ones included."""
    return facts.at_least(Grade.JUNIOR_MANAGER)


def managers_above(facts: LineFacts, state: Any, command: Any) -> bool:
    """Whoever above holds a position of a manager at least."""
    return facts.in_line and facts.at_least(Grade.MANAGER)


def whoever_sees(facts: Facts, state: Any, command: Any) -> bool:
    """Whoever may know of it at all: a rule says who among them may do this."""
    return True


def hr_at_the_top(facts: LineFacts, state: Any, command: Any) -> bool:
    """Human resources, for those with nobody above them."""
    return facts.actor.has(Role.HR) and not facts.line


def person_or_manager(facts: LineFacts, state: Any, command: Any) -> bool:
    """The person, everybody above them, or HR."""
    return themself(facts, state, command) or facts.in_line or facts.actor.has(Role.HR)


def line_or_hr(facts: LineFacts, state: Any, command: Any) -> bool:
    """Everybody above the person, or HR."""
    return facts.in_line or facts.actor.has(Role.HR)


def hr_or_service(facts: Facts, state: Any, command: Any) -> bool:
    """HR, and this service itself."""
    return facts.actor.has(Role.HR, Role.SYSTEM)


def line_manager_or_hr(facts: LineFacts, state: Any, command: Any) -> bool:
    """The nearest manager of the person, or HR."""
    return facts.line_manager or facts.actor.has(Role.HR)


def person_manager_or_hr(facts: LineFacts, state: Any, command: Any) -> bool:
    """The person, their nearest manager, or HR."""
    return themself(facts, state, command) or line_manager_or_hr(facts, state, command)


def counterpart(facts: LineFacts) -> bool:
    """With whom a person agrees on what is about them: never with themself alone."""
    alone = not facts.line and facts.actor.has(Role.HR) and not facts.themself
    return facts.line_manager or alone


def either(*who: May) -> May:
    """Whoever one of these lets."""

    def may(facts: Any, state: Any, command: Any) -> bool:
        return any(one(facts, state, command) for one in who)

    return may


ME = "CAST(:me AS text)"
CALLER = "CAST(:caller AS text)"
THEMSELF = f"CASE WHEN {ME} = {CALLER} THEN {CALLER} END"
"""The caller, where they act for themself: who stands in for somebody sees what they need in that office only."""

Term = Callable[[str], str]
IN_OFFICE = f"in_office({ME}, {CALLER})"
"""Whether the caller is in an office, as ``LineFacts`` says it."""


def above_one(person: str) -> str:
    """Whether the caller is above the person and in office, asked of one row."""
    return f"({ME} IN (SELECT id FROM line_above({person})) AND {IN_OFFICE})"


def above_many(person: str) -> str:
    """Whether the caller is above the person and in office, asked of a list: those below are looked up once."""
    return f"{person} = ANY(ARRAY(SELECT id FROM line_below({ME}) WHERE {IN_OFFICE}))"


POSITIONS_BELOW = f"ARRAY(SELECT id FROM positions_below({ME}) WHERE {IN_OFFICE})"
"""The positions above which the caller is, in office."""


def seen_by(condition: Callable[[Term], str], *roles: Role) -> Sight:
    """Who has one of the roles, and for whom the condition holds; ``condition(above)`` says "above this person"."""
    return Sight(condition(above_one), condition(above_many), frozenset(roles))


def above_position(*roles: Role, position: str = "state->>'position_id'", others: str = "false") -> Sight:
    """The line above the position a state names, these roles, and whom else a condition lets."""
    return Sight(
        f"({ME} IN (SELECT id FROM line_above_position({position})) AND {IN_OFFICE}) OR {others}",
        f"{position} = ANY({POSITIONS_BELOW}) OR {others}",
        frozenset(roles),
    )


def only(*roles: Role) -> Sight:
    """These roles and nobody else."""
    return Sight("false", "false", frozenset(roles))


def person_and_line(field: str, *roles: Role, others: str = "false") -> Sight:
    """The person the field of the state names, everybody above them, these roles, and whom else a condition lets."""
    person = f"state->>'{field}'"
    return seen_by(lambda above: f"{person} = {THEMSELF} OR {above(person)} OR {others}", *roles)


PERSON_ID = "right(stream, 36)"
OWN_LINE = seen_by(
    lambda above: f"{PERSON_ID} = {THEMSELF} OR {above(PERSON_ID)}", Role.HR, Role.EXECUTIVE, Role.ADMINISTRATOR
)
"""Of a person: themself, everybody above them, HR, executives and administrators."""

HEADS_IT = f"state->>'head_id' = {ME} AND {IN_OFFICE}"
HEADS = Sight(HEADS_IT, HEADS_IT)
"""Of a division: whoever heads it, in office."""
