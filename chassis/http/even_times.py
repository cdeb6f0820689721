"""Answers that leave at even times, so that how long one took does not tell a hidden record from an absent one."""

import asyncio
import random
import re
import time
from collections.abc import Collection

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.http.paths import first_part

TICK_SECONDS = 0.01
# What the clock of the event loop would leave of a difference.
JITTER_SECONDS = 0.002
AN_ID = re.compile(rb"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)


class EvenTimes:
    """Holds to the next whole tick after the request began what may tell of a record that is not shown.

    Those are 404s, the outcomes of many commands, and what is listed of ids that the query names. ``several`` is where
    many commands are taken, ``hiding`` the paths of what not everybody sees.
    """

    def __init__(self, app: ASGIApp, several: str, hiding: Collection[str] = ()) -> None:
        self._app, self._several, self._hiding = app, several, frozenset(hiding)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        began = time.monotonic()
        of_several = scope["path"] == self._several or self._names_hidden(scope)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and (of_several or message["status"] == 404):
                await asyncio.sleep(until_even(time.monotonic() - began))
            await send(message)

        return await self._app(scope, receive, answer)

    def _names_hidden(self, scope: Scope) -> bool:
        return first_part(scope) in self._hiding and AN_ID.search(scope["query_string"]) is not None


def until_even(taken: float) -> float:
    """The seconds to the next whole tick, and a random bit more."""
    return -taken % TICK_SECONDS + random.uniform(0, JITTER_SECONDS)
