"""The check of figures over HTTP: what is stored of budgets beside what the log, orders and expenses make of it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from chassis.domain.decider import Forbidden
from chassis.http.caller import Standing
from chassis.http.paging import PageToken, read_token, write_token
from chassis.http.quota import Rates
from chassis.http.routes import EVENTS_OF_A_READ
from chassis.store.relations import NOT_AUTHORISED, role
from chassis.store.store import Store
from contracts.roles import Role
from services.finance.budgets.access import CONTROLLER
from services.finance.checking.domain.figures import Difference
from services.finance.checking.facts import against_log, against_orders, budgets_after, loaded

CHECKS = CONTROLLER | role("an auditor", Role.AUDITOR)
MOST = 100
PageSize = Annotated[int, Query(ge=1, le=MOST, description="maximum budgets per page")]


class FiguresCheck(BaseModel):
    """Some budgets of divisions and projects, recomputed; without differences, what is stored is right."""

    checked: int = Field(description="how many budgets of this page were recomputed")
    differences: list[Difference]
    next_page_token: str | None


def router(store: Store) -> APIRouter:
    routes = APIRouter(tags=["figures-check"])

    @routes.get(
        "/figures-check",
        operation_id="check_figures",
        summary="Recomputes budgets from the log, orders and expenses, and says which figures are stored otherwise.",
    )
    async def check(
        request: Request,
        actor: Standing,
        page_size: PageSize = 20,
        page_token: Annotated[PageToken | None, Query()] = None,
    ) -> FiguresCheck:
        if not CHECKS.unconditional(actor):
            raise Forbidden(NOT_AUTHORISED, f"Only {CHECKS.sentence} may see this.", f"Ask {CHECKS.sentence}.")
        after = str(read_token(page_token, str)[0]) if page_token else ""
        streams = await budgets_after(store, after, page_size + 1)
        page, found = streams[:page_size], []
        rates: Rates = request.app.state.rates
        for decider, id, stored in await loaded(store, page):
            rates.past_reads.charge(actor.id, stored.version // EVENTS_OF_A_READ)
            found += await against_log(store, decider, id, stored)
        found += await against_orders(store, page)
        more = len(streams) > len(page)
        return FiguresCheck(
            checked=len(page), differences=found, next_page_token=write_token(page[-1]) if more else None
        )

    return routes
