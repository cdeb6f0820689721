"""A service: what it consists of, and its three roles: migrate, api and worker."""

import asyncio
import hashlib
import inspect
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import structlog
import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Header, Request
from fastapi.security import HTTPAuthorizationCredentials
from fastapi_offline import FastAPIOffline
from pydantic import BaseModel
from sqlalchemy import text
from starlette.types import ASGIApp

from chassis import logs, problems
from chassis.api import aggregate_router, bearer, caller
from chassis.asyncapi import asyncapi_document
from chassis.bulk import bulk_router
from chassis.clock import Clock, utc_now
from chassis.consumer import Reader, ReaderLoop, in_threads
from chassis.deadlines import Deadlines
from chassis.decider import Decider
from chassis.handle import Aggregate, Handler
from chassis.interventions import interventions_router
from chassis.projection import Fold, Projections
from chassis.reactions import Reaction, Reactions
from chassis.rebuilding import Rebuilder
from chassis.rebuilds import rebuilds_router
from chassis.relay import Relay, Route
from chassis.security import KeysUnavailable, Tokens
from chassis.settings import Own, Shared, read_settings, stop
from chassis.store import Store, Unavailable

log = structlog.get_logger("service")

Contract = Sequence[type[BaseModel]]
WAIT_SECONDS = 10


@dataclass(frozen=True)
class Source:
    """Another service's topic with the events on it."""

    service: str
    topic: str
    events: Contract

    def types(self) -> dict[str, type[BaseModel]]:
        """The models by CloudEvents type."""
        return {f"portolan.{self.service}.{event.__name__}": event for event in self.events}


@dataclass(frozen=True)
class Service:
    """Everything a service consists of, as literal lists.

    ``projections`` maps a reader's name to the tables it keeps of the sources' events; ``reactions`` run after the
    reader named ``reference``, where there is one. ``routers(store, shared)`` adds further routes.
    """

    name: str
    title: str
    topic: str
    events: Contract
    folder: Path
    aggregates: Sequence[Aggregate] = ()
    sources: Sequence[Source] = ()
    projections: Mapping[str, Sequence[Fold[Any]]] | None = None
    reactions: Sequence[Reaction] = ()
    routers: Callable[[Store, Shared], Sequence[APIRouter]] | None = None
    version: str = "0.1.0"

    def types(self) -> dict[str, type[BaseModel]]:
        """All the sources' models by CloudEvents type."""
        return {name: event for source in self.sources for name, event in source.types().items()}

    def read_models(self) -> dict[str, list[str]]:
        """The tables each reader keeps."""
        return {name: [fold.table for fold in folds] for name, folds in (self.projections or {}).items()}

    def readers(self, prefix: str, reactions: Reactions | None) -> list[Reader]:
        """Everything that reads the sources' topics."""
        topics, types = [prefix + source.topic for source in self.sources], self.types()
        readers = [Reader(name, topics, types, Projections(folds)) for name, folds in (self.projections or {}).items()]
        if reactions:
            readers.append(Reader("reactions", topics, types, reactions))
        return readers


class SourceProgress(BaseModel):
    """How far a reader is with one topic."""

    reader: str
    topic: str
    applied: int
    event_time: datetime | None
    parked: int


class Status(BaseModel):
    """Where a service is: its log, its relay, its readers."""

    service: str
    recorded: int
    published: int
    relayed: int
    relay_leads: bool
    parked: int
    readers: list[SourceProgress]


class Ready(BaseModel):
    """Whether the service can work, and what is missing where it cannot."""

    ready: bool
    missing: list[str]


def build_app(service: Service, shared: Shared, own: Own, clock: Clock = utc_now) -> ASGIApp:
    """The service's HTTP application; ``clock`` says what time decisions are made at."""
    store = Store(own.database_url)
    handler = Handler(store, service.events, clock)
    tokens = Tokens(shared.jwks_url, shared.issuer, shared.audience)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await prepare(service, store)
        await store.start()
        yield
        await store.stop()

    app = FastAPIOffline(
        title=f"Portolan {service.name}",
        summary=service.title,
        version=service.version,
        license_info={"name": "Apache 2.0", "identifier": "Apache-2.0"},
        lifespan=lifespan,
        max_body_size=problems.MAX_BODY,
        redoc_url=None,
        dependencies=[Depends(wait_for_streams)],
    )
    app.state.tokens, app.state.store, app.state.service = tokens, store, service
    problems.install(app, shared.problem_base)
    for aggregate in service.aggregates:
        app.include_router(aggregate_router(aggregate, handler))
    if service.aggregates:
        app.include_router(bulk_router(service.aggregates, handler))
    for router in service.routers(store, shared) if service.routers else ():
        app.include_router(router)
    app.include_router(interventions_router(store))
    app.include_router(rebuilds_router(store, list(service.projections or {})))
    app.include_router(operations_router(service, shared, store, tokens))
    return problems.BodyLimit(app, shared.problem_base)


async def wait_for_streams(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    portolan_after: Annotated[
        str | None,
        Header(
            max_length=4000,
            description="`stream=number, ...`: answer only when these published events have been taken in here",
        ),
    ] = None,
) -> None:
    """Hold a request until this service's readers have heard what the caller has seen elsewhere."""
    if not portolan_after:
        return
    await caller(request, credentials)
    wanted = [item.strip().rpartition("=") for item in portolan_after.split(",")]
    if not all(stream and number.isascii() and number.isdigit() and len(number) < 10 for stream, _, number in wanted):
        raise problems.BadAfter
    service: Service = request.app.state.service
    store: Store = request.app.state.store
    query = text(
        "SELECT count(*) AS heard FROM unnest(CAST(:streams AS text[]), CAST(:numbers AS integer[])) AS w(stream, n)"
        " CROSS JOIN unnest(CAST(:readers AS text[])) AS r(reader)"
        " JOIN seen s ON s.stream = w.stream AND s.reader = r.reader AND s.number >= w.n"
    )
    readers = list(service.projections or {})
    parameters = {
        "streams": [stream for stream, _, _ in wanted],
        "numbers": [int(number) for _, _, number in wanted],
        "readers": readers,
    }
    until = time.monotonic() + WAIT_SECONDS
    while (await store.rows(query, parameters))[0].heard < len(wanted) * len(readers):
        if time.monotonic() > until:
            raise problems.NotHeardYet
        await asyncio.sleep(0.02)


def operations_router(service: Service, shared: Shared, store: Store, tokens: Tokens) -> APIRouter:
    """What operators and other machines ask: health, status, the events' document."""
    router = APIRouter(tags=["operations"])

    @router.get("/health/live", operation_id="get_liveness", summary="Whether the process answers.")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @router.get(
        "/health/ready",
        operation_id="get_readiness",
        summary="Whether the service can work; what is missing where not.",
        responses={503: {"model": Ready}},
    )
    async def ready() -> Any:
        missing = await missing_dependencies(store, tokens)
        answer = Ready(ready=not missing, missing=missing)
        return problems.json_response(503, answer) if missing else answer

    @router.get("/status", operation_id="get_status", summary="How far its log, its relay and its readers are.")
    async def status() -> Status:
        return await read_status(service, store)

    document = asyncapi_document(
        service.name, shared.kafka_prefix + service.topic, service.events, service.version, shared.kafka_bootstrap
    )

    @router.get("/asyncapi.json", operation_id="get_asyncapi", summary="The events it publishes, as AsyncAPI 3.0.")
    async def asyncapi() -> dict[str, Any]:
        return document

    return router


async def missing_dependencies(store: Store, tokens: Tokens) -> list[str]:
    """The dependencies that cannot be reached now."""
    missing = []
    try:
        await store.rows(text("SELECT 1"))
    except Unavailable:
        missing.append("database")
    try:
        await tokens.refresh()
    except KeysUnavailable:
        missing.append("issuer keys")
    return missing


async def read_status(service: Service, store: Store) -> Status:
    """Where the service is, from one look at its database."""
    (row,) = await store.rows(
        text(
            "SELECT h.position, h.published, r.published AS relayed,"
            " (SELECT count(*) FROM parked) + (SELECT count(*) FROM deadlines) AS parked,"
            " EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted"
            "  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            "  AND objid = (hashtext('portolan.relay')::bigint & 4294967295)::oid) AS leads FROM head h, relay r"
        )
    )
    readers = await store.rows(
        text(
            "SELECT reader, topic, sum(applied)::bigint AS applied, max(event_time) AS event_time,"
            " (SELECT count(number) FROM parked k WHERE (k.reader, k.topic) = (p.reader, p.topic)) AS parked"
            " FROM progress p GROUP BY reader, topic ORDER BY reader, topic"
        )
    )
    return Status(
        service=service.name,
        recorded=row.position,
        published=row.published,
        relayed=row.relayed,
        relay_leads=row.leads,
        parked=row.parked,
        readers=[SourceProgress(**reader._mapping) for reader in readers],
    )


async def prepare(service: Service, store: Store) -> None:
    """Fold states anew where the source that folded them has changed; the service is ready only after it."""
    for aggregate in service.aggregates:
        count = await store.refold(aggregate.decider, source_fingerprint(aggregate.decider))
        if count:
            log.info("states folded anew", kind=aggregate.decider.kind, count=count)


def source_fingerprint(decider: Decider[Any]) -> str:
    """A hash of the source an aggregate's states are folded with: the domain it belongs to, or its own module."""
    module = Path(inspect.getfile(decider.evolve))
    domain = next((folder for folder in module.parents if folder.name == "domain"), None)
    files = sorted(domain.rglob("*.py")) if domain else [module]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def folds_fingerprint(service: Service, folds: Sequence[Fold[Any]]) -> str:
    """A hash of the source a reader's rows are folded with: its folds, whatever lies beside them, and the events."""
    modules = {Path(inspect.getfile(fold.fold)) for fold in folds}
    beside = {file for module in modules if module.parent.name == "read_models" for file in module.parent.glob("*.py")}
    events = {Path(inspect.getfile(event)) for event in service.types().values()}
    files = sorted(modules | beside | events)
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def serve(service: Service, shared: Shared, own: Own) -> None:
    """The role ``api``: HTTP until told to stop."""
    config = uvicorn.Config(
        build_app(service, shared, own),
        host=own.host,
        port=own.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
    )
    uvicorn.Server(config).run()


def work(service: Service, shared: Shared, own: Own) -> None:
    """The role ``worker``: the relay and every reader, each in its thread, until told to stop."""
    halt = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: halt.set())
    asyncio.run(work_until(service, shared, own, halt))


async def work_until(service: Service, shared: Shared, own: Own, halt: threading.Event, clock: Clock = utc_now) -> None:
    """Run the worker's threads; commands of reactions and deadlines run on this loop."""
    store = Store(own.database_url)
    await prepare(service, store)
    await store.start()
    loops: list[Callable[[threading.Event], None]] = []
    if service.events:
        route = Route(
            service.name, shared.kafka_prefix + service.topic, shared.kafka_partitions, shared.kafka_replication
        )
        loops.append(Relay(own.database_url, shared.kafka_bootstrap, route).run)
    reactions = None
    handler, loop = Handler(store, service.events, clock), asyncio.get_running_loop()
    if service.reactions:
        after = "reference" if "reference" in (service.projections or {}) else None
        reactions = Reactions(service.name, service.reactions, handler, loop, after)
    if any(aggregate.when_due for aggregate in service.aggregates):
        loops.append(Deadlines(own.database_url, service.name, service.aggregates, handler, loop, clock).run)
    readers = service.readers(shared.kafka_prefix, reactions)
    loops += [
        ReaderLoop(own.database_url, shared.kafka_bootstrap, shared.kafka_prefix + service.name, reader).run
        for reader in readers
    ]
    if service.projections:
        fingerprints = {name: folds_fingerprint(service, folds) for name, folds in service.projections.items()}
        loops.append(Rebuilder(own.database_url, shared.kafka_bootstrap, readers, fingerprints).run)
    threads = in_threads(loops, halt)
    log.info("worker runs", threads=len(threads))
    dead: list[str] = []
    while not halt.is_set():
        await asyncio.sleep(0.2)
        dead = [thread.name for thread in threads if not thread.is_alive()]
        if halt.is_set():
            dead = []  # they ended because they were told to
        elif dead:
            log.error("a thread ended", threads=dead)
            halt.set()
    for thread in threads:
        await asyncio.to_thread(thread.join, 15)
    await store.stop()
    if dead:
        raise SystemExit(1)


def main(service: Service) -> None:
    """``python -m services.people.app migrate|api|worker``."""
    roles = {"api": serve, "worker": work}
    role = sys.argv[1] if len(sys.argv) == 2 else ""
    if role not in {"migrate", *roles}:
        stop(f"usage: python -m services.{service.name}.app migrate|api|worker")
    shared, own = read_settings(service.name)
    logs.configure(service.name, role, shared.log_format)
    if role == "migrate":
        if own.migration_url is None:
            stop(f"set PORTOLAN_{service.name.upper()}_MIGRATION_URL: migrating takes the owner's address")
        # Only this role needs Alembic, which takes long to import.
        from chassis.migrate import migrate

        migrate(own.migration_url, own.database_url, service.folder / "migrations", service.read_models())
    else:
        roles[role](service, shared, own)
