"""The rules of commitments, and what they charge to a budget."""

from decimal import Decimal
from typing import Any

import pytest

from chassis.domain.decider import IssuedCommand
from contracts import finance
from services.finance.budgets.domain.division_budget.charging import ChargeDivisionBudget
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.domain.project_budget.rules import PROJECT_BUDGET
from services.finance.budgets.domain.project_budget.spending import ChargeProjectBudget
from services.finance.spending.domain import commitment
from services.finance.spending.domain.commitment import COMMITMENT
from tests.finance.budgets.test_division_budget import BUDGET, DIVISION, money
from tests.finance.spending.story import (
    AT_ORDER,
    CHARGED,
    DRAFT,
    DRAFTED,
    MADE,
    OF_PROJECT,
    ORDER,
    PLANNED,
    PROJECT,
    PROJECTS,
    invoiced,
    on_order,
)
from tests.scenarios import given

PLAN, PLACE, CLOSE = commitment.PlanCommitment(), commitment.PlaceOrder(), commitment.CloseCommitment()
RELEASE, CANCEL = commitment.ReleaseCommitment(reason="No need."), commitment.CancelCommitment(reason="No need.")


def released(amount: int) -> finance.CommitmentReleased:
    return finance.CommitmentReleased(
        commitment_id=ORDER, amount=money(amount), reason="No need.", division_budget_id=BUDGET
    )


def charge(*before: Any, after: Any) -> list[IssuedCommand]:
    """What is charged when these further events happen."""
    state, now = COMMITMENT.fold(before), COMMITMENT.fold((*before, *after))
    assert now is not None
    return list(commitment.charge(PLACE, state, now, on_order()))


def charging(planned: int = 0, committed: int = 0) -> list[IssuedCommand]:
    sums = {"planned": Decimal(planned), "committed": Decimal(committed)}
    command = ChargeDivisionBudget(category="licences", currency="EUR", **sums)
    return [IssuedCommand(DIVISION_BUDGET, BUDGET, command)]


TAKE_OVER = commitment.TakeOverCommitment(**CHARGED, source="ledger")
TAKEN_OVER = finance.CommitmentMade(commitment_id=ORDER, **CHARGED, source="ledger")


def test_what_is_ordered_elsewhere_is_taken_over_once_whatever_is_left_of_the_budget() -> None:
    given(COMMITMENT).when(TAKE_OVER, on_order()).then(DRAFTED, TAKEN_OVER)
    given(COMMITMENT, DRAFTED, TAKEN_OVER).when(TAKE_OVER, on_order()).then()
    other = TAKE_OVER.model_copy(update={"amount": money(51)})
    given(COMMITMENT, DRAFTED, TAKEN_OVER).when(other, on_order()).then_refused("already-exists")
    given(COMMITMENT, DRAFTED).when(TAKE_OVER, on_order()).then_refused("commitment-is-ours")
    given(COMMITMENT).when(TAKE_OVER, on_order(budget=None)).then_refused("budget-unknown")
    after = COMMITMENT.fold((DRAFTED, TAKEN_OVER))
    assert after is not None
    command = ChargeDivisionBudget(category="licences", currency="EUR", committed=Decimal(50), taken_over=True)
    assert commitment.taken_over(TAKE_OVER, None, after, on_order()) == [
        IssuedCommand(DIVISION_BUDGET, BUDGET, command)
    ]
    assert commitment.taken_over(TAKE_OVER, after, after, on_order()) == []


def test_a_draft_binds_nothing() -> None:
    given(COMMITMENT).when(DRAFT, on_order()).then(DRAFTED)
    given(COMMITMENT, DRAFTED).when(DRAFT, on_order()).then()
    given(COMMITMENT, *AT_ORDER).when(DRAFT, on_order()).then()
    assert charge(after=[DRAFTED]) == []


def test_a_draft_is_of_a_budget_that_exists_and_above_zero() -> None:
    given(COMMITMENT).when(DRAFT, on_order(budget=None)).then_refused("budget-unknown")
    given(COMMITMENT).when(DRAFT.model_copy(update={"amount": money(0)}), on_order()).then_refused("amount-positive")
    other = DRAFT.model_copy(update={"amount": money(1)})
    given(COMMITMENT, DRAFTED).when(other, on_order()).then_refused("already-exists")


def test_only_a_draft_is_corrected() -> None:
    revise = commitment.ReviseCommitment(category="travel", amount=money(9), reference="Order 7")
    changed = DRAFTED.model_copy(update={"category": "travel", "amount": money(9)})
    given(COMMITMENT, DRAFTED).when(revise, on_order()).then(changed)
    given(COMMITMENT, changed).when(revise, on_order()).then()
    given(COMMITMENT, DRAFTED, PLANNED).when(revise, on_order()).then_refused("commitment-status")


def test_a_planned_commitment_counts_and_becoming_an_order_changes_no_total() -> None:
    given(COMMITMENT, DRAFTED).when(PLAN, on_order()).then(PLANNED)
    assert charge(DRAFTED, after=[PLANNED]) == charging(planned=50)
    ordered = MADE.model_copy(update={"planned": money(50)})
    given(COMMITMENT, DRAFTED, PLANNED).when(PLACE, on_order()).then(ordered)
    assert charge(DRAFTED, PLANNED, after=[ordered]) == charging(planned=-50, committed=50)
    given(COMMITMENT, DRAFTED).when(PLACE, on_order()).then(MADE)
    assert charge(DRAFTED, after=[MADE]) == charging(committed=50)
    given(COMMITMENT, *AT_ORDER).when(PLACE, on_order()).then()
    given(COMMITMENT, *AT_ORDER).when(PLAN, on_order()).then_refused("commitment-status")


@pytest.mark.parametrize(
    ("invoices", "status", "left"),
    [
        ([invoiced(20)], "invoiced in part", 30),
        ([invoiced(20), invoiced(30)], "invoiced in full", 0),
        ([invoiced(20), invoiced(10, last=True)], "invoiced in full", 0),
        ([invoiced(70)], "invoiced in full", 0),
        ([invoiced(-5)], "invoiced in part", 55),
    ],
)
def test_invoices_consume_the_order_and_the_last_one_frees_the_rest(invoices: Any, status: Any, left: Any) -> None:
    state = COMMITMENT.fold((*AT_ORDER, *invoices))
    assert state is not None
    assert (state.status, state.open) == (status, left)


def test_an_expense_taken_back_opens_the_order_again() -> None:
    back = commitment.CommitmentRestored(expense_id=invoiced(1).expense_id, amount=Decimal(20))
    state = COMMITMENT.fold((*AT_ORDER, invoiced(20, last=True), back))
    assert state is not None
    assert (state.status.value, int(state.open), state.last) == ("committed", 50, None)


def test_what_is_open_is_released_once() -> None:
    given(COMMITMENT, *AT_ORDER, invoiced(20)).when(RELEASE, on_order()).then(released(30))
    assert charge(*AT_ORDER, invoiced(20), after=[released(30)]) == charging(committed=-30)
    given(COMMITMENT, *AT_ORDER, released(50)).when(RELEASE, on_order()).then()
    given(COMMITMENT, DRAFTED).when(RELEASE, on_order()).then_refused("commitment-status")
    given(COMMITMENT, *AT_ORDER, invoiced(50)).when(RELEASE, on_order()).then_refused("commitment-status")


def test_an_order_that_was_not_placed_is_cancelled() -> None:
    dropped = commitment.CommitmentDropped(reason="No need.")
    given(COMMITMENT, DRAFTED).when(CANCEL, on_order()).then(dropped)
    assert charge(DRAFTED, after=[dropped]) == []
    known = {"commitment_id": ORDER, "division_budget_id": BUDGET, "planned": money(50)}
    cancelled = finance.CommitmentCancelled(**known, reason="No need.")
    given(COMMITMENT, DRAFTED, PLANNED).when(CANCEL, on_order()).then(cancelled)
    assert charge(DRAFTED, PLANNED, after=[cancelled]) == charging(planned=-50)
    given(COMMITMENT, DRAFTED, dropped).when(CANCEL, on_order()).then()
    given(COMMITMENT, *AT_ORDER).when(CANCEL, on_order()).then_refused("commitment-status")


def test_an_order_is_closed_when_it_is_invoiced_in_full() -> None:
    closed = finance.CommitmentClosed(commitment_id=ORDER)
    given(COMMITMENT, *AT_ORDER, invoiced(50)).when(CLOSE, on_order()).then(closed)
    given(COMMITMENT, *AT_ORDER, invoiced(50), closed).when(CLOSE, on_order()).then()
    given(COMMITMENT, *AT_ORDER, invoiced(49)).when(CLOSE, on_order()).then_refused("commitment-status")


def test_the_last_invoice_is_of_an_open_order() -> None:
    last = commitment.InvoiceCommitment(expense_id=ORDER, amount=Decimal(1), last=True)
    given(COMMITMENT, *AT_ORDER, released(50)).when(last, on_order()).then_refused("commitment-open")
    late = last.model_copy(update={"last": False})
    given(COMMITMENT, *AT_ORDER, released(50)).when(late, on_order()).then(invoiced(1, id=ORDER))


def test_an_order_is_of_a_division_or_of_a_project_and_charged_there() -> None:
    for both in (OF_PROJECT | {"division_budget_id": BUDGET}, OF_PROJECT | {"project_id": None}):
        given(COMMITMENT).when(commitment.DraftCommitment(**both), on_order()).then_refused("one-budget")
    drafted = commitment.CommitmentDrafted(division_id=DIVISION, drafted_by="controller", **OF_PROJECT)
    made = finance.CommitmentMade(commitment_id=ORDER, **OF_PROJECT)
    given(COMMITMENT).when(commitment.DraftCommitment(**OF_PROJECT), on_order(budget=PROJECTS)).then(drafted)
    given(COMMITMENT, drafted).when(PLACE, on_order()).then(made)
    command = ChargeProjectBudget(category="licences", currency="EUR", committed=Decimal(50))
    assert charge(drafted, after=[made]) == [IssuedCommand(PROJECT_BUDGET, PROJECT, command)]
    back = {"division_budget_id": None, "project_id": PROJECT}
    given(COMMITMENT, drafted, made).when(RELEASE, on_order()).then(released(50).model_copy(update=back))
    planned = finance.CommitmentPlanned(commitment_id=ORDER, **OF_PROJECT)
    given(COMMITMENT, drafted).when(PLAN, on_order()).then(planned)
    cancelled = finance.CommitmentCancelled(
        commitment_id=ORDER, project_id=PROJECT, planned=money(50), reason="No need."
    )
    given(COMMITMENT, drafted, planned).when(CANCEL, on_order()).then(cancelled)
