"""What is spent of a budget in each period of its year, from what the budget keeps by month."""

from collections.abc import Mapping
from decimal import Decimal

from services.finance.budgets.domain.division_budget.model import DivisionBudget
from services.finance.budgets.domain.finance_policy import FinancePolicy
from services.finance.forecasts.domain.landing import ZERO, Spent


def spent_of(budget: DivisionBudget, policy: FinancePolicy) -> dict[str, Spent]:
    """What is charged to each category; what occurred before the year counts in its first period, later in its last.

    So does, in the first, what was passed on from the year before, or to the one after: periods sum to what is spent.
    """
    periods = len(budget.lines[0].spread)
    found = {}
    for category, sums in budget.charged.items():
        first, *later = by_period(budget.spent_in.get(category, {}), policy, budget.fiscal_year, periods)
        passed_on = sums.spent - sum(later, first)
        found[category] = Spent((first + passed_on, *later), sums.total - sums.spent)
    return found


def by_period(
    months: Mapping[str, Decimal], policy: FinancePolicy, fiscal_year: int, periods: int
) -> tuple[Decimal, ...]:
    """Amounts by month, such as ``2026-03``, as amounts by period."""
    amounts = [ZERO] * periods
    for month, amount in months.items():
        amounts[policy.period_of(fiscal_year, month, periods) - 1] += amount
    return tuple(amounts)
