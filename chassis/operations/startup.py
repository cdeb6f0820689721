"""Preparation of a service before it may answer."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from chassis.http import problems
from chassis.postgres.connections import Unavailable

log = structlog.get_logger("operations")


class Preparation:
    """The work before a service may answer: its states must be folded by the source that runs."""

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
