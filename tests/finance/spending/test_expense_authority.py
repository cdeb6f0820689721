"""Expenses under an authority matrix: limits, a second approver, and who could."""

from decimal import Decimal

import pytest

from chassis.domain.decider import Forbidden
from contracts.finance.authority import AuthorityEntry, SpendingRisk
from contracts.values import Grade
from services.finance.authority.domain.approval import Approver, Powers
from services.finance.spending.commands import EXPENSES
from services.finance.spending.domain import expense
from services.finance.spending.domain.expense import EXPENSE
from tests.finance.budgets.test_division_budget import money
from tests.finance.spending.story import TODAY, on_expense
from tests.finance.spending.test_expense import recorded, submitted
from tests.scenarios import given, who_may

ENTRIES = (
    AuthorityEntry(grade=Grade.MANAGER, up_to=money(20), second_above=Decimal(10)),
    AuthorityEntry(grade=Grade.EXECUTIVE, up_to=money(500)),
)
MANAGER, EXECUTIVE = (Powers(ENTRIES, Approver(grade)) for grade in (Grade.MANAGER, Grade.EXECUTIVE))
APPROVE = expense.ApproveExpense()
FIRST = expense.ExpenseApprovedFirst(approved_by="one", approved_for=None)


def test_an_expense_within_the_limit_is_approved_by_one() -> None:
    given(EXPENSE, submitted(10)).when(APPROVE, on_expense("one", powers=MANAGER)).then(recorded(10, by="one"))
    given(EXPENSE, submitted(20)).when(APPROVE, on_expense("one", powers=EXECUTIVE)).then(recorded(20, by="one"))


def test_an_expense_above_the_limit_is_refused_with_who_could() -> None:
    refusal = given(EXPENSE, submitted(21)).when(APPROVE, on_expense("one", powers=MANAGER))
    refused = refusal.then_refused("authority-limit")
    assert isinstance(refused, Forbidden)
    assert "21 EUR for 'licences'" in refused.detail
    assert refused.remedy == "Ask somebody whose grade is executive or higher (up to 500 EUR)."


def test_above_an_amount_the_first_approval_spends_nothing_and_the_second_by_another_does() -> None:
    given(EXPENSE, submitted(20)).when(APPROVE, on_expense("one", powers=MANAGER)).then(FIRST)
    second = given(EXPENSE, submitted(20), FIRST)
    second.when(APPROVE, on_expense("two", powers=MANAGER)).then(recorded(20, by="two"))
    state = EXPENSE.fold([submitted(20), FIRST])
    assert state is not None
    assert expense.approved(APPROVE, EXPENSE.fold([submitted(20)]), state, on_expense("one")) == []


@pytest.mark.parametrize(("name", "for_whom"), [("one", None), ("deputy", "one"), ("one", "two")])
def test_who_approved_first_is_not_the_second_in_whatever_place_they_act(name: str, for_whom: str | None) -> None:
    facts = on_expense(name, for_whom, powers=MANAGER)
    given(EXPENSE, submitted(20), FIRST).when(APPROVE, facts).then_refused("second-approver-is-another")


def test_whom_the_first_approver_stood_in_for_is_not_the_second() -> None:
    first = expense.ExpenseApprovedFirst(approved_by="deputy", approved_for="one")
    scenario = given(EXPENSE, submitted(20), first)
    scenario.when(APPROVE, on_expense("one", powers=MANAGER)).then_refused("second-approver-is-another")


def test_the_second_approver_has_a_limit_too() -> None:
    facts = on_expense("two", powers=Powers(ENTRIES, Approver(Grade.STAFF)))
    given(EXPENSE, submitted(20), FIRST).when(APPROVE, facts).then_refused("authority-limit")


def test_who_holds_no_certificate_approves_nothing_where_policy_asks_for_one() -> None:
    facts = on_expense("one", powers=Powers(uncertified=True))
    given(EXPENSE, submitted(1)).when(APPROVE, facts).then_refused("budget-certificate")


def test_the_first_approver_does_not_pay() -> None:
    pay = expense.PayExpense(paid_on=TODAY)
    scenario = who_may(EXPENSES, submitted(20), FIRST, recorded(20, by="two"))
    for name, for_whom in (("one", None), ("deputy", "one"), ("two", None)):
        scenario.when(pay, on_expense(name, for_whom)).then_refused("payer-is-another")
    assert scenario.when(pay, on_expense("three"))._decide()


def test_the_risk_that_the_submitter_states_decides_which_entries_count() -> None:
    entry = AuthorityEntry(grade=Grade.MANAGER, up_to=money(5), risk=SpendingRisk.HIGH)
    powers = Powers((*ENTRIES, entry), Approver(Grade.MANAGER))
    given(EXPENSE, submitted(10)).when(APPROVE, on_expense("one", powers=powers)).then(recorded(10, by="one"))
    risky = submitted(10).model_copy(update={"risk": SpendingRisk.HIGH})
    given(EXPENSE, risky).when(APPROVE, on_expense("one", powers=powers)).then_refused("authority-limit")
