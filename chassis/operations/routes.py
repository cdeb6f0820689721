"""Routes for operators and monitoring: health, status, metrics, and the operator's page."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import APIRouter, Depends, Request
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from chassis.domain.clock import Clock
from chassis.http import problems
from chassis.http.security import KeysUnavailable, Tokens
from chassis.observability.metrics import Gauge
from chassis.operations.diagnosis import Figures, ReaderFigures, WorkerFigures, absences, diagnose, read_keys_status
from chassis.operations.gauges import DATABASE_UP, GaugesOf, gauges
from chassis.operations.page import HEADERS, HERE, templates
from chassis.operations.startup import Preparation
from chassis.operations.status import FIGURES, READERS, REASONS, WORKERS, Ready, Status, is_current, kinds, revisions
from chassis.postgres.connections import Unavailable
from chassis.store.store import Store


class Operations:
    def __init__(
        self,
        *,
        service: str,
        title: str,
        version: str,
        publishes: bool,
        reads: Mapping[str, Mapping[str, str]],
        migrations: Sequence[Path],
        store: Store,
        tokens: Tokens | None,
        preparation: Preparation,
        urls: Mapping[str, str],
        clock: Clock,
        own_gauges: GaugesOf | None,
    ) -> None:
        self.service, self.title, self.version, self.publishes = service, title, version, publishes
        self._reads = [(reader, *read) for reader, topics in reads.items() for read in topics.items()]
        self._store, self._tokens, self._preparation = store, tokens, preparation
        self._urls, self._clock, self._own_gauges = urls, clock, own_gauges
        self._revisions = revisions(migrations)

    async def missing(self) -> list[str]:
        found = await self._missing_in_database()
        if self._tokens:
            try:
                await self._tokens.refresh()
            except KeysUnavailable:
                found.append("issuer keys")
        if not self._preparation.done:
            found.append("states")
        return found

    async def _missing_in_database(self) -> list[str]:
        try:
            rows = await self._store.rows(text("SELECT version_num FROM alembic_version"))
        except Unavailable:
            return ["database"]
        except DBAPIError:  # there is no such table yet, or it may not be read yet
            return ["migrations"]
        return [] if is_current({row.version_num for row in rows}, *self._revisions) else ["migrations"]

    async def figures(self) -> Figures:
        """Return the service's figures from its database; raise ``Unavailable``."""
        (row,) = await self._store.rows(FIGURES)
        names = ("readers", "services", "topics")
        reads = {name: [read[place] for read in self._reads] for place, name in enumerate(names)}
        readers = await self._store.rows(READERS, reads)
        workers = await self._store.rows(WORKERS)
        reasons = await self._store.rows(REASONS)
        return Figures(
            service=self.service,
            version=self.version,
            publishes=self.publishes,
            readers=[ReaderFigures(**reader._mapping) for reader in readers],
            workers=[WorkerFigures(**worker._mapping) for worker in workers],
            keys=await read_keys_status(self._store),
            parked_reasons=kinds([(each.reader, each.reason, each.messages) for each in reasons]),
            relay_lag_events=row.published - row.relayed,
            last_applied_at=max((each.applied_at for each in readers if each.applied_at), default=None),
            **row._mapping,
        )

    async def status(self) -> Status:
        """The figures with what is wrong; raises ``Unavailable``."""
        figures = await self.figures()
        return Status(**figures.model_dump(), problems=diagnose(figures, await self.missing()))

    async def gauges(self) -> list[Gauge]:
        """The figures that live in the database; where it is away, only that."""
        try:
            own = await self._own_gauges(self._store, self._clock()) if self._own_gauges else ()
            return [*gauges(await self.status()), *own]
        except (Unavailable, DBAPIError):
            return [Gauge("portolan_database_up", DATABASE_UP, values={(): 0})]

    async def page(self) -> Response:
        status, wrong = None, []
        try:
            status = await self.status()
            wrong = status.problems
        except (Unavailable, DBAPIError):
            wrong = absences(self.service, await self.missing())
        values = {"status": status, "problems": wrong, "service": self.service, "title": self.title}
        html = templates.get_template("operations.html").render(**values, urls=self._urls, version=self.version)
        return HTMLResponse(html, headers=HEADERS)

    def router(self, heard: Callable[..., Awaitable[None]]) -> APIRouter:
        """Its routes. They show figures only, so they are open to anyone who reaches the service's port.

        ``heard``, a dependency, lets those with a token wait with the status for what the service has still to hear.
        """
        router = APIRouter(tags=["operations"])

        @router.get("/health/live", operation_id="get_liveness", summary="Liveness of the process.")
        async def live() -> dict[str, str]:
            return {"status": "live"}

        @router.get(
            "/health/ready",
            operation_id="get_readiness",
            summary="Readiness of the service, with missing dependencies.",
            responses={503: {"model": Ready}},
        )
        async def ready() -> Any:
            return readiness(await self.missing())

        @router.get(
            "/status",
            operation_id="get_status",
            summary="Figures of its log, relay and readers, and its problems.",
            dependencies=[Depends(heard)],
            openapi_extra={"security": [{}]},
        )
        async def status() -> Status:
            return await self.status()

        @router.get("/metrics", include_in_schema=False)
        async def metrics(request: Request) -> Response:
            found = await self.gauges()
            return await exposed(request, self._store, found)

        @router.get("/operations", include_in_schema=False)
        async def page() -> Response:
            return await self.page()

        @router.get("/operations.js", include_in_schema=False)
        async def script() -> Response:
            return Response((HERE / "pages" / "operations.js").read_text(), media_type="text/javascript")

        return router

    def worker_app(self, missing_of_kafka: Callable[[], list[str]]) -> ASGIApp:
        """The worker's health and figures; what lives in the database is the API's to show, once."""

        async def live(_: Request) -> Response:
            return problems.json_response(200, Ready(ready=True, missing=[]))

        async def ready(_: Request) -> Response:
            return readiness([*await self.missing(), *missing_of_kafka()])

        async def metrics(request: Request) -> Response:
            return await exposed(request, self._store, [])

        return Starlette(
            routes=[Route("/health/live", live), Route("/health/ready", ready), Route("/metrics", metrics)]
        )


async def exposed(request: Request, store: Store, gauges: Sequence[Gauge]) -> Response:
    """The figures as Prometheus reads them; written in a thread, so that no request waits for it."""
    accept = request.headers.get("accept")
    body, content_type = await asyncio.to_thread(store.telemetry.metrics.expose, accept, gauges)
    return Response(body, headers={"content-type": content_type})


def readiness(missing: list[str]) -> Response:
    return problems.json_response(503 if missing else 200, Ready(ready=not missing, missing=missing))


class EmbeddedServer(uvicorn.Server):
    """A server inside a process whose signals are the process's own business."""

    @contextmanager
    def capture_signals(self) -> Any:
        yield
