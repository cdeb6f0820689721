"""The role ``worker``: the relay, readers, deadlines and rebuilds, each in its thread."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import structlog

from chassis.commands.deadlines import Deadlines
from chassis.commands.handler import Handler
from chassis.consumers.own_reactions import OwnReactions
from chassis.consumers.projection import Projections
from chassis.consumers.reactions import Reactions
from chassis.consumers.rebuild import Rebuilder
from chassis.domain.clock import Clock, utc_now
from chassis.messaging.broker import Broker
from chassis.messaging.key_topic import KEYS, KeyPublisher, KeyReader
from chassis.messaging.reader import ReaderLoop
from chassis.messaging.reader_definition import Reader
from chassis.messaging.relay import Notices, Relay, Route
from chassis.messaging.sign_out_topic import SIGN_OUTS, SignOutPublisher, SignOutReader
from chassis.operations.heartbeat import Heartbeat
from chassis.operations.routes import EmbeddedServer
from chassis.operations.startup import Preparation
from chassis.service.api import answers_with, operations_of
from chassis.service.definition import Service
from chassis.service.preparation import collect_seldom, folds_fingerprint, prepare, privacy_of, telemetry_of
from chassis.service.settings import RoleSettings, SharedSettings, broker_of
from chassis.store.audit_trail import Retention
from chassis.store.encryption import Privacy
from chassis.store.keys import Rotation
from chassis.store.store import Store

log = structlog.get_logger("service")


def work(service: Service, shared: SharedSettings, own: RoleSettings) -> None:
    """The role ``worker``: the relay and every reader, each in its thread, until told to stop."""
    collect_seldom()
    halt = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: halt.set())
    asyncio.run(work_until(service, shared, own, halt))


async def work_until(
    service: Service, shared: SharedSettings, own: RoleSettings, halt: threading.Event, clock: Clock = utc_now
) -> None:
    """Run the worker's threads; commands of reactions and deadlines run on this loop."""
    broker = broker_of(service.name, shared, own)
    telemetry = telemetry_of(service, "worker", shared)
    store = Store(own.database_url, telemetry, privacy=privacy_of(service, shared))
    heartbeat = Heartbeat(
        own.database_url,
        broker,
        service.version,
        {name: list(topics.values()) for name, topics in service.reads(shared.kafka_prefix).items()},
        service.access(shared.kafka_prefix, broker.username),
    )
    preparation = Preparation(partial(prepare, service, store))
    async with answering(service, shared, own, store, preparation, heartbeat):
        await run_until(preparation.run(), halt)
        await store.start()
        try:
            await run_threads(service, shared, own, broker, store, heartbeat, halt, clock)
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
    service: Service,
    shared: SharedSettings,
    own: RoleSettings,
    store: Store,
    preparation: Preparation,
    heartbeat: Heartbeat,
) -> AsyncIterator[None]:
    """The worker's health and figures over HTTP, where a port for them is set."""
    if own.worker_port is None:
        yield
        return
    operations = operations_of(service, shared, store, None, preparation)
    app = operations.worker_app(heartbeat.missing)
    server = EmbeddedServer(answers_with(app, own.host, own.worker_port, shared))
    serving = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.should_exit = True
        await serving


async def run_threads(
    service: Service,
    shared: SharedSettings,
    own: RoleSettings,
    broker: Broker,
    store: Store,
    heartbeat: Heartbeat,
    halt: threading.Event,
    clock: Clock,
) -> None:
    """The relay, readers, deadlines, rebuilds and the heartbeat, each in its thread, until told to stop or one ends."""
    telemetry = store.telemetry
    loops: list[Callable[[threading.Event], None]] = [heartbeat.run, Retention(own.database_url, shared.audit_days).run]
    if service.writes:
        loops.append(
            Relay(own.database_url, broker, route_of(service, shared), telemetry, notices(service, shared)).run
        )
    reactions = None
    handler, loop = (
        Handler(store, service.events, clock, aggregates=service.aggregates, service=service.name),
        asyncio.get_running_loop(),
    )
    if service.reactions:
        after = "reference" if "reference" in (service.projections or {}) else None
        reactions = Reactions(service.reactions, handler, loop, after, halt)
    if service.own_reactions:
        loops.append(OwnReactions(own.database_url, service.own_reactions, handler, loop).run)
    if any(aggregate.decider.due for aggregate in service.aggregates):
        loops.append(Deadlines(own.database_url, service.aggregates, handler, loop, clock).run)
    alone = {name: Reactions(table, handler, loop, name, halt) for name, table in service.reactions_to.items()}
    readers = service.readers(shared.kafka_prefix, reactions, store.privacy, alone)
    loops += [
        ReaderLoop(own.database_url, broker, shared.kafka_prefix + service.name, reader, telemetry).run
        for reader in readers
    ]
    loops += notice_loops(service, shared, own, broker, store.privacy)
    if service.projections:
        fingerprints = {name: folds_fingerprint(service, folds) for name, folds in service.projections.items()}
        loops.append(Rebuilder(own.database_url, broker, readers, fingerprints).run)
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


def route_of(service: Service, shared: SharedSettings) -> Route:
    """Where the relay sends the service's events."""
    prefix, restricted = shared.kafka_prefix, service.restricted
    return Route(
        service.name,
        prefix + service.topic if service.events else "",
        shared.kafka_partitions,
        shared.kafka_replication,
        {event.__name__: prefix + restricted.topic for event in restricted.events} if restricted else {},
    )


def notices(service: Service, shared: SharedSettings) -> list[Notices]:
    """Return the notices that the service publishes: of keys, of sign-outs."""
    prefix, replication = shared.kafka_prefix, shared.kafka_replication
    found: list[Notices] = []
    if service.keys_topic:
        found.append(KeyPublisher(prefix + service.keys_topic, shared.kafka_partitions, replication))
    if service.sign_outs_topic:
        found.append(SignOutPublisher(prefix + service.sign_outs_topic, replication))
    return found


def notice_loops(
    service: Service, shared: SharedSettings, own: RoleSettings, broker: Broker, privacy: Privacy
) -> list[Callable[[threading.Event], None]]:
    """The readers of others' keys and sign-outs, and the rotation after a change of the master key."""
    loops: list[Callable[[threading.Event], None]] = []
    read, group = service.reads(shared.kafka_prefix), shared.kafka_prefix + service.name
    if topics := read.get(KEYS):
        reader = Reader(KEYS, list(topics.values()), {}, Projections([]))
        loops.append(KeyReader(own.database_url, broker, group, reader, service.forget).run)
    if topics := read.get(SIGN_OUTS):
        reader = Reader(SIGN_OUTS, list(topics.values()), {}, Projections([]))
        loops.append(SignOutReader(own.database_url, broker, group, reader).run)
    if privacy.master_keys and privacy.master_keys.previous:
        loops.append(Rotation(own.database_url, privacy).run)
    return loops


def in_threads(loops: Sequence[Callable[[threading.Event], None]], stop: threading.Event) -> list[threading.Thread]:
    threads = [threading.Thread(target=loop, args=(stop,), daemon=True) for loop in loops]
    for thread in threads:
        thread.start()
    return threads
