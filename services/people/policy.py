"""Who may do what in people, and who sees what: from the token's roles and the reporting line."""

from collections.abc import Callable
from typing import Any

from chassis.commands.table import May
from chassis.domain.decider import Facts
from chassis.store.visibility import Sight
from contracts.roles import Role
from contracts.values import Grade
from services.people.domain.development_plan import DevelopmentPlan
from services.people.domain.line import LineFacts
from services.people.domain.mentorship import Mentorship, ProposeMentorship
from services.people.domain.person import AppointPerson
from services.people.domain.qualifications import QualificationFacts
from services.people.domain.succession import SuccessionFacts
from services.people.domain.training_session import TrainerFacts


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


def trainer(facts: TrainerFacts, state: Any, command: Any) -> bool:
    """Whoever trains in the session."""
    return facts.trains


def person_or_manager(facts: LineFacts, state: Any, command: Any) -> bool:
    """The person, everybody above them, or HR."""
    return themself(facts, state, command) or facts.in_line or facts.actor.has(Role.HR)


def succession(facts: SuccessionFacts, state: Any, command: Any) -> bool:
    """Who plans for a critical position: whoever is above it, HR and executives."""
    return facts.in_line or facts.actor.has(Role.HR, Role.EXECUTIVE)


def succession_plan(facts: SuccessionFacts, state: Any, command: Any) -> bool:
    """Who agrees to such a plan: whoever is above the position, and executives."""
    return facts.in_line or facts.actor.has(Role.EXECUTIVE)


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
    return facts.actor.in_person in (state.mentor_id, state.person_id)


def mentorship_proposers(facts: LineFacts, state: Mentorship | None, command: ProposeMentorship) -> bool:
    """One of the two, the mentee's nearest manager, or HR."""
    one_of_them = facts.actor.in_person in (command.mentor_id, command.person_id)
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
CALLER = "CAST(:caller AS text)"
THEMSELF = f"CASE WHEN {ME} = {CALLER} THEN {CALLER} END"
"""The caller, where they act for themself: who stands in for somebody sees what they need in that office only."""
Term = Callable[[str], str]


IN_OFFICE = f"in_office({ME}, {CALLER})"
"""Whether the caller is in an office, as ``LineFacts`` says it."""


def above_one(person: str) -> str:
    """Whether the caller is above the person and in office, asked of one row."""
    return f"({ME} IN (SELECT id FROM line_above({person})) AND {IN_OFFICE})"  # noqa: S608 (ours)


def above_many(person: str) -> str:
    """Whether the caller is above the person and in office, asked of a list: those below are looked up once."""
    return f"{person} = ANY(ARRAY(SELECT id FROM line_below({ME}) WHERE {IN_OFFICE}))"  # noqa: S608 (ours)


POSITIONS_BELOW = f"ARRAY(SELECT id FROM positions_below({ME}) WHERE {IN_OFFICE})"  # noqa: S608 (ours)
"""The positions above which the caller is, in office."""


def seen_by(condition: Callable[[Term], str], *roles: Role) -> Sight:
    """Who has one of the roles, and for whom the condition holds; ``condition(above)`` says "above this person"."""
    return Sight(condition(above_one), condition(above_many), frozenset(roles))


def above_position(*roles: Role, position: str = "state->>'position_id'", others: str = "false") -> Sight:
    """The line above the position a state names, these roles, and whom else a condition lets."""
    return Sight(
        f"({ME} IN (SELECT id FROM line_above_position({position})) AND {IN_OFFICE}) OR {others}",  # noqa: S608 (ours)
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


IN_INTERVIEW = f"""state->'interviews' @> jsonb_build_array(
    jsonb_build_object('interviewers', jsonb_build_array({ME})))"""
"""Whether the caller is named as an interviewer of the candidacy."""
TRAINS_IN_SESSION = f"state->>'session_id' = ANY(ARRAY(SELECT id FROM sessions_trained_by({ME})))"  # noqa: S608 (ours)
"""Whether the caller trains in the session the state names."""
PERSON_ID = "right(stream, 36)"
OWN_LINE = seen_by(
    lambda above: f"{PERSON_ID} = {THEMSELF} OR {above(PERSON_ID)}", Role.HR, Role.EXECUTIVE, Role.ADMINISTRATOR
)
"""Of a person: themself, everybody above them, HR, executives and administrators."""

NAMED = " OR ".join(f"state->>'{field}' = {CALLER}" for field in ("investigator_id", "hearer_id", "appeal_hearer_id"))
CONCERNED = f"state->>'person_id' = {CALLER}"
TOLD = "state->>'allegation_sent_on' IS NOT NULL"
IN_THE_CASE = f"{NAMED} OR ({CONCERNED} AND {TOLD})"
CASES = Sight(IN_THE_CASE, IN_THE_CASE, frozenset({Role.HR}), unless=f"{CONCERNED} AND NOT {TOLD}")
"""Of a disciplinary case: whoever is named in it and HR, and the person concerned once the allegation was sent.

Nobody sees one in another's place, and nobody in HR their own before they are told of it.
"""

PERSON, REVIEWER = "state->>'person_id'", "state->>'reviewer_id'"
REVIEWS = seen_by(
    lambda above: (
        f"{PERSON} = {THEMSELF} OR ({REVIEWER} = {ME} AND {IN_OFFICE} AND {PERSON} <> {CALLER})"
        f" OR {above(PERSON)} OR {above(REVIEWER)}"
    )
)
"""Of a performance review: the person, the reviewer and everybody above one of them. No role shows it."""

HEADS_IT = f"state->>'head_id' = {ME} AND {IN_OFFICE}"
HEADS = Sight(HEADS_IT, HEADS_IT)
"""Of a division: whoever heads it, in office."""

SUCCESSIONS = above_position(Role.HR, Role.EXECUTIVE, position="right(stream, 36)")
"""Of a succession, which has the id of its position: whoever is above the position, HR and executives."""
