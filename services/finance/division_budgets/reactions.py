"""Reactions of division budgets: a transfer that was sent arrives, or comes back."""

from collections.abc import Sequence
from uuid import uuid5

from chassis.domain.decider import IssuedCommand
from chassis.messaging.cloudevents import Envelope
from chassis.store.store import Store
from contracts import finance
from contracts.values import Money
from services.finance.division_budgets.domain.division_budget import DIVISION_BUDGET, ReceiveTransfer


async def on_transferred(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """Credit a transfer to the receiving budget; return it to the sender where a rule refuses it."""
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
    returned = IssuedCommand(DIVISION_BUDGET, envelope.subject, take_back)
    return [IssuedCommand(DIVISION_BUDGET, sent.other_budget_id, receive, otherwise=returned)]
