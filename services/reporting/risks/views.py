"""Risks and appetite over HTTP."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from chassis.domain.clock import Clock
from chassis.http.paging import PageSize, PageToken, cut, read_token
from chassis.store.store import Store
from contracts.portfolio.risks import RiskCategory
from services.reporting.organisation.access import Reader
from services.reporting.risks import queries


class RiskPage(BaseModel):
    """A page of risks, the highest score first."""

    items: list[queries.Risk]
    next_page_token: str | None


class RiskCounts(BaseModel):
    """The risks that go on, by division and category."""

    items: Sequence[queries.RiskCount]


def place(risk: queries.Risk) -> tuple[str, str]:
    return str(Decimal(-1) if risk.score is None else risk.score), str(risk.id)


def router(store: Store, clock: Clock) -> APIRouter:
    routes = APIRouter(tags=["views"])

    @routes.get("/risks", operation_id="list_risk_scores", summary="List risks with their scores, the highest first.")
    async def risks(
        actor: Reader,
        division_id: UUID | None = None,
        category: RiskCategory | None = None,
        status: str | None = None,
        above_appetite: bool | None = None,
        page_size: PageSize = 100,
        page_token: PageToken | None = None,
    ) -> RiskPage:
        after = None
        if page_token:
            score, id = read_token(page_token, str, str)
            after = Decimal(score), UUID(id)
        found = await queries.risks(
            store,
            page_size + 1,
            division_id=division_id,
            category=category,
            status=status,
            above_appetite=above_appetite,
            after=after,
        )
        page, onwards = cut(found, page_size, place)
        return RiskPage(items=page, next_page_token=onwards)

    @routes.get("/risks/counts", operation_id="get_risk_counts", summary="Risks and appetite by division and category.")
    async def counts(actor: Reader) -> RiskCounts:
        return RiskCounts(items=await queries.counts(store, clock().date()))

    return routes
