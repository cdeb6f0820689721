"""Rebuilds as operators ask for them, watch and cancel them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import text

from chassis.domain.decider import NotFound, Refused
from chassis.http.audit import OPERATOR_ACT
from chassis.http.caller import Caller
from chassis.operations.parked_api import ReaderName, administrators_only
from chassis.store.store import Store

ASK = text(
    "INSERT INTO rebuilds (id, reader, asked_by) VALUES (:id, :reader, :asked_by)"
    " ON CONFLICT (reader) WHERE state IN ('waiting', 'reading') DO NOTHING RETURNING id"
)

COLUMNS = "id, reader, state, asked_by, asked_at, started_at, finished_at, read, total, reason"
ONE = text(f"SELECT {COLUMNS} FROM rebuilds WHERE id = :id")  # noqa: S608 (constants)
LATEST = text(f"SELECT {COLUMNS} FROM rebuilds ORDER BY asked_at DESC, id LIMIT 100")  # noqa: S608 (constants)
CANCEL = text(
    "UPDATE rebuilds SET state = 'cancelled', finished_at = clock_timestamp()"
    " WHERE id = :id AND state IN ('waiting', 'reading') RETURNING id"
)


class Rebuild(BaseModel):
    """A rebuild of a reader's tables; the live ones serve until it is done."""

    id: UUID
    reader: str
    state: Literal["waiting", "reading", "done", "cancelled", "failed"]
    asked_by: str
    asked_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    read: int = Field(description="messages read so far")
    total: int = Field(description="messages the live reader has read")
    reason: str | None = Field(description="reason of the failure")


class RebuildList(BaseModel):
    """The latest hundred rebuilds, the last one first; and which readers can be rebuilt."""

    items: list[Rebuild]
    readers: list[str]


class RebuildRequest(BaseModel):
    """Which read model to rebuild."""

    model_config = ConfigDict(extra="forbid")

    reader: ReaderName


def rebuilds_router(store: Store, readers: Sequence[str]) -> APIRouter:
    """``/rebuilds``: for administrators; ``readers`` are those that keep tables."""
    router = APIRouter(prefix="/rebuilds", tags=["operations"], dependencies=[OPERATOR_ACT])

    @router.post(
        "", status_code=202, operation_id="start_rebuild", summary="Rebuild a reader's tables beside the live ones."
    )
    async def start(body: RebuildRequest, actor: Caller, response: Response) -> Rebuild:
        administrators_only(actor)
        if body.reader not in readers:
            raise NotFound
        id = uuid4()
        if not await store.rows(ASK, {"id": id, "reader": body.reader, "asked_by": actor.id}):
            raise Refused("one-rebuild-at-a-time", f"{body.reader} is being rebuilt.", "Wait for it, or cancel it.")
        response.headers["location"] = f"/rebuilds/{id}"
        return await one(store, id)

    @router.get("", operation_id="list_rebuilds", summary="List the latest rebuilds.")
    async def latest(actor: Caller) -> RebuildList:
        administrators_only(actor)
        items = [Rebuild(**row._mapping) for row in await store.rows(LATEST)]
        return RebuildList(items=items, readers=list(readers))

    @router.get("/{id}", operation_id="get_rebuild", summary="Get a rebuild's progress.")
    async def read(id: UUID, actor: Caller) -> Rebuild:
        administrators_only(actor)
        return await one(store, id)

    @router.delete("/{id}", operation_id="cancel_rebuild", summary="Cancel a rebuild; the live tables stay.")
    async def cancel(id: UUID, actor: Caller) -> Rebuild:
        administrators_only(actor)
        found = await one(store, id)
        if not await store.rows(CANCEL, {"id": id}):
            raise Refused("rebuild-has-ended", f"It is {found.state} already.", "Start another one.")
        return await one(store, id)

    return router


async def one(store: Store, id: UUID) -> Rebuild:
    """A rebuild; raises ``NotFound``."""
    rows = await store.rows(ONE, {"id": id})
    if not rows:
        raise NotFound
    return Rebuild(**rows[0]._mapping)
