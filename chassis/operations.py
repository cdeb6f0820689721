"""What operators and other machines ask of a service: health, status, figures, and a page that says what is wrong."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
import uvicorn
from fastapi import APIRouter, Depends, Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from chassis import problems
from chassis.judgement import Figures, ParkedReason, Problem, ReaderFigures, WorkerFigures, absences, judge, spoken
from chassis.keys import read_keys_status
from chassis.metrics import Gauge
from chassis.security import KeysUnavailable, Tokens
from chassis.store import Store, Unavailable

log = structlog.get_logger("operations")

HERE = Path(__file__).parent
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self';"
    " img-src data:; frame-ancestors 'none'; form-action 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
KIND = re.compile(r"[\w .,()\-]{1,80}")


def shown(moment: datetime | None) -> str:
    """A moment as the page shows it."""
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC") if moment else "never"


def coded(sentence: str) -> Markup:
    """A sentence with what stands between backquotes shown as what one types."""
    parts = sentence.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if index % 2 else escape(part) for index, part in enumerate(parts)
    )


templates = Environment(
    loader=FileSystemLoader(HERE / "pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
templates.filters |= {"spoken": spoken, "shown": shown, "coded": coded}


class Status(Figures):
    """Where a service is, and what is wrong with it."""

    problems: list[Problem]


class Ready(BaseModel):
    """Whether the service can work, and what is missing where it cannot."""

    ready: bool
    missing: list[str]


class Preparation:
    """What must be done before a service may answer: its states must be folded by the source that runs."""

    def __init__(self, fold: Callable[[], Awaitable[None]]) -> None:
        self._fold = fold
        self.done = False

    async def run(self) -> None:
        """Fold, again and again while the database is away."""
        while not self.done:
            try:
                await self._fold()
                self.done = True
            except Unavailable as failure:
                log.warning("states not folded yet", failure=type(failure).__name__)
                await asyncio.sleep(1)
            except Exception:
                log.exception("states cannot be folded")
                raise

    async def required(self) -> None:
        """Refuse what would read or change a state; raises ``StatesStale``."""
        if not self.done:
            raise problems.StatesStale


class Operations:
    """The operator's view of one service."""

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
    ) -> None:
        self.service, self.title, self.version, self.publishes = service, title, version, publishes
        self._reads = [(reader, *read) for reader, topics in reads.items() for read in topics.items()]
        self._store, self._tokens, self._preparation = store, tokens, preparation
        self._urls = urls
        self._revisions = revisions(migrations)

    async def missing(self) -> list[str]:
        """What the service cannot work without, and is not there now."""
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
        """Where the service is, from its database; raises ``Unavailable``."""
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
        return Status(**figures.model_dump(), problems=judge(figures, await self.missing()))

    async def gauges(self) -> list[Gauge]:
        """The figures that live in the database; where it is away, only that."""
        try:
            return gauges(await self.status())
        except (Unavailable, DBAPIError):
            return [Gauge("portolan_database_up", DATABASE_UP, values={(): 0})]

    async def page(self) -> Response:
        """The operator's page."""
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
        """Its routes. They show figures only, so they are open to whoever reaches the service's port.

        ``heard``, a dependency, lets those with a token wait with the status for what the service has still to hear.
        """
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
            return readiness(await self.missing())

        @router.get(
            "/status",
            operation_id="get_status",
            summary="How far its log, its relay and its readers are, and what is wrong.",
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

    def worker_app(self, kafka_away: Callable[[], bool]) -> ASGIApp:
        """The worker's health and figures; what lives in the database is the API's to show, once."""

        async def live(_: Request) -> Response:
            return problems.json_response(200, Ready(ready=True, missing=[]))

        async def ready(_: Request) -> Response:
            return readiness([*await self.missing(), *(["Kafka"] if kafka_away() else [])])

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
    """The answer to whether it can work."""
    return problems.json_response(503 if missing else 200, Ready(ready=not missing, missing=missing))


class Beside(uvicorn.Server):
    """A server inside a process whose signals are the process's own business."""

    @contextmanager
    def capture_signals(self) -> Any:
        """Leave them alone."""
        yield


def revisions(folders: Sequence[Path]) -> tuple[frozenset[str], frozenset[str]]:
    """All revisions of migrations, and those that none follows; read from their text, for Alembic loads slowly."""
    named: dict[str, set[str]] = {"revision": set(), "down_revision": set()}
    for file in (file for folder in folders for file in folder.glob("versions/*.py")):
        for name, revision in re.findall(r'^(revision|down_revision) = "(\w+)"', file.read_text(), re.MULTILINE):
            named[name].add(revision)
    return frozenset(named["revision"]), frozenset(named["revision"] - named["down_revision"])


def is_current(applied: set[str], known: frozenset[str], heads: frozenset[str]) -> bool:
    """Whether a database has every migration we know; it may have newer ones of a version that is being rolled out."""
    return len(applied) >= len(heads) and applied & known <= heads


def kinds(reasons: Sequence[tuple[str, str, int]]) -> list[ParkedReason]:
    """The reasons by their kind: an exception's text may quote data, its type does not."""
    counted: dict[tuple[str, str], int] = {}
    for reader, reason, count in reasons:
        kind, colon, _ = reason.partition(" in ")[0].partition(":")
        if colon and not kind[:1].isupper():  # a field's place, where the data were not of the right form
            kind = f"unreadable {kind}"
        key = (reader, kind if KIND.fullmatch(kind) else "unreadable")
        counted[key] = counted.get(key, 0) + count
    return [ParkedReason(reader=reader, reason=kind, count=count) for (reader, kind), count in sorted(counted.items())]


DATABASE_UP = "Whether the service reaches its database."


def gauges(status: Status) -> list[Gauge]:
    """A status as Prometheus reads it."""
    each = {(reader.reader, reader.source): reader for reader in status.readers}
    by_reader: dict[tuple[str, ...], list[ReaderFigures]] = {}
    for reader in status.readers:
        by_reader.setdefault((reader.reader,), []).append(reader)
    away = [worker for worker in status.living if worker.kafka_away_seconds is not None]
    return [
        Gauge("portolan_database_up", DATABASE_UP, values={(): 1}),
        Gauge("portolan_events_recorded", "Events in the log.", values={(): status.recorded}),
        Gauge("portolan_events_public", "Public events in the log.", values={(): status.published}),
        Gauge("portolan_relay_leads", "Whether some worker's relay leads.", values={(): status.relay_leads}),
        Gauge("portolan_relay_lag_events", "Public events not in Kafka yet.", values={(): status.relay_lag_events}),
        Gauge(
            "portolan_relay_lag_seconds",
            "For how long the oldest event not in Kafka has been waiting.",
            values={(): status.relay_lag_seconds},
        ),
        Gauge(
            "portolan_reader_lag_events",
            "Messages in Kafka that a reader has not taken in, as a worker last saw the topic's end.",
            ("reader", "source"),
            {key: reader.lag_events for key, reader in each.items()},
        ),
        Gauge(
            "portolan_reader_lag_seconds",
            "For how long the oldest message a reader has not taken in has been waiting for it.",
            ("reader", "source"),
            {key: reader.lag_seconds for key, reader in each.items()},
        ),
        Gauge(
            "portolan_parked",
            "Messages kept aside because they cannot be taken in.",
            ("reader",),
            {key: sum(reader.parked for reader in found) for key, found in by_reader.items()},
        ),
        Gauge(
            "portolan_waiting",
            "Messages kept aside until their predecessor comes.",
            ("reader",),
            {key: sum(reader.waiting for reader in found) for key, found in by_reader.items()},
        ),
        Gauge("portolan_deadlines_due", "Deadlines that have come, not issued yet.", values={(): status.due}),
        Gauge(
            "portolan_deadlines_due_seconds",
            "For how long the oldest of them is due.",
            values={(): status.due_seconds},
        ),
        Gauge("portolan_workers", "Workers that gave a sign of life lately.", values={(): len(status.living)}),
        Gauge(
            "portolan_kafka_up",
            "Whether every living worker reaches Kafka.",
            values={(): 0 if away else 1} if status.living else {},
        ),
        Gauge("portolan_problems", "What /status says is wrong.", values={(): len(status.problems)}),
    ]


FIGURES = text(
    "SELECT h.position AS recorded, h.published, r.published AS relayed,"
    " EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted"
    "  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    "  AND objid = (hashtext('portolan.relay')::bigint & 4294967295)::oid) AS relay_leads,"
    " coalesce((SELECT extract(epoch FROM clock_timestamp() - e.recorded_at) FROM events e"
    "  WHERE e.position > r.position AND e.published IS NOT NULL ORDER BY e.position LIMIT 1), 0)::float8"
    "  AS relay_lag_seconds,"
    " (SELECT count(*) FROM parked) + (SELECT count(*) FROM deadlines) AS parked,"
    " coalesce((SELECT extract(epoch FROM clock_timestamp() - min(parked_at)) FROM parked WHERE reason IS NULL), 0)"
    "  ::float8 AS waiting_seconds,"
    " d.due, coalesce(extract(epoch FROM clock_timestamp() - d.first), 0)::float8 AS due_seconds,"
    " CASE WHEN h.position > 0 THEN h.recorded_at END AS last_recorded_at,"
    " CASE WHEN r.published > 0 THEN r.changed_at END AS last_published_at"
    " FROM head h, relay r,"
    " (SELECT count(*) AS due, min(s.due_at) AS first FROM states s WHERE s.due_at <= clock_timestamp()"
    "  AND NOT EXISTS (SELECT FROM deadlines k WHERE k.stream = s.stream AND k.version = s.version)) d"
)
READERS = text(
    "SELECT t.reader, t.service AS source, t.topic, count(x.end_offset) > 0 AS topic_exists,"
    " coalesce(sum(x.applied), 0)::bigint AS applied, max(x.event_time) AS event_time, max(x.changed_at) AS applied_at,"
    " coalesce(sum(x.behind), 0)::bigint AS lag_events,"
    " coalesce(extract(epoch FROM clock_timestamp() - min(coalesce(x.behind_since, x.seen_at))"
    "  FILTER (WHERE x.behind > 0)), 0)::float8 AS lag_seconds,"
    " (SELECT count(*) FROM parked p WHERE p.reader = t.reader AND p.topic = t.topic AND reason IS NOT NULL) AS parked,"
    " (SELECT count(*) FROM parked p WHERE p.reader = t.reader AND p.topic = t.topic AND reason IS NULL) AS waiting"
    " FROM unnest(CAST(:readers AS text[]), CAST(:services AS text[]), CAST(:topics AS text[])) AS"
    "  t(reader, service, topic)"
    " LEFT JOIN (SELECT reader, topic, applied, event_time, changed_at, end_offset, behind_since, seen_at,"
    "  greatest(end_offset - coalesce(p.next_offset, 0), 0) AS behind"
    "  FROM progress p FULL JOIN lags l USING (reader, topic, partition)) x"
    " ON x.reader = t.reader AND x.topic = t.topic"
    " GROUP BY t.reader, t.service, t.topic ORDER BY t.reader, t.topic"
)
WORKERS = text(
    "SELECT version, extract(epoch FROM clock_timestamp() - started_at)::float8 AS up_seconds,"
    " extract(epoch FROM clock_timestamp() - heard_at)::float8 AS heard_seconds,"
    " extract(epoch FROM clock_timestamp() - kafka_away_since)::float8 AS kafka_away_seconds"
    " FROM workers ORDER BY started_at"
)
REASONS = text(
    "SELECT reader, reason, count(*) AS messages FROM"
    " (SELECT reader, reason FROM parked UNION ALL SELECT 'deadlines', reason FROM deadlines) AS p"
    " WHERE reason IS NOT NULL GROUP BY reader, reason LIMIT 1000"
)
