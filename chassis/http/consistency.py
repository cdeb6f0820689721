"""Read your own writes across services: a request waits until this service's readers have caught up."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated

import psycopg
import structlog
from fastapi import Header, Request
from psycopg import AsyncConnection as DriverConnection
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chassis.http import problems
from chassis.http.caller import Credentials, authenticated
from chassis.http.quota import Pause, Quota
from chassis.observability.telemetry import WAITED
from chassis.postgres.batching import Coalesced
from chassis.postgres.connections import connections
from chassis.store.store import Store

WAIT_SECONDS = 10
# Being woken may get lost with a connection: so often everyone who waits looks again.
LOOK_AGAIN_SECONDS = 2.0
MOST_AT_ONCE = 500
Wanted = Sequence[tuple[str, int]]
"""Streams with their published numbers."""

log = structlog.get_logger("http")
APPLIED = text(
    "SELECT w.place, count(*) AS applied"
    " FROM unnest(CAST(:places AS integer[]), CAST(:streams AS text[]), CAST(:numbers AS integer[]))"
    " AS w(place, stream, n)"
    " CROSS JOIN unnest(CAST(:readers AS text[])) AS r(reader)"
    " JOIN seen s ON s.stream = w.stream AND s.reader = r.reader AND s.number >= w.n GROUP BY w.place"
)


class AppliedEvents:
    """What this service's readers have applied: one listener and one query at a time, however many wait."""

    def __init__(self, url: str, store: Store, readers: Sequence[str], waits: int, streams: int) -> None:
        self._engine = connections(url, 1)
        self._store, self._readers = store, readers
        self.waits, self.streams, self.pause = Quota(waits), Quota(streams), Pause()
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._ask = Coalesced(self._applied, MOST_AT_ONCE)

    async def start(self) -> None:
        self._task = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._engine.dispose()

    async def wait_for(self, wanted: Wanted, until: float) -> bool:
        """Wait until all of these were applied, or until a moment of the monotonic clock; return whether they were."""
        while True:
            news = self._news
            if await self._ask(wanted):
                return True
            remaining = until - time.monotonic()
            if remaining <= 0:
                return False
            await _within(news, min(remaining, LOOK_AGAIN_SECONDS))

    async def changed(self) -> None:
        """Wait until something was applied; now and then it returns though nothing was."""
        await _within(self._news, LOOK_AGAIN_SECONDS)

    async def _applied(self, questions: Sequence[Wanted]) -> list[bool]:
        flat = [(place, *each) for place, wanted in enumerate(questions) for each in wanted]
        asked = {
            "places": [place for place, _, _ in flat],
            "streams": [stream for _, stream, _ in flat],
            "numbers": [number for _, _, number in flat],
            "readers": self._readers,
        }
        found = {row.place: row.applied for row in await self._store.rows(APPLIED, asked)}
        return [found.get(place, 0) >= len(wanted) * len(self._readers) for place, wanted in enumerate(questions)]

    async def _listen(self) -> None:
        while True:
            try:
                await self._wake_with_the_database()
            except (psycopg.Error, DBAPIError, PoolTimeout, OSError) as failure:
                log.warning("listening again", failure=type(failure).__name__)
                await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def _wake_with_the_database(self) -> None:
        async with self._engine.connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert isinstance(driver, DriverConnection)
            await driver.execute("LISTEN portolan_applied")
            while True:
                async for _ in driver.notifies(timeout=LOOK_AGAIN_SECONDS, stop_after=1):
                    news, self._news = self._news, asyncio.Event()
                    news.set()


async def _within(news: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await news.wait()


async def wait_for_streams(
    request: Request,
    credentials: Credentials,
    portolan_after: Annotated[
        str | None,
        Header(
            max_length=4000,
            description="`stream=number, ...`: respond only once these published events were applied here",
        ),
    ] = None,
) -> None:
    """Hold a request until this service's readers have applied what the caller has seen elsewhere."""
    if not portolan_after:
        return
    actor = await authenticated(request, credentials)
    wanted = [item.strip().rpartition("=") for item in portolan_after.split(",")]
    if not all(stream and number.isascii() and number.isdigit() and len(number) < 10 for stream, _, number in wanted):
        raise problems.BadAfter
    applied: AppliedEvents = request.app.state.applied
    began = time.monotonic()
    async with applied.pause.before_refusal(actor.id):
        with applied.waits.of(actor.id):
            if not await applied.wait_for([(stream, int(n)) for stream, _, n in wanted], began + WAIT_SECONDS):
                raise problems.StreamsNotApplied
    request.scope[WAITED] = waited = time.monotonic() - began
    request.app.state.store.telemetry.metrics.wait_seconds.observe(waited)
