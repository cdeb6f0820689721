"""What is available of a division's budget, and how its categories are controlled."""

import csv
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from contracts import finance
from contracts.finance import CategoryControl, Control
from services.finance.budgets.domain.division_budget import charging, model, moving
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.domain.finance_policy import DEFAULTS
from services.finance.budgets.domain.money import Funds, Sums, available
from tests.finance.budgets.test_division_budget import DRAFTED, IN_FORCE, OTHER, SUBMITTED, TRANSFER, facts, money
from tests.scenarios import given

NONE = money(0)


def charge(category: str = "licences", currency: str = "EUR", **sums: Any) -> charging.ChargeDivisionBudget:
    return charging.ChargeDivisionBudget(category=category, currency=currency, **sums)


def charged(category: str = "licences", **sums: Any) -> Any:
    sums = {name: Decimal(sums.get(name, 0)) for name in Sums.model_fields}
    return finance.DivisionBudgetCharged(category=category, **sums)


def known(granted: int = 0, policy: Any = DEFAULTS) -> model.DivisionBudgetFacts:
    return facts(allotted=money(granted), policy=policy)


IGNORED = DEFAULTS.but(annual=Control.IGNORE, without_line=Control.IGNORE)


def test_what_is_planned_and_ordered_is_charged_to_its_category() -> None:
    given(DIVISION_BUDGET, *IN_FORCE).when(charge(planned=60), known()).then(charged(planned=60))
    given(DIVISION_BUDGET, *IN_FORCE).when(charge(committed=60), known()).then(charged(committed=60))
    state = DIVISION_BUDGET.fold((*IN_FORCE, charged(planned=60), charged(planned=-60, committed=60)))
    assert state is not None
    assert state.charged == {"licences": Sums(committed=Decimal(60))}
    assert state.available(money(10)) == 30


def test_what_is_reserved_is_not_available_and_binds_nothing_more_once_it_is_committed_or_spent() -> None:
    given(DIVISION_BUDGET, *IN_FORCE).when(charge(reserved=60), known()).then(charged(reserved=60))
    given(DIVISION_BUDGET, *IN_FORCE).when(charge(reserved=61), known(0, IGNORED)).then(charged(reserved=61))
    given(DIVISION_BUDGET, *IN_FORCE).when(charge(reserved=60), known(41, IGNORED)).then_refused("no-overdraw")
    full = (*IN_FORCE, charged(reserved=60), charged("hardware", committed=40))
    taken = charge(reserved=-60, committed=60)
    given(DIVISION_BUDGET, *full).when(taken, known()).then(charged(reserved=-60, committed=60))
    state = DIVISION_BUDGET.fold(full)
    assert state is not None
    assert state.available(money(0)) == 0


def test_no_commitment_overdraws_the_budget_and_the_refusal_shows_the_breakdown() -> None:
    events = (*IN_FORCE, charged(committed=20), charged("hardware", planned=5, spent=10))
    given(DIVISION_BUDGET, *events).when(charge(committed=40), known(25, IGNORED)).then(charged(committed=40))
    over = charge(committed="40.01")
    refused = given(DIVISION_BUDGET, *events).when(over, known(25, IGNORED)).then_refused("no-overdraw")
    assert refused.detail == (
        "40.01 EUR exceeds the 40 EUR available: 100 current - 25 granted to others - 0 reserved"
        " - 5 planned - 20 committed - 10 spent."
    )


def test_a_category_stops_at_its_lines() -> None:
    given(DIVISION_BUDGET, *IN_FORCE).when(charge(committed="60.01"), known()).then_refused("category-limit")
    spent = charged(spent=50)
    given(DIVISION_BUDGET, *IN_FORCE, spent).when(charge(planned=11), known()).then_refused("category-limit")


def test_policy_lets_a_category_pass_with_a_warning_or_without() -> None:
    warn = DEFAULTS.but(categories=(CategoryControl(category="licences", annual="warn", cumulative="ignore"),))
    warning = finance.CategoryLimitExceeded(
        category="licences", limit=Decimal(60), charged=Decimal(61), cumulative=False
    )
    given(DIVISION_BUDGET, *IN_FORCE).when(charge(committed=61), known(0, warn)).then(charged(committed=61), warning)
    given(DIVISION_BUDGET, *IN_FORCE).when(charge(committed=61), known(0, IGNORED)).then(charged(committed=61))


def test_a_category_without_a_line_is_stopped_unless_policy_says_otherwise() -> None:
    travel = charge("travel", committed=1)
    given(DIVISION_BUDGET, *IN_FORCE).when(travel, known()).then_refused("category-limit")
    given(DIVISION_BUDGET, *IN_FORCE).when(travel, known(0, IGNORED)).then(charged("travel", committed=1))


def test_cumulative_control_stops_at_what_is_planned_up_to_the_present_period() -> None:
    # The year is 2027 and it is November 2026: with a year that begins in October, its first quarter has begun.
    policy = DEFAULTS.but(fiscal_year_starts=10, cumulative=Control.STOP)
    given(DIVISION_BUDGET, *IN_FORCE).when(charge(committed=15), known(0, policy)).then(charged(committed=15))
    refused = given(DIVISION_BUDGET, *IN_FORCE).when(charge(committed=16), known(0, policy))
    assert "15 EUR budgeted for it up to this period" in refused.then_refused("category-limit").detail
    early = DEFAULTS.but(cumulative=Control.STOP)
    given(DIVISION_BUDGET, *IN_FORCE).when(charge(committed=1), known(0, early)).then_refused("category-limit")


def test_only_an_approved_budget_binds_money() -> None:
    given(DIVISION_BUDGET, DRAFTED, SUBMITTED).when(charge(committed=1), known()).then_refused("only-approved")
    closed = (*IN_FORCE, charged(committed=5), finance.DivisionBudgetClosed())
    given(DIVISION_BUDGET, *closed).when(charge(committed=1), known()).then_refused("period-closed")
    given(DIVISION_BUDGET, *closed).when(charge(committed=-5), known()).then(charged(committed=-5))


def test_what_is_ordered_elsewhere_is_never_refused_and_raises_an_overrun() -> None:
    raised = finance.DivisionBudgetOverrun(overrun=money(30))
    elsewhere = charge("travel", committed=120, taken_over=True)
    given(DIVISION_BUDGET, *IN_FORCE).when(elsewhere, known(10)).then(charged("travel", committed=120), raised)
    given(DIVISION_BUDGET, DRAFTED).when(elsewhere, known()).then(charged("travel", committed=120))


def test_what_happened_is_recorded_and_raises_an_overrun_and_what_is_given_back_always_passes() -> None:
    raised = finance.DivisionBudgetOverrun(overrun=money(30))
    given(DIVISION_BUDGET, *IN_FORCE).when(charge(spent=120), known(10)).then(charged(spent=120), raised)
    over = (*IN_FORCE, charged(spent=120), raised)
    given(DIVISION_BUDGET, *over).when(charge(spent=-5, committed=5), known(10)).then(charged(spent=-5, committed=5))
    cleared = finance.DivisionBudgetOverrunCleared()
    given(DIVISION_BUDGET, *over).when(charge(spent=-30), known(10)).then(charged(spent=-30), cleared)
    more = moving.SupplementDivisionBudget(amount=money(30), reason="Audit.")
    supplemented = finance.DivisionBudgetSupplemented(amount=money(30), reason="Audit.", current=money(130))
    given(DIVISION_BUDGET, *over).when(more, known(10)).then(supplemented, cleared)


def test_money_that_is_committed_or_spent_is_not_sent_elsewhere() -> None:
    receiver = Funds(approved=True, fiscal_year=2027, current=money(1), allotted=NONE)
    told = facts(allotted=money(10), other=receiver)
    events = (*IN_FORCE, charged(committed=20, spent=30))
    out = moving.TransferOut(transfer_id=TRANSFER, other_budget_id=OTHER, amount=money(41), reason="Priorities.")
    given(DIVISION_BUDGET, *events).when(out, told).then_refused("exceeds-division-budget")
    given(DIVISION_BUDGET, *events).when(out.model_copy(update={"amount": money(40)}), told).then_state()


def test_another_currency_is_not_charged() -> None:
    given(DIVISION_BUDGET, *IN_FORCE).when(charge(currency="USD", spent=1), known()).then_refused("currency-differs")


@pytest.mark.real_data
def test_what_is_available_agrees_with_every_published_case() -> None:
    path = Path(os.environ["PORTOLAN_REAL_DATA_FOLDER"]) / "budget-availability.csv"
    with path.open(encoding="utf-8", newline="") as file:
        cases = list(csv.DictReader(file))
    assert len(cases) == 24
    for case in cases:
        told = {name: Decimal(case[name] or 0) for name in case if name not in ("case", "source", "agrees", "note")}
        spent = told["expended"] + told["awaiting_payment"] - told["credited"]
        sums = Sums(committed=told["encumbered"], spent=spent)
        assert available(told["total_funding"], charged=sums) == told["available"], case["case"]
