"""What is spent of a budget in each period of its year, from what the budget keeps by month."""

from collections.abc import Mapping
from decimal import Decimal

from services.finance.budgets.domain.division_budget.model import DivisionBudget
from services.finance.budgets.domain.finance_policy import FinancePolicy
from services.finance.forecasts.domain.landing import ZERO, Spent


def spent_of(budget: DivisionBudget, policy: FinancePolicy) -> dict[str, Spent]:
    """What is charged to each category; what occurred before the year counts in its first period, later in its last."""
    periods = len(budget.lines[0].spread)
    return {
        category: Spent(
            by_period(budget.spent_in.get(category, {}), policy, budget.fiscal_year, periods),
            sums.planned + sums.committed,
        )
        for category, sums in budget.charged.items()
    }


def by_period(
    months: Mapping[str, Decimal], policy: FinancePolicy, fiscal_year: int, periods: int
) -> tuple[Decimal, ...]:
    """Amounts by month, such as ``2026-03``, as amounts by period."""
    amounts = [ZERO] * periods
    for month, amount in months.items():
        amounts[policy.period_of(fiscal_year, month, periods) - 1] += amount
    return tuple(amounts)
