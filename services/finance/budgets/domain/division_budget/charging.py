"""What is reserved, planned, committed and spent of a division's budget, and the control of its categories."""

from decimal import Decimal

from chassis.domain.decider import Refused
from contracts import finance
from contracts.finance import Control
from services.finance.budgets.domain import money
from services.finance.budgets.domain.charging import ChargeBudget, check_charge, with_charges
from services.finance.budgets.domain.division_budget.model import (
    DivisionBudget,
    DivisionBudgetFacts,
    Events,
    check_open,
    check_status,
)


class ChargeDivisionBudget(ChargeBudget):
    """Charge a reservation, a commitment or an expense to a category: by how much more is bound and spent."""


def charge(budget: DivisionBudget, command: ChargeDivisionBudget, facts: DivisionBudgetFacts) -> Events:
    """What binds money is controlled; what happened is always recorded, and what is given back always passes."""
    check_charge(command, budget.current.currency, budget.charged)
    charged = [
        finance.DivisionBudgetCharged(category=each.category, **each.sums.model_dump(), occurred_on=each.occurred_on)
        for each in command.charges
    ]
    if command.bound <= 0:
        return charged
    check_open(budget)
    check_status(budget, "approved")
    check_available(budget, command, facts)
    after = with_charges(budget.charged, command.charges)[command.category]
    return [*charged, *controlled(budget, command, after, facts)]


def check_available(budget: DivisionBudget, command: ChargeDivisionBudget, facts: DivisionBudgetFacts) -> None:
    """No commitment overdraws the budget."""
    left = budget.available(facts.allotted)
    if command.bound > left:
        raise Refused("no-overdraw", f"{command.asked} exceeds the {breakdown(budget, facts)}.", money.COMMIT_LESS)


def breakdown(budget: DivisionBudget, facts: DivisionBudgetFacts) -> str:
    """The formula with its figures, in the budget's currency."""
    sums, currency = budget.charges, budget.current.currency
    granted = facts.allotted.amount if facts.allotted else Decimal(0)
    return (
        f"{budget.available(facts.allotted):,f} {currency} available: {budget.current.amount:,f} current"
        f" - {granted:,f} granted to others - {sums.reserved:,f} reserved - {sums.planned:,f} planned"
        f" - {sums.committed:,f} committed - {sums.spent:,f} spent"
    )


def controlled(
    budget: DivisionBudget, command: ChargeDivisionBudget, after: money.Sums, facts: DivisionBudgetFacts
) -> Events:
    """The warnings of what is let pass; what is to be stopped is refused, unless an exception lets it pass."""
    lines = [line for line in budget.lines if line.category == command.category]
    control = facts.policy.control(command.category)
    if not lines:
        return limited(command, Decimal(0), after, facts.policy.without_line, cumulative=False)
    begun = facts.policy.periods_begun(budget.fiscal_year, facts.today, len(lines[0].spread))
    whole = sum((line.amount.amount for line in lines), Decimal(0))
    so_far = sum((line.amount.amount * sum(line.spread[:begun], Decimal(0)) / 100 for line in lines), Decimal(0))
    return [
        *limited(command, whole, after, control.annual, cumulative=False),
        *limited(command, so_far, after, control.cumulative, cumulative=True),
    ]


def limited(
    command: ChargeDivisionBudget, limit: Decimal, after: money.Sums, control: Control, *, cumulative: bool
) -> Events:
    """What a limit of a category leads to."""
    if control is Control.IGNORE or after.total <= limit:
        return []
    if control is Control.WARN or command.exception_id is not None:
        known = {"limit": limit, "charged": after.total, "cumulative": cumulative}
        known |= {"category": command.category, "exception_id": command.exception_id}
        return [finance.CategoryLimitExceeded(**known)]
    before = after.total - command.bound
    until = " up to this period" if cumulative else ""
    raise Refused(
        "category-limit",
        f"{command.asked} and the {before:,f} charged to '{command.category}' exceed the {limit:,f}"
        f" {command.currency} budgeted for it{until}.",
        "Commit less, charge another category, or have the level above grant an exception and name it; policy says"
        " which categories are only warned of.",
    )
