"""Commands of one process on the same streams take turns."""

import asyncio
import time
from collections import deque
from collections.abc import Collection

REMEMBERED_SECONDS = 10.0


class StreamLocks:
    """Commands of one process on the same streams come one after the other instead of conflicting in the database."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}
        # When turns ended that nobody took over, in that order.
        self._given_back: dict[str, float] = {}

    async def acquire(self, streams: Collection[str]) -> None:
        """Wait for the turn on each of these streams, in the one order in which everybody takes several."""
        taken: list[str] = []
        try:
            for stream in sorted(streams):
                await self._acquire(stream)
                taken.append(stream)
        except asyncio.CancelledError:
            self.release(taken)
            raise

    def take_free(self, streams: Collection[str], since: float) -> bool:
        """Take the turn on each of these streams, without waiting, where nobody has any of them or had since then.

        Who has read them since then has read what they are, as far as this process changes them.
        """
        if not self._waiting.keys().isdisjoint(streams) or since < time.monotonic() - REMEMBERED_SECONDS:
            return False
        if any(self._given_back.get(stream, since) > since for stream in streams):
            return False
        self._waiting |= {stream: deque() for stream in streams}
        return True

    def release(self, streams: Collection[str]) -> None:
        for stream in streams:
            self._release(stream)

    async def _acquire(self, stream: str) -> None:
        queue = self._waiting.get(stream)
        if queue is None:
            self._waiting[stream] = deque()
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._release(stream)  # it had come to us already
            raise

    def _release(self, stream: str) -> None:
        queue = self._waiting[stream]
        while queue:
            turn = queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        del self._waiting[stream]
        self._given_back.pop(stream, None)
        self._given_back[stream] = now = time.monotonic()
        while (oldest := next(iter(self._given_back))) and self._given_back[oldest] < now - REMEMBERED_SECONDS:
            del self._given_back[oldest]
