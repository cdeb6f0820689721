"""Reactions of project budgets to portfolio's events."""

from collections.abc import Sequence

from chassis.domain.decider import IssuedCommand
from chassis.messaging.cloudevents import Envelope
from chassis.store.store import Store
from contracts import portfolio
from contracts.portfolio import initiatives, risks
from services.finance.project_budgets.domain.benefit_confirmation import BENEFIT_CONFIRMATION, OpenBenefitConfirmation
from services.finance.project_budgets.domain.contingency_draw import CONTINGENCY_DRAW, DrawContingency
from services.finance.project_budgets.domain.project_budget.funding import OpenProjectBudget
from services.finance.project_budgets.domain.project_budget.rules import PROJECT_BUDGET, CloseProjectBudget


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


async def on_contingency_asked(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """A risk that materialised draws on its project's contingency."""
    asked = envelope.event
    assert isinstance(asked, risks.ContingencyAsked)
    command = DrawContingency(project_id=asked.project_id, amount=asked.amount)
    return [IssuedCommand(CONTINGENCY_DRAW, envelope.subject, command)]


async def on_benefit_due(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """A benefit whose day has come waits for finance's verdict."""
    due = envelope.event
    assert isinstance(due, initiatives.BenefitDue)
    asked = {name: getattr(due, name) for name in OpenBenefitConfirmation.model_fields}
    return [IssuedCommand(BENEFIT_CONFIRMATION, envelope.subject, OpenBenefitConfirmation(**asked))]
