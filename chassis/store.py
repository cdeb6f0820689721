"""The event store: append with group commit, and reads of states, events and sets that a decision remembers."""

import asyncio
import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from random import uniform
from typing import Any, TypeVar
from uuid import UUID, uuid5

import psycopg
import structlog
from psycopg import AsyncConnection as DriverConnection
from pydantic import BaseModel
from pydantic_core import to_json
from sqlalchemy import QueuePool, Row, Select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from chassis.coalesce import Coalesced
from chassis.decider import Actor, Decider, State
from chassis.metrics import Pool
from chassis.personal import shape
from chassis.privacy import Key, Privacy, Sealing, key_in, read, subject_of_model, subject_of_text
from chassis.sight import Sight
from chassis.telemetry import Telemetry

S = TypeVar("S", bound=State)
log = structlog.get_logger("store")

MAX_EVENT_BYTES = 900_000
MAX_BATCH = 256
NOTIFY_PAUSE = 0.005
# How long an append is tried again while its failure may pass; and how long between two attempts.
DEADLINE_SECONDS = 5.0
PAUSES_SECONDS = (0.1, 0.2, 0.4, 0.8, 1.0)
SESSION = "-c lock_timeout=10s -c statement_timeout=30s -c idle_in_transaction_session_timeout=60s -c timezone=UTC"
CONNECT: Mapping[str, Any] = {
    "options": SESSION,
    "connect_timeout": 5,
    # A server that vanished without a word is noticed after some seconds; by default after two hours.
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}


class Unavailable(Exception):
    """The database cannot be reached now; trying again later is safe."""

    outcome = "unavailable"


class TooLarge(Exception):
    """An event exceeds the size that can be published."""

    outcome = "too-large"


@dataclass(frozen=True)
class Append:
    """What one command asks of the store; everything it read must still hold."""

    command_id: UUID
    stream: str
    kind: str
    expected: int
    events: Sequence[Mapping[str, Any]]
    state: str
    fingerprint: str | None = None
    due_at: datetime | None = None
    reads: Mapping[str, int] = field(default_factory=dict)
    guards: Mapping[str, int] = field(default_factory=dict)
    bumps: Sequence[str] = ()
    claims: Sequence[str] = ()
    once: Sequence[str] = ()
    releases: Sequence[str] = ()
    subject: UUID | None = None
    lookup: Mapping[str, Any] | None = None
    keys: Sequence[Mapping[str, Any]] = ()
    erases: Sequence[UUID] = ()

    def encoded(self) -> bytes:
        """The entry as the append function reads it; what is empty is left out."""
        entry = {
            "command_id": self.command_id,
            "stream": self.stream,
            "kind": self.kind,
            "expected": self.expected,
            "fingerprint": self.fingerprint,
            "due_at": self.due_at,
            "events": self.events,
        }
        optional = {
            "reads": self.reads,
            "guards": self.guards,
            "bumps": self.bumps,
            "claims": self.claims,
            "once": self.once,
            "releases": self.releases,
            "subject": self.subject,
            "lookup": self.lookup,
            "keys": self.keys,
            "erases": self.erases,
        }
        head = to_json(entry | {name: value for name, value in optional.items() if value})
        return head[:-1] + b',"state":' + self.state.encode() + b"}"


@dataclass(frozen=True)
class Outcome:
    """What became of one entry: ``appended``, ``repeated``, ``reused``, ``conflict`` or ``taken``."""

    outcome: str
    version: int
    published: int
    recorded_at: datetime
    detail: str | None


def encode_event(
    event: BaseModel, *, public: bool, metadata: Mapping[str, Any], sealing: Sealing | None = None
) -> Mapping[str, Any]:
    """An event as the append function stores it: its exact text, sealed where it is personal, never touched again."""
    if sealing is None and shape(type(event)).node is not None:
        raise TypeError(f"{type(event).__name__} is personal and nobody seals it")
    data = sealing.event(event) if sealing else event.model_dump_json()
    if len(data.encode()) > MAX_EVENT_BYTES:
        raise TooLarge(type(event).__name__)
    return {
        "type": type(event).__name__,
        "data": data,
        "metadata": to_json(metadata).decode(),
        "public": public,
        "effective_on": event.__dict__.get("effective_on"),
    }


def event_id(command_id: UUID, index: int) -> UUID:
    """The id of a command's event: the same whenever the command is repeated."""
    return uuid5(command_id, str(index))


class Held:
    """A connection of a pool, kept by whoever asks one thing after the other, and asked by the driver itself.

    What SQLAlchemy adds to a call costs more than all the rest of it (measured: 0.7 of 1.1 ms processor time for an
    append with its wake-up).
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._held: AsyncConnection | None = None

    async def run(self, query: str, parameters: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        """The rows of a query; a connection that failed is given up, and the next query gets another one."""
        if self._held is None:
            self._held = await self._engine.connect()
        try:
            driver = (await self._held.get_raw_connection()).driver_connection
            assert isinstance(driver, DriverConnection)
            cursor = await driver.execute(query, parameters, prepare=True)
            return await cursor.fetchall()
        except BaseException:
            # In the middle of an answer nobody knows what the connection is good for.
            await self.let_go(broken=True)
            raise

    async def let_go(self, *, broken: bool = False) -> None:
        """Give the connection back."""
        held, self._held = self._held, None
        if held is not None:
            if broken:
                await held.invalidate()
            await held.close()


@dataclass
class Waiting:
    """An entry on its way into the log, until when somebody waits for its answer, and what last kept it from it."""

    entry: bytes
    answer: asyncio.Future[Outcome]
    until: float
    failure: Exception | None = None

    def succeed(self, outcome: Outcome) -> None:
        """Tell what became of it."""
        # The commit's answer may be what was lost: a first attempt that was stored is this command's own success.
        if self.failure is not None and outcome.outcome == "repeated":
            outcome = replace(outcome, outcome="appended", detail=None)
        if not self.answer.done():
            self.answer.set_result(outcome)

    def fail(self, failure: Exception) -> None:
        """Tell why it was not stored."""
        if not self.answer.done():
            self.answer.set_exception(failure)


class Appender:
    """Group commit: while one call runs, the next batch gathers. One outcome per entry."""

    call = "SELECT * FROM append(CAST(%s AS jsonb))"

    def __init__(self, engine: AsyncEngine, telemetry: Telemetry | None = None) -> None:
        self._calling, self._telling = Held(engine), Held(engine)
        self._telemetry = telemetry or Telemetry()
        self._waiting: list[Waiting] = []
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._notifier: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    async def start(self) -> None:
        """Begin to take entries."""
        self._task = asyncio.create_task(self._run())
        self._notifier = asyncio.create_task(self._notify())

    async def stop(self) -> None:
        """Finish what runs and let go."""
        for task in (self._task, self._notifier):
            if task:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        await self._calling.let_go()
        await self._telling.let_go()

    async def append(self, entry: Append) -> Outcome:
        """Store one entry together with whatever else waits; raises ``Unavailable``."""
        loop = asyncio.get_running_loop()
        with self._telemetry.append():
            waiting = Waiting(entry.encoded(), loop.create_future(), loop.time() + DEADLINE_SECONDS)
            self._waiting.append(waiting)
            self._wake.set()
            return await waiting.answer

    async def _run(self) -> None:
        failures = 0
        while True:
            await self._wake.wait()
            batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
            left = await self._store(batch) if batch else []
            self._news.set()
            self._waiting = left + self._waiting
            failures = failures + 1 if left else 0
            if failures:
                await self._pause(failures)
            if not self._waiting:
                self._wake.clear()

    async def _pause(self, failures: int) -> None:
        """Let a failure that may pass do so, but nobody wait for longer than the deadline, tried or not."""
        self._give_up()
        if self._waiting:
            remaining = min(one.until for one in self._waiting) - asyncio.get_running_loop().time()
            pause = PAUSES_SECONDS[min(failures, len(PAUSES_SECONDS)) - 1]
            await asyncio.sleep(min(pause * uniform(0.5, 1), remaining))
            self._give_up()

    def _give_up(self) -> None:
        now = asyncio.get_running_loop().time()
        for one in self._waiting:
            if one.until <= now:
                one.fail(Unavailable(type(one.failure).__name__ if one.failure else "others wait already"))
        self._waiting = [one for one in self._waiting if not one.answer.done()]

    async def _store(self, batch: list[Waiting]) -> list[Waiting]:
        """Store a batch; returns those of it that a failure kept from it which may pass."""
        try:
            outcomes = await self._call([one.entry for one in batch])
        except asyncio.CancelledError:
            for one in batch:
                one.answer.cancel()
            raise
        except Exception as failure:  # noqa: BLE001 (whatever it was, each waiting command gets an answer)
            log.warning("append failed", entries=len(batch), failure=type(failure).__name__)
            for one in batch:
                one.failure = failure
            if is_transient(failure):
                return batch
            if len(batch) > 1:
                return await self._store_singly(batch)
            batch[0].fail(failure)
        else:
            for one, outcome in zip(batch, outcomes, strict=True):
                one.succeed(outcome)
        return []

    async def _store_singly(self, batch: list[Waiting]) -> list[Waiting]:
        """One of these can never be stored: each alone, so that only that one fails."""
        for index, one in enumerate(batch):
            if await self._store([one]):
                return batch[index:]
        return []

    async def _call(self, entries: list[bytes]) -> list[Outcome]:
        with self._telemetry.store(len(entries)):
            return await self._call_function(entries)

    async def _call_function(self, entries: list[bytes]) -> list[Outcome]:
        batch = (b"[" + b",".join(entries) + b"]").decode()
        return [Outcome(*row) for row in await self._calling.run(self.call, [batch])]

    async def _notify(self) -> None:
        # Outside the append's transaction: NOTIFY holds an instance-wide lock through its commit.
        while True:
            await self._news.wait()
            self._news.clear()
            with suppress(psycopg.Error, DBAPIError):  # the relay polls as well; a lost wake-up only costs a moment
                await self._telling.run("SELECT pg_notify('portolan_appended', '')")
            # What is appended meanwhile is told of at once together.
            await asyncio.sleep(NOTIFY_PAUSE)


@dataclass(frozen=True)
class Loaded:
    """A stream as stored: its version, published number and state (None where nothing happened yet)."""

    stream: str
    version: int = 0
    published: int = 0
    state: Any = None
    keys: Mapping[UUID, Key] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Stored:
    """An event as stored, with who did it, when and why in ``metadata``."""

    position: int
    stream: str
    version: int
    published: int | None
    type: str
    event: BaseModel
    metadata: Mapping[str, Any]
    recorded_at: datetime

    @property
    def took_effect_on(self) -> date:
        """The day it counts from in business time."""
        on: date = self.event.__dict__.get("effective_on") or self.recorded_at.astimezone(UTC).date()
        return on


class Store:
    """One service's event store."""

    ask_states = text("SELECT stream, version, published, state::text FROM states WHERE stream = ANY(:streams)")
    ask_states_and_keys = text(
        "SELECT stream, version, published, state::text, subject, wrapped, master, erased_at"
        " FROM states LEFT JOIN keys USING (subject) WHERE stream = ANY(:streams)"
    )
    ask_guard = text("SELECT value FROM guards WHERE name = :name")
    ask_command = text("SELECT fingerprint, stream, version, published FROM commands WHERE id = :id")
    record = text(
        "INSERT INTO reads (stream, subject, reader, for_whom, correlation_id)"
        " SELECT stream, subject, :reader, CAST(:for_whom AS text), CAST(:correlation_id AS text)"
        " FROM unnest(CAST(:streams AS text[]), CAST(:subjects AS uuid[])) AS shown(stream, subject) RETURNING id"
    )
    ask_events = text(
        "SELECT position, stream, version, published, type, data::text AS data, metadata, recorded_at"
        " FROM events WHERE stream = :stream AND version > :after"
        " AND (CAST(:version AS integer) IS NULL OR version <= :version)"
        " AND (CAST(:known_at AS timestamptz) IS NULL OR recorded_at <= :known_at)"
        " ORDER BY version LIMIT :limit"
    )

    ask_events_of_many = text(
        "SELECT position, stream, version, published, type, data::text AS data, metadata, recorded_at"
        " FROM events WHERE stream = ANY(:streams)"
        " AND (CAST(:known_at AS timestamptz) IS NULL OR recorded_at <= :known_at) ORDER BY stream, version"
    )

    def __init__(
        self, url: str, telemetry: Telemetry | None = None, *, readers: int = 8, privacy: Privacy | None = None
    ) -> None:
        self.telemetry, self.privacy = telemetry or Telemetry(), privacy or Privacy()
        self.engine = connections(url, readers)
        # Appends never queue behind reads: everybody waits for them.
        self._appending = connections(url, 2)
        self.appender = Appender(self._appending, self.telemetry)
        self._load = Coalesced(self._load_rows, MAX_BATCH)
        self.telemetry.metrics.pools.pools += [pool("reads", self.engine), pool("appends", self._appending)]

    async def start(self) -> None:
        """Open for business."""
        await self.appender.start()

    async def stop(self) -> None:
        """Close."""
        await self.appender.stop()
        await self.engine.dispose()
        await self._appending.dispose()

    async def load(self, decider: Decider[S], id: UUID) -> Loaded:
        """The state of one aggregate; a ``Loaded`` without state where nothing happened yet."""
        stream = decider.stream(id)
        return self.loaded(decider, stream, await self._load(stream))

    async def load_many(self, decider: Decider[S], ids: Sequence[UUID]) -> list[Loaded]:
        """The states of several aggregates of one kind, in the order asked for, from one snapshot."""
        streams = [decider.stream(id) for id in ids]
        rows = await self._load_rows(streams)
        return [self.loaded(decider, stream, row) for stream, row in zip(streams, rows, strict=True)]

    async def _load_rows(self, streams: Sequence[str]) -> list[Row[Any] | None]:
        # Of several kinds at once, so the keys come along for all, but only where there are any.
        query = self.ask_states_and_keys if self.privacy.masters else self.ask_states
        rows = {row.stream: row for row in await self.rows(query, {"streams": list(set(streams))})}
        return [rows.get(stream) for stream in streams]

    def loaded(self, decider: Decider[S], stream: str, row: Row[Any] | None) -> Loaded:
        """A stream from its row of ``columns``, opened."""
        if row is None:
            return Loaded(stream)
        keys = self.privacy.keys([row]) if decider.personal else {}
        state = read(decider.state, row.state, stream, "state", key_in(keys))
        return Loaded(stream, row.version, row.published, state, keys)

    async def events(
        self,
        decider: Decider[S],
        id: UUID,
        *,
        after: int = 0,
        limit: int | None = None,
        version: int | None = None,
        known_at: datetime | None = None,
    ) -> list[Stored]:
        """The events of one stream: up to a version, or up to what was recorded at a moment."""
        stored, _ = await self._events(decider, id, after, limit, version, known_at)
        return stored

    async def _events(
        self,
        decider: Decider[S],
        id: UUID,
        after: int,
        limit: int | None,
        version: int | None,
        known_at: datetime | None,
    ) -> tuple[list[Stored], Mapping[UUID, Key]]:
        rows = await self.rows(
            self.ask_events,
            {
                "stream": decider.stream(id),
                "after": after,
                "version": version,
                "known_at": known_at,
                "limit": limit,
            },
        )
        keys = await self._keys_of(decider, rows)
        return [self._stored(decider, row, keys) for row in rows], keys

    async def _keys_of(self, decider: Decider[S], rows: Sequence[Row[Any]]) -> Mapping[UUID, Key]:
        """The keys of all that these events are about."""
        subjects = {subject_of_text(decider.types[row.type], row.data, row.stream) for row in rows}
        return await self.keys([subject for subject in subjects if subject is not None])

    async def keys(self, subjects: Collection[UUID]) -> dict[UUID, Key]:
        """The keys of these subjects, as they are now; who has none yet is left out."""
        if not subjects:
            return {}
        query = text("SELECT subject, wrapped, master, erased_at FROM keys WHERE subject = ANY(:subjects)")
        return self.privacy.keys(await self.rows(query, {"subjects": list(subjects)}))

    async def sealing(self, decider: Decider[S], loaded: Loaded, models: Sequence[BaseModel]) -> Sealing:
        """What seals these models, with the keys of all they are about."""
        if not decider.personal:
            return Sealing(self.privacy, loaded.stream, {})
        subjects = {subject for model in models if (subject := subject_of_model(model, loaded.stream))}
        found = await self.keys(subjects - loaded.keys.keys())
        return Sealing(self.privacy, loaded.stream, {**loaded.keys, **found})

    @staticmethod
    def _stored(decider: Decider[S], row: Row[Any], keys: Mapping[UUID, Key]) -> Stored:
        event = read(decider.types[row.type], row.data, row.stream, row.type, key_in(keys))
        return Stored(
            row.position, row.stream, row.version, row.published, row.type, event, row.metadata, row.recorded_at
        )

    async def folded(
        self,
        decider: Decider[S],
        id: UUID,
        *,
        version: int | None = None,
        known_at: datetime | None = None,
        effective_on: date | None = None,
    ) -> Loaded:
        """The state at a version or as known at a moment, folded from the log; or as it was in effect on a day.

        What has no business time of its own took effect on the day it was recorded (in UTC).
        """
        stored, keys = await self._events(decider, id, 0, None, version, known_at)
        return fold_stored(decider, decider.stream(id), stored, keys, effective_on)

    async def folded_many(
        self,
        decider: Decider[S],
        ids: Sequence[UUID],
        *,
        known_at: datetime | None = None,
        effective_on: date | None = None,
    ) -> list[Loaded]:
        """As ``folded``, for several aggregates of one kind with one query, in the order asked for."""
        streams = [decider.stream(id) for id in ids]
        rows = await self.rows(self.ask_events_of_many, {"streams": streams, "known_at": known_at})
        keys = await self._keys_of(decider, rows)
        found: dict[str, list[Stored]] = {stream: [] for stream in streams}
        for row in rows:
            found[row.stream].append(self._stored(decider, row, keys))
        return [fold_stored(decider, stream, found[stream], keys, effective_on) for stream in streams]

    async def permits(self, sight: Sight, actor: Actor, stream: str, then: State | None = None) -> bool:
        """Whether the caller sees this one by this sight: as it stands, or as it was ``then``."""
        if sight.unconditional(actor):
            return True
        asked = {"stream": stream, **whose(actor)}
        row = "states WHERE stream = :stream"
        if then is not None:
            asked["then"] = then.model_dump_json()
            row = "(SELECT CAST(:stream AS text) AS stream, CAST(:then AS jsonb) AS state) AS states"
        rows = await self.rows(text(f"SELECT {sight.of_one(actor)} AS seen FROM {row}"), asked)  # noqa: S608 (ours)
        return bool(rows and rows[0].seen)

    async def record_reads(self, actor: Actor, shown: Sequence[tuple[str, UUID]], correlation_id: str | None) -> None:
        """Record that somebody was shown these streams, each with whom it is about; before they are shown."""
        if not shown:
            return
        about = {
            "streams": [stream for stream, _ in shown],
            "subjects": [subject for _, subject in shown],
            "reader": actor.id,
            "for_whom": actor.for_whom,
            "correlation_id": correlation_id,
        }
        await self.rows(self.record, about)

    async def done(self, command_id: UUID) -> Row[Any] | None:
        """The record of a command that was done already."""
        rows = await self.rows(self.ask_command, {"id": command_id})
        return rows[0] if rows else None

    async def rows(self, query: Any, parameters: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        """The rows of a query; raises ``Unavailable`` where the database cannot be reached."""
        try:
            async with self.engine.connect() as connection:
                return (await connection.execute(query, parameters)).all()
        except (DBAPIError, PoolTimeout) as error:
            if is_transient(error):
                raise Unavailable(type(error).__name__) from error
            raise

    async def bump(self, command_id: UUID, *guards: str) -> None:
        """Say that sets changed which no event of this service's own changes; decisions on them start over."""
        about = f"guards-{command_id}"
        await self.appender.append(Append(command_id, about, "guards", 0, (), "null", bumps=guards))

    async def refold(self, decider: Decider[S], fingerprint: str, lookups: Sequence[str] = ()) -> int:
        """Fold every state of a kind anew where it was folded by other source code; returns how many.

        ``lookups`` names the personal fields that lists sort and filter by.
        """
        known = await self.rows(text("SELECT fingerprint FROM state_shapes WHERE kind = :kind"), {"kind": decider.kind})
        if known and known[0].fingerprint == fingerprint:
            return 0
        count = await self._refold_all(decider, lookups) if known else 0
        async with self.engine.connect() as connection:
            await connection.execute(
                text(
                    "INSERT INTO state_shapes VALUES (:kind, :fingerprint)"
                    " ON CONFLICT (kind) DO UPDATE SET fingerprint = excluded.fingerprint"
                ),
                {"kind": decider.kind, "fingerprint": fingerprint},
            )
        return count

    async def _refold_all(self, decider: Decider[S], lookups: Sequence[str]) -> int:
        count, after = 0, ""
        page = text("SELECT stream FROM states WHERE kind = :kind AND stream > :after ORDER BY stream LIMIT 500")
        while streams := await self.rows(page, {"kind": decider.kind, "after": after}):
            restated = []
            for row in streams:
                id = UUID(row.stream.removeprefix(decider.kind + "-"))
                loaded = await self.folded(decider, id)
                due = decider.due(loaded.state) if decider.due else None
                sealing = await self.sealing(decider, loaded, [loaded.state])
                sealed = sealing.state(loaded.state, lookups)
                restated.append(
                    {
                        "stream": row.stream,
                        "version": loaded.version,
                        "state": json.loads(sealed.text),
                        "due_at": due,
                        "subject": sealed.subject,
                        "lookup": sealed.lookup,
                    }
                )
            async with self.engine.connect() as connection:
                await connection.execute(
                    text("SELECT restate(CAST(:batch AS jsonb))"), {"batch": to_json(restated).decode()}
                )
            count, after = count + len(streams), streams[-1].stream
        return count


def fold_stored(
    decider: Decider[S], stream: str, stored: Sequence[Stored], keys: Mapping[UUID, Key], effective_on: date | None
) -> Loaded:
    """The state these events add up to, as far as they were in effect on a day; without the first there is nothing."""
    if effective_on is not None:
        stored = [event for event in stored if event.took_effect_on <= effective_on]
    if not stored or stored[0].version != 1:
        return Loaded(stream)
    published = sum(1 for event in stored if event.published is not None)
    return Loaded(stream, stored[-1].version, published, decider.fold([event.event for event in stored]), keys)


def whose(actor: Actor) -> Mapping[str, Any]:
    """What the conditions of a sight know of the caller."""
    return {"me": str(actor.acts_as or ""), "caller": str(actor.person or "")}


def connections(url: str, most: int) -> AsyncEngine:
    """So many connections and no more, kept open: opening one costs as much as a dozen queries."""
    return create_async_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=most,
        max_overflow=0,
        pool_timeout=20,
        pool_use_lifo=True,
        pool_reset_on_return=None,
        hide_parameters=True,
        connect_args={**CONNECT, "application_name": "portolan"},
    )


def pool(name: str, engine: AsyncEngine) -> Pool:
    """An engine's pool, for whoever watches it."""
    found = engine.pool
    assert isinstance(found, QueuePool)
    return Pool(name, found.size(), found.checkedout)


def is_transient(error: BaseException) -> bool:
    """Whether trying again later may succeed: connection lost, server stopping, disk full, a timeout."""
    if isinstance(error, PoolTimeout):
        return True
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(cause, psycopg.Error):
        return False
    state = cause.sqlstate or ""
    if not state:  # the driver's own: lost connections, but also what it could not encode
        return isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError)
    return state[:2] in {"08", "40", "53", "55", "57", "58"}


class View:
    """What one decision reads; every stream and set it looked at must be unchanged when its events are appended."""

    def __init__(self, store: Store, stream: str) -> None:
        self.store, self.stream = store, stream
        self.reads: dict[str, int] = {}
        self.guards: dict[str, int] = {}
        self.bumps: list[str] = []
        self.claims: list[str] = []
        self.once: list[str] = []
        self.releases: list[str] = []
        self.erases: list[UUID] = []

    async def state(self, decider: Decider[S], id: UUID | None) -> S | None:
        """Another aggregate's state."""
        if id is None:
            return None
        loaded = await self.store.load(decider, id)
        if loaded.stream != self.stream:
            self.reads[loaded.stream] = loaded.version
        state: S | None = loaded.state
        return state

    async def history(self, decider: Decider[S], id: UUID) -> list[Stored]:
        """Another aggregate's events, all of them."""
        stored = await self.store.events(decider, id)
        stream = decider.stream(id)
        if stream != self.stream:
            self.reads[stream] = stored[-1].version if stored else 0
        return stored

    async def chain(
        self, decider: Decider[S], first: UUID | None, above: str, *, most: int = 100
    ) -> list[tuple[UUID, S]]:
        """The aggregates from ``first`` upwards along the field ``above``; ends at the top, at a gap or at a cycle."""
        found: list[tuple[UUID, S]] = []
        while first is not None and len(found) < most and first not in [id for id, _ in found]:
            state = await self.state(decider, first)
            if state is None:
                break
            found.append((first, state))
            first = getattr(state, above)
        return found

    async def guarded(
        self, guard: str, query: Select[Any] | Any, parameters: Mapping[str, Any] | None = None
    ) -> Sequence[Row[Any]]:
        """The rows of a set whose every change bumps the guard. The guard is read first, so no change goes unseen."""
        rows = await self.store.rows(self.store.ask_guard, {"name": guard})
        self.guards[guard] = rows[0].value if rows else 0
        return await self.store.rows(query, parameters)

    async def reference(
        self, query: Select[Any] | Any, parameters: Mapping[str, Any] | None = None
    ) -> Sequence[Row[Any]]:
        """Rows this service keeps of others' events: as fresh as what was heard."""
        return await self.store.rows(query, parameters)

    def bump(self, *guards: str) -> None:
        """Say that this decision changes these sets."""
        self.bumps.extend(guard for guard in guards if guard not in self.bumps)

    def claim(self, key: str) -> None:
        """Hold a business key for this stream; one that is taken refuses the command with 409."""
        self.claims.append(key)

    def claim_once(self, key: str) -> None:
        """Use up a key: whoever uses it again, this stream included, is refused with 409."""
        if key not in self.once:
            self.once.append(key)

    def release(self, key: str) -> None:
        """Let go of a business key of this stream."""
        self.releases.append(key)

    def erase(self, subject: UUID) -> None:
        """Destroy the key of a subject with this decision's events: what was sealed with it is gone for good."""
        self.erases.append(subject)
