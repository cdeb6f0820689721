"""Command tables become typed routes: one for each row, with reads, history and lists beside them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4, uuid5

from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import BaseModel, Field, create_model

from chassis.commands.handler import CommandContext, CommandResult, Handler, fingerprint
from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.clock import CalendarDay, Moment
from chassis.domain.decider import Actor, Command, NotFound, State
from chassis.http.caller import Standing
from chassis.http.examples import example
from chassis.http.export import EXPORTED, PAGE, file_asked
from chassis.http.names import NamesOf, names_beside, references
from chassis.http.paging import PageSize, PageToken, count_all, query_of, read_token, select_page, write_token
from chassis.http.preconditions import DRY_RUN, IfMatch, Prefer, expected_version, is_dry_run
from chassis.http.prefixed_router import PrefixedRouter
from chassis.http.quota import Rates
from chassis.observability.telemetry import correlation
from chassis.observability.tracing import carried
from chassis.store.collation import collation_for
from chassis.store.store import Loaded, Store

KEYS = UUID("6b0f2f9e-0e0b-5c3a-9d6e-2f6f0a4c7d11")
# A read of the past folds its stream: a longer one counts as several reads.
EVENTS_OF_A_READ = 100
IdempotencyKey = Annotated[
    str | None,
    Header(min_length=1, max_length=255, description="retries with the same key and body return the original response"),
]
LONGEST_LANGUAGES = 200
ACCEPT_LANGUAGE = {
    "name": "Accept-Language",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "names are sorted as this language does",
}
KnownAt = Annotated[Moment | None, Query(description="the state as known at this moment")]
EffectiveOn = Annotated[CalendarDay | None, Query(description="the state in effect on this day")]
Reason = Annotated[
    str | None, Header(alias="Portolan-Reason", max_length=500, description="the reason; stored with the events")
]
NOT_CREATED = (
    "A dry run: as it would be; nothing was created.",
    "It was there already, and is as said now; or a dry run: as it would be.",
)
NAMES: Any = (dict[UUID, str], Field(default_factory=dict, description="names of the records that this refers to"))


class Change(BaseModel):
    """An event of an aggregate's history: what, who, for whom, when, why."""

    version: int
    type: str
    recorded_at: datetime
    actor: str
    for_whom: str | None = None
    reason: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    event_id: str
    published_number: int | None = Field(description="its number among the public events of the stream; null: private")
    data: dict[str, Any]


class History(BaseModel):
    """A page of an aggregate's events, first to last."""

    items: list[Change]
    next_page_token: str | None


def operation(aggregate: Aggregate, row: CommandRow) -> str:
    """The operation's id: ``rename_division``."""
    return f"{row.name}_{aggregate.decider.kind}".replace("-", "_")


def singular(aggregate: Aggregate) -> str:
    """The aggregate's name as an identifier."""
    return aggregate.decider.kind.replace("-", "_")


def resource(aggregate: Aggregate) -> type[BaseModel]:
    """The model of an aggregate as callers read it: its state with id, version and published number."""
    state = aggregate.decider.state
    return create_model(
        f"{state.__name__}Resource",
        __base__=state,
        __doc__=state.__doc__,
        id=(UUID, ...),
        stream=(str, Field(description="the name of its stream, the subject of its events")),
        version=(int, Field(description="also the ETag")),
        published_number=(int, Field(description="number of its public events; wait for it with Portolan-After")),
    )


def represent(
    aggregate: Aggregate, model: type[BaseModel], id: UUID, loaded: Loaded | CommandResult, *, disclosed: bool
) -> BaseModel:
    """An aggregate as its reader sees it; ``disclosed``: with what is private."""
    state: State = loaded.state
    hidden = {} if disclosed else aggregate.private
    return model.model_construct(
        **{**state.__dict__, **hidden},
        id=id,
        stream=loaded.stream,
        version=shown_version(loaded, disclosed=disclosed),
        published_number=loaded.published,
    )


def shown_version(loaded: Loaded | CommandResult, *, disclosed: bool) -> int:
    """The version as its reader may know it: without the private fields, that of the public events alone."""
    return loaded.version if disclosed else loaded.published


def aggregate_router(aggregate: Aggregate, handler: Handler, names: Mapping[str, NamesOf]) -> APIRouter:
    router = PrefixedRouter(prefix=f"/{aggregate.path}", tags=[aggregate.path])
    model = resource(aggregate)
    if aggregate.creation:
        add_creation(router, aggregate, aggregate.creation, handler, model)
    for row in aggregate.commands:
        add_command(router, aggregate, row, handler, model)
    add_reads(router, aggregate, handler, model, names)
    add_list(router, aggregate, handler, model, names)
    return router


def add_creation(
    router: APIRouter, aggregate: Aggregate, row: CommandRow, handler: Handler, model: type[BaseModel]
) -> None:
    """``POST /divisions``: the id is ours."""

    async def create(  # type: ignore[no-untyped-def]
        request: Request,
        response: Response,
        command,
        actor: Standing,
        idempotency_key: IdempotencyKey = None,
        reason: Reason = None,
        prefer: Prefer = None,
    ) -> BaseModel:
        context = command_context(actor, row, None, command, idempotency_key, None, reason, prefer)
        result = await handler.handle(aggregate, row, row.id_from(command), command, context)
        if result.dry_run or was_there(row, result):
            response.status_code = 200
        else:
            response.headers["location"] = f"/{aggregate.path}/{result.id}"
        return await answer(response, aggregate, model, handler.store, actor, result)

    create.__annotations__["command"] = row.command
    router.add_api_route(
        "",
        create,
        methods=["POST"],
        status_code=201,
        responses={200: {"model": model, "description": NOT_CREATED[row.id_of is not None]}},
        operation_id=operation(aggregate, row),
        summary=summary(row.command),
        response_model=model,
        openapi_extra=with_example(row.command),
        include_in_schema=not row.who.system,
    )


def was_there(row: CommandRow, result: CommandResult) -> bool:
    """Return whether what a command creates existed before, where its id follows from the command."""
    return row.id_of is not None and not result.repeated and result.version > len(result.events)


def add_command(
    router: APIRouter, aggregate: Aggregate, row: CommandRow, handler: Handler, model: type[BaseModel]
) -> None:
    """``POST /divisions/{id}/rename``: the id is the caller's, the body is the command."""

    async def carry_out(  # type: ignore[no-untyped-def]
        request: Request,
        response: Response,
        id: Annotated[UUID, Path()],
        command,
        actor: Standing,
        idempotency_key: IdempotencyKey = None,
        if_match: IfMatch = None,
        reason: Reason = None,
        prefer: Prefer = None,
    ) -> BaseModel:
        context = command_context(actor, row, id, command, idempotency_key, if_match, reason, prefer)
        result = await handler.handle(aggregate, row, id, command, context)
        return await answer(response, aggregate, model, handler.store, actor, result)

    carry_out.__annotations__["command"] = row.command
    own = row is aggregate.creation
    router.add_api_route(
        f"/{{id}}/{row.name}",
        carry_out,
        methods=["POST"],
        operation_id=operation(aggregate, row) + ("_as" if own else ""),
        summary=summary(row.command) + (" The caller chooses the id." if own else ""),
        response_model=model,
        openapi_extra=with_example(row.command),
        include_in_schema=not row.who.system,
    )


def add_reads(
    router: APIRouter, aggregate: Aggregate, handler: Handler, model: type[BaseModel], names: Mapping[str, NamesOf]
) -> None:
    """``GET`` of one, and of its history."""
    kind, store, decider = singular(aggregate), handler.store, aggregate.decider
    known = references(handler.aggregates, aggregate.refers, names)
    named = create_model(f"{model.__name__}WithNames", __base__=model, __doc__=model.__doc__, names=NAMES)

    async def visible(id: UUID, actor: Actor) -> tuple[Loaded, bool]:
        # Before loading: a hidden one takes no more work than an absent one, of which there is nothing to load.
        if not await store.permits(aggregate.sees, actor, decider.stream(id)):
            raise NotFound
        loaded = await store.load(decider, id)
        if loaded.state is None:
            raise NotFound
        disclosed = await store.permits(aggregate.discloses, actor, loaded.stream)
        await record_reads_of(aggregate, store, actor, [loaded])
        return loaded, disclosed

    async def show(
        request: Request,
        response: Response,
        id: UUID,
        actor: Actor,
        known_at: datetime | None,
        effective_on: date | None,
    ) -> BaseModel:
        loaded, disclosed = await visible(id, actor)
        if known_at is not None or effective_on is not None:
            rates: Rates = request.app.state.rates
            rates.past_reads.charge(actor.id, loaded.version // EVENTS_OF_A_READ)
            loaded = await store.folded(decider, id, known_at=known_at, effective_on=effective_on)
            # Anyone who sees it now sees of the past what they would have seen.
            if loaded.state is None or not await store.permits(aggregate.sees, actor, loaded.stream, loaded.state):
                raise NotFound
            disclosed = disclosed and await store.permits(aggregate.discloses, actor, loaded.stream, loaded.state)
        response.headers["etag"] = f'"{shown_version(loaded, disclosed=disclosed)}"'
        shown = represent(aggregate, model, id, loaded, disclosed=disclosed)
        return named.model_construct(**shown.__dict__, names=await names_beside(store, known, [shown]))

    async def read(
        request: Request, response: Response, id: UUID, actor: Standing, known_at: KnownAt = None
    ) -> BaseModel:
        return await show(request, response, id, actor, known_at, None)

    async def read_dated(
        request: Request,
        response: Response,
        id: UUID,
        actor: Standing,
        known_at: KnownAt = None,
        effective_on: EffectiveOn = None,
    ) -> BaseModel:
        return await show(request, response, id, actor, known_at, effective_on)

    async def history(
        id: UUID, actor: Standing, page_size: PageSize = 100, page_token: PageToken | None = None
    ) -> History:
        _, disclosed = await visible(id, actor)
        (after,) = read_token(page_token, int) if page_token else (0,)
        events = store.events if disclosed else store.public_events
        stored = await events(decider, id, after=after, limit=page_size + 1)
        page, more = stored[:page_size], len(stored) > page_size
        changes = [
            Change(
                version=event.version if disclosed else event.published or 0,
                type=event.type,
                recorded_at=event.recorded_at,
                actor=event.metadata["actor"],
                event_id=event.metadata["id"],
                published_number=event.published,
                data=event.event.model_dump(mode="json"),
                **{name: event.metadata.get(name) for name in ("for_whom", "reason", "correlation_id", "causation_id")},
            )
            for event in page
        ]
        return History(items=changes, next_page_token=write_token(changes[-1].version) if more else None)

    router.add_api_route(
        "/{id}",
        read_dated if aggregate.dated else read,
        methods=["GET"],
        operation_id=f"get_{kind}",
        response_model=named,
        summary=f"Get a {kind.replace('_', ' ')}, as it is or as it was known at a moment.",
    )
    router.add_api_route(
        "/{id}/history",
        history,
        methods=["GET"],
        operation_id=f"get_{kind}_history",
        summary="List its events, with actor, time and reason.",
    )


def add_list(
    router: APIRouter, aggregate: Aggregate, handler: Handler, model: type[BaseModel], names: Mapping[str, NamesOf]
) -> None:
    """``GET /divisions?kind=it&sort=name``: filters, ranges and text, sorted, in pages by key."""
    listing, name = query_of(aggregate), singular(aggregate).title().replace("_", "")
    store, known = handler.store, references(handler.aggregates, aggregate.refers, names)
    items: Any = list[model]  # type: ignore[valid-type]
    counted: Any = (int | None, Field(None, description="items of all pages, where count=true asks for it"))
    page = create_model(
        f"{name}Page", items=(items, ...), next_page_token=(str | None, None), count=counted, names=NAMES
    )

    async def page_of(asked: Any, actor: Actor, collation: str) -> tuple[list[BaseModel], str | None]:
        seen, token = await select_page(aggregate, store, asked, actor, collation)
        await record_reads_of(aggregate, store, actor, [each.loaded for each in seen])
        return [represent(aggregate, model, id, loaded, disclosed=disclosed) for id, loaded, disclosed in seen], token

    async def list_all(request: Request, response: Response, asked, actor: Standing) -> BaseModel | Response:  # type: ignore[no-untyped-def]
        collation = collation_for(request.headers.get("accept-language", "")[:LONGEST_LANGUAGES])

        async def page_after(token: str | None) -> tuple[list[BaseModel], str | None]:
            one = asked.model_copy(update={"page_size": PAGE, "page_token": token})
            return await page_of(one, actor, collation)

        file = await file_asked(request, actor.id, model, aggregate.path, page_after, asked.page_token)
        if file is not None:
            return file
        shown, token = await page_of(asked, actor, collation)
        if token:
            onwards = request.url.include_query_params(page_token=token)
            response.headers["link"] = f'<{onwards.path}?{onwards.query}>; rel="next"'
        return page.model_construct(
            items=shown,
            names=await names_beside(store, known, shown),
            next_page_token=token,
            count=await count_all(aggregate, store, asked, actor) if asked.count else None,
        )

    list_all.__annotations__["asked"] = Annotated[listing, Query()]
    router.add_api_route(
        "",
        list_all,
        methods=["GET"],
        operation_id=f"list_{aggregate.path}".replace("-", "_"),
        response_model=page,
        responses={200: {"content": dict(EXPORTED)}},
        openapi_extra={"parameters": [ACCEPT_LANGUAGE]} if aggregate.in_memory else None,
        summary=f"List {aggregate.path.replace('-', ' ')}: filtered, sorted, paged.",
    )


def command_context(
    actor: Actor,
    row: CommandRow,
    id: UUID | None,
    command: Command,
    key: str | None,
    if_match: str | None,
    reason: str | None,
    prefer: str | None = None,
) -> CommandContext:
    """Return a command's context; correlation, causation and trace come from the current request.

    A dry run is no first request for its idempotency key.
    """
    dry_run = is_dry_run(prefer)
    key = None if dry_run else key
    return CommandContext(
        actor=actor,
        command_id=uuid5(KEYS, f"{actor.id}|{actor.for_whom or ''}|{row.name}|{row.command.__name__}|{key}")
        if key
        else uuid4(),
        fingerprint=fingerprint(command, id) if key else None,
        if_version=expected_version(if_match),
        correlation_id=correlation(),
        traceparent=carried(),
        reason=reason,
        dry_run=dry_run,
    )


async def answer(
    response: Response, aggregate: Aggregate, model: type[BaseModel], store: Store, actor: Actor, result: CommandResult
) -> BaseModel:
    """Return the part of the new state that the caller may read, with its ETag."""
    shown = await disclosed_state(aggregate, model, store, actor, result)
    if result.dry_run:
        response.headers["preference-applied"] = DRY_RUN
    else:
        response.headers["etag"] = f'"{shown.__dict__["version"]}"'
    return shown


async def disclosed_state(
    aggregate: Aggregate, model: type[BaseModel], store: Store, actor: Actor, result: CommandResult
) -> BaseModel:
    foreseen = result.state if result.dry_run else None
    disclosed = await store.permits(aggregate.discloses, actor, result.stream, foreseen)
    await record_reads_of(aggregate, store, actor, [result])
    return represent(aggregate, model, result.id, result, disclosed=disclosed)


async def record_reads_of(
    aggregate: Aggregate, store: Store, actor: Actor, shown: Sequence[Loaded | CommandResult]
) -> None:
    """Record a read of what is sensitive, before it is shown."""
    if aggregate.audited is None:
        return
    about = [(each.stream, getattr(each.state, aggregate.audited)) for each in shown]
    await store.record_reads(actor, about, correlation())


def with_example(command: type[Command]) -> dict[str, Any]:
    """Return a command's addition to its schema in the document: a body to try."""
    return {"requestBody": {"content": {"application/json": {"example": example(command)}}}}


def summary(command: type[Command]) -> str:
    return (command.__doc__ or command.__name__).strip().splitlines()[0]
