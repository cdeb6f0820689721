"""Totals of the budgets of a year over HTTP, in a reporting currency: the sum of the parts that are shown."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.domain.clock import Clock
from chassis.http.caller import Standing
from chassis.store.fields import Fields
from chassis.store.store import Store
from contracts.values import Currency, Day
from services.finance.budgets.domain import finance_policy
from services.finance.budgets.domain.division_budget.drafting import FiscalYear
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.currencies.domain.conversion import Converted, converted, total
from services.finance.currencies.domain.rounding import ListedCurrency
from services.finance.currencies.facts import rate_of

B = Fields(DIVISION_BUDGET)
FIGURES = ("current", "planned", "committed", "spent")


def charged(figure: str) -> str:
    sums = getattr(B.charged.at("each"), figure)
    of_categories = f"SELECT sum(CAST({sums} AS numeric)) FROM jsonb_object_keys({B.charged.json}) each"
    return f"coalesce(sum(({of_categories})), 0)"


TOTALS = text(
    f"SELECT {B.current.currency} AS currency,"
    f" coalesce(sum(CAST({B.current.amount} AS numeric)) FILTER (WHERE {B.parent_budget_id} IS NULL), 0) AS current,"
    f" {charged('planned')} AS planned, {charged('committed')} AS committed, {charged('spent')} AS spent"
    f" FROM states WHERE {B.of_kind} AND {B.fiscal_year} = :year AND {B.status.one_of('approved', 'closed')}"
    " GROUP BY 1 ORDER BY 1"
)
Year = Annotated[FiscalYear, Query(description="the fiscal year", examples=[2026])]
In = Annotated[ListedCurrency, Query(description="the reporting currency", examples=["EUR"])]
On = Annotated[Day | None, Query(description="the day whose rates are used; default: today")]


class BudgetTotals(BaseModel):
    """Budgets of a year that are or were in force; ``current``: of those below no other one: nothing counts twice."""

    fiscal_year: int
    currency: Currency
    day: Day
    total: dict[str, Decimal] = Field(description="the sums of what is converted of the parts")
    parts: list[Converted] = Field(description="by the currency of the budgets")


def router(store: Store, clock: Clock) -> APIRouter:
    routes = APIRouter(tags=["division-budgets"])

    @routes.get(
        "/budget-totals",
        operation_id="get_budget_totals",
        summary="What the budgets of a year hold and what is charged to them, in a reporting currency.",
    )
    async def totals(_actor: Standing, fiscal_year: Year, currency: In, day: On = None) -> BudgetTotals:
        on = day or clock().date()
        policy = (await store.load(finance_policy.FINANCE_POLICY, finance_policy.POLICY_ID)).state
        days = (policy or finance_policy.DEFAULTS).rate_days
        rows = await store.rows(TOTALS, {"year": str(fiscal_year)})
        parts = {row.currency: {name: Decimal(getattr(row, name)) for name in FIGURES} for row in rows}
        rates = {own: await rate_of(store, own, currency, on, days) for own in parts if own != currency}
        shown = converted(currency, on, parts, rates)
        return BudgetTotals(fiscal_year=fiscal_year, currency=currency, day=on, total=total(shown), parts=shown)

    return routes
