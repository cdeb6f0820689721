"""Who may do what in finance: from the token's roles, and from who answers for a project."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.domain.decider import Facts
from contracts.roles import Role
from services.finance.domain.project_budget import ProjectBudgetFacts


@dataclass(frozen=True)
class AnsweringFacts(ProjectBudgetFacts):
    """The facts of a project budget with who answers for the project: the accountable manager and the delegate."""

    answering: frozenset[UUID] = frozenset()


def drafts(facts: Facts, state: Any, command: Any) -> bool:
    """Who drafts and submits division budgets."""
    return facts.actor.has(Role.FINANCE_CONTROLLER, Role.EXECUTIVE, Role.MANAGER)


def approvals(facts: Facts, state: Any, command: Any) -> bool:
    """Who approves division budgets and moves money between them; nobody approves their own."""
    return facts.actor.has(Role.FINANCE_CONTROLLER, Role.EXECUTIVE)


def controlling(facts: Facts, state: Any, command: Any) -> bool:
    """Who confirms, refuses and corrects."""
    return facts.actor.has(Role.FINANCE_CONTROLLER)


def closings(facts: Facts, state: Any, command: Any) -> bool:
    """Who closes a project's budget: finance, or this service itself when the project ends."""
    return controlling(facts, state, command) or services_only(facts, state, command)


def take_overs(facts: Facts, state: Any, command: Any) -> bool:
    """Who states what other systems hold."""
    return facts.actor.has(Role.FINANCE_CONTROLLER, Role.PORTFOLIO_OFFICE, Role.ADMINISTRATOR)


def spending(facts: AnsweringFacts, state: Any, command: Any) -> bool:
    """Who commits and spends a project's money: who answers for it, or finance."""
    return facts.actor.person in facts.answering or controlling(facts, state, command)


def estimates(facts: AnsweringFacts, state: Any, command: Any) -> bool:
    """Who says what a project will have cost."""
    return spending(facts, state, command) or take_overs(facts, state, command)


def services_only(facts: Facts, state: Any, command: Any) -> bool:
    """Only this service itself, reacting to what it heard."""
    return facts.actor.has(Role.SYSTEM)
