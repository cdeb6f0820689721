"""Whose money a commitment or an expense is of: a division's budget or a project's, and what it charges to it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from chassis.domain.decider import Command, IssuedCommand, Refused, State
from contracts.finance.authority import SpendingRisk
from contracts.finance.currencies import AppliedRate
from contracts.values import Line, Money, Name
from services.finance.authority.domain.approval import NO_MATRIX, Powers
from services.finance.budgets.domain.charging import Spent
from services.finance.budgets.domain.division_budget.charging import ChargeDivisionBudget
from services.finance.budgets.domain.division_budget.model import DivisionBudget
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.domain.money import Sums
from services.finance.budgets.domain.project_budget.model import ProjectBudget
from services.finance.budgets.domain.project_budget.rules import PROJECT_BUDGET
from services.finance.budgets.domain.project_budget.spending import ChargeProjectBudget
from services.finance.currencies.domain.conversion import applied
from services.finance.organisation.domain.known import DivisionFacts


class ChargesBudget(Command):
    """What begins a commitment or an expense: it is of one division's budget, or of one project's."""

    division_budget_id: UUID | None = None
    project_id: UUID | None = None
    category: Name
    reference: Line


class Charged(State):
    """What is charged to a category of a division's budget or of a project's; ``division_id``: the budget's.

    ``risk``: as who drafted or submitted it sees it. ``amount`` is in the budget's currency; ``stated``: what it is in
    its own, where that is another one, and ``rate``: at which it was converted, for good.
    """

    division_budget_id: UUID | None = None
    project_id: UUID | None = None
    division_id: UUID
    category: Name
    amount: Money
    reference: Line
    risk: SpendingRisk = SpendingRisk.LOW
    stated: Money | None = None
    rate: AppliedRate | None = None

    @property
    def as_stated(self) -> Money:
        """The amount as it was stated."""
        return self.stated or self.amount

    def said(self, names: Iterable[str]) -> dict[str, Any]:
        """What was said of these fields, the amount as it was stated."""
        return {name: self.as_stated if name == "amount" else getattr(self, name) for name in names}


@dataclass(frozen=True)
class SpendingFacts(DivisionFacts):
    """``budget``: the one that is charged; None where there is none. ``of_project``: it is a project's.

    ``answering``: the accountable manager and the delegate of the project. ``powers``: what the actor may approve.
    ``rate``: of the stated currency in the budget's; None where they are the same, or there is none for the day.
    """

    budget: DivisionBudget | ProjectBudget | None = None
    of_project: bool = False
    answering: frozenset[UUID] = frozenset()
    powers: Powers = NO_MATRIX
    rate: AppliedRate | None = None


def converted(stated: Money, currency: str, day: date, facts: SpendingFacts) -> dict[str, Any]:
    """What is recorded of an amount: in the budget's currency, and as it was stated where that is another one."""
    amount, rate = applied(stated, currency, day, facts.rate)
    return {"amount": amount, "stated": stated if rate else None, "rate": rate}


def budget_of(command: ChargesBudget, facts: SpendingFacts) -> DivisionBudget | ProjectBudget:
    """The one budget that a command names."""
    if (command.division_budget_id is None) is (command.project_id is None):
        detail = "What is spent is charged to a division's budget or to a project's, to one of them."
        raise Refused("one-budget", detail, "Name a division's budget or a project.")
    if facts.budget is None:
        raise Refused("budget-unknown", "There is no such budget.", "Name a division's budget, or a project with one.")
    return facts.budget


def charging(
    of: Charged,
    sums: Sums,
    occurred_on: date | None = None,
    instead_of: Spent | None = None,
    exception_id: UUID | None = None,
    *,
    taken_over: bool = False,
) -> IssuedCommand:
    """The command to the budget: by how much more is planned, committed and spent of it."""
    known = {"category": of.category, "currency": of.amount.currency, **dict(sums)}
    known |= {"occurred_on": occurred_on, "instead_of": instead_of}
    known |= {"exception_id": exception_id, "taken_over": taken_over}
    if of.project_id is not None:
        return IssuedCommand(PROJECT_BUDGET, of.project_id, ChargeProjectBudget(**known))
    assert of.division_budget_id is not None
    return IssuedCommand(DIVISION_BUDGET, of.division_budget_id, ChargeDivisionBudget(**known))
