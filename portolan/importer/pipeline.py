"""Several portions of a file under way at a time, so that the wait of one is the work of another."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

P = TypeVar("P")
R = TypeVar("R")

AT_ONCE = 4
PORTION = 200
"""Rows of a portion: as many as one request carries."""


def in_order(work: Callable[[P], R], portions: Iterable[P], at_once: int = AT_ONCE) -> Iterator[R]:
    """Work on portions side by side; what comes of them comes in their order, and few are held at a time."""
    under_way: deque[Future[R]] = deque()
    with ThreadPoolExecutor(at_once, thread_name_prefix="import") as pool:
        try:
            for portion in portions:
                under_way.append(pool.submit(work, portion))
                if len(under_way) > at_once:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for future in under_way:
                future.cancel()
