"""The event store of one service: states, events and lists as stored."""

import asyncio
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel
from pydantic_core import to_json
from sqlalchemy import Row, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chassis.domain.decider import Actor, Decider, State
from chassis.observability.telemetry import Telemetry
from chassis.postgres.batching import Coalesced, SameQuestions
from chassis.postgres.connections import Unavailable, connections, is_transient, pool
from chassis.store.append import Append, StreamAppend
from chassis.store.encryption import Key, Privacy, Sealing, key_in, read, subject_of_model, subject_of_text
from chassis.store.group_commit import Appender
from chassis.store.relations import Relation
from chassis.store.sealed_texts import SealedTexts

MAX_BATCH = 256
MAX_CHAIN = 100
AT_ONCE = 200
S = TypeVar("S", bound=State)
TextOf = Callable[[State | None], str | None]


@dataclass(frozen=True)
class Loaded:
    """A stream as stored: its version, published number and state (None where nothing happened yet)."""

    stream: str
    version: int = 0
    published: int = 0
    state: Any = None
    keys: Mapping[UUID, Key] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class StoredEvent:
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
        """The day it counts from in business time, or on which it happened."""
        said = self.event.__dict__
        on: date = said.get("effective_on") or said.get("occurred_on") or self.recorded_at.astimezone(UTC).date()
        return on


class Store:
    ask_states = text("SELECT stream, version, published, state::text FROM states WHERE stream = ANY(:streams)")
    ask_states_and_keys = text(
        "SELECT stream, version, published, state::text, subject, wrapped, master, erased_at"
        " FROM states LEFT JOIN keys USING (subject) WHERE stream = ANY(:streams)"
    )
    # Each chain from its first member upwards; a member without a version is a gap. OFFSET 0 keeps every step a look-up
    # by the primary key, whatever the planner thinks of how many there are.
    ask_chains = text(
        "WITH RECURSIVE chain AS ("
        " SELECT number, prefix, above, 1 AS place, name, found.* FROM"
        " unnest(CAST(:names AS text[]), CAST(:prefixes AS text[]), CAST(:aboves AS text[]))"
        " WITH ORDINALITY AS asked(name, prefix, above, number)"
        " LEFT JOIN LATERAL"
        " (SELECT version, published, state, subject FROM states WHERE stream = name OFFSET 0) found ON true"
        " UNION ALL"
        " SELECT number, prefix, above, place + 1, next.name, found.* FROM chain"
        " CROSS JOIN LATERAL (SELECT prefix || jsonb_extract_path_text(state, above) AS name) next"
        " LEFT JOIN LATERAL"
        " (SELECT version, published, state, subject FROM states WHERE stream = next.name OFFSET 0) found ON true"
        " WHERE next.name IS NOT NULL AND place < :most"
        ") CYCLE number, name SET met USING path "
        "SELECT number, name AS stream, version, published, state::text, subject, wrapped, master, erased_at"
        " FROM chain LEFT JOIN keys USING (subject) WHERE NOT met ORDER BY number, place"
    )
    ask_guards = text("SELECT name, value FROM guards WHERE name = ANY(:names)")
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

    ask_taken = text(
        "SELECT key FROM claims WHERE (key = ANY(:claims) AND stream <> :stream) OR key = ANY(:once) LIMIT 1"
    )
    ask_public_events = text(
        "SELECT position, stream, version, published, type, data::text AS data, metadata, recorded_at"
        " FROM events WHERE stream = :stream AND published > :after ORDER BY version LIMIT :limit"
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
        self._load_chain = Coalesced(self._load_chains, MAX_BATCH)
        self._questions = SameQuestions(self._answer)
        self._by_id: dict[Any, Coalesced[UUID, Sequence[Row[Any]]]] = {}
        self.sealed_texts: dict[str, SealedTexts] = {}
        self.telemetry.metrics.pools.pools += [pool("reads", self.engine), pool("appends", self._appending)]

    async def start(self) -> None:
        """Start accepting appends."""
        await self.appender.start()

    async def stop(self) -> None:
        """Close all connections."""
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

    async def load_chain(self, decider: Decider[S], first: UUID, above: str) -> list[Loaded]:
        """An aggregate and those above it along the field ``above``, nearest first, from one snapshot.

        Ends at the top, at a cycle, at a gap, which is a ``Loaded`` without state, or after ``MAX_CHAIN``.
        """
        rows = await self._load_chain((decider.stream(first), f"{decider.kind}-", above))
        return [self.loaded(decider, row.stream, row) for row in rows]

    async def _load_chains(self, asked: Sequence[tuple[str, str, str]]) -> list[list[Row[Any]]]:
        names, prefixes, aboves = (list(column) for column in zip(*asked, strict=True))
        found: list[list[Row[Any]]] = [[] for _ in asked]
        chains = {"names": names, "prefixes": prefixes, "aboves": aboves, "most": MAX_CHAIN}
        for row in await self.rows(self.ask_chains, chains):
            found[row.number - 1].append(row)
        return found

    async def _load_rows(self, streams: Sequence[str]) -> list[Row[Any] | None]:
        # Of several kinds at once, so the keys come along for all, but only where there are any.
        query = self.ask_states_and_keys if self.privacy.master_keys else self.ask_states
        rows = {row.stream: row for row in await self.rows(query, {"streams": list(set(streams))})}
        return [rows.get(stream) for stream in streams]

    def loaded(self, decider: Decider[S], stream: str, row: Row[Any] | None) -> Loaded:
        """A stream from its row of ``columns``, opened."""
        if row is None or row.version is None:
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
    ) -> list[StoredEvent]:
        """The events of one stream: up to a version, or up to what was recorded at a moment."""
        stored, _ = await self._events(decider, id, after, limit, version, known_at)
        return stored

    async def public_events(
        self, decider: Decider[S], id: UUID, *, after: int = 0, limit: int | None = None
    ) -> list[StoredEvent]:
        """The public events of one stream after a published number."""
        asked = {"stream": decider.stream(id), "after": after, "limit": limit}
        rows = await self.rows(self.ask_public_events, asked)
        return await self._opened(decider, rows, await self._keys_of(decider, rows))

    async def _events(
        self,
        decider: Decider[S],
        id: UUID,
        after: int,
        limit: int | None,
        version: int | None,
        known_at: datetime | None,
    ) -> tuple[list[StoredEvent], Mapping[UUID, Key]]:
        rows = await self.rows(
            self.ask_events,
            {"stream": decider.stream(id), "after": after, "version": version, "known_at": known_at, "limit": limit},
        )
        keys = await self._keys_of(decider, rows)
        return await self._opened(decider, rows, keys), keys

    async def _opened(
        self, decider: Decider[S], rows: Sequence[Row[Any]], keys: Mapping[UUID, Key]
    ) -> list[StoredEvent]:
        """The events of these rows. Of many, in a thread: nobody else waits for a long past."""
        if len(rows) <= AT_ONCE:
            return [self._stored(decider, row, keys) for row in rows]
        return await asyncio.to_thread(lambda: [self._stored(decider, row, keys) for row in rows])

    async def events_of_many(
        self, decider: Decider[S], ids: Sequence[UUID], *, known_at: datetime | None = None
    ) -> list[list[StoredEvent]]:
        """The events of several aggregates of one kind with one query, in the order asked for."""
        stored, _ = await self._events_of_many(decider, ids, known_at)
        return [stored[decider.stream(id)] for id in ids]

    async def _events_of_many(
        self, decider: Decider[S], ids: Sequence[UUID], known_at: datetime | None
    ) -> tuple[Mapping[str, list[StoredEvent]], Mapping[UUID, Key]]:
        found: dict[str, list[StoredEvent]] = {decider.stream(id): [] for id in ids}
        rows = await self.rows(self.ask_events_of_many, {"streams": list(found), "known_at": known_at})
        keys = await self._keys_of(decider, rows)
        for row in rows:
            found[row.stream].append(self._stored(decider, row, keys))
        return found, keys

    async def _keys_of(self, decider: Decider[S], rows: Sequence[Row[Any]]) -> Mapping[UUID, Key]:
        subjects = {subject_of_text(decider.types[row.type], row.data, row.stream) for row in rows}
        return await self.keys([subject for subject in subjects if subject is not None])

    async def keys(self, subjects: Collection[UUID]) -> dict[UUID, Key]:
        """The keys of these subjects, as they are now; who has none yet is left out."""
        if not subjects:
            return {}
        query = text("SELECT subject, wrapped, master, erased_at FROM keys WHERE subject = ANY(:subjects)")
        return self.privacy.keys(await self.rows(query, {"subjects": list(subjects)}))

    async def sealing(
        self, decider: Decider[S], loaded: Loaded, models: Sequence[BaseModel], made: Sealing | None = None
    ) -> Sealing:
        """Return the sealing of these models, with the keys of their subjects, those already ``made`` among them."""
        keys = {**loaded.keys, **(made.keys if made else {})}
        if decider.personal:
            subjects = {subject for model in models if (subject := subject_of_model(model, loaded.stream))}
            keys |= await self.keys(subjects - keys.keys())
        return Sealing(self.privacy, loaded.stream, keys)

    @staticmethod
    def _stored(decider: Decider[S], row: Row[Any], keys: Mapping[UUID, Key]) -> StoredEvent:
        event = read(decider.types[row.type], row.data, row.stream, row.type, key_in(keys))
        return StoredEvent(
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
        fold = partial(fold_stored, decider, decider.stream(id), stored, keys, effective_on)
        return await asyncio.to_thread(fold) if len(stored) > AT_ONCE else fold()

    async def folded_many(
        self,
        decider: Decider[S],
        ids: Sequence[UUID],
        *,
        known_at: datetime | None = None,
        effective_on: date | None = None,
    ) -> list[Loaded]:
        """As ``folded``, for several aggregates of one kind with one query, in the order asked for."""
        stored, keys = await self._events_of_many(decider, ids, known_at)
        streams = [decider.stream(id) for id in ids]
        return [fold_stored(decider, stream, stored[stream], keys, effective_on) for stream in streams]

    def texts_of(self, decider: Decider[S], fields: Sequence[str]) -> SealedTexts:
        """The texts of sealed fields of a kind's states, in memory: the same for everybody who asks."""
        if decider.kind not in self.sealed_texts:
            self.sealed_texts[decider.kind] = SealedTexts(self.rows, self.privacy, decider, fields)
        return self.sealed_texts[decider.kind]

    async def permits(self, relation: Relation, actor: Actor, stream: str, then: State | None = None) -> bool:
        """Return whether the caller stands in this relation to a record: as it stands, or as it was ``then``."""
        if relation.unconditional(actor):
            return True
        asked = {"stream": stream, **whose(actor)}
        row = "states WHERE stream = :stream"
        if then is not None:
            asked["then"] = then.model_dump_json()
            row = "(SELECT CAST(:stream AS text) AS stream, CAST(:then AS jsonb) AS state) AS states"
        rows = await self.rows(text(f"SELECT {relation.of_one(actor)} AS seen FROM {row}"), asked)  # noqa: S608 (ours)
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

    async def taken(self, stream: str, claims: Sequence[str], once: Sequence[str]) -> str | None:
        """The first of these business keys that the stream could not claim now."""
        if not claims and not once:
            return None
        rows = await self.rows(self.ask_taken, {"stream": stream, "claims": list(claims), "once": list(once)})
        return rows[0].key if rows else None

    async def find_command(self, command_id: UUID) -> Row[Any] | None:
        rows = await self.rows(self.ask_command, {"id": command_id})
        return rows[0] if rows else None

    async def rows(self, query: Any, parameters: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        """The rows of a query; raises ``Unavailable`` where the database cannot be reached."""
        return await self._answer(query, parameters or {}, lambda: None)

    async def shared_rows(self, query: Any, parameters: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        """As ``rows``; what is asked again before the database has been asked is asked once, for all who wait."""
        return await self._questions.ask(query, parameters or {})

    async def rows_of(self, query: Any, id: UUID) -> Sequence[Row[Any]]:
        """The rows of one id; the query selects the column ``id`` for ``:ids``, and is one of few that are kept."""
        if query not in self._by_id:
            self._by_id[query] = Coalesced(partial(self._rows_of_many, query), MAX_BATCH)
        return await self._by_id[query](id)

    async def _rows_of_many(self, query: Any, ids: Sequence[UUID]) -> list[Sequence[Row[Any]]]:
        found: dict[UUID, list[Row[Any]]] = {id: [] for id in ids}
        for row in await self.rows(query, {"ids": list(found)}):
            found[row.id].append(row)
        return [found[id] for id in ids]

    async def _answer(self, query: Any, parameters: Mapping[str, Any], begun: Callable[[], None]) -> Sequence[Row[Any]]:
        try:
            async with self.engine.connect() as connection:
                begun()
                return (await connection.execute(query, parameters)).all()
        except (DBAPIError, PoolTimeout) as error:
            if is_transient(error):
                raise Unavailable(type(error).__name__) from error
            raise

    async def bump(self, command_id: UUID, *guards: str) -> None:
        """Say that sets changed which no event of this service's own changes; decisions on them start over."""
        about = f"guards-{command_id}"
        await self.appender.append(Append(command_id, StreamAppend(about, "guards", 0, (), "null"), bumps=guards))

    async def refold(
        self, decider: Decider[S], fingerprint: str, digested: Sequence[str] = (), text_of: TextOf = lambda _: None
    ) -> int:
        """Refold every state of a kind where it was folded by other source code; returns how many.

        ``digested`` names the personal fields by which lists filter; ``text_of`` a state is what they search.
        """
        known = await self.rows(text("SELECT fingerprint FROM state_shapes WHERE kind = :kind"), {"kind": decider.kind})
        if known and known[0].fingerprint == fingerprint:
            return 0
        count = await self._refold_all(decider, digested, text_of) if known else 0
        async with self.engine.connect() as connection:
            await connection.execute(
                text(
                    "INSERT INTO state_shapes VALUES (:kind, :fingerprint)"
                    " ON CONFLICT (kind) DO UPDATE SET fingerprint = excluded.fingerprint"
                ),
                {"kind": decider.kind, "fingerprint": fingerprint},
            )
        return count

    async def _refold_all(self, decider: Decider[S], digested: Sequence[str], text_of: TextOf) -> int:
        count, after = 0, ""
        page = text("SELECT stream FROM states WHERE kind = :kind AND stream > :after ORDER BY stream LIMIT 500")
        while streams := await self.rows(page, {"kind": decider.kind, "after": after}):
            restated = []
            for row in streams:
                id = UUID(row.stream.removeprefix(decider.kind + "-"))
                loaded = await self.folded(decider, id)
                sealing = await self.sealing(decider, loaded, [loaded.state])
                sealed = sealing.state(loaded.state, decider.kind, digested)
                restated.append(
                    {
                        "stream": row.stream,
                        "version": loaded.version,
                        "state": json.loads(sealed.text),
                        "due_at": decider.earliest(loaded.state),
                        "subject": sealed.subject,
                        "digests": sealed.digests,
                        "text": text_of(loaded.state),
                    }
                )
            async with self.engine.connect() as connection:
                await connection.execute(
                    text("SELECT restate(CAST(:batch AS jsonb))"), {"batch": to_json(restated).decode()}
                )
            count, after = count + len(streams), streams[-1].stream
        return count


def as_corrected(stored: Sequence[StoredEvent]) -> Sequence[StoredEvent]:
    """A stream's events with the days that later ones among them correct, without these.

    An event with a field ``corrects`` gives the public event that has this number another ``effective_on``. What was
    known at a moment has the days as they were known then.
    """
    corrections = [told for each in stored if "corrects" in (told := each.event.__dict__)]
    if not corrections:
        return stored
    days = {told["corrects"]: told["effective_on"] for told in corrections}
    return [
        replace(each, event=each.event.model_copy(update={"effective_on": days[each.published]}))
        if each.published in days
        else each
        for each in stored
        if "corrects" not in each.event.__dict__
    ]


def fold_stored(
    decider: Decider[S], stream: str, stored: Sequence[StoredEvent], keys: Mapping[UUID, Key], effective_on: date | None
) -> Loaded:
    """The state these events add up to, as far as they were in effect on a day; without the first there is nothing."""
    if effective_on is not None:
        stored = [event for event in as_corrected(stored) if event.took_effect_on <= effective_on]
    if not stored or (stored[0].version != 1 and not isinstance(stored[0].event, decider.begun_by)):
        return Loaded(stream)
    published = sum(1 for event in stored if event.published is not None)
    return Loaded(stream, stored[-1].version, published, decider.fold([event.event for event in stored]), keys)


def whose(actor: Actor) -> Mapping[str, Any]:
    """Return the parameters of relations' conditions for a caller."""
    return {"me": str(actor.acts_as or ""), "caller": str(actor.person or ""), "myself": str(actor.in_person or "")}
