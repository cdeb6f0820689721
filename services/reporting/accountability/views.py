"""Accountability over HTTP, now and at any moment."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from chassis.domain.clock import Moment
from chassis.store.store import Store
from services.reporting.accountability import queries
from services.reporting.organisation.access import Reader


class AccountableManagerList(BaseModel):
    """The accountable managers with their projects."""

    items: list[queries.AccountableManager]


class Ledger(BaseModel):
    """The periods of accountability for projects."""

    items: list[queries.LedgerEntry]


def router(store: Store) -> APIRouter:
    routes = APIRouter(tags=["views"])

    @routes.get(
        "/accountability", operation_id="get_accountability", summary="Accountable managers with their projects."
    )
    async def answering(actor: Reader) -> AccountableManagerList:
        return AccountableManagerList(items=await queries.accountability(store))

    @routes.get(
        "/accountability/ledger",
        operation_id="get_accountability_ledger",
        summary="History of accountability: of a project, a person, or at a moment.",
    )
    async def ledger(
        actor: Reader, project_id: UUID | None = None, person_id: UUID | None = None, at: Moment | None = None
    ) -> Ledger:
        return Ledger(items=await queries.ledger(store, project_id, person_id, at))

    return routes
