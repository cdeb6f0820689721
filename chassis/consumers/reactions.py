"""Reactions: others' events lead to own commands, each exactly once, however often the event comes."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from pydantic import BaseModel
from sqlalchemy import Connection, text

from chassis.commands.handler import CommandContext, Handler, TooBusy
from chassis.domain.decider import IssuedCommand
from chassis.domain.failures import NotYet
from chassis.messaging.cloudevents import Envelope
from chassis.observability.tracing import carried
from chassis.store.store import Store

SIDE_BY_SIDE = 16
React = Callable[[Store, Envelope], Awaitable[Sequence[IssuedCommand]]]


@dataclass(frozen=True)
class Reaction:
    """A row of a service's reaction table: on this event, do this, in the order of the rows."""

    event: type[BaseModel]
    react: React


class Reactions:
    """An effect that turns events into commands, after the service's own reference rows have taken the event in.

    Once it is told to stop it leaves the rest of a batch: what was carried out of it is not done again.
    """

    def __init__(
        self,
        table: Sequence[Reaction],
        handler: Handler,
        loop: asyncio.AbstractEventLoop,
        after: str | None,
        stop: threading.Event | None = None,
    ) -> None:
        self._table: dict[type[BaseModel], list[React]] = {}
        for row in table:
            self._table.setdefault(row.event, []).append(row.react)
        self._handler, self._loop, self._after = handler, loop, after
        self._stop = stop or threading.Event()

    def apply(self, connection: Connection, envelopes: Sequence[Envelope]) -> None:
        """React to each stream's events in their order, to those of several streams side by side."""
        streams: dict[str | None, list[Envelope]] = {}
        for envelope in envelopes:
            if envelope.event is not None and type(envelope.event) in self._table:
                self._check_going_on()
                self._wait_for_reference(connection, envelope)
                streams.setdefault(envelope.stream, []).append(envelope)
        if streams:
            self._check_going_on()
            asyncio.run_coroutine_threadsafe(self._side_by_side([*streams.values()]), self._loop).result()

    def _check_going_on(self) -> None:
        if self._stop.is_set():
            raise NotYet("the worker stops")

    async def _side_by_side(self, streams: Sequence[Sequence[Envelope]]) -> None:
        """Carry out what follows, and raise the first failure once nothing of it runs any more."""
        turns = asyncio.Semaphore(SIDE_BY_SIDE)
        done = await asyncio.gather(*(self._in_order(stream, turns) for stream in streams), return_exceptions=True)
        for failure in done:
            if isinstance(failure, BaseException):
                raise failure

    async def _in_order(self, stream: Sequence[Envelope], turns: asyncio.Semaphore) -> None:
        async with turns:
            for envelope in stream:
                self._check_going_on()
                await self._carry_out(self._table[type(envelope.event)], envelope)  # type: ignore[index]

    def _wait_for_reference(self, connection: Connection, envelope: Envelope) -> None:
        if self._after is None:
            return
        query = text(
            "SELECT next_offset FROM progress WHERE reader = :reader AND topic = :topic AND partition = :partition"
        )
        place = {"reader": self._after, "topic": envelope.topic, "partition": envelope.partition}
        until = time.monotonic() + 10
        while (connection.execute(query, place).scalar() or 0) <= envelope.offset:
            if time.monotonic() > until:
                raise NotYet(f"{self._after} is behind")
            time.sleep(0.01)

    async def _carry_out(self, reacts: Sequence[React], envelope: Envelope) -> None:
        with self._handler.store.telemetry.reaction(envelope):
            await self._react(reacts, envelope)

    async def _react(self, reacts: Sequence[React], envelope: Envelope) -> None:
        orders = [order for react in reacts for order in await react(self._handler.store, envelope)]
        if len({command_id(order, envelope) for order in orders}) < len(orders):
            raise ValueError("a reaction gives one aggregate two commands of one name; only one would be carried out")
        for order in orders:
            await self._give(order, envelope)

    async def _give(self, order: IssuedCommand, envelope: Envelope) -> None:
        context = CommandContext(
            actor=self._handler.system,
            command_id=command_id(order, envelope),
            fingerprint="reaction",
            correlation_id=envelope.correlation_id,
            causation_id=envelope.id,
            traceparent=carried(),
        )
        try:
            await self._handler.carry_out(order, context)
        except TooBusy as busy:
            raise NotYet("others kept changing what the command read") from busy


def command_id(order: IssuedCommand, envelope: Envelope) -> UUID:
    """The id of the command an event leads to: the same whenever the event comes."""
    return uuid5(UUID(envelope.id), f"{order.stream}|{type(order.command).__name__}")
