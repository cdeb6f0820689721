"""Expense: what was spent of a division or a project, or credited; approved by somebody else, then paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Command, Decider, IssuedCommand, PrivateEvent, Refused, existing, new
from contracts import finance
from contracts.finance.authority import SpendingRisk
from contracts.finance.currencies import AppliedRate
from contracts.values import Date, Day, Line, Money, Name
from services.finance.authority.domain.approval import check_another, check_authority
from services.finance.budgets.domain import money
from services.finance.budgets.domain.charging import Spent
from services.finance.budgets.domain.division_budget.model import DivisionBudget, check_open
from services.finance.budgets.domain.finance_policy import DEFAULTS, FinancePolicy
from services.finance.budgets.domain.money import Sums
from services.finance.budgets.domain.project_budget.model import ProjectBudget
from services.finance.budgets.domain.project_budget.spending import check_past
from services.finance.currencies.domain.rounding import ExactMoney
from services.finance.spending.domain import commitment as orders
from services.finance.spending.domain.charged import (
    Charged,
    ChargesBudget,
    SpendingFacts,
    budget_of,
    charging,
    converted,
)
from services.finance.spending.domain.commitment import COMMITMENT, Commitment

NOTHING = Decimal(0)


class ExpenseStatus(StrEnum):
    """The steps of an expense; a wrong one is reversed and replaced. ``STATED``: as another system has it."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    PAID = "paid"
    REJECTED = "rejected"
    REVERSED = "reversed"
    STATED = "stated"


SPENT = (ExpenseStatus.APPROVED, ExpenseStatus.PAID, ExpenseStatus.STATED)


class Expense(Charged):
    """An expense as it stands, in the budget's currency; a supplier's credit is negative.

    ``submitted_by`` and ``approved_by``: who did so; ``..._for``: whom they stood in for. ``first_approved_by``: who
    approved it first where two have to; nobody approved what another system stated. ``consumed``: of the order.
    """

    commitment_id: UUID | None
    last: bool = False
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


class SubmitExpense(ChargesBudget):
    """Submit what was spent, or credited (negative). Repeating it with the same facts changes nothing.

    ``commitment_id``: the order it is invoiced for; ``last``: no more invoices follow, and the rest is free again.
    """

    amount: ExactMoney
    commitment_id: UUID | None = None
    last: bool = False
    occurred_on: Day
    risk: SpendingRisk = SpendingRisk.LOW


class StateExpense(ChargesBudget):
    """State what was spent, or credited (negative), as another system has it.

    Stated otherwise, it is reversed and recorded again.
    """

    amount: Money
    occurred_on: Date
    reason: Line


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


class ExpenseStated(PrivateEvent):
    """Another system has this expense; ``ActualRecorded`` tells others."""

    division_budget_id: UUID | None = None
    project_id: UUID | None = None
    division_id: UUID
    category: Name
    amount: Money
    reference: Line
    occurred_on: date
    reason: Line
    submitted_by: str
    submitted_for: str | None
    stated: Money | None = None
    rate: AppliedRate | None = None


ExpenseCommand = SubmitExpense | StateExpense | ApproveExpense | RejectExpense | PayExpense | ReverseExpense
ExpenseEvent = (
    finance.ExpenseSubmitted
    | ExpenseStated
    | ExpenseApprovedFirst
    | finance.ActualRecorded
    | finance.ExpenseRejected
    | finance.ExpensePaid
    | finance.ActualReversed
)
Events = Sequence[ExpenseEvent]


@dataclass(frozen=True)
class ExpenseFacts(SpendingFacts):
    """``commitment``: the order that is invoiced; None where there is none."""

    commitment: Commitment | None = None
    policy: FinancePolicy = DEFAULTS


def decide(state: Expense | None, command: ExpenseCommand, facts: ExpenseFacts) -> Events:
    if isinstance(command, SubmitExpense):
        return submit(state, command, facts)
    if isinstance(command, StateExpense):
        return state_(state, command, facts)
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
    """What was spent is not ahead, and converted at the rate of its day; what is invoiced is of the order's budget."""
    if state is not None and vars(command) == state.said(vars(command)):
        return []
    new(state, "expense")
    budget = budget_of(command, facts)
    if not command.amount.amount:
        raise Refused("amount-not-zero", "An expense of 0 is none.", "State what was spent, or credited below 0.")
    money.within_range(command.amount.amount, command.amount.currency)
    if command.occurred_on > facts.today:
        raise Refused("not-in-the-future", f"It is {facts.today} today.", "State today or an earlier day.")
    check_order(command, facts)
    check_period(command, budget, facts)
    said = vars(command) | converted(command.amount, budget.currency, command.occurred_on, facts)
    return [finance.ExpenseSubmitted(**said, division_id=budget.division_id, **submitted_by(facts))]


def submitted_by(facts: ExpenseFacts) -> dict[str, str | None]:
    return {"submitted_by": facts.actor.id, "submitted_for": facts.actor.for_whom}


def check_order(command: SubmitExpense, facts: ExpenseFacts) -> None:
    """An invoice is charged to the budget and category of its order."""
    if command.commitment_id is None:
        if command.last:
            raise Refused("commitment-named", "It is the last one of no commitment.", "Name the commitment.")
        return
    order = facts.commitment
    if order is None or charged_to(order) != charged_to(command):
        raise Refused(
            "commitment-of-budget",
            "There is no such commitment in this category of this budget.",
            "Name a commitment of the budget and category that are charged.",
        )
    check_order_currency(order, command.amount)


def check_order_currency(order: Commitment, amount: Money) -> None:
    """An order in another currency than its budget's is invoiced in its own: its share of the order is consumed."""
    if order.stated is not None and amount.currency != order.stated.currency:
        raise Refused(
            "currency-of-order",
            f"The order is of {money.shown(order.stated)}, and {money.shown(amount)} is invoiced.",
            f"State the invoice in {order.stated.currency}.",
        )


def check_period(command: SubmitExpense, budget: DivisionBudget | ProjectBudget, facts: ExpenseFacts) -> None:
    """Nothing new is dated before the books were closed, or charged to a closed year unless it was ordered there."""
    closed_through = facts.policy.closed_through
    if closed_through is not None and command.occurred_on <= closed_through:
        raise Refused(
            "period-closed",
            f"It occurred on {command.occurred_on}, and the books are closed through {closed_through}.",
            f"Date it {closed_through + timedelta(days=1)} or later, or have finance open the period again.",
        )
    if command.commitment_id is None and isinstance(budget, DivisionBudget):
        check_open(budget)


def charged_to(it: Charged | ChargesBudget) -> tuple[UUID | None, UUID | None, Name]:
    """The budget and the category that something is charged to."""
    return it.division_budget_id, it.project_id, it.category


def state_(state: Expense | None, command: StateExpense, facts: ExpenseFacts) -> Events:
    """The other system's word holds; a stated 0 is recorded: known to be nothing differs from not known."""
    said = {name: value for name, value in vars(command).items() if name != "reason"}
    if state is None:
        budget = budget_of(command, facts)
        division_id, currency = budget.division_id, budget.currency
    else:
        if state.status is ExpenseStatus.STATED and said == state.said(said):
            return []
        check_stated(state, command)
        division_id, currency = state.division_id, state.amount.currency
    money.within_range(command.amount.amount, command.amount.currency)
    check_past(command.occurred_on, facts)
    worth = vars(command) | converted(command.amount, currency, command.occurred_on, facts)
    before = state if state is not None and state.status is ExpenseStatus.STATED else None
    stated = ExpenseStated(**worth, division_id=division_id, **submitted_by(facts))
    record = recording(evolve(state, stated), NOTHING, facts.id)
    return [*([reversal(before, NOTHING, command.reason, facts.id)] if before else []), stated, record]


def check_stated(expense: Expense, command: StateExpense) -> None:
    """What is restated came from the other system, and stays with its budget."""
    if expense.status not in (ExpenseStatus.STATED, ExpenseStatus.REVERSED) or expense.approved_by is not None:
        raise Refused("expense-is-ours", "The expense was submitted here.", "Give what another system has another id.")
    if charged_to(expense)[:2] != charged_to(command)[:2]:
        detail = "It is charged to another budget."
        raise Refused("budget-differs", detail, "Reverse it there, and state it under another id.")


def approve(expense: Expense, facts: ExpenseFacts) -> Events:
    """What happened is recorded even above the budget; it consumes its order."""
    if expense.status is ExpenseStatus.APPROVED:
        return []
    check_status(expense, ExpenseStatus.SUBMITTED)
    by = {"approved_by": facts.actor.id, "approved_for": facts.actor.for_whom}
    authority = check_authority(facts.powers, facts.powers.asked(expense.amount, expense.category, expense.risk))
    if authority.second and expense.first_approved_by is None:
        return [ExpenseApprovedFirst(**by)]
    if expense.first_approved_by is not None:
        check_another(facts.actor, expense.first_approved_by, expense.first_approved_for)
    consumed = consumption(expense, facts.commitment, facts.id if expense.last else None)
    return [recording(expense, consumed, facts.id, **by)]


def recording(expense: Expense, consumed: Decimal, id: UUID, **by: str | None) -> finance.ActualRecorded:
    return finance.ActualRecorded(
        entry_id=id,
        amount=expense.amount,
        consumed=Money(amount=consumed, currency=expense.amount.currency),
        occurred_on=expense.occurred_on,
        reference=expense.reference,
        **charged(expense),
        **by,
    )


def charged(expense: Expense) -> dict[str, UUID | Name | None]:
    """What an event says of the budget and category it charges, and of the order."""
    return {name: getattr(expense, name) for name in ("division_budget_id", "project_id", "category", "commitment_id")}


def consumption(expense: Expense, order: Commitment | None, last: UUID | None) -> Decimal:
    """By how much the order's open amount shrinks when the expense is invoiced of it."""
    if order is None:
        return NOTHING
    check_order_currency(order, expense.as_stated)
    return order.open - orders.invoiced(order, of_order(expense, order), last or order.last).open


def of_order(expense: Expense, order: Commitment | None) -> Decimal:
    """The expense in the currency that its order was stated in."""
    foreign = order is not None and order.stated is not None
    return expense.as_stated.amount if foreign else expense.amount.amount


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
    restored = NOTHING if order is None else orders.invoiced(order, -of_order(expense, order), last).open - order.open
    return [reversal(expense, restored, reason, facts.id)]


def reversal(expense: Expense, restored: Decimal, reason: Line, id: UUID) -> finance.ActualReversed:
    return finance.ActualReversed(
        entry_id=id,
        amount=expense.amount,
        restored=Money(amount=restored, currency=expense.amount.currency),
        reason=reason,
        **charged(expense),
    )


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
    issued = [charging(after, Sums(spent=after.amount.amount, committed=-after.consumed.amount), after.occurred_on)]
    if after.commitment_id is not None:
        amount = of_order(after, facts.commitment)
        invoice = orders.InvoiceCommitment(expense_id=facts.id, amount=amount, last=after.last)
        issued.append(IssuedCommand(COMMITMENT, after.commitment_id, invoice))
    return issued


def reversed_(
    _command: ReverseExpense, before: Expense | None, after: Expense, facts: ExpenseFacts
) -> Sequence[IssuedCommand]:
    """The budget and the order are as if the expense had never been, in the same append."""
    if after.consumed is None or (before is not None and before.status is after.status):
        return []
    issued = [charging(after, Sums(spent=-after.amount.amount, committed=-after.consumed.amount), after.occurred_on)]
    if after.commitment_id is not None:
        restore = orders.RestoreCommitment(expense_id=facts.id, amount=of_order(after, facts.commitment))
        issued.append(IssuedCommand(COMMITMENT, after.commitment_id, restore))
    return issued


def stated(
    _command: StateExpense, before: Expense | None, after: Expense, _facts: ExpenseFacts
) -> Sequence[IssuedCommand]:
    """The budget is charged with what is stated, instead of what was stated before, in the same append."""
    instead_of = None
    if before is not None and before.status is ExpenseStatus.STATED:
        instead_of = Spent(category=before.category, amount=before.amount.amount, occurred_on=before.occurred_on)
    return [charging(after, Sums(spent=after.amount.amount), after.occurred_on, instead_of)]


def evolve(state: Expense | None, event: ExpenseEvent) -> Expense:
    match event:
        case finance.ExpenseSubmitted():
            return Expense(**vars(event))
        case ExpenseStated():
            known = {name: value for name, value in vars(event).items() if name != "reason"}
            return Expense(**known, commitment_id=None, status=ExpenseStatus.STATED)
    expense = existing(state)
    match event:
        case ExpenseApprovedFirst(approved_by=by, approved_for=for_whom):
            return expense.but(first_approved_by=by, first_approved_for=for_whom)
        case finance.ActualRecorded(consumed=consumed, approved_by=by, approved_for=for_whom):
            status = ExpenseStatus.STATED if by is None else ExpenseStatus.APPROVED
            return expense.but(status=status, consumed=consumed, approved_by=by, approved_for=for_whom)
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
