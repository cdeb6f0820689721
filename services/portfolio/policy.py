"""Who may do what in portfolio: from the token's roles, and from who answers for a project."""

from typing import Any

from chassis.domain.decider import Facts
from contracts.roles import Role
from services.portfolio.domain.project import Project


def initiatives(facts: Facts, state: Any, command: Any) -> bool:
    """Who shapes and steers initiatives."""
    return facts.actor.has(Role.PORTFOLIO_OFFICE, Role.EXECUTIVE, Role.MANAGER, Role.ADMINISTRATOR)


def proposals(facts: Facts, state: Any, command: Any) -> bool:
    """Who proposes projects: managers and the business."""
    return initiatives(facts, state, command) or facts.actor.has(Role.BUSINESS_USER)


def take_overs(facts: Facts, state: Any, command: Any) -> bool:
    """Who takes projects over from other systems."""
    return facts.actor.has(Role.PORTFOLIO_OFFICE, Role.ADMINISTRATOR)


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


def ruled_by_the_domain(facts: Facts, state: Any, command: Any) -> bool:
    """The decision itself says who: the sponsor signs, an authority approves, the delegate accepts."""
    return True


def services_only(facts: Facts, state: Any, command: Any) -> bool:
    """Only this service itself, reacting to what it heard."""
    return facts.actor.has(Role.SYSTEM)
