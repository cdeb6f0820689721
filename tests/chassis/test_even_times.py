"""How long a refusal takes tells nothing: it leaves at a whole tick, however much work it was."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import pytest

from chassis.http.even_times import EvenTimes, until_even


async def seconds(status: int, path: str, work: float, query: bytes = b"") -> float:
    """How long an answer takes that is so much work."""

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await asyncio.sleep(work)
        await send({"type": "http.response.start", "status": status, "headers": []})

    async def ignore(_message: Any) -> None:
        pass

    began = time.monotonic()
    scope = {"type": "http", "path": path, "query_string": query}
    await EvenTimes(app, several="/commands", hiding=["pay"])(scope, None, ignore)  # type: ignore[arg-type]
    return time.monotonic() - began


NAMING = b"sort=name&id=0F0E1a2c-0000-4000-8000-00000000000a"


@pytest.mark.parametrize(
    ("status", "path", "query"),
    [(404, "/pay/1", b""), (200, "/commands", b""), (200, "/pay", NAMING), (200, "/pay/actions", NAMING)],
)
@pytest.mark.anyio
async def test_a_refusal_and_what_ids_are_asked_for_leave_no_earlier_for_less_work(
    monkeypatch: pytest.MonkeyPatch, status: int, path: str, query: bytes
) -> None:
    monkeypatch.setattr("chassis.http.even_times.TICK_SECONDS", 0.5)
    assert min([await seconds(status, path, work, query) for work in (0, 0.1)]) >= 0.5


@pytest.mark.anyio
async def test_what_is_shown_is_not_held_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.http.even_times.TICK_SECONDS", 600)
    for status in (200, 401, 403, 422):
        await asyncio.wait_for(seconds(status, "/pay/1", 0), 300)
    await asyncio.wait_for(seconds(200, "/pay", 0, b"sort=person_id&page_size=50"), 300)
    await asyncio.wait_for(seconds(200, "/persons", 0, NAMING), 300)
    await asyncio.wait_for(seconds(405, "*", 0, NAMING), 300)


@pytest.mark.parametrize("taken", [0.0001, 0.004, 0.0099, 0.0101])
def test_the_time_ends_at_a_tick_and_a_random_bit(taken: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.http.even_times.TICK_SECONDS", 0.01)
    monkeypatch.setattr("chassis.http.even_times.JITTER_SECONDS", 0.002)
    ends: Sequence[float] = [taken + until_even(taken) for _ in range(50)]
    tick = 0.01 if taken < 0.01 else 0.02
    assert all(tick - 1e-9 <= end <= tick + 0.002 + 1e-9 for end in ends)
    assert len({round(end, 6) for end in ends}) > 10
