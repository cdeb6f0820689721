"""Operators' API of parked messages: list them, redrive them, or discard one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import text

from chassis.domain.decider import ADMINISTRATOR, Actor, Forbidden, NotFound
from chassis.http.audit import OPERATOR_ACT
from chassis.http.caller import Caller
from chassis.http.paging import BadPageToken, FilterText, PageSize, PageToken, cut, read_token
from chassis.messaging.event_ids import FOREIGN
from chassis.store.store import Store

ReaderName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
StreamName = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
# What stands in the way: messages with a reason, of streams with a gap the first one behind it, refused deadlines.
OBSTACLES = (
    "SELECT p.reader, p.topic, p.partition, p.\"offset\", coalesce(p.stream, '') AS stream, p.number,"
    " coalesce(p.reason, 'waits for number ' || coalesce(s.number, 0) + 1) AS reason, p.parked_at AS since,"
    " (SELECT count(*) FROM parked w WHERE w.reader = p.reader AND w.stream = p.stream AND w.number > p.number"
    " AND p.reason IS DISTINCT FROM :foreign) AS waiting"
    " FROM parked p LEFT JOIN seen s ON s.reader = p.reader AND s.stream = p.stream"
    " WHERE p.reason IS NOT NULL OR NOT EXISTS (SELECT FROM parked f WHERE f.reader = p.reader"
    " AND f.stream = p.stream AND f.number < p.number AND f.reason IS DISTINCT FROM :foreign)"
    " UNION ALL SELECT 'deadlines', '', 0, 0, stream, NULL, reason, parked_at, 0 FROM deadlines"
)

PAGE = text(
    f"SELECT * FROM ({OBSTACLES}) AS o"  # noqa: S608 (a constant)
    " WHERE (CAST(:reader AS text) IS NULL OR reader = :reader) AND (CAST(:stream AS text) IS NULL OR stream = :stream)"
    ' AND (reader, topic, partition, "offset", stream) > (:r, :t, :p, :o, :s)'
    ' ORDER BY reader, topic, partition, "offset", stream LIMIT :limit'
)

READERS = text(
    "SELECT DISTINCT reader FROM"
    " (SELECT reader, stream FROM parked UNION ALL SELECT 'deadlines', stream FROM deadlines) AS p"
    " WHERE (CAST(:reader AS text) IS NULL OR reader = :reader)"
    " AND (CAST(:stream AS text) IS NULL OR stream = :stream)"
)

WISH = text(
    'INSERT INTO interventions (id, reader, action, stream, topic, partition, "offset", asked_by, why)'
    " SELECT :id, r, :action, :stream, :topic, :partition, :offset, :asked_by, :why"
    " FROM unnest(CAST(:readers AS text[])) AS r RETURNING id"
)

FOUND = text("SELECT reader, stream, taken_in, outcome, done_at FROM interventions WHERE id = :id ORDER BY reader")
WAKE = text("SELECT pg_notify('portolan_appended', '')")
IS_PARKED = text(
    'SELECT count(*) FROM parked WHERE reader = :reader AND topic = :topic AND partition = :partition AND "offset" ='
    " :offset"
)


class Parked(BaseModel):
    """A message that blocks its stream, or a refused deadline; never its content."""

    reader: str = Field(description="`deadlines` for refused deadlines")
    topic: str = Field(description="empty for a deadline")
    partition: int
    offset: int
    stream: str = Field(description="empty where it could not be read")
    number: int | None = Field(description="its number in the stream; null where it could not be read")
    reason: str
    since: datetime
    waiting: int = Field(description="messages of its stream that wait behind it")


class ParkedPage(BaseModel):
    """A page of parked messages."""

    items: list[Parked]
    next_page_token: str | None


class Redrive(BaseModel):
    """The messages to redrive: all, a reader's, or a stream's."""

    model_config = ConfigDict(extra="forbid")

    reader: ReaderName | None = None
    stream: StreamName | None = None


class Discard(BaseModel):
    """Which message to go on without, and why; the reader will lack it for ever."""

    model_config = ConfigDict(extra="forbid")

    reader: ReaderName
    topic: Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00]*$")]
    partition: Annotated[int, Field(ge=0, lt=2**31)]
    offset: Annotated[int, Field(ge=0, le=2**53 - 1)]
    why: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]


class Step(BaseModel):
    """The outcome at one reader; ``outcome`` is null until its worker has carried it out."""

    reader: str
    taken_in: int = Field(description="events applied")
    outcome: (
        Literal[
            "redriven",
            "discarded",
            "not parked",
            "only waits for another one",
            "another one of its stream comes first",
            "the topics were recreated",
        ]
        | None
    )


class Intervention(BaseModel):
    """An operator's request, and its outcome."""

    id: UUID
    done: bool
    taken_in: int
    steps: list[Step]
    left: list[Parked] = Field(description="messages still parked, at most 500")


def administrators_only(actor: Actor) -> None:
    if not actor.has(ADMINISTRATOR):
        raise Forbidden("administrators-only", "Only administrators may do this.", "Ask an administrator.")


def interventions_router(store: Store) -> APIRouter:
    """``/parked``: for administrators."""
    router = APIRouter(prefix="/parked", tags=["operations"], dependencies=[OPERATOR_ACT])

    @router.get("", operation_id="list_parked", summary="List parked messages, with the number that waits behind each.")
    async def parked(
        actor: Caller,
        reader: FilterText | None = None,
        stream: FilterText | None = None,
        page_size: PageSize = 100,
        page_token: PageToken | None = None,
    ) -> ParkedPage:
        administrators_only(actor)
        return await page_of(store, reader, stream, page_size, page_token)

    @router.post(
        "/redrive", status_code=202, operation_id="redrive_parked", summary="Redrive parked messages, in order."
    )
    async def redrive(body: Redrive, actor: Caller, response: Response) -> Intervention:
        administrators_only(actor)
        readers = await store.rows(READERS, {"reader": body.reader, "stream": body.stream})
        request = {"action": "redrive", "stream": body.stream, "asked_by": actor.id}
        return await ask(store, response, request, [row.reader for row in readers])

    @router.post(
        "/discard",
        status_code=202,
        operation_id="discard_parked",
        summary="Discard a parked message and go on without it. Who decided it, and why, is recorded.",
    )
    async def discard(body: Discard, actor: Caller, response: Response) -> Intervention:
        administrators_only(actor)
        place = body.model_dump(exclude={"why"})
        if not (await store.rows(IS_PARKED, place))[0][0]:
            raise NotFound
        request = place | {"action": "discard", "asked_by": actor.id, "why": body.why}
        return await ask(store, response, request, [body.reader])

    @router.get(
        "/interventions/{id}", operation_id="get_intervention", summary="Get an operator's request and its outcome."
    )
    async def intervention(id: UUID, actor: Caller) -> Intervention:
        administrators_only(actor)
        return await found(store, id)

    return router


async def page_of(
    store: Store, reader: str | None, stream: str | None, size: int, token: str | None = None
) -> ParkedPage:
    beyond = dict(zip("rtpos", after(token), strict=True))
    rows = await store.rows(PAGE, {"reader": reader, "stream": stream, "limit": size + 1, "foreign": FOREIGN} | beyond)
    page, onwards = cut(rows, size, lambda row: (row.reader, row.topic, row.partition, str(row.offset), row.stream))
    return ParkedPage(items=[Parked(**row._mapping) for row in page], next_page_token=onwards)


def after(token: str | None) -> tuple[str, str, int, int, str]:
    """Behind which message a page begins; raises ``BadPageToken``."""
    if not token:
        return "", "", -1, -1, ""
    reader, topic, partition, offset, stream = read_token(token, str, str, int, str, str)
    if not offset.isascii() or not offset.isdigit() or len(offset) > 18:
        raise BadPageToken
    return reader, topic, partition, int(offset), stream


async def ask(store: Store, response: Response, request: Mapping[str, Any], readers: list[str]) -> Intervention:
    """Write down what is asked of each reader; their workers carry it out."""
    id = uuid4()
    nothing = dict.fromkeys(("stream", "topic", "partition", "offset", "why"))
    if readers:
        await store.rows(WISH, nothing | dict(request) | {"id": id, "readers": readers})
        await store.rows(WAKE)
    response.headers["location"] = f"/parked/interventions/{id}"
    if readers:
        return await found(store, id)
    return Intervention(id=id, done=True, taken_in=0, steps=[], left=[])


async def found(store: Store, id: UUID) -> Intervention:
    rows = await store.rows(FOUND, {"id": id})
    if not rows:
        raise NotFound
    left = [item for row in rows for item in (await page_of(store, row.reader, row.stream, 500)).items]
    return Intervention(
        id=id,
        done=all(row.done_at for row in rows),
        taken_in=sum(row.taken_in for row in rows),
        steps=[Step(reader=row.reader, taken_in=row.taken_in, outcome=row.outcome) for row in rows],
        left=left[:500],
    )
