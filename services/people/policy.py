"""Who may do what in people, and who sees what: from the token's roles and the reporting line."""

from collections.abc import Callable
from typing import Any

from chassis.decider import Facts
from chassis.handle import May
from chassis.sight import Sight
from contracts.roles import Role
from contracts.values import Grade
from services.people.domain.development_plan import DevelopmentPlan
from services.people.domain.line import LineFacts
from services.people.domain.mentorship import Mentorship, ProposeMentorship
from services.people.domain.person import AppointPerson
from services.people.domain.qualifications import QualificationFacts


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
    return facts.actor.acts_as == facts.id or personnel(facts, state, command)


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
    """The person it is about, or somebody who stands in for them."""
    return facts.subject is not None and facts.subject == facts.actor.acts_as


def line_manager(facts: LineFacts, state: Any, command: Any) -> bool:
    """The nearest manager of the person it is about."""
    return facts.line_manager


def line_above(facts: LineFacts, state: Any, command: Any) -> bool:
    """Everybody above the person it is about."""
    return facts.in_line


def managers(facts: LineFacts, state: Any, command: Any) -> bool:
    """Whoever holds a position of a manager, junior ones included."""
    return facts.at_least(Grade.JUNIOR_MANAGER)


def person_or_manager(facts: LineFacts, state: Any, command: Any) -> bool:
    """The person, everybody above them, or HR."""
    return themself(facts, state, command) or facts.in_line or facts.actor.has(Role.HR)


def line_or_hr(facts: LineFacts, state: Any, command: Any) -> bool:
    """Everybody above the person, or HR."""
    return facts.in_line or facts.actor.has(Role.HR)


def hr_or_service(facts: Facts, state: Any, command: Any) -> bool:
    """HR, and this service itself."""
    return facts.actor.has(Role.HR, Role.SYSTEM)


def assessors(facts: QualificationFacts, state: Any, command: Any) -> bool:
    """Who assesses a skill: everybody above the person, HR, and whoever has the skill themself."""
    return line_or_hr(facts, state, command) or bool(facts.assessor_level)


def line_manager_or_hr(facts: LineFacts, state: Any, command: Any) -> bool:
    """The nearest manager of the person, or HR."""
    return facts.line_manager or facts.actor.has(Role.HR)


def person_manager_or_hr(facts: LineFacts, state: Any, command: Any) -> bool:
    """The person, their nearest manager, or HR."""
    return themself(facts, state, command) or line_manager_or_hr(facts, state, command)


def plan_proposers(facts: LineFacts, state: Any, command: Any) -> bool:
    """The two who agree on a development plan: the person, and their nearest manager or, where there is none, HR."""
    return themself(facts, state, command) or counterpart(facts)


def other_side_of_plan(facts: LineFacts, state: DevelopmentPlan | None, command: Any) -> bool:
    """Of the two who agree on a development plan, the one who did not propose it."""
    if state is not None and state.proposed_by_person:
        return counterpart(facts)
    return themself(facts, state, command)


def counterpart(facts: LineFacts) -> bool:
    """With whom a person agrees on what is about them: never with themself alone."""
    alone = not facts.line and facts.actor.has(Role.HR) and not facts.themself
    return facts.line_manager or alone


def mentor_or_mentee(facts: LineFacts, state: Mentorship, command: Any) -> bool:
    """One of the two."""
    return facts.actor.acts_as in (state.mentor_id, state.person_id)


def mentorship_proposers(facts: LineFacts, state: Mentorship | None, command: ProposeMentorship) -> bool:
    """One of the two, the mentee's nearest manager, or HR."""
    one_of_them = facts.actor.acts_as in (command.mentor_id, command.person_id)
    return one_of_them or line_manager_or_hr(facts, state, command)


def mentorship_enders(facts: LineFacts, state: Mentorship, command: Any) -> bool:
    """One of the two, the mentee's nearest manager, HR, or this service where the mentor may not be one any more."""
    return (
        mentor_or_mentee(facts, state, command)
        or line_manager_or_hr(facts, state, command)
        or service(facts, state, command)
    )


def either(*who: May) -> May:
    """Whoever one of these lets."""

    def may(facts: Any, state: Any, command: Any) -> bool:
        return any(one(facts, state, command) for one in who)

    return may


ME = "CAST(:me AS text)"
Term = Callable[[str], str]


def above_one(person: str) -> str:
    """Whether the caller is above the person, asked of one row."""
    return f"{ME} IN (SELECT id FROM line_above({person}))"  # noqa: S608 (ours)


def above_many(person: str) -> str:
    """Whether the caller is above the person, asked of a list: those below are looked up once."""
    return f"{person} = ANY(ARRAY(SELECT id FROM line_below({ME})))"  # noqa: S608 (ours)


def seen_by(condition: Callable[[Term], str], *roles: Role) -> Sight:
    """Who has one of the roles, and for whom the condition holds; ``condition(above)`` says "above this person"."""
    return Sight(condition(above_one), condition(above_many), frozenset(roles))


def only(*roles: Role) -> Sight:
    """These roles and nobody else."""
    return Sight("false", "false", frozenset(roles))


def person_and_line(field: str, *roles: Role) -> Sight:
    """The person the field of the state names, everybody above them, and these roles."""
    person = f"state->>'{field}'"
    return seen_by(lambda above: f"{person} = {ME} OR {above(person)}", *roles)


PERSON_ID = "right(stream, 36)"
OWN_LINE = seen_by(
    lambda above: f"{PERSON_ID} = {ME} OR {above(PERSON_ID)}", Role.HR, Role.EXECUTIVE, Role.ADMINISTRATOR
)
"""Of a person: themself, everybody above them, HR and executives."""
