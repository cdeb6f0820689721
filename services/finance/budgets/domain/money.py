"""Rules that all amounts share: one currency, sensible sizes, and their text in a refusal."""

from decimal import Decimal

from chassis.domain.decider import Refused
from contracts.base import Value
from contracts.values import Amount, Money

LARGEST = Decimal(10) ** 15
"""No amount and no total goes beyond it: sums of a few of them stay within the 18 whole digits of ``Money``."""


COMMIT_LESS = "Commit less, release commitments that are not needed, or have the budget supplemented."
"""What helps where a budget has no more available."""


class Sums(Value):
    """What is charged to a category of a budget, in its currency.

    ``planned``: orders to come, ``committed``: what is open of orders, ``spent``: approved expenses less credits.
    ``reserved``: for hires, training and tools that people were promised; once taken up it is committed or spent.
    """

    planned: Amount = Decimal(0)
    committed: Amount = Decimal(0)
    spent: Amount = Decimal(0)
    reserved: Amount = Decimal(0)

    @property
    def total(self) -> Decimal:
        return self.planned + self.committed + self.spent + self.reserved

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            planned=self.planned + other.planned,
            committed=self.committed + other.committed,
            spent=self.spent + other.spent,
            reserved=self.reserved + other.reserved,
        )

    def __sub__(self, other: "Sums") -> "Sums":
        return self + Sums(**{name: -getattr(other, name) for name in Sums.model_fields})


class Funds(Value):
    """A division budget as others draw on it; ``allotted``: all project budgets from it and approved budgets below.

    ``charged``: what is reserved, planned, committed and spent of it.
    """

    approved: bool
    fiscal_year: int
    current: Money
    allotted: Money
    charged: Amount = Decimal(0)

    @property
    def left(self) -> Money:
        """What can still be granted to others."""
        left = available(self.current.amount, granted=self.allotted.amount, charged=Sums(spent=self.charged))
        return Money(amount=left, currency=self.current.currency)


def available(
    current: Decimal, *, granted: Decimal = Decimal(0), contingency: Decimal = Decimal(0), charged: Sums
) -> Decimal:
    """What is available of a budget: the one formula, below 0 where the budget is overrun.

    ``granted``: to children and projects. ``contingency``: held for risks. ``charged``: reservations, planned and
    open orders, approved expenses, unpaid and paid, credits being negative ones.
    """
    return current - granted - contingency - charged.total


def shown(money: Money) -> str:
    """A figure in a sentence, such as ``1,250.50 EUR``."""
    return f"{money.amount:,f} {money.currency}"


def zero(currency: str) -> Money:
    return Money(amount=Decimal(0), currency=currency)


def check_currency(currency: str, *amounts: Money) -> None:
    """Refuse to mix currencies."""
    for amount in amounts:
        if amount.currency != currency:
            raise Refused(
                "currency-differs",
                f"{shown(amount)} cannot be combined with amounts in {currency}.",
                f"State the amount in {currency}.",
            )


def check_positive(amount: Money) -> None:
    """Refuse nothing, less than nothing, and more than can be."""
    if amount.amount <= 0:
        raise Refused("amount-positive", f"{shown(amount)} is not more than 0.", "State an amount above 0.")
    within_range(amount.amount, amount.currency)


def check_not_negative(amount: Money) -> None:
    """Refuse less than nothing, and more than can be."""
    if amount.amount < 0:
        raise Refused("amount-not-negative", f"{shown(amount)} is less than 0.", "State an amount of 0 or more.")
    within_range(amount.amount, amount.currency)


def within_range(amount: Decimal, currency: str) -> Money:
    """The amount as money, unless it is larger than any budget can be."""
    if abs(amount) > LARGEST:
        raise Refused(
            "amount-too-large",
            f"The total would be {amount:,f} {currency}; no figure of a budget exceeds {LARGEST:,f} {currency}.",
            "State amounts in whole units of the currency.",
        )
    return Money(amount=amount, currency=currency)


def check_left(amount: Money, funds: Funds, what: str) -> None:
    """Refuse to take more from a budget than is available of it."""
    check_currency(amount.currency, funds.current, funds.allotted)
    left = funds.left
    if amount.amount > left.amount:
        raise Refused(
            "exceeds-division-budget",
            f"{shown(amount)} exceeds what is left of {what}: {shown(left)} of {shown(funds.current)}.",
            f"Ask for at most {shown(left)}, or have that budget supplemented first.",
        )
