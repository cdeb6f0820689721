"""Divisional money over HTTP: spend against budget, and what was taken over."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from chassis.store.store import Store
from contracts.values import Name
from services.reporting.money import queries
from services.reporting.organisation.access import Reader


class SpendList(BaseModel):
    """Division budgets with what is drawn from them."""

    items: list[queries.Spend]


class TakeOverList(BaseModel):
    """The projects taken over from a system."""

    items: list[queries.TakeOver]


def router(store: Store) -> APIRouter:
    routes = APIRouter(tags=["views"])

    @routes.get("/spend", operation_id="get_spend", summary="Division spend against budget.")
    async def spend(actor: Reader, fiscal_year: Annotated[int | None, Query(ge=1900, le=2200)] = None) -> SpendList:
        return SpendList(items=await queries.spend(store, fiscal_year))

    @routes.get(
        "/takeovers", operation_id="get_takeovers", summary="Projects taken over from another system, by division."
    )
    async def take_overs(actor: Reader, system: Annotated[Name, Query()]) -> TakeOverList:
        return TakeOverList(items=await queries.take_overs(store, system))

    return routes
