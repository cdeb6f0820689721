"""The difference between two versions of a roadmap, over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field

from chassis.domain.decider import NotFound, Refused
from chassis.http.caller import Standing
from chassis.http.known_parameters import refused
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


Before = Annotated[int | None, Query(ge=1, description="the number of a version; default: the one before the other")]
After = Annotated[int | None, Query(ge=1, description="the number of a version; default: the last")]


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
        later = after or max(versions)
        earlier = before or max(later - 1, 1)
        for name, number in (("before", earlier), ("after", later)):
            if number not in versions:
                raise RequestValidationError([refused(name, f"There are versions 1 to {max(versions)}.")])
        moves = difference(versions[earlier], versions[later])
        return RoadmapDifference(before=earlier, after=later, moved=[MovedItem(**vars(move)) for move in moves])

    return routes
