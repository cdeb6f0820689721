"""The path of a command: load, gather facts, authorise, decide, append, in that order and nowhere else."""

import asyncio
import hashlib
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from pydantic import BaseModel

from chassis.commands.changes import Change, append_of
from chassis.commands.stream_locks import StreamLocks
from chassis.commands.table import Aggregate, CommandRow, StandsIn
from chassis.domain.clock import Clock, utc_now
from chassis.domain.decider import (
    SYSTEM,
    Actor,
    Command,
    Decider,
    Facts,
    Forbidden,
    IssuedCommand,
    NotFound,
    Refused,
    State,
)
from chassis.domain.streams import id_of
from chassis.observability.telemetry import CONFIDENTIAL
from chassis.store.append import Append, Outcome, event_id
from chassis.store.decision_view import View
from chassis.store.store import Loaded, Store

ATTEMPTS = 8


@dataclass(frozen=True)
class CommandContext:
    """The caller and conditions of a command: its id, what must not have changed, where the request came from."""

    actor: Actor
    command_id: UUID = field(default_factory=uuid4)
    fingerprint: str | None = None
    if_version: int | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    traceparent: str | None = None
    reason: str | None = None
    new_id: bool = False
    dry_run: bool = False

    def metadata(self, index: int) -> dict[str, Any]:
        """Return an event's metadata: its id, the actor, reason and origin; unknown fields are left out."""
        known = {
            "id": str(event_id(self.command_id, index)),
            "command_id": str(self.command_id),
            "actor": self.actor.id,
            "for_whom": self.actor.for_whom,
            "correlation_id": self.correlation_id,
            "causation_id": self.causation_id,
            "traceparent": self.traceparent,
            "reason": self.reason,
        }
        return {name: value for name, value in known.items() if value is not None}


@dataclass(frozen=True)
class CommandResult:
    id: UUID
    stream: str
    version: int
    published: int
    state: State
    events: Sequence[BaseModel]
    repeated: bool = False
    dry_run: bool = False

    @property
    def outcome(self) -> str:
        """``appended``, ``repeated``, ``dry-run``, or ``unchanged`` where there was nothing to do."""
        if self.dry_run:
            return "dry-run"
        return "repeated" if self.repeated else "appended" if self.events else "unchanged"


class KeyReused(Exception):
    """The idempotency key belongs to another request."""

    outcome = "key-reused"


class KeyInFlight(Exception):
    """A request with this idempotency key is being worked on."""

    outcome = "key-in-flight"


class VersionChanged(Exception):
    """The aggregate is not at the version the caller named."""

    outcome = "version-changed"


class KeyTaken(Exception):
    """A business key is held by another aggregate."""

    outcome = "taken"

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class LocksMissing(Exception):
    """A command changes further streams, whose locks it does not hold."""

    def __init__(self, streams: frozenset[str]) -> None:
        super().__init__(*sorted(streams))
        self.streams = streams


class TooBusy(Exception):
    """Other commands kept changing what this one read."""

    outcome = "too-busy"


def fingerprint(command: Command, id: UUID | None) -> str:
    """Return a hash of the command, its body and its target, which a retry must share with the first request."""
    body = f"{type(command).__name__}|{id or ''}|{command.model_dump_json()}"
    return hashlib.sha256(body.encode()).hexdigest()


class Handler:
    """Handles the commands of one ``service``; ``aggregates`` are those that orders may be given to."""

    def __init__(
        self,
        store: Store,
        public: Collection[type[BaseModel]],
        clock: Clock = utc_now,
        stands_in: StandsIn | None = None,
        aggregates: Sequence[Aggregate] = (),
        service: str = "service",
    ) -> None:
        self.store, self._telemetry, self._clock, self._stands_in = store, store.telemetry, clock, stands_in
        self.system = Actor(f"system:{service}", frozenset({SYSTEM}))
        self._public = frozenset(public)
        self._aggregates = {aggregate.decider.kind: aggregate for aggregate in aggregates}
        self._locks = StreamLocks()
        self._in_flight: set[UUID] = set()

    async def handle(
        self, aggregate: Aggregate, row: CommandRow, id: UUID | None, command: Command, context: CommandContext
    ) -> CommandResult:
        """Carry out one command; what refuses it is raised. Without an id it creates an aggregate under a random one.

        A request is judged in this order: what it is (its idempotency key, whom it stands in for), whether the caller
        may see the aggregate, whether they may give the command, whether the version is the one they named, and the
        rules. So a refusal tells nothing about what its caller may not know.
        """
        check_reason(aggregate, context)
        fingerprint = self.store.privacy.fingerprint(context.fingerprint)
        context = replace(context, fingerprint=fingerprint, new_id=id is None)
        if context.command_id in self._in_flight:
            raise KeyInFlight
        self._in_flight.add(context.command_id)
        # Which of what is confidential was done, an operator does not learn from figures either.
        named = CONFIDENTIAL if aggregate.audited else f"{row.name}_{aggregate.decider.kind}"
        name = named.replace("-", "_")
        try:
            with self._telemetry.command(name) as measured:
                result = await self._locked(aggregate, row, id or uuid4(), command, context, name)
                measured.outcome = result.outcome
                return result
        finally:
            self._in_flight.discard(context.command_id)

    @property
    def aggregates(self) -> Sequence[Aggregate]:
        """All aggregates of the service."""
        return list(self._aggregates.values())

    def facts(self, actor: Actor, id: UUID) -> Facts:
        """What every decision knows."""
        return Facts(actor=actor, at=self._clock(), id=id)

    async def carry_out(self, order: IssuedCommand, context: CommandContext) -> CommandResult:
        """Handle a command that the service itself gives, by the table of the aggregate it is given to."""
        aggregate = self._aggregates[order.decider.kind]
        return await self.handle(aggregate, aggregate.row(order.command), order.id, order.command, context)

    async def _locked(
        self, aggregate: Aggregate, row: CommandRow, id: UUID, command: Command, context: CommandContext, name: str
    ) -> CommandResult:
        streams = frozenset({aggregate.decider.stream(id), *row.names(command)})
        while True:
            await self._locks.acquire(streams)
            held = {*streams}
            try:
                return await self._until_stored(aggregate, row, id, command, context, name, held)
            except LocksMissing as missing:
                streams = missing.streams.union(held)  # in their one order, before everything is read again
            finally:
                self._locks.release(held)

    async def _until_stored(
        self,
        aggregate: Aggregate,
        row: CommandRow,
        id: UUID,
        command: Command,
        context: CommandContext,
        name: str,
        held: set[str],
    ) -> CommandResult:
        for attempt in range(ATTEMPTS):
            result = await self._attempt(aggregate, row, id, command, context, held)
            if result is not None:
                return result
            self._telemetry.conflicted(name)
            await asyncio.sleep(0.002 * 2**attempt)
        raise TooBusy

    async def _attempt(
        self, aggregate: Aggregate, row: CommandRow, id: UUID, command: Command, context: CommandContext, held: set[str]
    ) -> CommandResult | None:
        decider, began = aggregate.decider, time.monotonic()
        visible = await self.store.permits(aggregate.sees, context.actor, decider.stream(id))
        if not visible and not row.creates:
            # Before loading: a hidden one takes no more work than an absent one, of which there is nothing to load.
            return await self._not_found(decider, id, context)
        loaded = await self.store.load(decider, id)
        # After loading: what another process did meanwhile under this key is either found here or seen by the append.
        if context.fingerprint is not None and (first := await self._first_answer(decider, id, context)):
            return first
        view = View(self.store, loaded)
        await self.check_standing_in(view, context.actor)
        state = loaded.state if visible else None
        if state is None and not row.creates:
            raise NotFound
        facts = await aggregate.gather(view, state, command, self.facts(context.actor, id))
        # Who may is judged on the state that was loaded and on what the view read: the append checks both.
        permitted = row.who.holds(facts, state, command)
        hidden = loaded.state is not None and state is None
        if hidden or not (permitted or state or self._tells_of_absence(aggregate, context)):
            raise NotFound
        if not permitted:
            row.who.check(facts, state, command)
        if context.if_version is not None:
            await self._check_version(aggregate, loaded, context)
        events = aggregate.decide_permitted(state, command, facts)
        if not events and context.fingerprint is None:
            return replace(unchanged(decider, id, loaded), dry_run=context.dry_run)
        metadata = [context.metadata(index) for index in range(len(events))]
        own = Change(aggregate, loaded, events, metadata, decider.fold(events, loaded.state), view)
        orders = row.further(command, loaded.state, own.state, facts) if row.further and events else ()
        changes = [own, *await self._further(orders, own, context, facts.at, held, began)]
        entry = await append_of(self.store, self._public, changes, context.command_id, context.fingerprint)
        if context.dry_run:
            return await self._foreseen(id, own, entry)
        outcome = await self.store.appender.append(entry)
        if not is_stored(outcome, entry, context):
            return None
        assert own.state is not None
        return CommandResult(id, loaded.stream, outcome.version, outcome.published, own.state, events)

    async def _not_found(self, decider: Decider[Any], id: UUID, context: CommandContext) -> CommandResult:
        """Return the first answer of what was carried out before it was hidden; raise ``NotFound`` for others."""
        if context.fingerprint is not None and (first := await self._first_answer(decider, id, context)):
            return first
        await self.check_standing_in(View(self.store), context.actor)
        raise NotFound

    async def _foreseen(self, id: UUID, own: Change, entry: Append) -> CommandResult:
        """What the append would answer: business keys are looked up, and nothing is written."""
        for part in (entry.own, *entry.further):
            if taken := await self.store.taken(part.stream, part.claims, part.once):
                raise KeyTaken(taken)
        version = own.loaded.version + len(own.events)
        published = own.loaded.published + sum(type(event) in self._public for event in own.events)
        assert own.state is not None
        return CommandResult(id, own.loaded.stream, version, published, own.state, own.events, dry_run=True)

    async def _further(
        self,
        orders: Sequence[IssuedCommand],
        own: Change,
        context: CommandContext,
        at: datetime,
        held: set[str],
        began: float,
    ) -> list[Change]:
        """Return the further changes of a command, decided on the state before it; raise ``LocksMissing``."""
        streams = [own.loaded.stream, *(order.stream for order in orders)]
        if len({*streams}) < len(streams):
            raise ValueError("a command changes one aggregate twice; only one change could be stored")
        if missing := {*streams} - held:
            # Out of order, but without waiting: nobody of this process changed them since they were read.
            if not self._locks.take_free(missing, began):
                raise LocksMissing(frozenset(missing))
            held |= missing
        changes: list[Change] = []
        stored = len(own.events)
        for order in orders:
            change = await self._ordered(order, own.view.beside(order.stream), context, at, stored)
            changes.append(change)
            stored += len(change.events)
        return changes

    async def _ordered(
        self, order: IssuedCommand, view: View, context: CommandContext, at: datetime, stored: int
    ) -> Change:
        """Return an issued command's change of a further aggregate, after so many events of the same append."""
        aggregate = self._aggregates[order.decider.kind]
        loaded = await view.loaded(order.decider, order.id)
        base = Facts(actor=self.system, at=at, id=order.id)
        facts = await aggregate.gather(view, loaded.state, order.command, base)
        events = aggregate.decide(loaded.state, order.command, facts)
        # A confidential one's events have ids of their own: made of the other command's, they could be recognised.
        named = CommandContext(self.system) if order.confidential else context
        metadata = [named.metadata(stored + index) for index in range(len(events))]
        return Change(aggregate, loaded, events, metadata, order.decider.fold(events, loaded.state), view)

    @staticmethod
    def _tells_of_absence(aggregate: Aggregate, context: CommandContext) -> bool:
        return context.new_id or aggregate.sees.unconditional(context.actor)

    async def _check_version(self, aggregate: Aggregate, loaded: Loaded, context: CommandContext) -> None:
        if context.if_version != await self.version_for(aggregate, loaded, context.actor):
            raise VersionChanged

    async def version_for(self, aggregate: Aggregate, of: Loaded | CommandResult, actor: Actor) -> int:
        """The version as the actor may know it: without the private fields, that of the public events alone."""
        if of.version == of.published or await self.store.permits(aggregate.discloses, actor, of.stream):
            return of.version
        return of.published

    async def check_standing_in(self, view: View, actor: Actor) -> None:
        """Raise ``Forbidden`` where the actor does not stand in for whom they say, now."""
        if actor.for_whom is None:
            return
        if self._stands_in is None or not await self._stands_in(view, actor, self._clock()):
            raise Forbidden(
                "stands-in",
                "You are not their stand-in now.",
                "Act in your own name, or have them name you as stand-in.",
            )

    async def _first_answer(self, decider: Decider[Any], id: UUID, context: CommandContext) -> CommandResult | None:
        done = await self.store.find_command(context.command_id)
        if done is None:
            return None
        if context.new_id:
            id = id_of(done.stream)
        if done.fingerprint != context.fingerprint or done.stream != decider.stream(id):
            raise KeyReused
        then = await self.store.folded(decider, id, version=done.version)
        return CommandResult(id, done.stream, done.version, done.published, then.state, (), repeated=True)


def check_reason(aggregate: Aggregate, context: CommandContext) -> None:
    """Refuse a reason in a header for an audited aggregate: it would be stored in the clear, for ever."""
    if aggregate.audited is not None and context.reason is not None and not context.actor.has(SYSTEM):
        detail = "A reason in a header is stored unencrypted and could not be erased."
        raise Refused(
            "reason-in-the-clear", detail, "Give the reason in the command's body, where it has a field for it."
        )


def is_stored(outcome: Outcome, entry: Append, context: CommandContext) -> bool:
    """Return whether the command was stored, or has to be decided again; raises what refuses it."""
    match outcome.outcome:
        case "appended":
            return True
        case "repeated":
            return False  # another process did it meanwhile: the next attempt finds its answer
        case "reused" if context.new_id:
            return False  # another process was faster under this key, and chose another id
        case "reused":
            raise KeyReused
        case "taken":
            raise KeyTaken(outcome.detail or "")
        case _:
            if context.if_version is not None and outcome.detail == entry.own.stream:
                raise VersionChanged
            return False


def unchanged(decider: Decider[Any], id: UUID, loaded: Loaded) -> CommandResult:
    if loaded.state is None:
        raise NotFound
    return CommandResult(id, loaded.stream, loaded.version, loaded.published, loaded.state, ())
