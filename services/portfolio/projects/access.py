"""Who may do what with a project: who answers for it."""

from typing import Any

from chassis.domain.decider import Facts
from contracts.roles import Role
from services.portfolio.organisation.access import take_overs
from services.portfolio.projects.domain.project.model import Project


def whoever_answers(facts: Facts, state: Project, command: Any) -> bool:
    """The accountable manager, the delegate who is responsible, or the portfolio office."""
    return facts.actor.person in {state.accountable_id, state.responsible_id} or take_overs(facts, state, command)


def accountable(facts: Facts, state: Project, command: Any) -> bool:
    """The accountable manager, an executive, or the portfolio office."""
    return (
        facts.actor.person == state.accountable_id
        or facts.actor.has(Role.EXECUTIVE)
        or take_overs(facts, state, command)
    )
