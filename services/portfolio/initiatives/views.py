"""The difference between two versions of a roadmap, over HTTP."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from chassis.domain.decider import NotFound, Refused
from chassis.http.caller import Standing
from chassis.http.versions import After, Before, two_of
from chassis.store.store import Store
from contracts.portfolio.initiatives import RoadmapItem, RoadmapPublished
from services.portfolio.initiatives.domain.roadmap import ROADMAP, difference


class MovedItem(BaseModel):
    """An initiative or project that is not at the same time and in the same lane in both; null: not on that one."""

    before: RoadmapItem | None
    after: RoadmapItem | None


class RoadmapDifference(BaseModel):
    """What moved, came or went between two versions of a roadmap."""

    before: int = Field(description="the number of the one version")
    after: int = Field(description="the number of the other")
    moved: list[MovedItem]


def router(store: Store) -> APIRouter:
    routes = APIRouter()

    @routes.get(
        "/roadmaps/{id}/difference",
        operation_id="get_roadmap_difference",
        tags=["roadmaps"],
        summary="What moved, came or went between two versions of a roadmap.",
    )
    async def differing(id: UUID, _actor: Standing, before: Before = None, after: After = None) -> RoadmapDifference:
        (stored,) = await store.events_of_many(ROADMAP, [id])
        if not stored:
            raise NotFound
        published = [each.event for each in stored if isinstance(each.event, RoadmapPublished)]
        versions = {event.number: event.items for event in published}
        if not versions:
            raise Refused("roadmap-not-published", "No version was published yet.", "Publish one first.")
        earlier, later = two_of(versions, max(versions), before, after)
        moves = difference(versions[earlier], versions[later])
        return RoadmapDifference(before=earlier, after=later, moved=[MovedItem(**vars(move)) for move in moves])

    return routes
