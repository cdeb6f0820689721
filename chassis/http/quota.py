"""How much one caller may have at the same time, and how much in a while."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import NamedTuple

from chassis.domain.decider import ADMINISTRATOR, Actor

AVERAGED_SECONDS = 10
PAUSE_SECONDS = 0.5
MOST_PAUSED = 100
REMEMBERED = 10_000


class TooManyRequests(Exception):
    """The caller has, or had, as many of these as one may have; ``after`` seconds from now one more is accepted."""

    def __init__(self, detail: str, after: int = 1) -> None:
        super().__init__(detail)
        self.after = after


class Quota:
    """So many at a time for each caller, in this process; further ones are refused and not queued."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._under_way: Counter[str] = Counter()

    @contextmanager
    def of(self, caller: str) -> Iterator[None]:
        """Hold one of the caller's; raise ``TooManyRequests`` where all are held."""
        if self._under_way[caller] >= self._most:
            raise TooManyRequests("Retry once others of yours have ended.")
        self._under_way[caller] += 1
        try:
            yield
        finally:
            self._under_way[caller] -= 1
            if not self._under_way[caller]:
                del self._under_way[caller]


class Pause:
    """Refusals that come late: who goes on at once is answered no faster than others wait or work."""

    def __init__(self) -> None:
        self._paused = Quota(MOST_PAUSED)

    @asynccontextmanager
    async def before_refusal(self, caller: str) -> AsyncIterator[None]:
        """Let ``TooManyRequests`` out after a pause; at once where the caller has very many of these."""
        try:
            yield
        except TooManyRequests:
            with self._paused.of(caller):
                await asyncio.sleep(PAUSE_SECONDS)
            raise


class Rate:
    """So many a second for each caller, averaged over ten seconds, in this process (GCRA, a leaky bucket)."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._each, self._clock = 1 / per_second, clock
        # When a caller's present ones are paid off.
        self._paid: dict[str, float] = {}
        self._pause = Pause()

    async def admit(self, caller: str, count: int = 1) -> None:
        """Count so many of the caller's as ``spend`` does; refuse after a pause."""
        async with self._pause.before_refusal(caller):
            self.spend(caller, count)

    def spend(self, caller: str, count: int = 1) -> None:
        """Count so many of the caller's; raise ``TooManyRequests``, and count none, where that is more than allowed."""
        paid = self._paid_with(caller, count)
        if (over := paid - self._clock() - AVERAGED_SECONDS) > 0:
            raise TooManyRequests(
                "You sent as many of these as one caller may; retry later, or more slowly.", math.ceil(over)
            )
        self._paid[caller] = paid

    def charge(self, caller: str, count: int) -> None:
        """Count so many more of what was admitted, for it turned out to be large."""
        self._paid[caller] = self._paid_with(caller, count)

    def _paid_with(self, caller: str, count: int) -> float:
        now = self._clock()
        if len(self._paid) >= REMEMBERED:
            self._paid = {each: until for each, until in self._paid.items() if until > now}
        return max(self._paid.get(caller, now), now) + count * self._each


class Rates(NamedTuple):
    """The rates of one caller: commands, those of an administrator, and reads of the past, which fold streams."""

    commands: Rate
    loads: Rate
    past_reads: Rate

    def of_commands(self, actor: Actor) -> Rate:
        """The rate of an actor's commands; an administrator loads what other systems hold."""
        return self.loads if ADMINISTRATOR in actor.roles and actor.for_whom is None else self.commands
