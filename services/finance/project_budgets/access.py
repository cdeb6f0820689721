"""Who may do what with project budgets."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.domain.decider import Facts
from services.finance.division_budgets.access import controlling, services_only, take_overs
from services.finance.project_budgets.domain.project_budget.model import ProjectBudgetFacts


@dataclass(frozen=True)
class AnsweringFacts(ProjectBudgetFacts):
    """The facts of a project budget with who answers for the project: the accountable manager and the delegate."""

    answering: frozenset[UUID] = frozenset()


def closings(facts: Facts, state: Any, command: Any) -> bool:
    """Who closes a project's budget: finance, or this service itself when the project ends."""
    return controlling(facts, state, command) or services_only(facts, state, command)


def spending(facts: AnsweringFacts, state: Any, command: Any) -> bool:
    """Who commits and spends a project's money: who answers for it, or finance."""
    return facts.actor.person in facts.answering or controlling(facts, state, command)


def estimates(facts: AnsweringFacts, state: Any, command: Any) -> bool:
    """Who says what a project will have cost."""
    return spending(facts, state, command) or take_overs(facts, state, command)
