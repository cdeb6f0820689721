"""Commands of one process on one stream take turns."""

import asyncio
from collections import deque


class StreamLocks:
    """Commands of one process on one stream come one after the other instead of conflicting in the database."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    async def acquire(self, stream: str) -> None:
        """Wait for one's turn."""
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
                self.release(stream)  # it had come to us already
            raise

    def release(self, stream: str) -> None:
        """Let the next one go."""
        queue = self._waiting[stream]
        while queue:
            turn = queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        del self._waiting[stream]
