"""What waits: questions asked together, and commands of one stream one after the other."""

import asyncio
import time
from collections.abc import Sequence

import pytest

from chassis.commands.stream_locks import REMEMBERED_SECONDS, StreamLocks
from chassis.postgres.batching import Coalesced

pytestmark = pytest.mark.anyio


async def test_what_waits_while_a_call_runs_is_asked_together() -> None:
    calls: list[list[int]] = []
    going_on = asyncio.Event()

    async def double(numbers: Sequence[int]) -> list[int]:
        calls.append(list(numbers))
        await going_on.wait()
        return [2 * number for number in numbers]

    ask = Coalesced(double, most=3)
    asked = [asyncio.create_task(ask(1))]
    await asyncio.sleep(0.01)
    asked += [asyncio.create_task(ask(number)) for number in (2, 3, 4, 5)]
    await asyncio.sleep(0.01)
    going_on.set()
    assert await asyncio.gather(*asked) == [2, 4, 6, 8, 10]
    assert calls == [[1], [2, 3, 4], [5]]


async def test_what_a_call_raises_everybody_who_asked_gets_and_the_next_ones_are_asked() -> None:
    async def fail_on_one(numbers: Sequence[int]) -> list[int]:
        if 1 in numbers:
            raise ValueError("one")
        return list(numbers)

    ask = Coalesced(fail_on_one, most=2)
    answers = await asyncio.gather(*[ask(number) for number in (1, 2, 3)], return_exceptions=True)
    assert [type(answer) for answer in answers] == [ValueError, ValueError, int]
    assert await ask(4) == 4


async def test_one_that_no_longer_waits_harms_nobody() -> None:
    async def slowly(numbers: Sequence[int]) -> list[int]:
        await asyncio.sleep(0.01)
        return list(numbers)

    ask = Coalesced(slowly, most=9)
    left, stays = asyncio.create_task(ask(1)), asyncio.create_task(ask(2))
    await asyncio.sleep(0)
    left.cancel()
    assert await stays == 2


async def test_turns_of_one_stream_come_one_after_the_other_and_those_of_two_do_not_wait() -> None:
    stream_locks, order = StreamLocks(), []

    async def act(stream: str, name: str) -> None:
        await stream_locks.acquire([stream])
        order.append(f"{name} begins")
        await asyncio.sleep(0.01)
        order.append(f"{name} ends")
        stream_locks.release([stream])

    await asyncio.gather(act("a", "first"), act("a", "second"), act("b", "other"))
    assert order.index("first ends") < order.index("second begins")
    assert order.index("other begins") < order.index("first ends")


async def test_turns_that_are_free_are_taken_together_or_not_at_all() -> None:
    stream_locks, began = StreamLocks(), time.monotonic()
    await stream_locks.acquire(["b"])
    assert not stream_locks.take_free(["a", "b"], began)
    assert stream_locks.take_free(["a", "c"], began)
    assert not stream_locks.take_free(["a"], began)
    stream_locks.release(["a", "b", "c"])
    assert stream_locks.take_free(["a", "b", "c"], time.monotonic())


async def test_a_turn_that_somebody_had_meanwhile_is_not_free_for_who_read_before() -> None:
    stream_locks, began = StreamLocks(), time.monotonic()
    await stream_locks.acquire(["a"])
    stream_locks.release(["a"])
    assert not stream_locks.take_free(["a"], began)
    assert stream_locks.take_free(["b"], began)
    assert not stream_locks.take_free(["c"], began - REMEMBERED_SECONDS), "who had it then is forgotten"


@pytest.mark.parametrize("having_come", [False, True])
async def test_a_turn_is_not_lost_with_one_that_gives_up(having_come: bool) -> None:
    stream_locks = StreamLocks()
    await stream_locks.acquire(["a"])
    gives_up, stays = asyncio.create_task(stream_locks.acquire(["a"])), asyncio.create_task(stream_locks.acquire(["a"]))
    await asyncio.sleep(0)
    if having_come:
        stream_locks.release(["a"])
        gives_up.cancel()
    else:
        gives_up.cancel()
        stream_locks.release(["a"])
    await asyncio.wait_for(stays, 5)
    stream_locks.release(["a"])
    await asyncio.wait_for(stream_locks.acquire(["a"]), 5)
