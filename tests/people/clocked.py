"""Days on a clock that a test moves, and what becomes of something on them."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import httpx

from tests.harness import wait_until
from tests.today import TODAY


def noon(days: int) -> datetime:
    """Noon so many days from today."""
    return datetime.combine(TODAY, time(12), UTC) + timedelta(days=days)


def becomes(client: httpx.Client, path: str, **expected: Any) -> dict[str, Any]:
    """Wait until what is read there has these fields; all of it."""

    def read() -> dict[str, Any]:
        return dict(client.get(path).json())

    wait_until(lambda: expected.items() <= read().items(), f"{path} has {expected}")
    return read()
