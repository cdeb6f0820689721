"""What finance does when it hears of portfolio, and of its own transfers."""

from collections.abc import Sequence
from uuid import uuid5

from chassis.commands.table import Order
from chassis.consumers.reactions import Reaction
from chassis.messaging.cloudevents import Envelope
from chassis.store.store import Store
from contracts import finance, portfolio
from contracts.values import Money
from services.finance.api import DIVISION_BUDGETS, PROJECT_BUDGETS
from services.finance.domain.division_budget import ReceiveTransfer
from services.finance.domain.project_budget import PROJECT_BUDGET, CloseProjectBudget, OpenProjectBudget


async def on_approved(store: Store, envelope: Envelope) -> Sequence[Order]:
    """An approved project asks for its budget."""
    approved = envelope.event
    assert isinstance(approved, portfolio.ProjectApproved)
    command = OpenProjectBudget(division_id=approved.division_id, asked=approved.budget_asked)
    return [Order(PROJECT_BUDGETS, envelope.subject, command)]


async def on_ended(store: Store, envelope: Envelope) -> Sequence[Order]:
    """Nothing more is committed for a project that ended."""
    budget = (await store.load(PROJECT_BUDGET, envelope.subject)).state
    if budget is None or budget.status == "closed":
        return []
    return [Order(PROJECT_BUDGETS, envelope.subject, CloseProjectBudget())]


async def on_transferred(store: Store, envelope: Envelope) -> Sequence[Order]:
    """What one budget sent arrives at the other, or comes back where a rule keeps that from taking it."""
    sent = envelope.event
    assert isinstance(sent, finance.DivisionBudgetTransferred)
    if sent.amount.amount >= 0:
        return []
    amount = Money(amount=-sent.amount.amount, currency=sent.amount.currency)
    receive = ReceiveTransfer(
        transfer_id=sent.transfer_id, other_budget_id=envelope.subject, amount=amount, reason=sent.reason
    )
    take_back = ReceiveTransfer(
        transfer_id=uuid5(sent.transfer_id, "returned"),
        other_budget_id=sent.other_budget_id,
        amount=amount,
        reason="The other budget could not take it.",
    )
    returned = Order(DIVISION_BUDGETS, envelope.subject, take_back)
    return [Order(DIVISION_BUDGETS, sent.other_budget_id, receive, otherwise=returned)]


REACTIONS = [
    Reaction(portfolio.ProjectApproved, on_approved),
    Reaction(portfolio.ProjectClosed, on_ended),
    Reaction(portfolio.ProjectCancelled, on_ended),
    Reaction(finance.DivisionBudgetTransferred, on_transferred),
]
