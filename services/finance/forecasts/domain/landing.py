"""Landing: what a budget's categories are expected to cost by the end of the year, period by period."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from contracts.finance import BudgetLine
from contracts.values import Money
from services.finance.currencies.domain.rounding import split

ZERO = Decimal(0)
Stated = Mapping[str, Mapping[int, Decimal]]
"""What somebody expects instead, by category and period."""


@dataclass(frozen=True)
class Spent:
    """What is spent of a category by period, and what is bound by reservations, planned and open orders."""

    periods: tuple[Decimal, ...]
    bound: Decimal = ZERO


@dataclass(frozen=True)
class Landing:
    """A category's landing: amounts by period, in the budget's currency.

    ``actual``: spent. ``expected``: spent and still to come, or what was stated instead in the periods ``stated``.
    """

    category: str
    budgeted: tuple[Decimal, ...]
    actual: tuple[Decimal, ...]
    bound: Decimal
    expected: tuple[Decimal, ...]
    stated: tuple[int, ...]

    @property
    def total(self) -> Decimal:
        return sum(self.expected, ZERO)


def landings(
    lines: Sequence[BudgetLine], spent: Mapping[str, Spent], stated: Stated, *, closed: int
) -> tuple[Landing, ...]:
    """The landing of every category that is budgeted or charged; the first ``closed`` periods are over.

    Of a period that is over, what was spent is expected. What is still to come is what is budgeted for the other
    periods and not spent in them yet, or what is bound where that is more; it is spread as the budget is,
    evenly where nothing is budgeted, and to the cent by largest remainder. Where every period is over, what is bound is
    expected in the last one. A stated amount takes the place of that, unless more is spent already.
    """
    periods = len(lines[0].spread)
    categories = dict.fromkeys([*(line.category for line in lines), *sorted(spent)])
    return tuple(
        landing(
            category,
            budgeted_of([line for line in lines if line.category == category], periods),
            spent.get(category) or Spent((ZERO,) * periods),
            stated.get(category, {}),
            lines[0].amount.currency,
            closed=closed,
        )
        for category in categories
    )


def budgeted_of(lines: Iterable[BudgetLine], periods: int) -> tuple[Decimal, ...]:
    """What lines budget for each period, to the cent; the periods sum to the lines."""
    parts = [split(line.amount, line.spread) for line in lines]
    return tuple(sum((part[at].amount for part in parts), ZERO) for at in range(periods))


def landing(
    category: str,
    budgeted: tuple[Decimal, ...],
    spent: Spent,
    stated: Mapping[int, Decimal],
    currency: str,
    *,
    closed: int,
) -> Landing:
    periods = len(budgeted)
    open_from = min(closed, periods - 1)
    to_come = coming(budgeted, spent, currency, closed=closed)
    derived = [
        actual + (to_come[at - open_from] if at >= open_from else ZERO) for at, actual in enumerate(spent.periods)
    ]
    holding = {period for period in stated if period > closed}
    expected = [
        max(stated[at + 1], spent.periods[at]) if at + 1 in holding else amount for at, amount in enumerate(derived)
    ]
    return Landing(category, budgeted, spent.periods, spent.bound, tuple(expected), tuple(sorted(holding)))


def coming(budgeted: Sequence[Decimal], spent: Spent, currency: str, *, closed: int) -> tuple[Decimal, ...]:
    """What is still to come in each period from the first that is open, or in the last where none is."""
    if closed >= len(budgeted):
        return (spent.bound,)
    left = [max(budgeted[at] - spent.periods[at], ZERO) for at in range(closed, len(budgeted))]
    planned = sum(left, ZERO)
    if spent.bound <= planned:
        return tuple(left)
    weights = left if planned else [Decimal(1)] * len(left)
    return tuple(part.amount for part in split(Money(amount=spent.bound, currency=currency), weights))
