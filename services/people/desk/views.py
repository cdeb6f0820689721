"""The manager's desk, the figures, and who was shown a person's records, over HTTP."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from chassis.domain.clock import Clock
from chassis.domain.decider import Forbidden, NotFound
from chassis.http.caller import Caller, Standing
from chassis.http.desk import MOST, DaysAhead, DeskItem, items, statement
from chassis.http.openapi import CONTENT
from chassis.http.paging import PageSize, PageToken, cut, read_token
from chassis.store.decision_view import View
from chassis.store.store import Store, whose
from services.people.desk.desk import ManagersDesk, desk
from services.people.desk.figures import Figures, figures
from services.people.desk.reads import RecordedRead, recorded_reads
from services.people.desk.without_owner import WITHOUT_OWNER
from services.people.organisation import zones
from services.people.organisation.access import HEADS, READS_FIGURES
from services.people.organisation.domain.division import DIVISION
from services.people.organisation.subtree import Alone


class RecordedReadPage(BaseModel):
    """A page of recorded reads, the last first."""

    items: list[RecordedRead]
    next_page_token: str | None


class WithoutOwner(BaseModel):
    """Records without an owner in office, with what leads on: all for HR, those below them for managers."""

    items: list[DeskItem] = Field(description=f"at most {MOST}")


FIGURES_OF_DIVISION = READS_FIGURES | HEADS
ASK = "Ask them, or name a division that you head."


def router(store: Store, clock: Clock) -> APIRouter:
    routes = APIRouter()

    @routes.get(
        "/persons/{id}/reads",
        operation_id="list_person_reads",
        tags=["persons"],
        summary="Reads of sensitive records about you; only for the person concerned.",
    )
    async def reads(
        id: UUID, actor: Caller, page_size: PageSize = 100, page_token: PageToken | None = None
    ) -> RecordedReadPage:
        if actor.person != id:
            raise NotFound
        (before,) = read_token(page_token, int) if page_token else (None,)
        found = await recorded_reads(store, id, before, page_size + 1)
        page, onwards = cut(found, page_size, lambda each: each[:1])
        return RecordedReadPage(items=[read for _, read in page], next_page_token=onwards)

    @routes.get(
        "/desk",
        operation_id="get_desk",
        tags=["desk"],
        summary="My team, decisions that await me, due dates, and those I may stand in for.",
    )
    async def my_desk(actor: Standing, days: DaysAhead = 90) -> ManagersDesk:
        return await desk(store, actor, clock(), days)

    @routes.get(
        "/without-owner",
        operation_id="list_without_owner",
        tags=["desk"],
        summary="Records that nobody in office answers for, because who did has left.",
    )
    async def without_owner(actor: Standing) -> WithoutOwner:
        query = statement(WITHOUT_OWNER, actor, bounded=False)
        (today,) = await zones.days_of_persons(store, [actor.acts_as], clock())
        return WithoutOwner(items=await items(store, query, {**whose(actor), "most": MOST}, today))

    @routes.get(
        "/figures",
        operation_id="get_figures",
        tags=["desk"],
        summary="Vacancies, turnover, hiring, reviews, training, gaps and benches, each with its formula.",
        responses={404: {"description": "There is no such division.", "content": CONTENT}},
    )
    async def all_figures(actor: Standing, division_id: UUID | None = None, alone: Alone = False) -> Figures:
        if division_id is not None and (await store.load(DIVISION, division_id)).state is None:
            raise NotFound
        for_head = not READS_FIGURES.unconditional(actor)
        if for_head and not (division_id and await store.permits(HEADS, actor, DIVISION.stream(division_id))):
            raise Forbidden("reads-figures", f"Only {FIGURES_OF_DIVISION.sentence} may read these figures.", ASK)
        today = await zones.today_of(View(store), zones.DIVISION_ZONE, division_id, clock())
        return await figures(store, division_id, today, for_head=for_head, alone=alone)

    return routes
