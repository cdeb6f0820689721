"""What becomes of a budget's money at the end of its year: open orders go with theirs, the rest by category."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from contracts.finance.closing import CarryRule, YearTotals
from contracts.values import Name
from services.finance.budgets.domain.division_budget.carrying import OpenItem, open_items
from services.finance.budgets.domain.division_budget.model import DivisionBudget
from services.finance.currencies.domain.rounding import MINOR_UNITS, apportion, is_exact, rounded

ZERO = Decimal(0)
FINEST = 6
"""Decimals of any amount: of one that has more than its currency, nothing is rounded away."""


@dataclass(frozen=True)
class Holding:
    """A budget in force at the end of its year; ``granted``: to projects and to the budgets below it.

    ``next_id``: the approved budget of the same division in the next year, ``above``: those above that one.
    """

    id: UUID
    budget: DivisionBudget
    granted: Decimal
    next_id: UUID | None = None
    above: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class Closing:
    """What closes, carries and lapses of a budget; ``carried`` is the money of ``open`` and of what rules carry."""

    holding: Holding
    totals: YearTotals
    open: tuple[OpenItem, ...]

    @property
    def currency(self) -> str:
        return self.holding.budget.current.currency

    @property
    def needs_next(self) -> bool:
        """Whether it takes a budget of the next year: for money, or for orders without any."""
        return bool(self.open) or self.totals.carried > 0


def closing(holding: Holding, rules: Mapping[Name, Decimal]) -> Closing:
    """The closing of a budget, to the cent: current + overspent = granted + spent + carried + lapsed."""
    budget = holding.budget
    currency, sums, items = budget.current.currency, budget.charges, open_items(budget.charged)
    left = budget.current.amount - holding.granted - sums.spent
    bound = sum((item.total for item in items), ZERO)
    free = max(left - bound, ZERO)
    kept = sum(
        (share_of(part, rules.get(category, ZERO), currency) for category, part in by_category(budget, free)), ZERO
    )
    carried = min(bound, max(left, ZERO)) + kept
    totals = YearTotals(
        current=budget.current.amount,
        granted=holding.granted,
        spent=sums.spent,
        carried=carried,
        lapsed=free - kept,
        overspent=max(-left, ZERO),
    )
    return Closing(holding, totals, items)


def by_category(budget: DivisionBudget, free: Decimal) -> Sequence[tuple[Name, Decimal]]:
    """What is free, shared over the categories in proportion to what is left of each.

    Where nothing is left of any, because the money came later, in proportion to the budgeted amounts.
    """
    lines = budgeted(budget)
    rests = {name: max(amount - budget.sums_of(name).total, ZERO) for name, amount in lines.items()}
    weights = rests if any(rests.values()) else lines
    places = places_of(free, budget.current.currency)
    parts = apportion(int(free.scaleb(places)), [*weights.values()])
    return [(name, Decimal(part).scaleb(-places)) for name, part in zip(weights, parts, strict=True)]


def budgeted(budget: DivisionBudget) -> dict[Name, Decimal]:
    """The lines of a budget by category."""
    sums: dict[Name, Decimal] = {}
    for line in budget.lines:
        sums[line.category] = sums.get(line.category, ZERO) + line.amount.amount
    return sums


def share_of(part: Decimal, percent: Decimal, currency: str) -> Decimal:
    """A share of a part, in minor units, a half to the even neighbour; never more than the part."""
    share = part * percent / 100
    if places_of(part, currency) == FINEST:
        return min(share.quantize(Decimal(1).scaleb(-FINEST)), part)
    return min(rounded(share, currency), part)


def places_of(amount: Decimal, currency: str) -> int:
    """In how many decimals an amount is shared out."""
    exact = currency in MINOR_UNITS and is_exact(amount, currency)
    return MINOR_UNITS[currency] if exact else FINEST


def by_name(rules: Iterable[CarryRule]) -> dict[Name, Decimal]:
    return {rule.category: rule.share for rule in rules}


def without_rule(budgets: Iterable[DivisionBudget], rules: Iterable[CarryRule]) -> list[Name]:
    """The categories of the budgets that no rule names, in order."""
    return sorted({line.category for budget in budgets for line in budget.lines} - by_name(rules).keys())


def added(one: YearTotals, other: YearTotals) -> YearTotals:
    return YearTotals(**{name: getattr(one, name) + getattr(other, name) for name in YearTotals.model_fields})
