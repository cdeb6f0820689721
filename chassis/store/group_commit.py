"""Group commit: concurrent appends of a process share one call of the append function."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from random import uniform

import psycopg
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.observability.telemetry import Telemetry
from chassis.postgres.connections import PinnedConnection, Unavailable, is_transient
from chassis.store.append import Append, Outcome

MAX_BATCH = 256
log = structlog.get_logger("store")
NOTIFY_PAUSE = 0.005
# How long an append is tried again while its failure may pass; and how long between two attempts.
DEADLINE_SECONDS = 5.0
PAUSES_SECONDS = (0.1, 0.2, 0.4, 0.8, 1.0)


@dataclass
class PendingAppend:
    """An entry on its way into the log, until when somebody waits for its answer, and what last kept it from it."""

    entry: bytes
    answer: asyncio.Future[Outcome]
    until: float
    failure: Exception | None = None

    def succeed(self, outcome: Outcome) -> None:
        # The commit's answer may be what was lost: a first attempt that was stored is this command's own success.
        if self.failure is not None and outcome.outcome == "repeated":
            outcome = replace(outcome, outcome="appended", detail=None)
        if not self.answer.done():
            self.answer.set_result(outcome)

    def fail(self, failure: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(failure)


class Appender:
    """Group commit: while one call runs, the next batch gathers. One outcome per entry."""

    call = "SELECT * FROM append(CAST(%s AS jsonb))"

    def __init__(self, engine: AsyncEngine, telemetry: Telemetry | None = None) -> None:
        self._calling, self._telling = PinnedConnection(engine), PinnedConnection(engine)
        self._telemetry = telemetry or Telemetry()
        self._waiting: list[PendingAppend] = []
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._notifier: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())
        self._notifier = asyncio.create_task(self._notify())

    async def stop(self) -> None:
        """Finish what runs and let go."""
        for task in (self._task, self._notifier):
            if task:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        await self._calling.close()
        await self._telling.close()

    async def append(self, entry: Append) -> Outcome:
        """Store one entry together with whatever else waits; raises ``Unavailable``."""
        loop = asyncio.get_running_loop()
        with self._telemetry.append():
            waiting = PendingAppend(entry.encoded(), loop.create_future(), loop.time() + DEADLINE_SECONDS)
            self._waiting.append(waiting)
            self._wake.set()
            return await waiting.answer

    async def _run(self) -> None:
        failures = 0
        while True:
            await self._wake.wait()
            batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
            left = await self._store(batch) if batch else []
            self._news.set()
            self._waiting = left + self._waiting
            failures = failures + 1 if left else 0
            if failures:
                await self._pause(failures)
            if not self._waiting:
                self._wake.clear()

    async def _pause(self, failures: int) -> None:
        """Let a failure that may pass do so, but nobody wait for longer than the deadline, tried or not."""
        self._give_up()
        if self._waiting:
            remaining = min(one.until for one in self._waiting) - asyncio.get_running_loop().time()
            pause = PAUSES_SECONDS[min(failures, len(PAUSES_SECONDS)) - 1]
            await asyncio.sleep(min(pause * uniform(0.5, 1), remaining))
            self._give_up()

    def _give_up(self) -> None:
        now = asyncio.get_running_loop().time()
        for one in self._waiting:
            if one.until <= now:
                one.fail(Unavailable(type(one.failure).__name__ if one.failure else "others wait already"))
        self._waiting = [one for one in self._waiting if not one.answer.done()]

    async def _store(self, batch: list[PendingAppend]) -> list[PendingAppend]:
        """Store a batch; returns those of it that a failure kept from it which may pass."""
        try:
            outcomes = await self._call([one.entry for one in batch])
        except asyncio.CancelledError:
            for one in batch:
                one.answer.cancel()
            raise
        except Exception as failure:  # noqa: BLE001 (whatever it was, each waiting command gets an answer)
            log.warning("append failed", entries=len(batch), failure=type(failure).__name__)
            for one in batch:
                one.failure = failure
            if is_transient(failure):
                return batch
            if len(batch) > 1:
                return await self._store_singly(batch)
            batch[0].fail(failure)
        else:
            for one, outcome in zip(batch, outcomes, strict=True):
                one.succeed(outcome)
        return []

    async def _store_singly(self, batch: list[PendingAppend]) -> list[PendingAppend]:
        """One of these can never be stored: each alone, so that only that one fails."""
        for index, one in enumerate(batch):
            if await self._store([one]):
                return batch[index:]
        return []

    async def _call(self, entries: list[bytes]) -> list[Outcome]:
        with self._telemetry.store(len(entries)):
            return await self._call_function(entries)

    async def _call_function(self, entries: list[bytes]) -> list[Outcome]:
        batch = (b"[" + b",".join(entries) + b"]").decode()
        return [Outcome(*row) for row in await self._calling.run(self.call, [batch])]

    async def _notify(self) -> None:
        # Outside the append's transaction: NOTIFY holds an instance-wide lock through its commit.
        while True:
            await self._news.wait()
            self._news.clear()
            with suppress(psycopg.Error, DBAPIError):  # the relay polls as well; a lost wake-up only costs a moment
                await self._telling.run("SELECT pg_notify('portolan_appended', '')")
            # What is appended meanwhile is told of at once together.
            await asyncio.sleep(NOTIFY_PAUSE)
