"""The rules of expenses, and what they charge to a budget and consume of an order."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from contracts import finance
from services.finance.budgets.domain.charging import Spent
from services.finance.budgets.domain.division_budget.charging import ChargeDivisionBudget
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.domain.finance_policy import FinancePolicy
from services.finance.budgets.domain.project_budget.rules import PROJECT_BUDGET
from services.finance.budgets.domain.project_budget.spending import ChargeProjectBudget
from services.finance.spending.commands import EXPENSES
from services.finance.spending.domain import commitment, expense
from services.finance.spending.domain.commitment import COMMITMENT
from services.finance.spending.domain.expense import EXPENSE
from tests.finance.budgets.test_division_budget import BUDGET, DIVISION, OTHER, money
from tests.finance.spending.story import (
    AT_ORDER,
    CHARGED,
    HELD,
    OF_PROJECT,
    ORDER,
    PROJECT,
    PROJECTS,
    SPENT,
    TODAY,
    invoiced,
    on_expense,
)
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
    amount: int = 20, consumed: int = 0, order: UUID | None = None, by: str = "controller", **of: UUID | None
) -> finance.ActualRecorded:
    return finance.ActualRecorded(
        entry_id=SPENT,
        category="licences",
        amount=money(amount),
        consumed=money(consumed),
        commitment_id=order,
        reference="Order 7",
        occurred_on=YESTERDAY,
        approved_by=by,
        **of or {"division_budget_id": BUDGET},
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


def test_an_expense_is_of_a_budget_not_zero_and_not_ahead() -> None:
    given(EXPENSE).when(submit(), on_expense(budget=None)).then_refused("budget-unknown")
    given(EXPENSE).when(submit(0), on_expense()).then_refused("amount-not-zero")
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


def test_nothing_new_is_dated_in_a_period_that_is_closed_and_all_that_follows_passes() -> None:
    closed = FinancePolicy(closed_through=YESTERDAY)
    answer = given(EXPENSE).when(submit(), on_expense("clerk", policy=closed))
    assert "21" in answer.then_refused("period-closed").detail
    given(EXPENSE).when(submit(-20), on_expense(policy=closed)).then_refused("period-closed")
    today = submit(occurred_on=TODAY)
    given(EXPENSE).when(today, on_expense("clerk", policy=closed)).then(
        submitted().model_copy(update={"occurred_on": TODAY})
    )
    opened_again = FinancePolicy(closed_through=YESTERDAY - timedelta(days=1))
    given(EXPENSE).when(submit(), on_expense("clerk", policy=opened_again)).then(submitted())
    given(EXPENSE, submitted()).when(submit(), on_expense("clerk", policy=closed)).then()
    given(EXPENSE, submitted()).when(APPROVE, on_expense(policy=closed)).then(recorded())
    given(EXPENSE, submitted(), recorded()).when(PAY, on_expense(policy=closed)).then(PAID)
    given(EXPENSE, submitted(), recorded()).when(REVERSE, on_expense(policy=closed)).then(taken_back())
    in_closed = on_expense("clerk", budget=PROJECTS, policy=closed)
    given(EXPENSE).when(state(40), in_closed).then(*stated(40))


def test_a_closed_year_takes_new_expenses_only_for_what_was_ordered_in_it() -> None:
    closed = DIVISION_BUDGET.fold([finance.DivisionBudgetClosed()], HELD)
    given(EXPENSE).when(submit(), on_expense("clerk", budget=closed)).then_refused("period-closed")
    late = on_expense("clerk", budget=closed, commitment=OPEN)
    given(EXPENSE).when(submit(order=ORDER), late).then(submitted(order=ORDER))
    given(EXPENSE, submitted()).when(APPROVE, on_expense(budget=closed)).then(recorded())
    done = PROJECT_BUDGET.fold([finance.ProjectBudgetClosed(project_id=PROJECT)], PROJECTS)
    submission = submit(**OF_PROJECT | {"amount": 20})
    of_project = finance.ExpenseSubmitted(**vars(submission), **BY_CLERK)
    given(EXPENSE).when(submission, on_expense("clerk", budget=done)).then(of_project)


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
    assert charge == ChargeDivisionBudget(category="licences", currency="EUR", occurred_on=YESTERDAY, **sums)
    assert invoice == commitment.InvoiceCommitment(expense_id=SPENT, amount=Decimal(20), last=True)
    back = EXPENSE.fold([*story, taken_back(20, 50, ORDER)])
    assert back is not None
    charge, restore = (issued.command for issued in expense.reversed_(REVERSE, after, back, on_expense()))
    sums = {"spent": Decimal(-20), "committed": Decimal(50)}
    assert charge == ChargeDivisionBudget(category="licences", currency="EUR", occurred_on=YESTERDAY, **sums)
    assert restore == commitment.RestoreCommitment(expense_id=SPENT, amount=Decimal(20))
    assert expense.approved(APPROVE, after, after, on_expense()) == []
    assert expense.reversed_(REVERSE, back, back, on_expense()) == []


def test_what_is_spent_is_of_a_division_or_of_a_project_and_charged_there() -> None:
    for both in (OF_PROJECT | {"division_budget_id": BUDGET}, OF_PROJECT | {"project_id": None}):
        wrong = submit(**both | {"amount": 20})
        given(EXPENSE).when(wrong, on_expense()).then_refused("one-budget")
    submission = submit(**OF_PROJECT | {"amount": 20})
    events = [finance.ExpenseSubmitted(**vars(submission), **BY_CLERK), recorded(20, **TO_PROJECT)]
    given(EXPENSE).when(submission, on_expense("clerk", budget=PROJECTS)).then(events[0])
    given(EXPENSE, events[0]).when(APPROVE, on_expense()).then(events[1])
    before, after = EXPENSE.fold(events[:1]), EXPENSE.fold(events)
    assert after is not None
    (issued,) = expense.approved(APPROVE, before, after, on_expense())
    assert (issued.decider, issued.id) == (PROJECT_BUDGET, PROJECT)
    assert issued.command == charge(spent=Decimal(20))
    order = COMMITMENT.fold([commitment.CommitmentDrafted(division_id=DIVISION, **OF_PROJECT)])
    invoice = submit(**OF_PROJECT | {"amount": 20, "commitment_id": ORDER})
    facts = on_expense(budget=PROJECTS, commitment=OPEN)
    given(EXPENSE).when(invoice, facts).then_refused("commitment-of-budget")
    facts = on_expense("clerk", budget=PROJECTS, commitment=order)
    given(EXPENSE).when(invoice, facts).then(finance.ExpenseSubmitted(**vars(invoice), **BY_CLERK))


BY_CLERK: dict[str, Any] = {"division_id": DIVISION, "submitted_by": "clerk", "submitted_for": None}
TO_PROJECT: dict[str, Any] = {"division_budget_id": None, "project_id": PROJECT}


def charge(**known: Any) -> ChargeProjectBudget:
    return ChargeProjectBudget(**{"category": "licences", "currency": "EUR", "occurred_on": YESTERDAY} | known)


def state(amount: Any = 40, currency: str = "EUR", **changes: Any) -> expense.StateExpense:
    said = {**OF_PROJECT, "amount": money(amount, currency), "occurred_on": YESTERDAY, "reason": "As in the ledger."}
    return expense.StateExpense(**said | changes)


def stated(amount: Any = 40, **changes: Any) -> list[Any]:
    """The events of what another system states."""
    command = state(amount, **changes)
    same = {"amount": command.amount, "category": command.category, "occurred_on": command.occurred_on}
    by_nobody = recorded(**TO_PROJECT).model_copy(update={"approved_by": None, **same})
    return [expense.ExpenseStated(**vars(command), **BY_CLERK), by_nobody]


def unstated(amount: Any = 40) -> finance.ActualReversed:
    return taken_back(amount).model_copy(update={"reason": "As in the ledger.", **TO_PROJECT})


THERE = on_expense("clerk", budget=PROJECTS)


def test_what_another_system_has_is_recorded_as_it_is_even_when_it_is_nothing() -> None:
    given(EXPENSE).when(state(40), THERE).then(*stated(40))
    given(EXPENSE).when(state(0), THERE).then(*stated(0))
    given(EXPENSE).when(state(-1), THERE).then(*stated(-1))
    given(EXPENSE).when(state(-(10**16)), THERE).then_refused("amount-too-large")
    given(EXPENSE).when(state(), on_expense(budget=None)).then_refused("budget-unknown")
    given(EXPENSE).when(state(project_id=None), THERE).then_refused("one-budget")
    given(EXPENSE).when(state(occurred_on=TODAY + 2 * (TODAY - YESTERDAY)), THERE).then_refused("not-in-the-future")
    given(EXPENSE).when(state(occurred_on=TOMORROW), THERE).then(*stated(occurred_on=TOMORROW))


def test_stating_it_again_changes_nothing() -> None:
    given(EXPENSE, *stated(40)).when(state("40.0"), THERE).then()
    given(EXPENSE, *stated(0)).when(state(0), THERE).then()


@pytest.mark.parametrize("changes", [{"amount": 30}, {"category": "labour"}, {"occurred_on": TODAY}])
def test_stated_otherwise_it_is_reversed_and_recorded_again(changes: Any) -> None:
    given(EXPENSE, *stated(40)).when(state(**changes), THERE).then(unstated(40), *stated(**changes))
    before, after = EXPENSE.fold(stated(40)), EXPENSE.fold([*stated(40), unstated(40), *stated(**changes)])
    assert after is not None
    (issued,) = expense.stated(state(**changes), before, after, THERE)
    command, instead_of = state(**changes), Spent(category="licences", amount=Decimal(40), occurred_on=YESTERDAY)
    now = {"category": command.category, "spent": command.amount.amount, "occurred_on": command.occurred_on}
    assert issued.command == charge(**now, instead_of=instead_of)


def test_what_was_taken_back_is_stated_again_and_charged_as_new() -> None:
    story = [*stated(40), unstated(40)]
    given(EXPENSE, *story).when(state(40), THERE).then(*stated(40))
    given(EXPENSE, *stated(40)).when(REVERSE, THERE).then(unstated(40).model_copy(update={"reason": "Wrong."}))
    before, after = EXPENSE.fold(story), EXPENSE.fold([*story, *stated(40)])
    assert after is not None
    (issued,) = expense.stated(state(40), before, after, THERE)
    assert issued.command == charge(spent=Decimal(40))


def test_what_was_submitted_here_is_not_stated_and_what_is_stated_stays_with_its_budget() -> None:
    for story in ([submitted()], [submitted(), recorded()], [submitted(), recorded(), taken_back()]):
        given(EXPENSE, *story).when(state(), THERE).then_refused("expense-is-ours")
    elsewhere = state(project_id=OTHER)
    given(EXPENSE, *stated(40)).when(elsewhere, THERE).then_refused("budget-differs")
    given(EXPENSE, *stated(40)).when(PAY, THERE).then_refused("expense-status")
