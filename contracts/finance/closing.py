"""The public events of year ends: what closes, what is carried into the next year, and what lapses."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from contracts.base import PublicEvent, Value
from contracts.values import Amount, Currency, Money, Name, Share


class CarryRule(Value):
    """How much of what is left of a category is carried into the next year, in percent; the rest lapses."""

    category: Name
    share: Share


class YearTotals(Value):
    """What budgets of one currency had, and what became of it: ``current`` + ``overspent`` = all the others."""

    current: Amount = Decimal(0)
    granted: Amount = Decimal(0)
    spent: Amount = Decimal(0)
    carried: Amount = Decimal(0)
    lapsed: Amount = Decimal(0)
    overspent: Amount = Decimal(0)


class TotalsOf(Value):
    """Totals in one currency."""

    currency: Currency
    totals: YearTotals


class YearEndPrepared(PublicEvent):
    """The end of a fiscal year is proposed for a budget and all below it; null: for those that are in no tree."""

    fiscal_year: int
    parent_budget_id: UUID | None
    rules: tuple[CarryRule, ...]
    prepared_by: str
    prepared_for: str | None


class YearEndApproved(PublicEvent):
    """Somebody else than who prepared it approved it: its budgets close from now on, by themselves."""

    budgets: int
    approved_by: str
    approved_for: str | None
    approved_at: datetime


class YearEndDone(PublicEvent):
    """All budgets of the year are closed, with these totals by currency."""

    budgets: int
    totals: tuple[TotalsOf, ...]


class DivisionBudgetCarriedOver(PublicEvent):
    """What was left at the end of the year: carried into the next year's budget, lapsed, or spent beyond the budget.

    What is planned and on order goes with its money: it is charged to ``carried_to`` and no longer to this budget.
    """

    year_end_id: UUID
    carried_to: UUID | None
    carried: Money
    lapsed: Money
    overspent: Money


class DivisionBudgetCarriedForward(PublicEvent):
    """Money came from last year's budget; ``below`` is for the budgets below this one, which got it at once.

    ``current`` is the budget after both.
    """

    year_end_id: UUID
    from_budget_id: UUID | None
    amount: Money
    below: Money
    current: Money


EVENTS: tuple[type[PublicEvent], ...] = (
    YearEndPrepared,
    YearEndApproved,
    YearEndDone,
    DivisionBudgetCarriedOver,
    DivisionBudgetCarriedForward,
)
