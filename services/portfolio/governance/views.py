"""The difference between two versions of a ranked list, over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field

from chassis.domain.decider import NotFound
from chassis.http.caller import Standing
from chassis.http.known_parameters import refused
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


Before = Annotated[int | None, Query(ge=1, description="the number of a version; default: the one before the other")]
After = Annotated[int | None, Query(ge=1, description="the number of a version; default: the last")]


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
        later = after or max(versions)
        earlier = before or max(later - 1, 1)
        for name, number in (("before", earlier), ("after", later)):
            if number not in versions:
                raise RequestValidationError([refused(name, f"There are versions 1 to {max(versions)}.")])
        moves = difference(versions[earlier], versions[later])
        return Difference(before=earlier, after=later, moved=[Moved(**vars(move)) for move in moves])

    return routes
