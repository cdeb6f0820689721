"""What a project is expected to cost at completion: what was stated, what its earned value says, or its budget."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from contracts.values import Money
from services.finance.budgets.domain.project_budget.model import ProjectBudget
from services.finance.currencies.domain.rounding import minor_units


class CompletionBasis(StrEnum):
    """What an estimate at completion rests on."""

    STATED = "stated"
    EARNED_VALUE = "earned value"
    BUDGET = "budget"


@dataclass(frozen=True)
class EarnedValue:
    """What portfolio has said of a project: earned value, budget at completion and actual cost in one currency."""

    currency: str
    earned: Decimal
    budget: Decimal
    actual: Decimal

    @property
    def at_completion(self) -> Decimal | None:
        """BAC / CPI, where the present cost performance goes on, to the cent; None where nothing is earned or spent."""
        if self.earned <= 0 or self.actual <= 0:
            return None
        exact = Fraction(self.budget) * Fraction(self.actual) / Fraction(self.earned)
        places = minor_units(self.currency)
        return Decimal(round(exact * 10**places)).scaleb(-places)


@dataclass(frozen=True)
class Completion:
    """The estimate at completion of a project."""

    estimate: Money
    basis: CompletionBasis


def completion(budget: ProjectBudget, known: EarnedValue | None) -> Completion:
    """What somebody stated holds; else BAC / CPI in the budget's currency; else the budget, or what exceeds it."""
    if budget.estimate is not None:
        return Completion(budget.estimate.estimate, CompletionBasis.STATED)
    if known is not None and known.currency == budget.currency and known.at_completion is not None:
        at_completion = Money(amount=known.at_completion, currency=budget.currency)
        return Completion(at_completion, CompletionBasis.EARNED_VALUE)
    bound = Money(amount=budget.charges.total, currency=budget.currency)
    return Completion(max(budget.granted, bound, key=lambda money: money.amount), CompletionBasis.BUDGET)
