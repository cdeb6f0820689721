"""States as they were at a time, folded from their logs and asked for as those of now are."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from re import compile as pattern
from typing import Any, Protocol, TypeVar
from uuid import UUID

from pydantic import BaseModel
from pydantic_core import to_json
from sqlalchemy import Row, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chassis.domain.decider import Decider, State
from chassis.domain.personal import WITHHELD, PersonalValue, replaced, shape
from chassis.domain.streams import id_of
from chassis.postgres.connections import Unavailable, is_transient
from chassis.store.store import Loaded, Store

S = TypeVar("S", bound=State)
FOLDED_AT_ONCE = 20
"""Streams that are folded before others get their turn: some milliseconds."""

STREAMS = text("SELECT stream, version FROM states WHERE kind = :kind ORDER BY stream")
FOLDED = (
    "WITH states AS MATERIALIZED (SELECT * FROM json_to_recordset(CAST(:past_states AS json))"
    " AS past(stream text, kind text, state jsonb)) "
)
# Of what it is sent the planner knows neither how much it is nor what is in it: it would go through all of one kind for
# each of another.
PLANNED = text(
    "SELECT set_config('enable_nestloop', 'off', true), set_config('enable_mergejoin', 'off', true),"
    " set_config('work_mem', '64MB', true)"
)
KIND = pattern(r"kind = '([a-z-]+)'|'([a-z-]+)-' \|\|")
"""How statements made of ``Fields`` name the kinds that they read."""


class States(Protocol):
    """What is asked of states, those of now (``Store``) or those of another time (``PastStates``)."""

    async def rows(self, query: Any, parameters: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        """The rows of a query over the table ``states``."""

    async def load_many(self, decider: Decider[S], ids: Sequence[UUID]) -> list[Loaded]:
        """The states of several aggregates of one kind, in the order asked for."""


@dataclass(frozen=True)
class PastStates:
    """The states in effect on a day, as known at a moment; each kind is folded once, when a query first names it.

    ``described`` are kinds without a business time to which facts refer that have one: before their first event they
    are as that describes them. ``charge`` is told how many events are read, before they are. A query reads ``states``
    itself, and calls no function of the database that does: those read the states of now. What is personal is withheld
    from queries, as it is sealed from those of now.
    """

    store: Store
    deciders: Mapping[str, Decider[Any]]
    described: Collection[str] = ()
    effective_on: date | None = None
    known_at: datetime | None = None
    charge: Callable[[int], None] = lambda _events: None
    folded: dict[str, list[bytes]] = field(default_factory=dict, init=False)

    async def rows(self, query: Any, parameters: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        """The rows of a query over ``states`` as they were; ``KeyError`` where it names a kind not known here."""
        kinds = kinds_in(query.text)
        for kind in kinds:
            await self._fold(self.deciders[kind])
        known = b"[" + b",".join(each for kind in kinds for each in self.folded[kind]) + b"]"
        return await self._answer(text(FOLDED + query.text), {**(parameters or {}), "past_states": known.decode()})

    async def load_many(self, decider: Decider[S], ids: Sequence[UUID]) -> list[Loaded]:
        """The states of several aggregates of one kind as they were, in the order asked for."""
        found = {each.stream: each for each in await self._folded(decider, list(dict.fromkeys(ids)))}
        return [found[decider.stream(id)] for id in ids]

    async def _fold(self, decider: Decider[Any]) -> None:
        if decider.kind in self.folded:
            return
        streams = await self.store.rows(STREAMS, {"kind": decider.kind})
        self.charge(sum(row.version for row in streams))
        ids, states = [id_of(row.stream) for row in streams], list[bytes]()
        for place in range(0, len(ids), FOLDED_AT_ONCE):
            for each in await self._folded(decider, ids[place : place + FOLDED_AT_ONCE]):
                if each.state is not None:
                    states.append(row_of(decider, each))
        self.folded[decider.kind] = states

    async def _folded(self, decider: Decider[Any], ids: Sequence[UUID]) -> list[Loaded]:
        known_at, effective_on = self.known_at, self.effective_on
        found = await self.store.folded_many(decider, ids, known_at=known_at, effective_on=effective_on)
        if decider.kind not in self.described:
            return found
        unknown = [id for id, each in zip(ids, found, strict=True) if each.state is None]
        first = {each.stream: each for each in await self._first(decider, unknown)}
        return [first.get(each.stream, each) for each in found]

    async def _first(self, decider: Decider[Any], ids: Sequence[UUID]) -> list[Loaded]:
        """What the first event of each says, where it was known."""
        stored = await self.store.events_of_many(decider, ids) if ids else []
        firsts = [events[0] for events in stored if events]
        return [
            Loaded(each.stream, 1, each.published or 0, decider.fold([each.event]))
            for each in firsts
            if self.known_at is None or each.recorded_at <= self.known_at
        ]

    async def _answer(self, query: Any, parameters: Mapping[str, Any]) -> Sequence[Row[Any]]:
        try:
            async with self.store.engine.connect() as connection:
                await connection.execution_options(isolation_level="READ COMMITTED")
                async with connection.begin():
                    await connection.execute(PLANNED)
                    return (await connection.execute(query, parameters)).all()
        except (DBAPIError, PoolTimeout) as error:
            if is_transient(error):
                raise Unavailable(type(error).__name__) from error
            raise


def kinds_in(query: str) -> list[str]:
    """The kinds that a statement names."""
    return list(dict.fromkeys(first or second for first, second in KIND.findall(query)))


def row_of(decider: Decider[Any], loaded: Loaded) -> bytes:
    """A state as a query reads it."""
    return to_json({"stream": loaded.stream, "kind": decider.kind, "state": readable_part(loaded.state)})


def readable_part(state: BaseModel) -> Any:
    """A state as JSON without what is personal."""
    node, data = shape(type(state)).node, state.model_dump(mode="json")
    return data if node is None else replaced(node, data, withheld)


def withheld(_value: Any, leaf: PersonalValue, _place: str) -> str | None:
    return WITHHELD if leaf.text else None
