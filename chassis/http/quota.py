"""How much of something one caller has at the same time."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class TooManyRequests(Exception):
    """The caller has as many of these under way as one may have."""


class Quota:
    """So many at a time for each caller, in this process; further ones are refused and not queued."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._under_way: Counter[str] = Counter()

    @contextmanager
    def of(self, caller: str) -> Iterator[None]:
        """Hold one of the caller's; raise ``TooManyRequests`` where all are held."""
        if self._under_way[caller] >= self._most:
            raise TooManyRequests
        self._under_way[caller] += 1
        try:
            yield
        finally:
            self._under_way[caller] -= 1
            if not self._under_way[caller]:
                del self._under_way[caller]
