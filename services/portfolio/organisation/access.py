"""Who may do what in portfolio by the roles of their token."""

from typing import Any

from chassis.domain.decider import Facts
from contracts.roles import Role


def initiatives(facts: Facts, state: Any, command: Any) -> bool:
    """Who shapes and steers initiatives."""
    return facts.actor.has(Role.PORTFOLIO_OFFICE, Role.EXECUTIVE, Role.MANAGER, Role.ADMINISTRATOR)


def proposals(facts: Facts, state: Any, command: Any) -> bool:
    """Who proposes projects: managers and the business."""
    return initiatives(facts, state, command) or facts.actor.has(Role.BUSINESS_USER)


def take_overs(facts: Facts, state: Any, command: Any) -> bool:
    """Who takes projects over from other systems."""
    return facts.actor.has(Role.PORTFOLIO_OFFICE, Role.ADMINISTRATOR)


def ruled_by_the_domain(facts: Facts, state: Any, command: Any) -> bool:
    """The decision itself says who: the sponsor signs, an authority approves, the delegate accepts."""
    return True


def services_only(facts: Facts, state: Any, command: Any) -> bool:
    """Only this service itself, reacting to what it heard."""
    return facts.actor.has(Role.SYSTEM)
