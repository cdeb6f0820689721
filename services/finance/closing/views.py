"""The preview of a year end over HTTP: what closes, carries and lapses, and what stands in the way."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from chassis.domain.decider import NotFound
from chassis.http.caller import Standing
from chassis.store.store import Store
from contracts.finance.closing import TotalsOf, YearTotals
from contracts.values import Currency, Name
from services.finance.budgets.domain.division_budget.carrying import OpenItem
from services.finance.closing.domain.carry import Closing
from services.finance.closing.domain.year_end import YEAR_END, YearEnd, totals_of
from services.finance.closing.facts import foreseen, reviewed

MOST = 500
After = Annotated[UUID | None, Query(description="budgets after this one, in the order of their ids")]
Limit = Annotated[int, Query(ge=1, le=MOST, description="at most so many budgets")]


class BudgetClosing(BaseModel):
    """What becomes of a budget: current + overspent = granted + spent + carried + lapsed."""

    budget_id: UUID
    division_id: UUID
    currency: Currency
    totals: YearTotals
    open: Sequence[OpenItem] = Field(description="planned and on order: it goes along with its money")
    carried_to: UUID | None = Field(description="the division's approved budget of the next year")


class YearEndPreview(BaseModel):
    """A year end as it would be now; the lists of what stands in its way are empty where it can be approved."""

    year_end_id: UUID
    fiscal_year: int
    budgets: int
    without_rule: Sequence[Name] = Field(description="categories of which no rule says what is carried")
    without_next: Sequence[UUID] = Field(description="divisions without an approved budget of the next year")
    submitted: Sequence[UUID] = Field(description="budgets that wait for approval")
    totals: Sequence[TotalsOf]
    items: Sequence[BudgetClosing]


def router(store: Store) -> APIRouter:
    routes = APIRouter(tags=["year-ends"])

    @routes.get(
        "/year-ends/{id}/preview",
        operation_id="preview_year_end",
        summary="What closes, carries and lapses of each budget, to the cent, and what stands in the way.",
    )
    async def preview(id: UUID, _actor: Standing, after: After = None, limit: Limit = MOST) -> YearEndPreview:
        year_end: YearEnd | None = (await store.load(YEAR_END, id)).state
        if year_end is None:
            raise NotFound
        closings = await foreseen(store, year_end)
        review = await reviewed(store, year_end, closings)
        page = [each for each in closings if after is None or str(each.holding.id) > str(after)][:limit]
        return YearEndPreview(
            year_end_id=id,
            fiscal_year=year_end.fiscal_year,
            budgets=review.budgets,
            without_rule=review.without_rule,
            without_next=review.without_next,
            submitted=review.submitted,
            totals=totals_of(closings),
            items=[shown(each) for each in page],
        )

    return routes


def shown(each: Closing) -> BudgetClosing:
    holding = each.holding
    return BudgetClosing(
        budget_id=holding.id,
        division_id=holding.budget.division_id,
        currency=each.currency,
        totals=each.totals,
        open=each.open,
        carried_to=holding.next_id,
    )
