"""The manager's desk, the figures, and who was shown a person's records, over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request
from pydantic import AfterValidator, BaseModel, Field

from chassis.domain.clock import Clock
from chassis.domain.decider import Actor, Forbidden, NotFound
from chassis.http.caller import Caller, Standing
from chassis.http.desk import MOST, DaysAhead, DeskItem, items, statement
from chassis.http.openapi import CONTENT
from chassis.http.paging import PageSize, PageToken, cut, read_token
from chassis.http.quota import Pause, Quota, Rates
from chassis.http.routes import EVENTS_OF_A_READ
from chassis.store.store import Store, whose
from services.people.desk.counted import FigureRecords, Opening
from services.people.desk.desk import ManagersDesk, desk
from services.people.desk.figures import Asked, Figures, figures
from services.people.desk.formulas import BY_KEY
from services.people.desk.past_day import Of, Question, asked_of
from services.people.desk.reads import RecordedRead, recorded_reads
from services.people.desk.without_owner import WITHOUT_OWNER
from services.people.organisation import zones
from services.people.organisation.access import HEADS, READS_FIGURES
from services.people.organisation.domain.division import DIVISION


class RecordedReadPage(BaseModel):
    """A page of recorded reads, the last first."""

    items: list[RecordedRead]
    next_page_token: str | None


class WithoutOwner(BaseModel):
    """Records without an owner in office, with what leads on: all for HR, those below them for managers."""

    items: list[DeskItem] = Field(description=f"at most {MOST}")


FIGURES_OF_DIVISION = READS_FIGURES | HEADS
ASK = "Ask them, or name a division that you head."
NO_DIVISION: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such division.", "content": CONTENT}}
MOST_PAST_FIGURES = 1
"""How many figures of past days a caller has worked out at the same time, by one process."""


def known_figure(key: str) -> str:
    """Refuse what is no figure, with those there are."""
    if key not in BY_KEY:
        raise ValueError(f"There is no such figure; there are {', '.join(BY_KEY)}")
    return key


FigureKey = Annotated[
    str, AfterValidator(known_figure), Path(description="a figure", json_schema_extra={"enum": [*BY_KEY]})
]


def router(store: Store, clock: Clock) -> APIRouter:
    routes = APIRouter()
    past_figures, pause = Quota(MOST_PAST_FIGURES), Pause()

    async def is_for_head(actor: Actor, division_id: UUID | None) -> bool:
        """Return whether the head of the division asks, and nobody who reads all figures; refuse anybody else."""
        if division_id is not None and (await store.load(DIVISION, division_id)).state is None:
            raise NotFound
        if READS_FIGURES.unconditional(actor):
            return False
        if not (division_id and await store.permits(HEADS, actor, DIVISION.stream(division_id))):
            raise Forbidden("reads-figures", f"Only {FIGURES_OF_DIVISION.sentence} may read these figures.", ASK)
        return True

    @asynccontextmanager
    async def asking(request: Request, actor: Actor, of: Question) -> AsyncIterator[Asked]:
        """What is asked, where the caller may; of the past one at a time, as what it reads counts."""
        for_head = await is_for_head(actor, of.division_id)
        rates: Rates = request.app.state.rates

        def charge(events: int) -> None:
            rates.past_reads.charge(actor.id, events // EVENTS_OF_A_READ)

        if of.effective_on is None and of.known_at is None:
            yield await asked_of(store, of, clock(), charge, for_head=for_head)
            return
        async with pause.before_refusal(actor.id):
            with past_figures.of(actor.id):
                yield await asked_of(store, of, clock(), charge, for_head=for_head)

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
        summary="Vacancies, turnover, hiring, reviews, training, gaps and benches, with formulas; on any past day.",
        responses=NO_DIVISION,
    )
    async def all_figures(request: Request, actor: Standing, of: Of) -> Figures:
        async with asking(request, actor, of) as asked:
            return await figures(asked)

    @routes.get(
        "/figures/{name}/records",
        operation_id="list_figure_records",
        tags=["desk"],
        summary="The records that a figure counts, with what each adds to it and the address of its events.",
        responses=NO_DIVISION,
    )
    async def figure_records(
        request: Request,
        name: FigureKey,
        actor: Standing,
        of: Of,
        page_size: PageSize = 100,
        page_token: PageToken | None = None,
    ) -> FigureRecords:
        async with asking(request, actor, of) as asked:
            return await Opening(store, actor, asked, BY_KEY[name]).page(of, page_size, page_token)

    return routes
