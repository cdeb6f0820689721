"""What the chassis' tests share: commands in one line, and the invariants a log must hold at any time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from pydantic import BaseModel
from sqlalchemy import Connection, create_engine, text

from chassis.commands.handler import CommandContext, CommandResult, Handler
from chassis.commands.table import Aggregate
from chassis.domain.decider import Actor, Command, Facts, Refused
from chassis.service.republish import reset_to_start
from chassis.store.append import Append, StreamAppend, encode_event, event_id
from chassis.store.decision_view import View
from portolan.stack.postgres import ServiceDatabase
from tests.chassis.counter import BELOW, COUNTER, COUNTERS, EVENTS, CloseCounter, CounterOpened, OpenCounter

OF_A_STREAM = {"due_at", "claims", "once", "releases", "subject", "lookup"}
TESTER = Actor("tester", frozenset({"counting"}))


async def do(
    handler: Handler, id: UUID, command: Command, *, aggregate: Aggregate = COUNTERS, actor: Actor = TESTER, **how: Any
) -> CommandResult:
    """Carry out a command."""
    return await handler.handle(aggregate, aggregate.row(command), id, command, CommandContext(actor, **how))


def entry(
    id: UUID, expected: int = 0, *events: BaseModel, command_id: UUID | None = None, kind: str = "counter", **more: Any
) -> Append:
    """What a command that leads to these events asks of the store; opening it where none are named."""
    events = events or (CounterOpened(name="A"),)
    command_id = command_id or uuid4()
    metadata = {"actor": TESTER.id, "command_id": str(command_id)}
    own = StreamAppend(
        stream=f"{kind}-{id}",
        kind=kind,
        expected=expected,
        events=[
            encode_event(
                event, public=type(event) in EVENTS, metadata=metadata | {"id": str(event_id(command_id, index))}
            )
            for index, event in enumerate(events)
        ],
        state=more.pop("state", None) or (COUNTER.fold([CounterOpened(name="A")]) or events[0]).model_dump_json(),
        **{name: more.pop(name) for name in OF_A_STREAM & more.keys()},
    )
    return Append(command_id, own, **more)


@dataclass
class Together:
    """Makes the first so many decisions wait, after they have read what they need, until all of them have."""

    parties: int
    read: int = 0
    decisions: int = 0
    all_read: asyncio.Event = field(default_factory=asyncio.Event)

    def of(self, aggregate: Aggregate) -> Aggregate:
        """The aggregate with decisions that meet."""
        return replace(aggregate, facts=self._meeting(aggregate))

    async def one_read(self) -> None:
        """Wait until the first one has read."""
        while self.read < 1:  # noqa: ASYNC110
            await asyncio.sleep(0)

    def _meeting(self, aggregate: Aggregate) -> Any:
        async def gather(view: View, state: Any, command: Any, base: Facts) -> Facts:
            assert aggregate.facts is not None
            facts = await aggregate.facts(view, state, command, base)
            self.decisions += 1
            if self.read < self.parties:
                self.read += 1
                if self.read == self.parties:
                    self.all_read.set()
                await self.all_read.wait()
            return facts

        return gather


@dataclass
class ReadTwice:
    """Has every decision look again at what it read; before the first one does, something happens."""

    happens: Callable[[], Awaitable[object]]
    look: Callable[[View], Awaitable[object]]
    decisions: int = 0

    def of(self, aggregate: Aggregate) -> Aggregate:
        """The aggregate with decisions that look twice."""
        return replace(aggregate, facts=self._looking(aggregate))

    def _looking(self, aggregate: Aggregate) -> Any:
        async def gather(view: View, state: Any, command: Any, base: Facts) -> Facts:
            assert aggregate.facts is not None
            facts = await aggregate.facts(view, state, command, base)
            self.decisions += 1
            if self.decisions == 1:
                await self.happens()
            await self.look(view)
            return facts

        return gather


LOOKS: Mapping[str, Callable[[View, UUID], Awaitable[object]]] = {
    "state": lambda view, counter: view.state(COUNTER, counter),
    "history": lambda view, counter: view.history(COUNTER, counter),
    "guard": lambda view, counter: view.guarded(f"counter:{counter}:below", BELOW, {"id": str(counter)}),
}
"""How a decision looks again at a counter, or at those below it."""


async def overtaken(handler: Handler, other: Handler, look: str) -> tuple[str, int]:
    """Open a counter below another, which is closed between the decision's two looks at it; by its guard, vice versa.

    What refused the decision, or nothing, and how many it took.
    """
    above, below = uuid4(), uuid4()
    await do(handler, above, OpenCounter(name="A"))
    closing: tuple[UUID, Command] = above, CloseCounter()
    opening: tuple[UUID, Command] = below, OpenCounter(name="B", parent_id=above)
    late, early = (closing, opening) if look == "guard" else (opening, closing)
    twice = ReadTwice(lambda: do(other, *early), lambda view: LOOKS[look](view, above))
    try:
        await do(handler, *late, aggregate=twice.of(COUNTERS))
    except Refused as refused:
        return refused.rule, twice.decisions
    return "", twice.decisions


def as_owner(database: ServiceDatabase) -> AbstractContextManager[Connection]:
    """A connection of the database's owner, each statement a transaction."""
    return connected(database.owner_url)


def as_service(database: ServiceDatabase) -> AbstractContextManager[Connection]:
    """A connection of the service, each statement a transaction."""
    return connected(database.url)


def made_anew(database: ServiceDatabase) -> None:
    """The topics are recreated: relay and readers begin again, as after a restore."""
    engine = create_engine(database.owner_url)
    try:
        with engine.begin() as connection:
            reset_to_start(connection)
    finally:
        engine.dispose()


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def locked_out(database: ServiceDatabase) -> Iterator[None]:
    """The service's database ends its sessions and takes no new ones."""
    with as_owner(database) as owner, as_service(database) as service:
        owner.execute(text(f'ALTER DATABASE "{database.database}" CONNECTION LIMIT 0'))
        try:
            ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user"
            service.execute(text(f"{ended} AND pid <> pg_backend_pid()"))
            yield
        finally:
            owner.execute(text(f'ALTER DATABASE "{database.database}" CONNECTION LIMIT -1'))


def cut_off(database: ServiceDatabase, application: str) -> None:
    """End the service's database sessions of an application."""
    ended = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = :application AND datname = current_database()"
    )
    with as_service(database) as connection:
        assert connection.execute(ended, {"application": application}).all()


def violations(database: ServiceDatabase) -> list[str]:
    """Which invariants the log of counters breaks; none, whatever happens."""
    with as_owner(database) as connection:
        events = connection.execute(
            text(
                "SELECT position, stream, version, published, type, data::text AS data, recorded_at FROM events"
                " ORDER BY position"
            )
        ).all()
        states = {row.stream: row for row in connection.execute(text("SELECT * FROM states"))}
        head = connection.execute(text("SELECT position, published FROM head")).one()
    found = []
    if [event.position for event in events] != list(range(1, len(events) + 1)):
        found.append("positions have gaps")
    if head.position != len(events) or head.published != sum(event.published is not None for event in events):
        found.append("the head is not at the end")
    times: list[datetime] = [event.recorded_at for event in events]
    if times != sorted(times):
        found.append("recorded_at runs backwards")
    for stream in {event.stream for event in events} | set(states):
        own = [event for event in events if event.stream == stream]
        if [event.version for event in own] != list(range(1, len(own) + 1)):
            found.append(f"versions of {stream} have gaps")
        numbers = [event.published for event in own if event.published is not None]
        if numbers != list(range(1, len(numbers) + 1)):
            found.append(f"published numbers of {stream} have gaps")
        state = states.get(stream)
        if state is None or (state.version, state.published) != (len(own), len(numbers)):
            found.append(f"the state of {stream} is of another version")
        elif state.kind == "counter":
            folded = COUNTER.fold([COUNTER.types[event.type].model_validate_json(event.data) for event in own])
            if COUNTER.state.model_validate(state.state, strict=False) != folded:
                found.append(f"the state of {stream} is not the fold of its events")
    return found
