"""What a hire is reckoned to cost for the rest of a fiscal year, by months, at the standard cost of the grade."""

from datetime import date
from decimal import Decimal

from contracts.values import Line, Money
from services.finance.budgets.domain.finance_policy import MONTHS
from services.finance.budgets.domain.money import shown
from services.finance.currencies.domain.rounding import rounded


def months_left(day: date, last_day: date) -> int:
    """How many months of a year that ends on ``last_day`` are left, that of the day included; 0 once it is over."""
    between = (last_day.year - day.year) * MONTHS + last_day.month - day.month + 1
    return max(0, min(between, MONTHS))


def for_months(yearly: Money, openings: int, months: int) -> Money:
    """The standard cost of so many people for so many months, in whole minor units, a half to the even neighbour."""
    amount: Decimal = yearly.amount * openings * months / MONTHS
    return Money(amount=rounded(amount, yearly.currency), currency=yearly.currency)


def explained(yearly: Money, openings: int, months: int, fiscal_year: int) -> Line:
    """The rule with its figures."""
    each = "1 opening" if openings == 1 else f"{openings} openings"
    return (
        f"{each} at the standard cost of {shown(yearly)} a year, for {months} of {MONTHS} months of {fiscal_year};"
        " a month that has begun counts."
    )
