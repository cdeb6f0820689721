"""Answers that leave at even times, so that how long one took does not tell a hidden record from an absent one."""

import asyncio
import random
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

TICK_SECONDS = 0.01
# What the clock of the event loop would leave of a difference.
JITTER_SECONDS = 0.002


class EvenTimes:
    """Holds 404s, and the outcomes of many commands, to the next whole tick after the request began."""

    def __init__(self, app: ASGIApp, several: str) -> None:
        self._app, self._several = app, several

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        began = time.monotonic()

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and (
                message["status"] == 404 or scope["path"] == self._several
            ):
                await asyncio.sleep(until_even(time.monotonic() - began))
            await send(message)

        return await self._app(scope, receive, answer)


def until_even(taken: float) -> float:
    """The seconds to the next whole tick, and a random bit more."""
    return -taken % TICK_SECONDS + random.uniform(0, JITTER_SECONDS)
