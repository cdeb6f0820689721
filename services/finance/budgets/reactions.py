"""Reactions of project budgets to portfolio's events."""

from collections.abc import Sequence

from chassis.domain.decider import IssuedCommand
from chassis.messaging.cloudevents import Envelope
from chassis.store.store import Store
from contracts import portfolio
from services.finance.budgets.domain.project_budget.funding import OpenProjectBudget
from services.finance.budgets.domain.project_budget.rules import PROJECT_BUDGET, CloseProjectBudget


async def on_approved(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """An approved project asks for its budget."""
    approved = envelope.event
    assert isinstance(approved, portfolio.ProjectApproved)
    command = OpenProjectBudget(division_id=approved.division_id, asked=approved.budget_asked)
    return [IssuedCommand(PROJECT_BUDGET, envelope.subject, command)]


async def on_ended(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """Nothing more is committed for a project that ended."""
    budget = (await store.load(PROJECT_BUDGET, envelope.subject)).state
    if budget is None or budget.status == "closed":
        return []
    return [IssuedCommand(PROJECT_BUDGET, envelope.subject, CloseProjectBudget())]
