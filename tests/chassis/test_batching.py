"""The same questions, asked at the same time, are put once; nobody is answered by what was read before they asked."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from chassis.postgres.batching import SameQuestions

pytestmark = pytest.mark.anyio
QUERY, OTHER = object(), object()


class Database:
    """Answers, each when it is let go, with how many questions were put before."""

    def __init__(self) -> None:
        self.put: list[Mapping[str, Any]] = []
        self.connected, self.began, self.answers = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.fails = False

    async def answer(self, query: Any, parameters: Mapping[str, Any], begun: Callable[[], None]) -> int:
        await self.connected.wait()
        begun()
        self.put.append(parameters)
        number = len(self.put)
        self.began.set()
        await self.answers.wait()
        if self.fails:
            raise ConnectionError
        return number


async def test_who_asks_the_same_while_it_waits_is_answered_together() -> None:
    database = Database()
    same = SameQuestions(database.answer)
    asked = [asyncio.create_task(same.ask(QUERY, {"id": 1, "names": ["a", "b"]})) for _ in range(5)]
    unlike: list[tuple[object, dict[str, Any]]] = [
        (OTHER, {"id": 1}),
        (QUERY, {"id": True, "names": ["a", "b"]}),
        (QUERY, {"id": {}}),
        (QUERY, {"id": {}}),
    ]
    others = [asyncio.create_task(same.ask(*other)) for other in unlike]
    await asyncio.sleep(0)
    database.connected.set()
    database.answers.set()
    assert set(await asyncio.gather(*asked)) == {1}
    assert sorted(await asyncio.gather(*others)) == [2, 3, 4, 5]


async def test_who_asks_after_a_question_was_put_gets_a_later_answer() -> None:
    database = Database()
    same = SameQuestions(database.answer)
    database.connected.set()
    first = asyncio.create_task(same.ask(QUERY, {"id": 1}))
    await database.began.wait()
    second = asyncio.create_task(same.ask(QUERY, {"id": 1}))
    await asyncio.sleep(0)
    database.answers.set()
    assert (await first, await second) == (1, 2)


async def test_one_who_gives_up_does_not_take_the_answer_from_the_others_and_a_failure_is_everybody_s() -> None:
    database = Database()
    same = SameQuestions(database.answer)
    leaver, stayer = (asyncio.create_task(same.ask(QUERY, {"id": 1})) for _ in range(2))
    await asyncio.sleep(0)
    leaver.cancel()
    database.connected.set()
    database.answers.set()
    assert await stayer == 1
    database.fails = True
    failed = await asyncio.gather(*(same.ask(QUERY, {"id": 1}) for _ in range(2)), return_exceptions=True)
    assert [type(each) for each in failed] == [ConnectionError] * 2
    database.fails = False
    assert await same.ask(QUERY, {"id": 1}) == 3
