"""The difference between two versions of a ranked list, over HTTP."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from chassis.domain.decider import NotFound
from chassis.http.caller import Standing
from chassis.http.versions import After, Before, two_of
from chassis.store.store import Store
from contracts.portfolio.governance import PrioritiesRanked
from services.portfolio.governance.domain.priorities import PRIORITIES, difference


class Moved(BaseModel):
    """A project or request whose rank is not the same in both versions; null: it is not ranked in that one."""

    id: UUID
    before: int | None
    after: int | None


class Difference(BaseModel):
    """What moved, came or went between two versions of a list."""

    before: int = Field(description="the number of the one version")
    after: int = Field(description="the number of the other")
    moved: list[Moved]


def router(store: Store) -> APIRouter:
    routes = APIRouter()

    @routes.get(
        "/priorities/{id}/difference",
        operation_id="get_priorities_difference",
        tags=["priorities"],
        summary="What moved, came or went between two versions of a ranked list.",
    )
    async def differing(id: UUID, _actor: Standing, before: Before = None, after: After = None) -> Difference:
        (stored,) = await store.events_of_many(PRIORITIES, [id])
        if not stored:
            raise NotFound
        ranked = [each.event for each in stored if isinstance(each.event, PrioritiesRanked)]
        versions = {event.number: event.ranking for event in ranked}
        earlier, later = two_of(versions, max(versions), before, after)
        moves = difference(versions[earlier], versions[later])
        return Difference(before=earlier, after=later, moved=[Moved(**vars(move)) for move in moves])

    return routes
