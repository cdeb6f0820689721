"""Who may do what with division budgets."""

from typing import Any

from chassis.domain.decider import Facts
from contracts.roles import Role


def drafts(facts: Facts, state: Any, command: Any) -> bool:
    """Who drafts and submits division budgets."""
    return facts.actor.has(Role.FINANCE_CONTROLLER, Role.EXECUTIVE, Role.MANAGER)


def approvals(facts: Facts, state: Any, command: Any) -> bool:
    """Who approves division budgets and moves money between them; nobody approves their own."""
    return facts.actor.has(Role.FINANCE_CONTROLLER, Role.EXECUTIVE)


def controlling(facts: Facts, state: Any, command: Any) -> bool:
    """Who confirms, refuses and corrects."""
    return facts.actor.has(Role.FINANCE_CONTROLLER)


def take_overs(facts: Facts, state: Any, command: Any) -> bool:
    """Who states what other systems hold."""
    return facts.actor.has(Role.FINANCE_CONTROLLER, Role.PORTFOLIO_OFFICE, Role.ADMINISTRATOR)


def services_only(facts: Facts, state: Any, command: Any) -> bool:
    """Only this service itself, reacting to what it heard."""
    return facts.actor.has(Role.SYSTEM)
