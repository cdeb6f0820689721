"""Money that moves between budgets of divisions: supplements and transfers."""

from decimal import Decimal
from uuid import UUID

from chassis.domain.decider import Command, Refused
from contracts import finance
from contracts.values import Line, Money
from services.finance.authority.domain.approval import check_alone
from services.finance.budgets.domain import money
from services.finance.budgets.domain.division_budget.model import (
    DivisionBudget,
    DivisionBudgetFacts,
    Events,
    check_status,
)

MOST_TRANSFERS = 1_000


class SupplementDivisionBudget(Command):
    """Grant an approved budget more money."""

    amount: Money
    reason: Line


class TransferOut(Command):
    """Send money to another division's budget. Repeating a transfer changes nothing."""

    transfer_id: UUID
    other_budget_id: UUID
    amount: Money
    reason: Line


class ReceiveTransfer(Command):
    """Receive money that another budget sends. Repeating it changes nothing."""

    transfer_id: UUID
    other_budget_id: UUID
    amount: Money
    reason: Line


def supplement(budget: DivisionBudget, command: SupplementDivisionBudget, facts: DivisionBudgetFacts) -> Events:
    """An approved budget grows within its parent's."""
    check_movement(budget, command.amount)
    check_room(budget, command.amount, facts)
    check_alone(facts.powers, facts.powers.asked(command.amount))
    current = money.within_range(budget.current.amount + command.amount.amount, budget.current.currency)
    return [finance.DivisionBudgetSupplemented(amount=command.amount, reason=command.reason, current=current)]


def transfer_out(budget: DivisionBudget, command: TransferOut, facts: DivisionBudgetFacts) -> Events:
    """Send money that is not allotted to an open budget of the same currency."""
    check_transfer(budget, command, facts)
    if facts.other is None or not facts.other.approved:
        raise Refused("receiver-approved", "The receiving budget is not approved.", "Send it to an approved budget.")
    money.check_currency(budget.current.currency, facts.other.current)
    if facts.allotted is None:
        raise Refused("allotment-unknown", "The amount allotted from this budget is not known yet.", "Try again later.")
    check_available(budget, command.amount, facts.allotted)
    check_alone(facts.powers, facts.powers.asked(command.amount))
    return [transferred(budget, command, -command.amount.amount)]


def check_available(budget: DivisionBudget, amount: Money, allotted: Money) -> None:
    """Money that is granted to others, committed or spent is not sent elsewhere."""
    funds = money.Funds(
        approved=True,
        fiscal_year=budget.fiscal_year,
        current=budget.current,
        allotted=allotted,
        charged=budget.charges.total,
    )
    money.check_left(amount, funds, "this budget")


def receive_transfer(budget: DivisionBudget, command: ReceiveTransfer, facts: DivisionBudgetFacts) -> Events:
    """Money comes in as far as the parent's budget has room."""
    check_transfer(budget, command, facts)
    check_room(budget, command.amount, facts)
    return [transferred(budget, command, command.amount.amount)]


def once_sent(
    parent: money.Funds, parent_id: UUID | None, command: ReceiveTransfer, sender: DivisionBudget | None
) -> money.Funds:
    """The receiver's parent budget when the money has left the sender: that parent, or another budget below it."""
    if command.other_budget_id == parent_id:
        return parent.model_copy(update={"current": parent.current - command.amount})
    if sender is not None and sender.parent_budget_id == parent_id:
        return parent.model_copy(update={"allotted": parent.allotted - command.amount})
    return parent


def transferred(
    budget: DivisionBudget, command: TransferOut | ReceiveTransfer, amount: Decimal
) -> finance.DivisionBudgetTransferred:
    currency = budget.current.currency
    return finance.DivisionBudgetTransferred(
        transfer_id=command.transfer_id,
        other_budget_id=command.other_budget_id,
        amount=money.within_range(amount, currency),
        reason=command.reason,
        current=money.within_range(budget.current.amount + amount, currency),
    )


def check_transfer(budget: DivisionBudget, command: TransferOut | ReceiveTransfer, facts: DivisionBudgetFacts) -> None:
    """A transfer is between two approved budgets, and a budget remembers a bounded number of them."""
    check_movement(budget, command.amount)
    if command.other_budget_id == facts.id:
        raise Refused("two-budgets", "A budget cannot transfer money to itself.", "Name another budget.")
    if len(budget.transfers) >= MOST_TRANSFERS:
        detail = f"The budget has {len(budget.transfers)} transfers already."
        raise Refused("too-many-transfers", detail, "Supplement the budget instead, or transfer in larger amounts.")


def check_movement(budget: DivisionBudget, amount: Money) -> None:
    """Money moves in an approved budget only, above 0 and in its currency."""
    check_status(budget, "approved")
    money.check_currency(budget.current.currency, amount)
    money.check_positive(amount)


def check_room(budget: DivisionBudget, amount: Money, facts: DivisionBudgetFacts) -> None:
    """The budgets below a parent, and the projects it funds, together never exceed it."""
    if budget.parent_budget_id is None:
        return
    if facts.parent is None or not facts.parent.approved:
        raise Refused("parent-approved", "The parent budget is not approved.", "Have the parent budget approved first.")
    money.check_left(amount, facts.parent, "the parent budget")


def repeated(budget: DivisionBudget, command: TransferOut | ReceiveTransfer) -> bool:
    """Return whether this side of the transfer is known already; the same id with other facts is refused."""
    known = budget.transfers.get(command.transfer_id)
    if known is None:
        return False
    sign = -1 if isinstance(command, TransferOut) else 1
    asked = (command.other_budget_id, command.amount.currency, sign * command.amount.amount)
    if asked == (known.other_budget_id, known.amount.currency, known.amount.amount):
        return True
    detail = f"This transfer is recorded already, with {money.shown(known.amount)}."
    raise Refused("transfer-differs", detail, "Give another transfer another id.")
