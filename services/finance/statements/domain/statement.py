"""The statement of a division's budget: where its money came from, what is charged to it, and what is available."""

from collections.abc import Sequence
from decimal import Decimal

from contracts.base import Value
from contracts.values import Amount, Money, Name
from services.finance.budgets.domain.division_budget.model import DivisionBudget
from services.finance.budgets.domain.money import Sums
from services.finance.budgets.domain.project_budget.model import ProjectBudget

ZERO = Decimal(0)


class Figures(Value):
    """A budget in its currency: original + carried_forward + supplements + transferred_in - transferred_out = current.

    available = current - carried_over - lapsed - granted - reserved - planned - committed - spent.
    ``contingency``: what the projects that draw on it hold for risks, a part of ``granted``.
    """

    original: Amount
    carried_forward: Amount
    supplements: Amount
    transferred_in: Amount
    transferred_out: Amount
    current: Amount
    carried_over: Amount
    lapsed: Amount
    granted: Amount
    contingency: Amount
    reserved: Amount
    planned: Amount
    committed: Amount
    spent: Amount
    available: Amount


class CategoryFigures(Value):
    """A category: what its lines budget, and what is charged to it."""

    category: Name
    budgeted: Amount
    reserved: Amount
    planned: Amount
    committed: Amount
    spent: Amount


class Drawn(Value):
    """What others draw from a budget: projects and the budgets below it."""

    granted: Amount = ZERO
    contingency: Amount = ZERO


def drawn_of(budget_id: object, projects: Sequence[ProjectBudget], below: Sequence[DivisionBudget]) -> Drawn:
    """What projects and the budgets below draw from the budget with this id."""
    allotted = [each.allotments[key].amount for each in projects for key in each.allotments if key == budget_id]
    children = [each.current.amount for each in below if each.status in ("approved", "closed")]
    held = [each.contingency.amount for each in projects if budget_id in each.allotments]
    return Drawn(granted=sum(allotted, ZERO) + sum(children, ZERO), contingency=sum(held, ZERO))


def figures_of(budget: DivisionBudget, drawn: Drawn) -> Figures:
    """The figures of a budget when others draw so much from it."""
    moved = [each.amount.amount for each in budget.transfers.values()]
    came, went = sum((each for each in moved if each > 0), ZERO), -sum((each for each in moved if each < 0), ZERO)
    charges, current = budget.charges, budget.current.amount
    return Figures(
        original=budget.original.amount,
        carried_forward=budget.carried_forward,
        supplements=current - budget.original.amount - budget.carried_forward - came + went,
        transferred_in=came,
        transferred_out=went,
        current=current,
        carried_over=budget.carried_over,
        lapsed=budget.lapsed,
        granted=drawn.granted,
        contingency=drawn.contingency,
        **dict(charges),
        available=budget.available(Money(amount=drawn.granted, currency=budget.current.currency)),
    )


def categories_of(budget: DivisionBudget) -> list[CategoryFigures]:
    """Every category that has a line or a charge, by name."""
    names = sorted({line.category for line in budget.lines} | budget.charged.keys())
    return [
        CategoryFigures(
            category=name,
            budgeted=sum((line.amount.amount for line in budget.lines if line.category == name), ZERO),
            **dict(budget.charged.get(name, Sums())),
        )
        for name in names
    ]
