"""The freshness of each source's data, over HTTP."""

from collections.abc import Sequence

from fastapi import APIRouter
from pydantic import BaseModel

from chassis.store.store import Store
from services.reporting.organisation import queries
from services.reporting.organisation.access import Reader


class FreshnessList(BaseModel):
    """The freshness of each source."""

    items: list[queries.Freshness]


def router(store: Store, topics: Sequence[tuple[str, str]]) -> APIRouter:
    """The route of data freshness; ``topics`` are the sources with their topics."""
    routes = APIRouter(tags=["views"])

    @routes.get("/freshness", operation_id="get_freshness", summary="Data freshness, per source.")
    async def freshness(actor: Reader) -> FreshnessList:
        return FreshnessList(items=await queries.freshness(store, topics))

    return routes
