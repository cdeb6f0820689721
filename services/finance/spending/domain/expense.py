"""Expense: what was spent of a division's budget, or credited; approved by somebody else, then paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import (
    Command,
    Decider,
    Forbidden,
    IssuedCommand,
    PrivateEvent,
    Refused,
    State,
    existing,
    new,
)
from contracts import finance
from contracts.values import Day, Line, Money, Name
from services.finance.authority.domain.approval import NO_MATRIX, Powers, check_authority
from services.finance.budgets.domain import money
from services.finance.budgets.domain.division_budget.charging import ChargeDivisionBudget
from services.finance.budgets.domain.division_budget.model import DivisionBudget
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.currencies.domain.rounding import ExactMoney
from services.finance.organisation.domain.known import DivisionFacts
from services.finance.spending.domain import commitment as orders
from services.finance.spending.domain.commitment import COMMITMENT, Commitment

NOTHING = Decimal(0)


class ExpenseStatus(StrEnum):
    """The steps of an expense; a wrong one is reversed and replaced."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    PAID = "paid"
    REJECTED = "rejected"
    REVERSED = "reversed"


SPENT = (ExpenseStatus.APPROVED, ExpenseStatus.PAID)


class Expense(State):
    """An expense as it stands, in the budget's currency; a supplier's credit is negative.

    ``submitted_by`` and ``approved_by``: who did so; ``..._for``: whom they stood in for. ``first_approved_by``: who
    approved it first where two have to. ``consumed``: of the order.
    """

    division_budget_id: UUID
    division_id: UUID
    category: Name
    amount: Money
    commitment_id: UUID | None
    last: bool = False
    reference: Line
    occurred_on: date
    status: ExpenseStatus = ExpenseStatus.SUBMITTED
    submitted_by: str
    submitted_for: str | None = None
    approved_by: str | None = None
    approved_for: str | None = None
    first_approved_by: str | None = None
    first_approved_for: str | None = None
    consumed: Money | None = None
    paid_on: date | None = None


class SubmitExpense(Command):
    """Submit what was spent, or credited (negative). Repeating it with the same facts changes nothing.

    ``commitment_id``: the order it is invoiced for; ``last``: no more invoices follow, and the rest is free again.
    """

    division_budget_id: UUID
    category: Name
    amount: ExactMoney
    commitment_id: UUID | None = None
    last: bool = False
    reference: Line
    occurred_on: Day


class ApproveExpense(Command):
    """Approve an expense that somebody else submitted; where two have to, it is spent with the second approval."""


class RejectExpense(Command):
    """Reject an expense that was submitted."""

    reason: Line


class PayExpense(Command):
    """Record that an approved expense was paid."""

    paid_on: Day


class ReverseExpense(Command):
    """Take a wrong expense back whole."""

    reason: Line


class ExpenseApprovedFirst(PrivateEvent):
    """One of the two who have to approve the expense did so."""

    approved_by: str
    approved_for: str | None


ExpenseCommand = SubmitExpense | ApproveExpense | RejectExpense | PayExpense | ReverseExpense
ExpenseEvent = (
    finance.ExpenseSubmitted
    | ExpenseApprovedFirst
    | finance.ActualRecorded
    | finance.ExpenseRejected
    | finance.ExpensePaid
    | finance.ActualReversed
)
Events = Sequence[ExpenseEvent]


@dataclass(frozen=True)
class ExpenseFacts(DivisionFacts):
    """``budget``: the one that is charged; ``commitment``: the order that is invoiced; None where there is none.

    ``powers``: what the actor may approve.
    """

    budget: DivisionBudget | None = None
    commitment: Commitment | None = None
    powers: Powers = NO_MATRIX


def decide(state: Expense | None, command: ExpenseCommand, facts: ExpenseFacts) -> Events:
    if isinstance(command, SubmitExpense):
        return submit(state, command, facts)
    expense = existing(state)
    match command:
        case ApproveExpense():
            return approve(expense, facts)
        case RejectExpense(reason=reason):
            if expense.status is ExpenseStatus.REJECTED:
                return []
            check_status(expense, ExpenseStatus.SUBMITTED)
            return [finance.ExpenseRejected(reason=reason)]
        case PayExpense(paid_on=paid_on):
            return pay(expense, paid_on, facts)
        case ReverseExpense(reason=reason):
            return reverse(expense, reason, facts)
        case _:
            assert_never(command)


def submit(state: Expense | None, command: SubmitExpense, facts: ExpenseFacts) -> Events:
    """What was spent is in the budget's currency, and not ahead; what is invoiced is of the order's budget."""
    if state is not None and vars(command) == {name: getattr(state, name) for name in vars(command)}:
        return []
    new(state, "expense")
    if facts.budget is None:
        raise Refused("budget-unknown", "There is no such budget of a division.", "Name a division's budget.")
    money.check_currency(facts.budget.current.currency, command.amount)
    if not command.amount.amount:
        raise Refused("amount-not-zero", "An expense of 0 is none.", "State what was spent, or credited below 0.")
    money.within_range(command.amount.amount, command.amount.currency)
    if command.occurred_on > facts.today:
        raise Refused("not-in-the-future", f"It is {facts.today} today.", "State today or an earlier day.")
    check_order(command, facts)
    said = {name: value for name, value in vars(command).items() if name != "last"}
    return [
        finance.ExpenseSubmitted(
            **said,
            last=command.last,
            division_id=facts.budget.division_id,
            submitted_by=facts.actor.id,
            submitted_for=facts.actor.for_whom,
        )
    ]


def check_order(command: SubmitExpense, facts: ExpenseFacts) -> None:
    """An invoice is charged to the budget and category of its order."""
    if command.commitment_id is None:
        if command.last:
            raise Refused("commitment-named", "It is the last one of no commitment.", "Name the commitment.")
        return
    order = facts.commitment
    if order is None or (order.division_budget_id, order.category) != (command.division_budget_id, command.category):
        raise Refused(
            "commitment-of-budget",
            "There is no such commitment in this category of this budget.",
            "Name a commitment of the budget and category that are charged.",
        )


def approve(expense: Expense, facts: ExpenseFacts) -> Events:
    """What happened is recorded even above the budget; it consumes its order."""
    if expense.status is ExpenseStatus.APPROVED:
        return []
    check_status(expense, ExpenseStatus.SUBMITTED)
    by, for_whom = facts.actor.id, facts.actor.for_whom
    authority = check_authority(facts.powers, facts.powers.asked(expense.amount, expense.category))
    if authority.second and expense.first_approved_by is None:
        return [ExpenseApprovedFirst(approved_by=by, approved_for=for_whom)]
    if expense.first_approved_by is not None:
        check_another(expense, facts)
    consumed = consumption(expense, facts.commitment, expense.amount.amount, facts.id if expense.last else None)
    return [
        finance.ActualRecorded(
            entry_id=facts.id,
            category=expense.category,
            amount=expense.amount,
            consumed=Money(amount=consumed, currency=expense.amount.currency),
            commitment_id=expense.commitment_id,
            reference=expense.reference,
            occurred_on=expense.occurred_on,
            division_budget_id=expense.division_budget_id,
            approved_by=facts.actor.id,
            approved_for=facts.actor.for_whom,
        )
    ]


def check_another(expense: Expense, facts: ExpenseFacts) -> None:
    """The second approver is neither the first nor stands in for them, nor the other way round."""
    first = {expense.first_approved_by, expense.first_approved_for} - {None}
    if not first.isdisjoint({facts.actor.id, facts.actor.for_whom}):
        raise Forbidden(
            "second-approver-is-another",
            "You approved the expense first, or somebody did so for you; a second person has to as well.",
            "Ask somebody else whose limit suffices to approve it.",
        )


def consumption(expense: Expense, order: Commitment | None, amount: Decimal, last: UUID | None) -> Decimal:
    """By how much the order's open amount shrinks when so much more of it is invoiced."""
    if order is None:
        return NOTHING
    return order.open - orders.invoiced(order, amount, last or order.last).open


def pay(expense: Expense, paid_on: date, facts: ExpenseFacts) -> Events:
    if expense.status is ExpenseStatus.PAID and expense.paid_on == paid_on:
        return []
    check_status(expense, ExpenseStatus.APPROVED)
    if not expense.occurred_on <= paid_on <= facts.today:
        detail = f"It occurred on {expense.occurred_on}, and it is {facts.today} today."
        raise Refused("paid-in-between", detail, "Name a day from then to today.")
    return [finance.ExpensePaid(paid_on=paid_on, paid_by=facts.actor.id)]


def reverse(expense: Expense, reason: Line, facts: ExpenseFacts) -> Events:
    """What was wrong is taken back whole, whatever the budget's state; its order is open again."""
    if expense.status is ExpenseStatus.REVERSED:
        return []
    check_status(expense, *SPENT)
    order = facts.commitment
    last = None if order is None or order.last == facts.id else order.last
    restored = NOTHING if order is None else orders.invoiced(order, -expense.amount.amount, last).open - order.open
    return [
        finance.ActualReversed(
            entry_id=facts.id,
            category=expense.category,
            amount=expense.amount,
            restored=Money(amount=restored, currency=expense.amount.currency),
            commitment_id=expense.commitment_id,
            reason=reason,
            division_budget_id=expense.division_budget_id,
        )
    ]


def check_status(expense: Expense, *statuses: ExpenseStatus) -> None:
    if expense.status not in statuses:
        raise Refused(
            "expense-status", f"The expense is {expense.status}.", f"This is for one that is {' or '.join(statuses)}."
        )


def approved(
    _command: ApproveExpense, before: Expense | None, after: Expense, facts: ExpenseFacts
) -> Sequence[IssuedCommand]:
    """The budget is charged and the order consumed, in the same append."""
    if after.consumed is None or (before is not None and before.status is after.status):
        return []
    issued = [charging(after, after.amount.amount, -after.consumed.amount)]
    if after.commitment_id is not None:
        invoice = orders.InvoiceCommitment(expense_id=facts.id, amount=after.amount.amount, last=after.last)
        issued.append(IssuedCommand(COMMITMENT, after.commitment_id, invoice))
    return issued


def reversed_(
    _command: ReverseExpense, before: Expense | None, after: Expense, facts: ExpenseFacts
) -> Sequence[IssuedCommand]:
    """The budget and the order are as if the expense had never been, in the same append."""
    if after.consumed is None or (before is not None and before.status is after.status):
        return []
    issued = [charging(after, -after.amount.amount, -after.consumed.amount)]
    if after.commitment_id is not None:
        restore = orders.RestoreCommitment(expense_id=facts.id, amount=after.amount.amount)
        issued.append(IssuedCommand(COMMITMENT, after.commitment_id, restore))
    return issued


def charging(expense: Expense, spent: Decimal, committed: Decimal) -> IssuedCommand:
    command = ChargeDivisionBudget(
        category=expense.category,
        currency=expense.amount.currency,
        committed=committed,
        spent=spent,
        occurred_on=expense.occurred_on,
    )
    return IssuedCommand(DIVISION_BUDGET, expense.division_budget_id, command)


def evolve(state: Expense | None, event: ExpenseEvent) -> Expense:
    match event:
        case finance.ExpenseSubmitted():
            return Expense(**vars(event))
    expense = existing(state)
    match event:
        case ExpenseApprovedFirst(approved_by=by, approved_for=for_whom):
            return expense.but(first_approved_by=by, first_approved_for=for_whom)
        case finance.ActualRecorded(consumed=consumed, approved_by=by, approved_for=for_whom):
            known = {"consumed": consumed, "approved_by": by, "approved_for": for_whom}
            return expense.but(status=ExpenseStatus.APPROVED, **known)
        case finance.ExpenseRejected():
            return expense.but(status=ExpenseStatus.REJECTED)
        case finance.ExpensePaid(paid_on=paid_on):
            return expense.but(status=ExpenseStatus.PAID, paid_on=paid_on)
        case finance.ActualReversed(restored=restored):
            back = Money(amount=-restored.amount, currency=restored.currency)
            return expense.but(status=ExpenseStatus.REVERSED, consumed=back)
        case _:
            assert_never(event)


EXPENSE = Decider(kind="expense", state=Expense, events=ExpenseEvent, decide=decide, evolve=evolve)
