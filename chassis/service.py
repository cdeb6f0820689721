"""A service: what it consists of, and its roles: migrate, api, worker, and republish after a restore."""

import asyncio
import gc
import hashlib
import inspect
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import structlog
import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Header, Request
from fastapi.security import HTTPAuthorizationCredentials
from fastapi.telemetry import TelemetryConfig
from fastapi_offline import FastAPIOffline
from pydantic import BaseModel
from sqlalchemy import text
from starlette.types import ASGIApp

from chassis import logs, openapi, problems
from chassis.api import aggregate_router, bearer, caller
from chassis.asyncapi import asyncapi_document
from chassis.bulk import bulk_router
from chassis.clock import Clock, utc_now
from chassis.consumer import Effect, Reader, ReaderLoop, in_threads
from chassis.deadlines import Deadlines
from chassis.decider import Decider
from chassis.handle import Aggregate, Handler, StandsIn
from chassis.heartbeat import Heartbeat
from chassis.interventions import interventions_router
from chassis.kafka import KafkaError
from chassis.keys import KEYS, Announcer, Forget, KeyLookup, KeyReader, Rotation, unlock
from chassis.lane import Lane
from chassis.metrics import Metrics
from chassis.operations import Beside, Operations, Preparation
from chassis.privacy import Privacy, WrongMasterKey, read_masters
from chassis.projection import Fold, Projections
from chassis.reactions import Reaction, Reactions
from chassis.rebuilding import Rebuilder
from chassis.rebuilds import rebuilds_router
from chassis.relay import Relay, Route
from chassis.republish import NotNow, republish
from chassis.security import Tokens
from chassis.settings import Own, Shared, read_settings, stop
from chassis.store import Store, Unavailable
from chassis.telemetry import WAITED, Observed, Telemetry
from chassis.tracing import open_tracing

log = structlog.get_logger("service")

Contract = Sequence[type[BaseModel]]
WAIT_SECONDS = 10
PREPARE_SECONDS = 5
# Usual clients and proxies drop an idle connection after 60 seconds at most. If the service closed it first, a request
# just then under way would be lost without an answer.
KEEP_ALIVE_SECONDS = 75
# FastAPI's own telemetry would send queries and the texts of exceptions, which may hold data of persons.
UNTOLD: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}


@dataclass(frozen=True)
class Source:
    """Another service's topic with the events on it; and the topic of their keys, for who may read what is personal."""

    service: str
    topic: str
    events: Contract
    keys_topic: str | None = None

    def types(self) -> dict[str, type[BaseModel]]:
        """The models by CloudEvents type."""
        return {f"portolan.{self.service}.{event.__name__}": event for event in self.events}


@dataclass(frozen=True)
class Service:
    """Everything a service consists of, as literal lists.

    ``projections`` maps a reader's name to the tables it keeps of the sources' events; ``reactions`` run after the
    reader named ``reference``, where there is one. ``routers(store, shared, clock)`` adds further
    routes. ``keys_topic`` is where it announces the keys of those its personal data is about. ``stands_in(view, actor,
    at)``: whether somebody may act for somebody else then; where it is missing, nobody may. ``forget`` drops what its
    tables derived of whom another service erased.
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
    routers: Callable[[Store, Shared, Clock], Sequence[APIRouter]] | None = None
    version: str = "0.1.0"
    stands_in: StandsIn | None = None
    keys_topic: str | None = None
    forget: Forget | None = None

    def __post_init__(self) -> None:
        if self.keys_topic is None and any(aggregate.decider.personal for aggregate in self.aggregates):
            raise TypeError(f"{self.name} has personal data: name the topic on which it announces the keys.")

    @property
    def holds_keys(self) -> bool:
        """Whether it needs the master key."""
        return self.keys_topic is not None or any(source.keys_topic for source in self.sources)

    def types(self) -> dict[str, type[BaseModel]]:
        """All the sources' models by CloudEvents type."""
        return {name: event for source in self.sources for name, event in source.types().items()}

    def topics(self, prefix: str) -> list[str]:
        """Every topic it writes or reads."""
        own = [self.topic] if self.events else []
        others = [topic for source in self.sources for topic in (source.topic, source.keys_topic)]
        return [prefix + topic for topic in (*own, self.keys_topic, *others) if topic]

    def reads(self, prefix: str) -> dict[str, dict[str, str]]:
        """The topics each reader reads, by the service whose they are; that of others' keys is a reader as well."""
        names = [*(self.projections or {}), *(["reactions"] if self.reactions else [])]
        topics = {source.service: prefix + source.topic for source in self.sources}
        keys = {source.service: prefix + source.keys_topic for source in self.sources if source.keys_topic}
        return dict.fromkeys(names, topics) | ({KEYS: keys} if keys else {})

    def read_models(self) -> dict[str, list[str]]:
        """The tables each reader keeps."""
        return {name: [fold.table for fold in folds] for name, folds in (self.projections or {}).items()}

    def readers(self, prefix: str, reactions: Reactions | None, privacy: Privacy) -> list[Reader]:
        """Everything that reads the sources' topics."""
        topics, types, keys = [prefix + source.topic for source in self.sources], self.types(), KeyLookup(privacy)
        effects: dict[str, Effect] = {name: Projections(folds) for name, folds in (self.projections or {}).items()}
        if reactions:
            effects["reactions"] = reactions
        return [Reader(name, topics, types, effect, keys) for name, effect in effects.items()]


def build_app(service: Service, shared: Shared, own: Own, clock: Clock = utc_now) -> ASGIApp:
    """The service's HTTP application; ``clock`` says what time decisions are made at."""
    telemetry = telemetry_of(service, "api", shared)
    store = Store(own.database_url, telemetry, privacy=privacy_of(service, shared))
    handler = Handler(store, service.events, clock, service.stands_in)
    tokens = Tokens(shared.jwks_url, shared.issuer, shared.audience)
    preparation = Preparation(partial(prepare, service, store))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        preparing = asyncio.create_task(preparation.run())
        # What takes longer goes on beside: health says so, and everything else is answered with 503.
        await asyncio.wait([preparing], timeout=PREPARE_SECONDS)
        if preparing.done():
            preparing.result()
        await store.start()
        yield
        preparing.cancel()
        await store.stop()
        telemetry.tracing.stop()

    app = FastAPIOffline(
        title=f"Portolan {service.name}",
        summary=service.title,
        version=service.version,
        license_info={"name": "Apache 2.0", "identifier": "Apache-2.0"},
        lifespan=lifespan,
        max_body_size=problems.MAX_BODY,
        telemetry=UNTOLD,
        redoc_url=None,
    )
    app.state.tokens, app.state.store, app.state.service, app.state.handler = tokens, store, service, handler
    problems.install(app, shared.problem_base)
    gates = [Depends(preparation.required), Depends(wait_for_streams)]
    for aggregate in service.aggregates:
        app.include_router(aggregate_router(aggregate, handler), dependencies=gates)
    if service.aggregates:
        app.include_router(bulk_router(service.aggregates, handler), dependencies=gates)
    for router in service.routers(store, shared, clock) if service.routers else ():
        app.include_router(router, dependencies=gates)
    app.include_router(interventions_router(store))
    app.include_router(rebuilds_router(store, list(service.projections or {})))
    app.include_router(operations_of(service, shared, store, tokens, preparation).router(wait_for_streams))
    app.include_router(documents_router(service, shared))
    openapi.describe(app)
    app.router.middleware_stack = Lane(
        app.router.middleware_stack, service.aggregates, handler, tokens, lambda: preparation.done
    )
    answering = openapi.AllowedMethods(app, app)
    return Observed(problems.BodyLimit(answering, shared.problem_base), telemetry)


def telemetry_of(service: Service, role: str, shared: Shared) -> Telemetry:
    """The figures and spans of a process."""
    tracing = open_tracing(service.name, role, service.version, shared.traces_endpoint, shared.traces_share)
    return Telemetry(Metrics(service.name, role, service.version), tracing)


def operations_of(
    service: Service, shared: Shared, store: Store, tokens: Tokens | None, preparation: Preparation
) -> Operations:
    """The operator's view of a service."""
    return Operations(
        service=service.name,
        title=service.title,
        version=service.version,
        publishes=bool(service.events),
        reads=service.reads(shared.kafka_prefix),
        migrations=[Path(__file__).parent / "migrations", service.folder / "migrations"],
        store=store,
        tokens=tokens,
        preparation=preparation,
        urls=shared.operations_urls,
    )


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
    began = time.monotonic()
    until = began + WAIT_SECONDS
    while (await store.rows(query, parameters))[0].heard < len(wanted) * len(readers):
        if time.monotonic() > until:
            raise problems.NotHeardYet
        await asyncio.sleep(0.02)
    request.scope[WAITED] = waited = time.monotonic() - began
    store.telemetry.metrics.wait_seconds.observe(waited)


def documents_router(service: Service, shared: Shared) -> APIRouter:
    """The events it publishes, as a document."""
    router = APIRouter(tags=["operations"])
    document = asyncapi_document(
        service.name, shared.kafka_prefix + service.topic, service.events, service.version, shared.kafka_bootstrap
    )

    @router.get("/asyncapi.json", operation_id="get_asyncapi", summary="The events it publishes, as AsyncAPI 3.0.")
    async def asyncapi() -> dict[str, Any]:
        return document

    return router


def privacy_of(service: Service, shared: Shared) -> Privacy:
    """The master keys of a service that holds keys; the others get none; raises ``WrongMasterKey``."""
    if not service.holds_keys:
        return Privacy()
    if shared.master_key is None:
        raise WrongMasterKey("PORTOLAN_MASTER_KEY: set it; this service seals or reads personal data")
    return Privacy(read_masters(shared.master_key.get_secret_value(), shared.previous_master_keys.get_secret_value()))


async def try_master_key(service: Service, shared: Shared, own: Own) -> None:
    """Whether the master key opens the database; raises ``WrongMasterKey``."""
    store = Store(own.database_url, privacy=privacy_of(service, shared))
    try:
        await unlock(store)
    except Unavailable:
        log.warning("the master key is tried later", missing="database")
    finally:
        await store.engine.dispose()


async def prepare(service: Service, store: Store) -> None:
    """Try the master key; fold states anew where the source that folded them has changed; ready only after it."""
    if service.holds_keys:
        try:
            await unlock(store)
        except WrongMasterKey:
            await store.stop()
            raise
    for aggregate in service.aggregates:
        source = "|".join([source_fingerprint(aggregate.decider), *aggregate.lookups])
        count = await store.refold(aggregate.decider, source, aggregate.lookups)
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


def collect_seldom() -> None:
    """Look for cyclic garbage seldom: what requests and batches leave behind is nearly all freed by counting.

    A batch of events is thousands of objects that live for a moment; by default every 700 of them start a search,
    which cost a fifth of the time of taking events in (measured: 31 against 24 microseconds for each).
    """
    gc.set_threshold(50_000, 20, 100)


def serve(service: Service, shared: Shared, own: Own) -> None:
    """The role ``api``: HTTP until told to stop."""
    collect_seldom()
    uvicorn.Server(answers_with(build_app(service, shared, own), own.host, own.port)).run()


def answers_with(app: ASGIApp, host: str, port: int) -> uvicorn.Config:
    """How an application of ours is served."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=3,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


def work(service: Service, shared: Shared, own: Own) -> None:
    """The role ``worker``: the relay and every reader, each in its thread, until told to stop."""
    collect_seldom()
    halt = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: halt.set())
    asyncio.run(work_until(service, shared, own, halt))


async def work_until(service: Service, shared: Shared, own: Own, halt: threading.Event, clock: Clock = utc_now) -> None:
    """Run the worker's threads; commands of reactions and deadlines run on this loop."""
    telemetry = telemetry_of(service, "worker", shared)
    store = Store(own.database_url, telemetry, privacy=privacy_of(service, shared))
    heartbeat = Heartbeat(
        own.database_url,
        shared.kafka_bootstrap,
        service.version,
        {name: list(topics.values()) for name, topics in service.reads(shared.kafka_prefix).items()},
    )
    preparation = Preparation(partial(prepare, service, store))
    async with answering(service, shared, own, store, preparation, heartbeat):
        await run_until(preparation.run(), halt)
        await store.start()
        try:
            await run_threads(service, shared, own, store, heartbeat, halt, clock)
        finally:
            await store.stop()
            telemetry.tracing.stop()


async def run_until(work: Coroutine[Any, Any, None], halt: threading.Event) -> None:
    """Wait for this, but no longer than until told to stop."""
    task = asyncio.create_task(work)
    while not task.done() and not halt.is_set():
        await asyncio.wait([task], timeout=0.2)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@asynccontextmanager
async def answering(
    service: Service, shared: Shared, own: Own, store: Store, preparation: Preparation, heartbeat: Heartbeat
) -> AsyncIterator[None]:
    """The worker's health and figures over HTTP, where a port for them is set."""
    if own.worker_port is None:
        yield
        return
    operations = operations_of(service, shared, store, None, preparation)
    app = operations.worker_app(lambda: heartbeat.kafka_away_since is not None)
    server = Beside(answers_with(app, own.host, own.worker_port))
    serving = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.should_exit = True
        await serving


async def run_threads(
    service: Service, shared: Shared, own: Own, store: Store, heartbeat: Heartbeat, halt: threading.Event, clock: Clock
) -> None:
    """The relay, readers, deadlines, rebuilds and the heartbeat, each in its thread, until told to stop or one ends."""
    telemetry = store.telemetry
    loops: list[Callable[[threading.Event], None]] = [heartbeat.run]
    if service.events:
        route = Route(
            service.name, shared.kafka_prefix + service.topic, shared.kafka_partitions, shared.kafka_replication
        )
        told = announcer(service, shared)
        loops.append(Relay(own.database_url, shared.kafka_bootstrap, route, telemetry, told).run)
    reactions = None
    handler, loop = Handler(store, service.events, clock), asyncio.get_running_loop()
    if service.reactions:
        after = "reference" if "reference" in (service.projections or {}) else None
        reactions = Reactions(service.name, service.reactions, handler, loop, after)
    if any(aggregate.when_due for aggregate in service.aggregates):
        loops.append(Deadlines(own.database_url, service.name, service.aggregates, handler, loop, clock).run)
    readers = service.readers(shared.kafka_prefix, reactions, store.privacy)
    loops += [
        ReaderLoop(own.database_url, shared.kafka_bootstrap, shared.kafka_prefix + service.name, reader, telemetry).run
        for reader in readers
    ]
    loops += key_loops(service, shared, own, store.privacy)
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
    if dead:
        raise SystemExit(1)


def announcer(service: Service, shared: Shared) -> Announcer | None:
    """What tells of the service's keys, where it has some."""
    if service.keys_topic is None:
        return None
    return Announcer(shared.kafka_prefix + service.keys_topic, shared.kafka_partitions, shared.kafka_replication)


def key_loops(service: Service, shared: Shared, own: Own, privacy: Privacy) -> list[Callable[[threading.Event], None]]:
    """What takes in others' keys, and what wraps keys anew after the master key was changed."""
    loops: list[Callable[[threading.Event], None]] = []
    if topics := service.reads(shared.kafka_prefix).get(KEYS):
        reader = Reader(KEYS, list(topics.values()), {}, Projections([]))
        group = shared.kafka_prefix + service.name
        loops.append(KeyReader(own.database_url, shared.kafka_bootstrap, group, reader, service.forget).run)
    if privacy.masters and privacy.masters.previous:
        loops.append(Rotation(own.database_url, privacy).run)
    return loops


def begin_anew(service: Service, shared: Shared, own: Own) -> None:
    """The role ``republish``: after a restore, say and read everything again in new topics."""
    if own.migration_url is None:
        stop(f"set PORTOLAN_{service.name.upper()}_MIGRATION_URL: republishing takes the owner's address")
    try:
        republish(own.migration_url, shared.kafka_bootstrap, service.topics(shared.kafka_prefix))
    except NotNow as reason:
        stop(f"{service.name} cannot begin anew: {reason}")
    except KafkaError as failure:
        stop(f"{service.name} cannot begin anew: Kafka at {shared.kafka_bootstrap}: {type(failure).__name__}.")


def main(service: Service) -> None:
    """``python -m services.people.app migrate|api|worker|republish``."""
    roles = {"api": serve, "worker": work, "republish": begin_anew}
    role = sys.argv[1] if len(sys.argv) == 2 else ""
    if role not in {"migrate", *roles}:
        stop(f"usage: python -m services.{service.name}.app migrate|api|worker|republish")
    shared, own = read_settings(service.name)
    logs.configure(service.name, role, shared.log_format)
    if role == "migrate":
        if own.migration_url is None:
            stop(f"set PORTOLAN_{service.name.upper()}_MIGRATION_URL: migrating takes the owner's address")
        # Only this role needs Alembic, which takes long to import.
        from chassis.migrate import migrate

        migrate(own.migration_url, own.database_url, service.folder / "migrations", service.read_models())
    else:
        if service.holds_keys:
            try:
                asyncio.run(try_master_key(service, shared, own))
            except WrongMasterKey as wrong:
                stop(f"{service.name} cannot start: {wrong}.")
        roles[role](service, shared, own)
