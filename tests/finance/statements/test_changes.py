"""Changes between two days: every event's part of the difference of two statements."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from contracts import finance
from contracts.finance import closing
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.domain.project_budget.rules import PROJECT_BUDGET
from services.finance.statements.domain.changes import (
    NOTHING,
    Balance,
    ChangeKind,
    Told,
    Window,
    balances,
    minus,
    plus,
    total,
)
from services.finance.statements.domain.statement import Figures, drawn_of, figures_of
from tests.finance.budgets.test_division_budget import BUDGET, DIVISION, IN_FORCE, OTHER, line, money
from tests.finance.statements.test_statement import decimals

CHILD, PROJECT, YEAR_END = UUID(int=70), UUID(int=71), UUID(int=72)
FIRST = date(2026, 11, 1)
LINES = (line(100),)
CHILD_DRAFTED = finance.DivisionBudgetDrafted(
    division_id=DIVISION, fiscal_year=2027, parent_budget_id=BUDGET, lines=LINES, total=money(100)
)


def supplemented(amount: str | int | Decimal, current: str | int | Decimal) -> finance.DivisionBudgetSupplemented:
    return finance.DivisionBudgetSupplemented(amount=money(amount), current=money(current), reason="More.")


def spent(amount: int | Decimal, on: date) -> finance.DivisionBudgetCharged:
    none = Decimal(0)
    return finance.DivisionBudgetCharged(
        category="licences", planned=none, committed=none, spent=Decimal(amount), occurred_on=on
    )


def granted(amount: int | Decimal, whole: int | Decimal) -> finance.ProjectBudgetSupplemented:
    return finance.ProjectBudgetSupplemented(
        project_id=PROJECT, amount=money(amount), granted=money(whole), reason="More.", division_budget_id=BUDGET
    )


def taken_over() -> finance.ProjectBudgetTakenOver:
    return finance.ProjectBudgetTakenOver(project_id=PROJECT, division_id=DIVISION, granted=money(0), source="Ledger.")


def told(*events: tuple[int, Any], start: int = 0) -> list[Told]:
    """Events with the day on which each was recorded; what occurred on another day counts from that."""
    return [
        Told(start + version, version, getattr(event, "occurred_on", None) or FIRST + timedelta(days=day), event)
        for version, (day, event) in enumerate(events, 1)
    ]


def window(begin: int, end: int) -> Window:
    return Window(FIRST + timedelta(days=begin), FIRST + timedelta(days=end))


def found(history: Sequence[Told], asked: Window) -> Balance:
    (balance,) = balances([BUDGET], {BUDGET: history}, {}, {}, asked)
    return balance


def test_a_supplement_changes_what_is_current_and_available_by_its_amount() -> None:
    history = told(*((0, event) for event in IN_FORCE), (5, supplemented(20, 120)))
    balance = found(history, window(5, 5))
    (change,) = balance.changes
    assert (change.kind, change.figures.current, change.figures.available) == (
        ChangeKind.SUPPLEMENTED,
        Decimal(20),
        Decimal(20),
    )
    assert (balance.before.current, balance.after.current) == decimals(100, 120)
    assert found(history, window(6, 9)).changes == []


def test_a_budget_that_was_approved_is_a_change_with_who_submitted_it() -> None:
    changes = found(told(*((0, event) for event in IN_FORCE)), window(0, 0)).changes
    assert [each.kind for each in changes] == [ChangeKind.DRAFTED, ChangeKind.APPROVED]
    submitted = next(event for event in IN_FORCE if isinstance(event, finance.DivisionBudgetSubmitted))
    assert changes[-1].submitted_by == submitted.submitted_by


def test_what_was_spent_is_a_change_of_the_day_it_occurred() -> None:
    history = told(*((0, event) for event in IN_FORCE), (9, spent(30, FIRST + timedelta(days=3))))
    (change,) = found(history, window(3, 3)).changes
    assert (change.category, change.figures.spent, change.figures.available) == ("licences", *decimals(30, -30))
    assert found(history, window(9, 9)).changes == []


def test_what_is_granted_to_projects_and_budgets_below_changes_what_is_available_above() -> None:
    project = told((0, taken_over()), (4, granted(40, 40)), start=100)
    child = told((0, CHILD_DRAFTED), (4, finance.DivisionBudgetApproved(original=money(25))), start=200)
    own = told(*((0, event) for event in IN_FORCE))
    (balance,) = balances([BUDGET], {BUDGET: own}, {PROJECT: project}, {CHILD: child}, window(2, 5))
    seen = [(each.kind, each.other_id, each.figures.granted, each.figures.available) for each in balance.changes]
    assert seen == [
        (ChangeKind.TO_PROJECT, PROJECT, Decimal(40), Decimal(-40)),
        (ChangeKind.TO_BUDGET_BELOW, CHILD, Decimal(25), Decimal(-25)),
    ]


def random_history(chance: random.Random) -> tuple[list[Told], list[Told], list[Told]]:
    """A budget, a project that it pays for and a budget below it, over twenty days; some expenses are told late."""
    own: list[tuple[int, Any]] = [(2, event) for event in IN_FORCE]
    project: list[tuple[int, Any]] = [(2, taken_over())]
    child: list[tuple[int, Any]] = [(3, CHILD_DRAFTED), (4, finance.DivisionBudgetApproved(original=money(100)))]
    current, below, whole = Decimal(100), Decimal(100), Decimal(0)
    for day in sorted(chance.randint(2, 20) for _ in range(60)):
        amount = Decimal(chance.randint(-500, 1000)) / 100
        match chance.randint(0, 5):
            case 0:
                current += amount
                own.append((day, supplemented(amount, current)))
            case 1:
                current += amount
                id = UUID(int=1000 + len(own))
                moved = {
                    "transfer_id": id,
                    "other_budget_id": OTHER,
                    "amount": money(amount),
                    "current": money(current),
                }
                own.append((day, finance.DivisionBudgetTransferred(**moved, reason="Moved.")))
            case 2:
                current += amount
                known = {"year_end_id": YEAR_END, "from_budget_id": OTHER, "amount": money(amount)}
                carried = closing.DivisionBudgetCarriedForward(**known, below=money(0), current=money(current))
                own.append((day, carried))
            case 3:
                whole += amount
                project.append((day, granted(amount, whole)))
            case 4:
                below += amount
                child.append((max(day, 4), supplemented(amount, below)))
            case _:
                own.append((day, spent(amount, FIRST + timedelta(days=chance.randint(0, day)))))
    return told(*own), told(*project, start=1000), told(*child, start=2000)


def statement(own: Sequence[Told], project: Sequence[Told], child: Sequence[Told], day: date) -> Figures:
    """The statement of a day, as the log folded to it has it; nothing before the budget began."""

    def until(history: Sequence[Told]) -> list[Any]:
        known = [each for each in history if each.on <= day]
        return [each.event for each in known] if known and known[0].version == 1 else []

    budget = DIVISION_BUDGET.fold(until(own)) if until(own) else None
    if budget is None:
        return NOTHING
    projects = [PROJECT_BUDGET.fold(until(project))] if until(project) else []
    children = [DIVISION_BUDGET.fold(until(child))] if until(child) else []
    return figures_of(
        budget, drawn_of(BUDGET, [each for each in projects if each], [each for each in children if each])
    )


@pytest.mark.parametrize("seed", range(200))
def test_the_changes_of_any_two_days_sum_to_the_difference_of_the_two_statements(seed: int) -> None:
    chance = random.Random(seed)
    own, project, child = random_history(chance)
    begin, end = sorted((chance.randint(0, 21), chance.randint(0, 21)))
    asked = window(begin, end)
    balance = next(iter(balances([BUDGET], {BUDGET: own}, {PROJECT: project}, {CHILD: child}, asked)), Balance(BUDGET))
    before = statement(own, project, child, asked.begin - timedelta(days=1))
    after = statement(own, project, child, asked.end)
    assert (balance.before, balance.after) == (before, after)
    assert total(balance.changes) == minus(after, before)
    assert plus(before, total(balance.changes)) == after
