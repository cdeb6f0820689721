"""Deadlines: what falls due gives its command, once for each version of a stream, in order, however late.

A deadline that is the beginning of a day is stored as the moment before which that day begins nowhere. From then on it
is looked at, and put off to when the day begins in the time zone the record is in then, whatever it was before.
"""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import structlog
from sqlalchemy import Connection, Row, text

from chassis.commands.handler import CommandContext, CommandResult, Handler, KeyInFlight, TooBusy, VersionChanged
from chassis.commands.table import Aggregate
from chassis.domain.clock import Clock
from chassis.domain.decider import Deadline
from chassis.domain.streams import id_of
from chassis.postgres.failures import describe, may_pass
from chassis.postgres.leader import Leader
from chassis.store.decision_view import View
from chassis.store.store import Loaded

log = structlog.get_logger("deadlines")
READER = "deadlines"
BATCH = 100
LOOK_AGAIN_SECONDS = 30.0
RETRY_SECONDS = 1.0
REST_SECONDS = 0.2
# A record that has come into another time zone since is found out about no later than this.
MOST_PUT_OFF = timedelta(hours=1)
# What has changed since it was refused is not refused any more.
FORGET = text(
    "DELETE FROM deadlines d WHERE NOT EXISTS (SELECT FROM states s WHERE s.stream = d.stream AND s.version = d.version"
    " AND s.due_at = d.due_at)"
)

DUE = text(
    "SELECT s.stream, s.kind, s.version, s.due_at FROM states s WHERE s.due_at <= :now AND s.kind = ANY(:kinds)"
    " AND (s.due_at, s.stream) > (:after_due, :after_stream)"
    " AND NOT EXISTS (SELECT FROM deadlines d WHERE d.stream = s.stream) ORDER BY s.due_at, s.stream LIMIT :limit"
)

NEXT = text("SELECT min(due_at) FROM states WHERE due_at > :now AND kind = ANY(:kinds)")
PARK = text(
    "INSERT INTO deadlines (stream, version, due_at, reason) VALUES (:stream, :version, :due_at, :reason)"
    " ON CONFLICT (stream) DO UPDATE SET version = excluded.version, due_at = excluded.due_at,"
    " reason = excluded.reason, parked_at = CASE WHEN deadlines.version = excluded.version THEN deadlines.parked_at"
    " ELSE excluded.parked_at END"
)

OPEN_REQUESTS = text(
    "SELECT id, stream, tried FROM interventions WHERE reader = :reader AND action = 'redrive' AND done_at IS NULL"
    " ORDER BY asked_at, id"
)

PARKED = text(
    "SELECT s.stream, s.kind, s.version, s.due_at FROM deadlines d JOIN states s ON s.stream = d.stream"
    " WHERE s.due_at <= :now AND s.kind = ANY(:kinds) AND (CAST(:stream AS text) IS NULL OR d.stream = :stream)"
    " AND d.stream > :after ORDER BY d.stream LIMIT :limit"
)

PUT_OFF = text("SELECT put_off(:stream, :version, :until)")
SETTLE = text("DELETE FROM deadlines WHERE stream = :stream")
TRIED = text(
    "UPDATE interventions SET tried = :tried, taken_in = taken_in + :taken WHERE id = :id AND reader = :reader"
)

DONE = text(
    "UPDATE interventions SET done_at = clock_timestamp(), outcome = 'redriven' WHERE id = :id AND reader = :reader"
)


class TooEarly(Exception):
    """The day has not begun yet where the record is; it is to be looked at again then, or ``again`` before."""

    def __init__(self, again: datetime) -> None:
        super().__init__(again.isoformat())
        self.again = again


class Deadlines(Leader):
    """Gives one service's commands that fall due; one instance leads, others stand by."""

    lock = READER
    part = "deadline worker"
    log = log

    def __init__(
        self, url: str, aggregates: Sequence[Aggregate], handler: Handler, loop: asyncio.AbstractEventLoop, clock: Clock
    ) -> None:
        super().__init__(url)
        self._aggregates: Mapping[str, Aggregate] = {
            aggregate.decider.kind: aggregate for aggregate in aggregates if aggregate.decider.due
        }
        self._handler, self._loop, self._clock = handler, loop, clock

    def _lead(self, connection: Connection, stop: threading.Event) -> None:
        connection.exec_driver_sql("LISTEN portolan_appended")
        while not stop.is_set():
            put_off = self.look(connection, stop)
            self._wait(connection, stop, RETRY_SECONDS if put_off else LOOK_AGAIN_SECONDS)

    def look(self, connection: Connection, stop: threading.Event) -> int:
        """Give every command that is due by now, and those operators asked to try again; how many have to wait."""
        connection.execute(FORGET)
        put_off = 0
        while not stop.is_set():
            met, put_off = self._go_through(connection, stop)
            if not met:  # what was met may be due again at once
                break
        for request in connection.execute(OPEN_REQUESTS, {"reader": READER}).all():
            self._redrive(connection, request)
        return put_off

    def _go_through(self, connection: Connection, stop: threading.Event) -> tuple[int, int]:
        """Once through everything due, the oldest first; how many were met, and how many put off."""
        about = {"kinds": list(self._aggregates), "limit": BATCH, "now": self._clock()}
        after = {"after_due": datetime.min.replace(tzinfo=UTC), "after_stream": ""}
        met = put_off = 0
        while due := connection.execute(DUE, about | after).all():
            for deadline in due:
                if stop.is_set():
                    return 0, 0
                try:
                    met += self._meet(connection, deadline)
                except (TooBusy, KeyInFlight):
                    put_off += 1
            after = {"after_due": due[-1].due_at, "after_stream": due[-1].stream}
        return met, put_off

    def _redrive(self, connection: Connection, request: Row[Any]) -> None:
        after = request.tried
        about = {"kinds": list(self._aggregates), "stream": request.stream, "limit": BATCH}
        while parked := connection.execute(PARKED, about | {"now": self._clock(), "after": after}).all():
            for deadline in parked:
                after = deadline.stream
                try:
                    met = self._meet(connection, deadline)
                except (TooBusy, KeyInFlight):
                    return  # the request stays, and goes on here
                connection.execute(TRIED, {"id": request.id, "reader": READER, "tried": after, "taken": int(met)})
        connection.execute(DONE, {"id": request.id, "reader": READER})

    def _meet(self, connection: Connection, deadline: Row[Any]) -> bool:
        """Give the command of one deadline; whether it did something. What refuses it is parked with its reason."""
        about = {"stream": deadline.stream, "version": deadline.version, "due_at": deadline.due_at}
        try:
            result = asyncio.run_coroutine_threadsafe(self._give(deadline), self._loop).result()
        except VersionChanged:  # somebody was faster, or it is done: what the state says now is looked at next
            connection.execute(SETTLE, about)
            return False
        except TooEarly as early:
            connection.execute(PUT_OFF, about | {"until": early.again})
            return False
        except (TooBusy, KeyInFlight):
            raise
        except Exception as failure:
            if may_pass(failure):
                raise
            reason = describe(failure)
        else:
            if result.version != deadline.version:
                connection.execute(SETTLE, about)
                return True
            reason = "its command changed nothing"
        log.warning("deadline parked", stream=deadline.stream, reason=reason)
        connection.execute(PARK, about | {"reason": reason})
        return False

    async def _give(self, deadline: Row[Any]) -> CommandResult:
        aggregate = self._aggregates[deadline.kind]
        id = id_of(deadline.stream)
        loaded = await self._handler.store.load(aggregate.decider, id)
        due = aggregate.decider.deadline(loaded.state)
        if loaded.version != deadline.version or due is None:
            raise VersionChanged
        moment = await self._moment(aggregate, id, loaded, due)
        context = CommandContext(
            actor=self._handler.system,
            command_id=command_id(deadline.stream, deadline.version, deadline.due_at),
            if_version=deadline.version,
            reason=f"It fell due at {moment.isoformat(timespec='seconds')}.",
        )
        return await self._handler.handle(aggregate, aggregate.row(due.command), id, due.command, context)

    async def _moment(self, aggregate: Aggregate, id: UUID, loaded: Loaded, due: Deadline) -> datetime:
        """When a deadline falls due where its record is now; raise ``TooEarly`` before that."""
        view = View(self._handler.store, loaded)
        base = self._handler.facts(self._handler.system, id)
        moment = due.due_in((await aggregate.zoned(view, loaded.state, due.command, base)).zone)
        if moment > base.at:
            raise TooEarly(min(moment, base.at + MOST_PUT_OFF))
        return moment

    def _wait(self, connection: Connection, stop: threading.Event, most: float) -> None:
        """Until something falls due or was appended."""
        # A rest first, so that a busy log does not wake this all the time.
        if stop.wait(REST_SECONDS):
            return
        now = self._clock()
        due: datetime | None = connection.execute(NEXT, {"now": now, "kinds": list(self._aggregates)}).scalar()
        seconds = most if due is None else min((due - now).total_seconds(), most)
        while seconds > 0 and not stop.is_set():
            # In slices, so that being told to stop is noticed.
            if self._notified(connection, min(seconds, 1.0)):
                return
            seconds -= 1.0


def command_id(stream: str, version: int, due_at: datetime) -> UUID:
    """The id of a deadline's command: the same no matter who gives it, however often."""
    return uuid5(NAMESPACE_OID, f"{stream}|{version}|{due_at.isoformat()}")
