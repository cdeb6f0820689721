"""Calls that gather what waits: while one call runs, the next batch collects; no timer, no wait when idle."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Any, Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class SameQuestions(Generic[A]):
    """Questions of which those that wait to be put are put once, for all who ask the same.

    ``answer(query, parameters, begun)`` calls ``begun`` when it puts a question: who asks after that is not served by
    what was read before.
    """

    def __init__(self, answer: Callable[[Any, Mapping[str, Any], Callable[[], None]], Awaitable[A]]) -> None:
        self._answer = answer
        self._waiting: dict[Hashable, asyncio.Future[A]] = {}

    async def ask(self, query: Any, parameters: Mapping[str, Any]) -> A:
        key = (id(query), *((name, frozen(value)) for name, value in parameters.items()))
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = asyncio.ensure_future(self._put(key, query, parameters))
            self._waiting[key] = waiting
        return await asyncio.shield(waiting)

    async def _put(self, key: Hashable, query: Any, parameters: Mapping[str, Any]) -> A:
        own = asyncio.current_task()

        def begun() -> None:
            if self._waiting.get(key) is own:
                del self._waiting[key]

        try:
            return await self._answer(query, parameters, begun)
        finally:
            begun()


def frozen(value: Any) -> Hashable:
    """A parameter as what can be looked up; one that cannot be is like no other."""
    if isinstance(value, list | tuple):
        return tuple(map(frozen, value))
    return (type(value), value) if isinstance(value, Hashable) else object()


class Coalesced(Generic[Q, A]):
    """Answers questions in batches: ``call(questions) -> answers`` in the same order; what it raises, all get."""

    def __init__(self, call: Callable[[Sequence[Q]], Awaitable[Sequence[A]]], most: int) -> None:
        self._call, self._most = call, most
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, question: Q) -> A:
        future: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._answer(batch)
        finally:
            self._running = None

    async def _answer(self, batch: Sequence[tuple[Q, "asyncio.Future[A]"]]) -> None:
        try:
            answers = await self._call([question for question, _ in batch])
        except asyncio.CancelledError:
            for _, future in batch:
                future.cancel()
            raise
        except Exception as failure:  # noqa: BLE001 (whatever it was, everybody who asked gets it)
            for _, future in batch:
                if not future.done():
                    future.set_exception(failure)
        else:
            for (_, future), answer in zip(batch, answers, strict=True):
                if not future.done():
                    future.set_result(answer)
