"""The role ``api``: the service's HTTP application."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, Any

import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.security import HTTPAuthorizationCredentials
from fastapi.telemetry import TelemetryConfig
from fastapi_offline import FastAPIOffline
from starlette.types import ASGIApp

from chassis.commands.handler import Handler
from chassis.domain.clock import Clock, utc_now
from chassis.http import openapi, problems
from chassis.http.actions import actions_router
from chassis.http.asyncapi import asyncapi_document, with_servers
from chassis.http.audit import Audited
from chassis.http.bulk import bulk_router
from chassis.http.caller import bearer, caller
from chassis.http.consistency import AppliedEvents, wait_for_streams
from chassis.http.even_times import EvenTimes
from chassis.http.fast_path import FastPath
from chassis.http.headers import SafeHeaders
from chassis.http.known_parameters import known_parameters
from chassis.http.operators_port import OperatorsPort
from chassis.http.protocol import Limits, bounded
from chassis.http.quota import Rate, Rates
from chassis.http.routes import aggregate_router
from chassis.http.security import Tokens
from chassis.observability.telemetry import TelemetryMiddleware
from chassis.operations.audit_api import audit_router
from chassis.operations.parked_api import interventions_router
from chassis.operations.rebuilds_api import rebuilds_router
from chassis.operations.routes import Operations
from chassis.operations.startup import Preparation
from chassis.postgres.migrations import MIGRATIONS
from chassis.service.definition import Service
from chassis.service.preparation import collect_seldom, prepare, privacy_of, pseudonyms_of, telemetry_of
from chassis.service.settings import RoleSettings, SharedSettings
from chassis.store.audit_trail import AuditTrail
from chassis.store.relations import EVERYBODY
from chassis.store.sealed_texts import keep_up
from chassis.store.sessions import is_ended
from chassis.store.store import Store

PREPARE_SECONDS = 5
# Usual clients and proxies drop an idle connection after 60 seconds at most. If the service closed it first, a request
# just then under way would be lost without an answer.
KEEP_ALIVE_SECONDS = 75
# FastAPI's own telemetry would send queries and the texts of exceptions, which may hold data of persons.
NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}


def build_app(service: Service, shared: SharedSettings, own: RoleSettings, clock: Clock = utc_now) -> ASGIApp:
    """The service's HTTP application; ``clock`` says what time decisions are made at."""
    telemetry = telemetry_of(service, "api", shared)
    store = Store(own.database_url, telemetry, privacy=privacy_of(service, shared))
    handler = Handler(store, service.events, clock, service.stands_in, service.aggregates, service.name)
    inactive = partial(service.inactive, store) if service.inactive else None
    tokens = Tokens(shared.jwks_url, shared.issuer, shared.audience, partial(is_ended, store), inactive)
    preparation = Preparation(partial(prepare_answers, service, store))
    trail = AuditTrail(store, pseudonyms_of(service, shared))
    applied = AppliedEvents(own.database_url, store, service.subscribed, shared.limit_waits, shared.limit_streams)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        preparing = asyncio.create_task(preparation.run())
        # What takes longer goes on beside: health says so, and everything else is answered with 503.
        await asyncio.wait([preparing], timeout=PREPARE_SECONDS)
        if preparing.done():
            preparing.result()
        await store.start()
        await applied.start()
        keeping_up = asyncio.create_task(keep_up(store.sealed_texts))
        yield
        keeping_up.cancel()
        preparing.cancel()
        await applied.stop()
        await store.stop()
        telemetry.tracing.stop()

    app = FastAPIOffline(
        title=f"Portolan {service.name}",
        summary=service.title,
        version=service.version,
        license_info={"name": "Apache 2.0", "identifier": "Apache-2.0"},
        lifespan=lifespan,
        max_body_size=problems.MAX_BODY,
        telemetry=NO_TELEMETRY,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.tokens, app.state.store, app.state.handler = tokens, store, handler
    app.state.applied = applied
    app.state.rates = rates = Rates(
        Rate(shared.limit_commands), Rate(shared.limit_loads), Rate(shared.limit_past_reads)
    )
    refusal = problems.install(app, shared.problem_base)
    gates = [Depends(preparation.required), Depends(known_parameters), Depends(wait_for_streams)]
    for aggregate in service.aggregates:
        app.include_router(actions_router(aggregate, handler), dependencies=gates)
        app.include_router(aggregate_router(aggregate, handler, service.names), dependencies=gates)
    if service.aggregates:
        app.include_router(bulk_router(service.aggregates, handler), dependencies=gates)
    for router in service.routers(store, shared, clock) if service.routers else ():
        app.include_router(router, dependencies=gates)
    app.include_router(interventions_router(store))
    app.include_router(rebuilds_router(store, list(service.projections or {})))
    app.include_router(audit_router(trail))
    app.include_router(operations_of(service, shared, store, tokens, preparation, clock).router(wait_for_streams))
    app.include_router(documents_router(service, shared))
    openapi.describe(app, service.aggregates)
    fast = FastPath(app, service.aggregates, handler, tokens, rates, refusal, lambda: preparation.done)
    confidential = {f"/{aggregate.path}" for aggregate in service.aggregates if aggregate.audited}
    asked: ASGIApp = problems.KnownHosts(
        problems.BodyLimit(Audited(fast, trail), shared.problem_base), shared.problem_base, shared.allowed_hosts
    )
    if own.operations_port is not None:
        asked = OperatorsPort(asked, own.operations_port, shared.problem_base)
    hiding = [aggregate.path for aggregate in service.aggregates if aggregate.sees is not EVERYBODY]
    safe = SafeHeaders(EvenTimes(asked, several="/commands", hiding=hiding), pages="/docs")
    return TelemetryMiddleware(safe, telemetry, confidential)


async def prepare_answers(service: Service, store: Store) -> None:
    """Prepare, and read the sealed texts that lists search and sort: half of them would be wrong answers."""
    await prepare(service, store)
    for aggregate in service.aggregates:
        if aggregate.in_memory:
            await store.texts_of(aggregate.decider, aggregate.in_memory).current()


def operations_of(
    service: Service,
    shared: SharedSettings,
    store: Store,
    tokens: Tokens | None,
    preparation: Preparation,
    clock: Clock = utc_now,
) -> Operations:
    return Operations(
        service=service.name,
        title=service.title,
        version=service.version,
        publishes=bool(service.events),
        reads=service.reads(shared.kafka_prefix),
        migrations=[MIGRATIONS, service.folder / "migrations"],
        store=store,
        tokens=tokens,
        preparation=preparation,
        urls=shared.operations_urls,
        clock=clock,
        own_gauges=service.gauges,
    )


def documents_router(service: Service, shared: SharedSettings) -> APIRouter:
    router = APIRouter(tags=["operations"])
    document = asyncapi_document(service.name, shared.kafka_prefix + service.topic, service.events, service.version)
    reached = shared.kafka_bootstrap, shared.kafka_security_protocol, shared.kafka_sasl_mechanism

    @router.get(
        "/asyncapi.json",
        operation_id="get_asyncapi",
        summary="Get the published events as an AsyncAPI 3.0 document; with a token also where the brokers are.",
        openapi_extra={"security": [{}]},
    )
    async def asyncapi(
        request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
    ) -> dict[str, Any]:
        if credentials is None:
            return document
        await caller(request, credentials)
        return with_servers(document, *reached)

    return router


def serve(service: Service, shared: SharedSettings, own: RoleSettings) -> None:
    """The role ``api``: HTTP until told to stop."""
    collect_seldom()
    config = answers_with(build_app(service, shared, own), own.host, own.port, shared)
    uvicorn.Server(config).run(sockets=sockets_of(config, own))


def answers_with(app: ASGIApp, host: str, port: int, shared: SharedSettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=bounded(limits_of(shared)),
        limit_concurrency=shared.limit_connections,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(shared.trusted_proxies),
        forwarded_allow_ips=shared.trusted_proxies or None,
        timeout_graceful_shutdown=3,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


def sockets_of(config: uvicorn.Config, own: RoleSettings) -> list[socket.socket] | None:
    """Where the API listens, where operators have a port of their own; None: on its port alone."""
    if own.operations_port is None:
        return None
    return [config.bind_socket(), socket.create_server((own.host, own.operations_port))]


def limits_of(shared: SharedSettings) -> Limits:
    return Limits(
        shared.limit_head_bytes,
        shared.limit_head_seconds,
        shared.limit_body_seconds,
        shared.limit_connections,
        shared.problem_base,
    )
