"""The way of a command: load, gather facts, authorise, decide, append; in that order, and nowhere else."""

import asyncio
import hashlib
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from pydantic import BaseModel

from chassis.clock import Clock, utc_now
from chassis.decider import SYSTEM, Actor, Command, Decider, Facts, Forbidden, NotFound, Refused, State
from chassis.personal import shape
from chassis.privacy import SealedState
from chassis.sight import EVERYBODY, Sight
from chassis.store import Append, Loaded, Outcome, Store, View, encode_event, event_id

ATTEMPTS = 8
NOTHING = SealedState("null", None, None)

WhenDue = Callable[[Any, datetime], "Command | Due"]
Gather = Callable[[View, Any, Any, Facts], Awaitable[Facts]]
May = Callable[[Any, Any, Any], bool]
StandsIn = Callable[[View, Actor, datetime], Awaitable[bool]]


@dataclass(frozen=True)
class CommandRow:
    """A row of an aggregate's command table: its name in the URL, its type, who may, which facts it needs.

    ``may(facts, state, command) -> bool``; ``facts(view, state, command, base) -> Facts`` reads through the view, so
    that what it read must still hold when the events are appended. ``creates`` rows need no existing aggregate;
    ``named``: its id is that of something else, so it is always given and never made up.
    """

    name: str
    command: type[Command]
    may: May
    facts: Gather | None = None
    creates: bool = False
    named: bool = False


@dataclass(frozen=True)
class Aggregate:
    """An aggregate in its service: its plural in the URL, its command table, who may see one, and how lists work.

    ``sees``: to everybody else it does not exist. ``confides``: who reads the ``private`` fields, which others get
    empty, and the private events in its history. ``watched`` names the field with the person it is about, where every
    read is recorded and that person told of it. ``filters`` and
    ``sorts`` name fields of the state; each wants an expression index in the service's migrations. Personal ones
    among them (``lookups``) are sealed in the state and kept beside it in the clear, until the erasure.
    ``when_due(state, due_at)`` gives the command, or ``Due``, that the service itself asks for when
    ``decider.due(state)`` is past.
    """

    decider: Decider[Any]
    path: str
    commands: Sequence[CommandRow]
    sees: Sight = EVERYBODY
    confides: Sight = EVERYBODY
    private: Mapping[str, Any] = field(default_factory=dict)
    filters: Sequence[str] = ()
    sorts: Sequence[str] = ()
    when_due: WhenDue | None = None
    watched: str | None = None
    lookups: Sequence[str] = field(init=False)

    def __post_init__(self) -> None:
        state: type[BaseModel] = self.decider.state
        found = shape(state).node
        personal = found.nodes if found else {}
        names = dict.fromkeys([*self.filters, *self.sorts])
        object.__setattr__(self, "lookups", tuple(name for name in names if name in personal))

    @property
    def dated(self) -> bool:
        """Whether its facts have a business time of their own."""
        return any("effective_on" in event.model_fields for event in self.decider.types.values())

    def column(self, name: str) -> str:
        """A field as lists filter and sort by it."""
        return f"lookup->>'{name}'" if name in self.lookups else f"state->>'{name}'"


@dataclass(frozen=True)
class Order:
    """A command the service itself gives: what, to which aggregate; ``otherwise`` where a rule refuses it."""

    aggregate: Aggregate
    id: UUID
    command: Command
    otherwise: "Order | None" = None

    @property
    def row(self) -> CommandRow:
        """The command's row in its aggregate's table."""
        return next(row for row in self.aggregate.commands if row.command is type(self.command))


@dataclass(frozen=True)
class Due:
    """What falls due: a command, given once what it means for others has been carried out."""

    command: Command
    first: Sequence[Order] = ()


@dataclass(frozen=True)
class Asked:
    """Who asks, and how: the command's id, what must not have changed, and where the request came from."""

    actor: Actor
    command_id: UUID = field(default_factory=uuid4)
    fingerprint: str | None = None
    if_version: int | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    traceparent: str | None = None
    reason: str | None = None

    def metadata(self, index: int) -> dict[str, Any]:
        """What is stored beside an event: its id, who, for whom, why and where from; what is unknown is left out."""
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
class Handled:
    """What a command led to."""

    id: UUID
    stream: str
    version: int
    published: int
    state: State
    events: Sequence[BaseModel]
    repeated: bool = False

    @property
    def outcome(self) -> str:
        """``appended``, ``repeated``, or ``unchanged`` where there was nothing to do."""
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


class TooBusy(Exception):
    """Other commands kept changing what this one read."""

    outcome = "too-busy"


def fingerprint(command: Command, id: UUID | None) -> str:
    """What a repeated request must have in common with the first: the command, its body and its target."""
    body = f"{type(command).__name__}|{id or ''}|{command.model_dump_json()}"
    return hashlib.sha256(body.encode()).hexdigest()


class Handler:
    """Handles the commands of one service."""

    def __init__(
        self,
        store: Store,
        public: Collection[type[BaseModel]],
        clock: Clock = utc_now,
        stands_in: StandsIn | None = None,
    ) -> None:
        self.store, self._telemetry, self._clock, self._stands_in = store, store.telemetry, clock, stands_in
        self._public = frozenset(public)
        self._turns = Turns()
        self._in_flight: set[UUID] = set()

    async def handle(self, aggregate: Aggregate, row: CommandRow, id: UUID, command: Command, asked: Asked) -> Handled:
        """Carry out one command; what refuses it is raised."""
        check_reason(aggregate, asked)
        asked = replace(asked, fingerprint=self.store.privacy.fingerprint(asked.fingerprint))
        if asked.command_id in self._in_flight:
            raise KeyInFlight
        self._in_flight.add(asked.command_id)
        name = f"{row.name}_{aggregate.decider.kind}".replace("-", "_")
        try:
            with self._telemetry.command(name) as became:
                handled = await self._in_turn(aggregate, row, id, command, asked, name)
                became.outcome = handled.outcome
                return handled
        finally:
            self._in_flight.discard(asked.command_id)

    async def _in_turn(
        self, aggregate: Aggregate, row: CommandRow, id: UUID, command: Command, asked: Asked, name: str
    ) -> Handled:
        stream = aggregate.decider.stream(id)
        await self._turns.take(stream)
        try:
            for attempt in range(ATTEMPTS):
                handled = await self._attempt(aggregate, row, id, command, asked)
                if handled is not None:
                    return handled
                self._telemetry.conflicted(name)
                await asyncio.sleep(0.002 * 2**attempt)
            raise TooBusy
        finally:
            self._turns.pass_on(stream)

    async def _attempt(
        self, aggregate: Aggregate, row: CommandRow, id: UUID, command: Command, asked: Asked
    ) -> Handled | None:
        decider = aggregate.decider
        loaded = await self.store.load(decider, id)
        # After loading: what another process did meanwhile under this key is either found here or seen by the append.
        if asked.fingerprint is not None and (first := await self._first_answer(decider, id, asked)):
            return first
        if asked.if_version is not None and asked.if_version != loaded.version:
            raise VersionChanged
        view = View(self.store, loaded.stream)
        await self.check_standing_in(view, asked.actor)
        hidden = loaded.state is not None and not await self.store.permits(aggregate.sees, asked.actor, loaded.stream)
        if hidden or (loaded.state is None and not row.creates):
            raise NotFound
        facts = Facts(actor=asked.actor, at=self._clock(), id=id)
        if row.facts:
            facts = await row.facts(view, loaded.state, command, facts)
        if not row.may(facts, loaded.state, command):
            if row.named and loaded.state is None and not aggregate.sees.unconditional(asked.actor):
                raise NotFound  # as of one they do not see: nobody learns from it whether there is one
            raise Forbidden("not-authorised", f"You may not {row.name.replace('-', ' ')} here.", "Ask who may.")
        events = decider.decide(loaded.state, command, facts)
        if not events and asked.fingerprint is None:
            return unchanged(decider, id, loaded)
        state = decider.fold(events, loaded.state)
        entry = await self._entry(aggregate, loaded, events, state, view, asked)
        outcome = await self.store.appender.append(entry)
        if not is_stored(outcome, entry, asked):
            return None
        assert state is not None
        return Handled(id, entry.stream, outcome.version, outcome.published, state, events)

    async def check_standing_in(self, view: View, actor: Actor) -> None:
        """Raise ``Forbidden`` where the actor does not stand in for whom they say, now."""
        if actor.for_whom is None:
            return
        if self._stands_in is None or not await self._stands_in(view, actor, self._clock()):
            raise Forbidden("stands-in", "You do not stand in for them now.", "Act for yourself, or be named by them.")

    async def _entry(
        self,
        aggregate: Aggregate,
        loaded: Loaded,
        events: Sequence[BaseModel],
        state: State | None,
        view: View,
        asked: Asked,
    ) -> Append:
        decider = aggregate.decider
        sealing = await self.store.sealing(decider, loaded, [*events, state] if state else events)
        encoded = [
            encode_event(event, public=type(event) in self._public, metadata=asked.metadata(index), sealing=sealing)
            for index, event in enumerate(events)
        ]
        sealed = sealing.state(state, aggregate.lookups) if state else NOTHING
        return Append(
            command_id=asked.command_id,
            stream=loaded.stream,
            kind=decider.kind,
            expected=loaded.version,
            events=encoded,
            state=sealed.text,
            fingerprint=asked.fingerprint,
            due_at=decider.due(state) if decider.due and state else None,
            reads=view.reads,
            guards=view.guards,
            bumps=view.bumps if events else (),
            claims=view.claims if events else (),
            once=view.once if events else (),
            releases=view.releases if events else (),
            subject=sealed.subject,
            lookup=sealed.lookup,
            keys=sealing.made if events else (),
            erases=view.erases if events else (),
        )

    async def _first_answer(self, decider: Decider[Any], id: UUID, asked: Asked) -> Handled | None:
        done = await self.store.done(asked.command_id)
        if done is None:
            return None
        if done.fingerprint != asked.fingerprint or done.stream != decider.stream(id):
            raise KeyReused
        then = await self.store.folded(decider, id, version=done.version)
        return Handled(id, done.stream, done.version, done.published, then.state, (), repeated=True)


class Turns:
    """Commands of one process on one stream come one after the other instead of conflicting in the database."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    async def take(self, stream: str) -> None:
        """Wait for one's turn."""
        queue = self._waiting.get(stream)
        if queue is None:
            self._waiting[stream] = deque()
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.pass_on(stream)  # it had come to us already
            raise

    def pass_on(self, stream: str) -> None:
        """Let the next one go."""
        queue = self._waiting[stream]
        while queue:
            turn = queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        del self._waiting[stream]


def check_reason(aggregate: Aggregate, asked: Asked) -> None:
    """What somebody says beside a command is kept in the clear, for ever: nothing about what is sensitive."""
    if aggregate.watched is not None and asked.reason is not None and not asked.actor.has(SYSTEM):
        open_ = "The reason in a header is not sealed, and could not be erased."
        raise Refused("reason-in-the-clear", open_, "Say it in the command, where it has a place for it.")


def is_stored(outcome: Outcome, entry: Append, asked: Asked) -> bool:
    """Whether the command was stored, or has to be decided again; raises what refuses it."""
    match outcome.outcome:
        case "appended":
            return True
        case "repeated":
            return False  # another process did it meanwhile: the next attempt finds its answer
        case "reused":
            raise KeyReused
        case "taken":
            raise KeyTaken(outcome.detail or "")
        case _:
            if asked.if_version is not None and outcome.detail == entry.stream:
                raise VersionChanged
            return False


def unchanged(decider: Decider[Any], id: UUID, loaded: Loaded) -> Handled:
    """The answer to a command that changes nothing."""
    if loaded.state is None:
        raise NotFound
    return Handled(id, loaded.stream, loaded.version, loaded.published, loaded.state, ())
