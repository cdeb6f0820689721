"""The reads of one decision, remembered so that the append can check them."""

from collections.abc import Container, Mapping, Sequence
from copy import copy
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Row, Select

from chassis.domain.decider import Decider, State
from chassis.store.store import MAX_CHAIN, Loaded, Store, StoredEvent, fold_stored

S = TypeVar("S", bound=State)


class View:
    """The reads of one command; every stream and set it looked at must be unchanged when its events are appended.

    It reads each of them once: looking again finds what was found first, and that is what the append checks. ``own``
    is the command's own stream as it was loaded.
    """

    def __init__(self, store: Store, own: Loaded | None = None) -> None:
        self.store, self.stream = store, own.stream if own else ""
        self.guards: dict[str, int] = {}
        self.bumps: list[str] = []
        self.claims: list[str] = []
        self.once: list[str] = []
        self.releases: list[str] = []
        self.erases: list[UUID] = []
        self._loaded: dict[str, Loaded] = {own.stream: own} if own else {}
        self._histories: dict[str, list[StoredEvent]] = {}
        self._references: dict[tuple[Any, UUID], Sequence[Row[Any]]] = {}
        self._sets: list[tuple[tuple[Any, ...], Sequence[Row[Any]]]] = []

    def beside(self, stream: str) -> "View":
        """The same for a further stream of the command: they share what was read, not their business keys."""
        other = copy(self)
        other.stream, other.claims, other.once, other.releases = stream, [], [], []
        return other

    def reads(self, changed: Container[str]) -> dict[str, int]:
        """The streams it read beside those that change, each at the version it was first read at."""
        return {stream: loaded.version for stream, loaded in self._loaded.items() if stream not in changed}

    async def loaded(self, decider: Decider[S], id: UUID) -> Loaded:
        """An aggregate as it was first read."""
        stream = decider.stream(id)
        if stream not in self._loaded:
            self._remember(await self.store.load(decider, id))
        return self._loaded[stream]

    async def state(self, decider: Decider[S], id: UUID | None) -> S | None:
        if id is None:
            return None
        state: S | None = (await self.loaded(decider, id)).state
        return state

    async def history(self, decider: Decider[S], id: UUID) -> list[StoredEvent]:
        """An aggregate's events, all of them up to the version it was first read at."""
        (stored,) = await self.histories(decider, [id])
        return stored

    async def histories(self, decider: Decider[S], ids: Sequence[UUID]) -> list[list[StoredEvent]]:
        """As ``history``, for several aggregates of one kind with one query, in the order asked for."""
        unread = [id for id in ids if decider.stream(id) not in self._histories]
        if unread:
            for id, stored in zip(unread, await self.store.events_of_many(decider, unread), strict=True):
                self._remember_history(decider, decider.stream(id), stored)
        return [self._histories[decider.stream(id)] for id in ids]

    async def chain(self, decider: Decider[S], first: UUID | None, above: str) -> list[tuple[UUID, S]]:
        """The aggregates from ``first`` upwards along the field ``above``; ends at the top, at a gap or at a cycle.

        One query reads all of them that were not read yet.
        """
        found: dict[UUID, S] = {}
        while first is not None and first not in found and len(found) < MAX_CHAIN:
            if decider.stream(first) not in self._loaded:
                self._remember(*await self.store.load_chain(decider, first, above))
            state = await self.state(decider, first)
            if state is None:
                break
            found[first] = state
            first = getattr(state, above)
        return list(found.items())

    async def guarded(
        self, guard: str, query: Select[Any] | Any, parameters: Mapping[str, Any] | None = None
    ) -> Sequence[Row[Any]]:
        """The rows of a set whose every change bumps the guard."""
        return await self.guarded_by([guard], query, parameters)

    async def guarded_by(
        self, guards: Sequence[str], query: Select[Any] | Any, parameters: Mapping[str, Any] | None = None
    ) -> Sequence[Row[Any]]:
        """The rows of sets, each with its guard. The guards are read first, so no change goes unseen."""
        asked = (guards, query, parameters)
        known = next((rows for question, rows in self._sets if question == asked), None)
        if known is not None:
            return known
        await self._read_guards([guard for guard in guards if guard not in self.guards])
        rows = await self.store.shared_rows(query, parameters)
        self._sets.append((asked, rows))
        return rows

    async def _read_guards(self, guards: Sequence[str]) -> None:
        if guards:
            found = {
                row.name: row.value for row in await self.store.shared_rows(self.store.ask_guards, {"names": guards})
            }
            self.guards.update({guard: found.get(guard, 0) for guard in guards})

    def _remember(self, *read: Loaded) -> None:
        for loaded in read:
            self._loaded.setdefault(loaded.stream, loaded)

    def _remember_history(self, decider: Decider[S], stream: str, stored: Sequence[StoredEvent]) -> None:
        if stream not in self._loaded:
            self._remember(fold_stored(decider, stream, stored, {}, None))
        version = self._loaded[stream].version
        self._histories[stream] = [event for event in stored if event.version <= version]

    async def reference(
        self, query: Select[Any] | Any, parameters: Mapping[str, Any] | None = None
    ) -> Sequence[Row[Any]]:
        """Rows this service keeps of others' events: as fresh as what was heard."""
        return await self.store.shared_rows(query, parameters)

    async def reference_of(self, query: Any, id: UUID) -> Sequence[Row[Any]]:
        """As ``reference``, of one id; asked together with the other decisions under way."""
        if (query, id) not in self._references:
            self._references[query, id] = await self.store.rows_of(query, id)
        return self._references[query, id]

    def bump(self, *guards: str) -> None:
        """Say that this decision changes these sets."""
        self.bumps.extend(guard for guard in guards if guard not in self.bumps)

    def claim(self, key: str) -> None:
        """Hold a business key for this stream; one that is taken refuses the command with 409."""
        self.claims.append(key)

    def claim_once(self, key: str) -> None:
        """Use up a key: anyone who uses it again, this stream included, is refused with 409."""
        if key not in self.once:
            self.once.append(key)

    def release(self, key: str) -> None:
        self.releases.append(key)

    def erase(self, subject: UUID) -> None:
        """Destroy the key of a subject with this decision's events: what was sealed with it is gone for good."""
        self.erases.append(subject)
