"""A cast on a clock that a test moves, with a worker that gives what falls due."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import httpx

from portolan.stack.postgres import ServiceDatabase
from portolan.stack.testing import Infrastructure
from services.people.app import SERVICE
from tests.harness import Company, MovableClock, company, wait_until
from tests.people.cast import TODAY, Cast, cast_of


@contextmanager
def cast_on_a_clock(
    infrastructure: Infrastructure, fresh_database: Callable[[], ServiceDatabase], folder: Path
) -> Iterator[tuple[Cast, Company]]:
    """The cast at noon today."""
    clock = MovableClock(datetime.combine(TODAY, time(12), UTC))
    with company(infrastructure.kafka_bootstrap, fresh_database, folder, clock) as made:
        yield cast_of(made.start(SERVICE)), made


def noon(days: int) -> datetime:
    """Noon so many days from today."""
    return datetime.combine(TODAY, time(12), UTC) + timedelta(days=days)


def becomes(client: httpx.Client, path: str, **expected: Any) -> dict[str, Any]:
    """Wait until what is read there has these fields; all of it."""

    def read() -> dict[str, Any]:
        return dict(client.get(path).json())

    wait_until(lambda: expected.items() <= read().items(), f"{path} has {expected}")
    return read()
