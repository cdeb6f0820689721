"""Reactions to a service's own events, also those that never leave it: read from its log, each at least once.

Commands given here have to be such that doing them again changes nothing. One that a rule refuses is left out; whatever
lets it pass later comes as an event again.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from pydantic import BaseModel
from sqlalchemy import Connection, Row, text

from chassis.commands.handler import CommandContext, Handler, TooBusy
from chassis.domain.decider import Forbidden, IssuedCommand, NotFound, Refused
from chassis.domain.failures import NotYet
from chassis.domain.streams import id_of
from chassis.postgres.failures import describe, may_pass
from chassis.postgres.leader import Leader
from chassis.store.store import Store

log = structlog.get_logger("own reactions")
READER = "own reactions"
BATCH = 1000
SIDE_BY_SIDE = 16
IDLE_SECONDS = 0.5
REST_SECONDS = 0.1

React = Callable[[Store, Sequence[UUID]], Awaitable[Sequence[IssuedCommand]]]

ASK_HEAD = text("SELECT position FROM head")
ASK_EVENTS = text(
    "SELECT position, stream, type FROM events WHERE position > :position AND type = ANY(:types)"
    " ORDER BY position LIMIT :limit"
)

ASK_POSITION = text("SELECT next_offset FROM progress WHERE reader = :reader AND topic = 'events' AND partition = 0")
KEEP_POSITION = text(
    "INSERT INTO progress (reader, topic, partition, next_offset) VALUES (:reader, 'events', 0, :position)"
    " ON CONFLICT (reader, topic, partition) DO UPDATE SET next_offset = excluded.next_offset, changed_at = now()"
)


@dataclass(frozen=True)
class OwnReaction:
    """A row: after these events, the commands that follow for the aggregates they happened to."""

    events: Sequence[type[BaseModel]]
    react: React


class OwnReactions(Leader):
    """Reads one service's log from where it stopped; one instance leads, others stand by."""

    lock = READER
    part = "own reactions"
    passing = (TooBusy, NotYet)
    log = log

    def __init__(
        self, url: str, table: Sequence[OwnReaction], handler: Handler, loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__(url)
        self._table = [(frozenset(event.__name__ for event in row.events), row.react) for row in table]
        self._types = sorted({name for names, _ in self._table for name in names})
        self._handler, self._loop = handler, loop
        self._stop = threading.Event()

    def _lead(self, connection: Connection, stop: threading.Event) -> None:
        self._stop = stop
        connection.exec_driver_sql("LISTEN portolan_appended")
        position: int = connection.execute(ASK_POSITION, {"reader": READER}).scalar() or 0
        while not stop.is_set():
            moved = self._go_on(connection, position)
            if moved == position:
                self._notified(connection, IDLE_SECONDS)
            # A rest, so that what happens to one aggregate in one go leads to one command.
            stop.wait(REST_SECONDS)
            position = moved

    def _go_on(self, connection: Connection, position: int) -> int:
        """Take the next events in; the position up to which all are."""
        # Read before the events: what is committed later has a higher position.
        head: int = connection.execute(ASK_HEAD).scalar_one()
        if head <= position:
            return position
        asked = {"position": position, "types": self._types, "limit": BATCH}
        events = connection.execute(ASK_EVENTS, asked).all()
        if events:
            asyncio.run_coroutine_threadsafe(self._react(events), self._loop).result()
        last = int(events[-1].position) if events else 0
        moved = last if len(events) == BATCH else max(head, last)
        if events:
            connection.execute(KEEP_POSITION, {"reader": READER, "position": moved})
        return moved

    async def _react(self, events: Sequence[Row[tuple[object, ...]]]) -> None:
        """Give what follows from these events, once for each aggregate and command."""
        orders: dict[tuple[str, type], IssuedCommand] = {}
        for types, react in self._table:
            if ids := list(dict.fromkeys(id_of(event.stream) for event in events if event.type in types)):
                orders |= {
                    (order.stream, type(order.command)): order for order in await react(self._handler.store, ids)
                }
        turns = asyncio.Semaphore(SIDE_BY_SIDE)
        await asyncio.gather(*(self._give(order, turns) for order in orders.values()))

    async def _give(self, order: IssuedCommand, turns: asyncio.Semaphore) -> None:
        async with turns:
            if self._stop.is_set():
                # The place is not kept: all of these events come again.
                raise NotYet("the worker stops")
            try:
                await self._handler.carry_out(order, CommandContext(actor=self._handler.system))
            except (Refused, Forbidden, NotFound) as refusal:
                log.warning("not carried out", stream=order.stream, rule=getattr(refusal, "rule", "not-found"))
            except Exception as failure:
                if may_pass(failure) or isinstance(failure, TooBusy):
                    raise
                # The next event about it tries again; all others must not wait for that.
                log.error("not carried out", stream=order.stream, failure=describe(failure))
