"""What is reserved, planned, committed and spent of a division's budget, and the control of its categories."""

from decimal import Decimal

from chassis.domain.decider import Command, Refused
from contracts import finance
from contracts.finance import Control
from contracts.values import Amount, Currency, Date, Money, Name
from services.finance.budgets.domain import money
from services.finance.budgets.domain.division_budget.model import (
    DivisionBudget,
    DivisionBudgetFacts,
    Events,
    check_open,
    check_status,
)

MOST_CATEGORIES = 400


class ChargeDivisionBudget(Command):
    """Charge a reservation, a commitment or an expense to a category: by how much more is bound and spent.

    ``occurred_on``: the day of what was spent.
    """

    category: Name
    currency: Currency
    planned: Amount = Decimal(0)
    committed: Amount = Decimal(0)
    spent: Amount = Decimal(0)
    occurred_on: Date | None = None
    reserved: Amount = Decimal(0)

    @property
    def bound(self) -> Decimal:
        """By how much more is bound; what happened binds nothing, and an order that was planned neither."""
        return Decimal(0) if self.spent else self.planned + self.committed + self.reserved


def charge(budget: DivisionBudget, command: ChargeDivisionBudget, facts: DivisionBudgetFacts) -> Events:
    """What binds money is controlled; what happened is always recorded, and what is given back always passes."""
    money.check_currency(budget.current.currency, Money(amount=Decimal(0), currency=command.currency))
    deltas = money.Sums(**{name: getattr(command, name) for name in money.Sums.model_fields})
    after = budget.sums_of(command.category) + deltas
    money.within_range(after.total, command.currency)
    if command.category not in budget.charged and len(budget.charged) >= MOST_CATEGORIES:
        detail = f"{len(budget.charged)} categories are charged to this budget."
        raise Refused("too-many-categories", detail, "Charge one of them.")
    charged = finance.DivisionBudgetCharged(
        category=command.category, **deltas.model_dump(), occurred_on=command.occurred_on
    )
    if command.bound <= 0:
        return [charged]
    check_open(budget)
    check_status(budget, "approved")
    check_available(budget, command, facts)
    return [charged, *controlled(budget, command, after, facts)]


def check_available(budget: DivisionBudget, command: ChargeDivisionBudget, facts: DivisionBudgetFacts) -> None:
    """No commitment overdraws the budget."""
    left = budget.available(facts.allotted)
    if command.bound > left:
        raise Refused("no-overdraw", f"{asked(command)} exceeds the {breakdown(budget, facts)}.", REMEDY)


REMEDY = "Commit less, release commitments that are not needed, or have the budget supplemented."


def asked(command: ChargeDivisionBudget) -> str:
    return money.shown(Money(amount=command.bound, currency=command.currency))


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
    """The warnings of what is let pass; what is to be stopped is refused."""
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
    if control is Control.WARN:
        known = {"limit": limit, "charged": after.total, "cumulative": cumulative}
        return [finance.CategoryLimitExceeded(category=command.category, **known)]
    before = after.total - command.bound
    until = " up to this period" if cumulative else ""
    raise Refused(
        "category-limit",
        f"{asked(command)} and the {before:,f} charged to '{command.category}' exceed the {limit:,f}"
        f" {command.currency} budgeted for it{until}.",
        "Commit less or charge another category; policy says which categories are only warned of.",
    )
