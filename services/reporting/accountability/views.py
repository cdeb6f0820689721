"""Accountability over HTTP, now and at any moment."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from chassis.domain.clock import Clock, Moment
from chassis.http.caller import Caller
from chassis.http.desk import Entry, desk_router
from chassis.store.relations import Relation, role
from chassis.store.store import Store
from contracts.portfolio import Stage
from contracts.roles import Role
from services.reporting.accountability import queries
from services.reporting.organisation.access import Reader


class AccountableManagerList(BaseModel):
    """The accountable managers with their projects."""

    items: list[queries.AccountableManager]


class Ledger(BaseModel):
    """The periods of accountability for projects."""

    items: list[queries.LedgerEntry]


LEADS = role("an executive", Role.EXECUTIVE) | role("the portfolio office", Role.PORTFOLIO_OFFICE)
ME = "CAST(:me AS text)"
GOES_ON = f"stage NOT IN ('{Stage.CLOSED}', '{Stage.CANCELLED}')"
SINCE = "(SELECT max(a.since) FROM accountability a WHERE a.project_id = projects.id)"


def project(what: str, condition: str, due: str = "NULL", who: Relation | None = None) -> Entry:
    """The desk's entry of a project."""
    since, href = SINCE, "/accountability/ledger?project_id="
    return Entry("project", what, condition, href, "id", "name", "accountable_id", since, due, "projects", who)


DECISIONS = [project("nobody eligible answers for the project", f"unresolved AND {GOES_ON}", who=LEADS)]
DUE = [
    project(
        "the project is to be completed",
        f"{GOES_ON} AND {ME} IN (CAST(accountable_id AS text), CAST(delegate_id AS text))",
        due="plan_end",
    )
]


def router(store: Store, clock: Clock) -> APIRouter:
    routes = APIRouter(tags=["views"])
    routes.include_router(desk_router(store, clock, DECISIONS, DUE, caller=Caller))

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
