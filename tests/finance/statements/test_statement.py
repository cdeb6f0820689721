"""The figures of a division's budget: where its money came from, and what is left of it."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts import finance
from contracts.finance import closing
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.domain.project_budget.rules import PROJECT_BUDGET
from services.finance.statements.domain.statement import Drawn, categories_of, drawn_of, figures_of
from tests.finance.budgets.test_division_budget import BUDGET, DIVISION, IN_FORCE, money

OTHER = UUID(int=77)


def decimals(*each: int) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, each))


def moved(id: int, amount: int, current: int) -> finance.DivisionBudgetTransferred:
    return finance.DivisionBudgetTransferred(
        transfer_id=UUID(int=id), other_budget_id=OTHER, amount=money(amount), current=money(current), reason="Moved."
    )


def charged(category: str = "licences", **sums: int) -> finance.DivisionBudgetCharged:
    nothing = {"planned": 0, "committed": 0, "spent": 0, "reserved": 0}
    known = {name: Decimal(each) for name, each in (nothing | sums).items()}
    return finance.DivisionBudgetCharged(category=category, **known)


def test_current_is_what_was_allotted_first_with_what_came_and_went() -> None:
    story: list[Any] = [
        *IN_FORCE,
        closing.DivisionBudgetCarriedForward(
            year_end_id=UUID(int=1), from_budget_id=OTHER, amount=money(7), below=money(0), current=money(107)
        ),
        finance.DivisionBudgetSupplemented(amount=money(20), current=money(127), reason="More."),
        moved(1, 30, 157),
        moved(2, -50, 107),
    ]
    budget = DIVISION_BUDGET.fold(story)
    assert budget is not None
    found = figures_of(budget, Drawn())
    assert decimals(100, 7, 20) == (found.original, found.carried_forward, found.supplements)
    assert decimals(30, 50, 107) == (found.transferred_in, found.transferred_out, found.current)
    came = found.original + found.carried_forward + found.supplements + found.transferred_in - found.transferred_out
    assert came == found.current


def test_what_is_available_is_what_others_do_not_draw_and_nothing_is_charged_to() -> None:
    budget = DIVISION_BUDGET.fold(
        [*IN_FORCE, charged(planned=5, committed=10), charged("travel", spent=-3, reserved=2)]
    )
    assert budget is not None
    found = figures_of(budget, Drawn(granted=Decimal(40), contingency=Decimal(4)))
    assert decimals(40, 4, 5, 10) == (found.granted, found.contingency, found.planned, found.committed)
    assert decimals(-3, 2, 100 - 40 - 5 - 10 + 3 - 2) == (found.spent, found.reserved, found.available)
    assert {each.category: (each.budgeted, each.spent) for each in categories_of(budget)}["travel"] == decimals(0, -3)
    assert sum(each.budgeted for each in categories_of(budget)) == 100


def test_projects_draw_what_this_budget_pays_of_them_and_budgets_below_what_they_hold() -> None:
    project = PROJECT_BUDGET.fold(
        [finance.ProjectBudgetTakenOver(project_id=OTHER, division_id=DIVISION, granted=money(100), source="ledger")]
    )
    child, draft = DIVISION_BUDGET.fold(IN_FORCE), DIVISION_BUDGET.fold(IN_FORCE[:1])
    assert project is not None
    assert child is not None
    assert draft is not None
    paid = project.but(allotments={BUDGET: money(60), OTHER: money(40)}, contingency=money(10))
    elsewhere = project.but(allotments={OTHER: money(100)}, contingency=money(10))
    assert drawn_of(BUDGET, [paid, elsewhere], [child, draft]) == Drawn(granted=Decimal(160), contingency=Decimal(10))
