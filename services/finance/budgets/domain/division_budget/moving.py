"""Money that moves between budgets of divisions: supplements and transfers."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from chassis.domain.decider import Command, Refused
from contracts import finance
from contracts.values import Line, Money
from services.finance.authority.domain.approval import check_another, check_authority
from services.finance.budgets.domain import money
from services.finance.budgets.domain.division_budget.model import (
    DivisionBudget,
    DivisionBudgetFacts,
    Events,
    MovementApproved,
    MovementApprovedFirst,
    MovementWithdrawn,
    WaitingMovement,
    check_status,
)

MOST_TRANSFERS = 1_000
MOST_WAITING = 50


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


class ApproveMovement(Command):
    """Approve, as the second one, a supplement (by its budget's id) or a transfer; the money then moves."""

    movement_id: UUID


class WithdrawMovement(Command):
    """Withdraw a supplement or a transfer that waits for a second approver."""

    movement_id: UUID
    reason: Line


class ReceiveTransfer(Command):
    """Receive money that another budget sends. Repeating it changes nothing."""

    transfer_id: UUID
    other_budget_id: UUID
    amount: Money
    reason: Line


def supplement(budget: DivisionBudget, command: SupplementDivisionBudget, facts: DivisionBudgetFacts) -> Events:
    """An approved budget grows within its parent's."""
    check_supplement(budget, command.amount, facts)
    if not needs_second(command.amount, facts):
        return [supplemented(budget, command.amount, command.reason)]
    if budget.waits(facts.id):
        detail = "Another supplement of this budget waits for a second approver."
        raise Refused("one-supplement-waits", detail, "Approve or withdraw that one first.")
    return first(
        budget, facts, movement_id=facts.id, other_budget_id=None, amount=command.amount, reason=command.reason
    )


def check_supplement(budget: DivisionBudget, amount: Money, facts: DivisionBudgetFacts) -> None:
    """The budget is approved, and its parent has room."""
    check_movement(budget, amount)
    check_room(budget, amount, facts)


def supplemented(budget: DivisionBudget, amount: Money, reason: Line) -> finance.DivisionBudgetSupplemented:
    current = money.within_range(budget.current.amount + amount.amount, budget.current.currency)
    return finance.DivisionBudgetSupplemented(amount=amount, reason=reason, current=current)


def transfer_out(budget: DivisionBudget, command: TransferOut, facts: DivisionBudgetFacts) -> Events:
    """Send money that is not allotted to an open budget of the same currency."""
    check_sent(budget, command, facts)
    waits = budget.waits(command.transfer_id)
    if waits is not None:
        check_same(waits, command)
    if not needs_second(command.amount, facts):
        return [transferred(budget, command, -command.amount.amount)]
    if waits is not None:
        return []
    movement = {"movement_id": command.transfer_id, "other_budget_id": command.other_budget_id}
    return first(budget, facts, **movement, amount=command.amount, reason=command.reason)


def check_same(waits: WaitingMovement, command: TransferOut) -> None:
    """A transfer that waits is not ordered again with other facts."""
    if (waits.other_budget_id, waits.amount) != (command.other_budget_id, command.amount):
        detail = f"This transfer waits for a second approver, with {money.shown(waits.amount)}."
        raise Refused("transfer-differs", detail, "Give another transfer another id.")


def needs_second(amount: Money, facts: DivisionBudgetFacts) -> bool:
    """Return whether somebody else has to approve it as well; who may not approve so much is refused."""
    return check_authority(facts.powers, facts.powers.asked(amount)).second


def first(budget: DivisionBudget, facts: DivisionBudgetFacts, **movement: Any) -> Events:
    """The first approval: nothing moves before the second one."""
    if len(budget.waiting) >= MOST_WAITING:
        detail = f"{MOST_WAITING} movements of this budget wait for a second approver already."
        raise Refused("too-many-movements-wait", detail, "Approve or withdraw those first.")
    return [MovementApprovedFirst(**movement, **approving(facts))]


def approving(facts: DivisionBudgetFacts) -> dict[str, str | None]:
    return {"approved_by": facts.actor.id, "approved_for": facts.actor.for_whom}


def approve_movement(budget: DivisionBudget, command: ApproveMovement, facts: DivisionBudgetFacts) -> Events:
    """The second approval moves the money, judged by how things stand then."""
    if command.movement_id in budget.transfers:
        return []
    waits = waiting(budget, command.movement_id)
    check_another(facts.actor, waits.approved_by, waits.approved_for)
    check_authority(facts.powers, facts.powers.asked(waits.amount))
    approved = MovementApproved(movement_id=waits.movement_id, **approving(facts))
    if waits.other_budget_id is None:
        check_supplement(budget, waits.amount, facts)
        return [approved, supplemented(budget, waits.amount, waits.reason)]
    order = ordered(waits, waits.other_budget_id)
    check_sent(budget, order, facts)
    return [approved, transferred(budget, order, -waits.amount.amount)]


def withdraw_movement(budget: DivisionBudget, command: WithdrawMovement) -> Events:
    """What waits is withdrawn, and does not move."""
    waits = waiting(budget, command.movement_id)
    return [MovementWithdrawn(movement_id=waits.movement_id, reason=command.reason)]


def waiting(budget: DivisionBudget, movement_id: UUID) -> WaitingMovement:
    if (waits := budget.waits(movement_id)) is None:
        detail = "No such supplement or transfer of this budget waits for a second approver."
        raise Refused("movement-waits", detail, "Name one of those in `waiting`; a supplement has its budget's id.")
    return waits


def ordered(waits: WaitingMovement, other_budget_id: UUID) -> TransferOut:
    """The order of a transfer that waits."""
    return TransferOut(
        transfer_id=waits.movement_id, other_budget_id=other_budget_id, amount=waits.amount, reason=waits.reason
    )


def check_sent(budget: DivisionBudget, command: TransferOut, facts: DivisionBudgetFacts) -> None:
    """The receiver is approved and of the same currency, and what is sent is left."""
    check_transfer(budget, command, facts)
    if facts.other is None or not facts.other.approved:
        raise Refused("receiver-approved", "The receiving budget is not approved.", "Send it to an approved budget.")
    money.check_currency(budget.current.currency, facts.other.current)
    if facts.allotted is None:
        raise Refused("allotment-unknown", "The amount allotted from this budget is not known yet.", "Try again later.")
    check_available(budget, command.amount, facts.allotted)


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
