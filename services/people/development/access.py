"""Who may do what with development plans and mentorships."""

from typing import Any

from services.people.development.domain.development_plan.model import DevelopmentPlan
from services.people.development.domain.mentorship import Mentorship, ProposeMentorship
from services.people.organisation.access import counterpart, line_manager_or_hr, service, themself
from services.people.organisation.domain.line import LineFacts


def plan_proposers(facts: LineFacts, state: Any, command: Any) -> bool:
    """The two who agree on a development plan: the person, and their nearest manager or, where there is none, HR."""
    return themself(facts, state, command) or counterpart(facts)


def other_side_of_plan(facts: LineFacts, state: DevelopmentPlan | None, command: Any) -> bool:
    """Of the two who agree on a development plan, the one who did not propose it."""
    if state is not None and state.proposed_by_person:
        return counterpart(facts)
    return themself(facts, state, command)


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


PERSON_ID = "state->>'person_id'"
