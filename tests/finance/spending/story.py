"""What scenarios of spending share: a budget, an order, an expense."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from chassis.domain.decider import Actor
from contracts import finance
from contracts.roles import Role
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.domain.project_budget.rules import PROJECT_BUDGET
from services.finance.spending.domain import commitment, expense
from services.finance.spending.domain.charged import SpendingFacts
from tests.finance.budgets.test_division_budget import BUDGET, DIVISION, IN_FORCE, money

ORDER, SPENT, OTHER, PROJECT = UUID(int=50), UUID(int=51), UUID(int=52), UUID(int=53)
TODAY = date(2026, 11, 22)
HELD = DIVISION_BUDGET.fold(IN_FORCE)
CHARGED: dict[str, Any] = {
    "division_budget_id": BUDGET,
    "category": "licences",
    "amount": money(50),
    "reference": "Order 7",
}
OF_PROJECT: dict[str, Any] = {**CHARGED, "division_budget_id": None, "project_id": PROJECT}
PROJECTS = PROJECT_BUDGET.fold(
    [finance.ProjectBudgetTakenOver(project_id=PROJECT, division_id=DIVISION, granted=money(100), source="ledger")]
)
DRAFT = commitment.DraftCommitment(**CHARGED)
DRAFTED = commitment.CommitmentDrafted(division_id=DIVISION, **CHARGED, drafted_by="controller", drafted_for=None)
PLANNED = finance.CommitmentPlanned(commitment_id=ORDER, **CHARGED)
MADE = finance.CommitmentMade(commitment_id=ORDER, **CHARGED)
AT_ORDER = (DRAFTED, MADE)


def actor(name: str, for_whom: str | None = None) -> Actor:
    return Actor(name, frozenset({Role.FINANCE_CONTROLLER}), for_whom=for_whom)


def at(name: str = "controller", for_whom: str | None = None) -> dict[str, Any]:
    return {"actor": actor(name, for_whom), "at": datetime(2026, 11, 22, 9, tzinfo=UTC)}


def on_order(name: str = "controller", for_whom: str | None = None, **known: Any) -> SpendingFacts:
    return SpendingFacts(**at(name, for_whom), id=ORDER, **{"budget": HELD, **known})


def on_expense(name: str = "controller", for_whom: str | None = None, **known: Any) -> expense.ExpenseFacts:
    return expense.ExpenseFacts(**at(name, for_whom), id=SPENT, **{"budget": HELD, **known})


def invoiced(amount: int, last: bool = False, id: UUID = SPENT) -> commitment.CommitmentInvoiced:
    return commitment.CommitmentInvoiced(expense_id=id, amount=money(amount).amount, last=last)
