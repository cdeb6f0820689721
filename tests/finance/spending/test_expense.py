"""The rules of expenses, and what they charge to a budget and consume of an order."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from contracts import finance
from services.finance.budgets.domain.division_budget.charging import ChargeDivisionBudget
from services.finance.spending.commands import EXPENSES
from services.finance.spending.domain import commitment, expense
from services.finance.spending.domain.commitment import COMMITMENT
from services.finance.spending.domain.expense import EXPENSE
from tests.finance.budgets.test_division_budget import BUDGET, DIVISION, OTHER, money
from tests.finance.spending.story import AT_ORDER, CHARGED, ORDER, SPENT, TODAY, invoiced, on_expense
from tests.scenarios import given, who_may

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def submit(amount: int = 20, order: UUID | None = None, *, last: bool = False, **changes: Any) -> expense.SubmitExpense:
    said = {**CHARGED, "amount": money(amount), "commitment_id": order, "last": last, "occurred_on": YESTERDAY}
    return expense.SubmitExpense(**said | changes)


def submitted(
    amount: int = 20, order: UUID | None = None, *, last: bool = False, by: str = "clerk", for_whom: str | None = None
) -> finance.ExpenseSubmitted:
    said = vars(submit(amount, order, last=last))
    return finance.ExpenseSubmitted(**said, division_id=DIVISION, submitted_by=by, submitted_for=for_whom)


def recorded(
    amount: int = 20, consumed: int = 0, order: UUID | None = None, by: str = "controller"
) -> finance.ActualRecorded:
    return finance.ActualRecorded(
        entry_id=SPENT,
        category="licences",
        amount=money(amount),
        consumed=money(consumed),
        commitment_id=order,
        reference="Order 7",
        occurred_on=YESTERDAY,
        division_budget_id=BUDGET,
        approved_by=by,
    )


def taken_back(amount: int = 20, restored: int = 0, order: UUID | None = None) -> finance.ActualReversed:
    return finance.ActualReversed(
        entry_id=SPENT,
        category="licences",
        amount=money(amount),
        restored=money(restored),
        commitment_id=order,
        reason="Wrong.",
        division_budget_id=BUDGET,
    )


APPROVE, REVERSE = expense.ApproveExpense(), expense.ReverseExpense(reason="Wrong.")
REJECT, REJECTED = expense.RejectExpense(reason="Whose?"), finance.ExpenseRejected(reason="Whose?")
PAY = expense.PayExpense(paid_on=TODAY)
PAID = finance.ExpensePaid(paid_on=TODAY, paid_by="controller")
OPEN = COMMITMENT.fold(AT_ORDER)


def test_an_expense_is_submitted_with_who_did_so_and_for_whom() -> None:
    given(EXPENSE).when(submit(), on_expense("clerk", "head")).then(submitted(for_whom="head"))
    given(EXPENSE, submitted()).when(submit(), on_expense("another")).then()
    given(EXPENSE, submitted()).when(submit(21), on_expense()).then_refused("already-exists")
    given(EXPENSE).when(submit(-20), on_expense("clerk")).then(submitted(-20))


def test_an_expense_is_of_a_budget_not_zero_in_its_currency_and_not_ahead() -> None:
    given(EXPENSE).when(submit(), on_expense(budget=None)).then_refused("budget-unknown")
    given(EXPENSE).when(submit(0), on_expense()).then_refused("amount-not-zero")
    dollars = submit().model_copy(update={"amount": money(1, "USD")})
    given(EXPENSE).when(dollars, on_expense()).then_refused("currency-differs")
    given(EXPENSE).when(submit(occurred_on=TOMORROW), on_expense()).then_refused("not-in-the-future")


@pytest.mark.parametrize("amount", [{"amount": "1.001", "currency": "EUR"}, {"amount": "1", "currency": "XAU"}])
def test_an_amount_is_of_a_listed_currency_and_has_no_more_decimals_than_it(amount: Any) -> None:
    for command in (expense.SubmitExpense, commitment.DraftCommitment):
        known = {**CHARGED, "occurred_on": TODAY} if command is expense.SubmitExpense else CHARGED
        with pytest.raises(ValidationError, match="amount"):
            command.model_validate(known | {"amount": amount})


def test_an_invoice_is_charged_to_the_budget_and_category_of_its_order() -> None:
    given(EXPENSE).when(submit(order=ORDER), on_expense("clerk", commitment=OPEN)).then(submitted(order=ORDER))
    given(EXPENSE).when(submit(order=ORDER), on_expense()).then_refused("commitment-of-budget")
    for change in ({"category": "travel"}, {"division_budget_id": OTHER}):
        elsewhere = submit(order=ORDER).model_copy(update=change)
        given(EXPENSE).when(elsewhere, on_expense(commitment=OPEN)).then_refused("commitment-of-budget")
    given(EXPENSE).when(submit(last=True), on_expense()).then_refused("commitment-named")


def test_an_approved_expense_is_an_actual_that_consumes_its_order() -> None:
    given(EXPENSE, submitted()).when(APPROVE, on_expense()).then(recorded())
    for amount, last, consumed in ((20, False, 20), (20, True, 50), (70, False, 50), (-5, False, -5)):
        story = submitted(amount, ORDER, last=last)
        given(EXPENSE, story).when(APPROVE, on_expense(commitment=OPEN)).then(recorded(amount, consumed, ORDER))
    given(EXPENSE, submitted(), recorded()).when(APPROVE, on_expense()).then()
    given(EXPENSE, submitted(), REJECTED).when(APPROVE, on_expense()).then_refused("expense-status")


def test_submitter_approver_and_payer_all_differ() -> None:
    for by, for_whom in (("clerk", None), ("another", "clerk")):
        own = who_may(EXPENSES, submitted(by="clerk")).when(APPROVE, on_expense(by, for_whom))
        own.then_refused("submitter-is-not-approver")
    stood_in = who_may(EXPENSES, submitted(by="assistant", for_whom="head"))
    stood_in.when(APPROVE, on_expense("head")).then_refused("submitter-is-not-approver")
    stood_in.when(APPROVE, on_expense()).then(recorded())
    for payer in ("clerk", "controller"):
        who_may(EXPENSES, submitted(), recorded()).when(PAY, on_expense(payer)).then_refused("payer-is-another")
    by_third = PAID.model_copy(update={"paid_by": "treasurer"})
    who_may(EXPENSES, submitted(), recorded()).when(PAY, on_expense("treasurer")).then(by_third)


def test_an_expense_is_rejected_before_it_is_approved() -> None:
    given(EXPENSE, submitted()).when(REJECT, on_expense()).then(REJECTED)
    given(EXPENSE, submitted(), REJECTED).when(REJECT, on_expense()).then()
    given(EXPENSE, submitted(), recorded()).when(REJECT, on_expense()).then_refused("expense-status")


def test_an_approved_expense_is_paid_once_between_its_day_and_today() -> None:
    given(EXPENSE, submitted(), recorded()).when(PAY, on_expense()).then(PAID)
    given(EXPENSE, submitted(), recorded(), PAID).when(PAY, on_expense()).then()
    for day in (date(2026, 11, 20), TOMORROW):
        other = expense.PayExpense(paid_on=day)
        given(EXPENSE, submitted(), recorded()).when(other, on_expense()).then_refused("paid-in-between")
    given(EXPENSE, submitted()).when(PAY, on_expense()).then_refused("expense-status")


def test_a_wrong_expense_is_taken_back_whole_even_when_paid() -> None:
    given(EXPENSE, submitted(), recorded(), PAID).when(REVERSE, on_expense()).then(taken_back())
    given(EXPENSE, submitted(), recorded(), taken_back()).when(REVERSE, on_expense()).then()
    given(EXPENSE, submitted()).when(REVERSE, on_expense()).then_refused("expense-status")
    order = COMMITMENT.fold((*AT_ORDER, invoiced(20, last=True)))
    story = (submitted(20, ORDER, last=True), recorded(20, 50, ORDER))
    given(EXPENSE, *story).when(REVERSE, on_expense(commitment=order)).then(taken_back(20, 50, ORDER))


def test_the_budget_and_the_order_follow_in_the_same_append() -> None:
    story = [submitted(20, ORDER, last=True), recorded(20, 50, ORDER)]
    before, after = EXPENSE.fold(story[:1]), EXPENSE.fold(story)
    assert after is not None
    charge, invoice = (issued.command for issued in expense.approved(APPROVE, before, after, on_expense()))
    sums = {"spent": Decimal(20), "committed": Decimal(-50)}
    assert charge == ChargeDivisionBudget(category="licences", currency="EUR", **sums)
    assert invoice == commitment.InvoiceCommitment(expense_id=SPENT, amount=Decimal(20), last=True)
    back = EXPENSE.fold([*story, taken_back(20, 50, ORDER)])
    assert back is not None
    charge, restore = (issued.command for issued in expense.reversed_(REVERSE, after, back, on_expense()))
    sums = {"spent": Decimal(-20), "committed": Decimal(50)}
    assert charge == ChargeDivisionBudget(category="licences", currency="EUR", **sums)
    assert restore == commitment.RestoreCommitment(expense_id=SPENT, amount=Decimal(20))
    assert expense.approved(APPROVE, after, after, on_expense()) == []
    assert expense.reversed_(REVERSE, back, back, on_expense()) == []
