"""The names beside the ids in an answer: of the records that it refers to."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import text

from chassis.commands.table import Aggregate
from chassis.domain.decider import person_of
from chassis.domain.streams import id_of
from chassis.store.relations import EVERYBODY
from chassis.store.store import Store

NamesOf = Callable[[Store, Collection[UUID]], Awaitable[Mapping[UUID, str]]]
"""The names of some records of a kind, of those that have one."""
References = Mapping[str, NamesOf]


def references(
    aggregates: Sequence[Aggregate], refers: Mapping[str, str], further: Mapping[str, NamesOf]
) -> References:
    """By the name of a field that refers to one: the names of a kind, where everybody reads them.

    Such as ``scheme_id``, or what an aggregate itself says to which kind it ``refers``. ``further``: the names of kinds
    that the service has no aggregates of.
    """
    own = {
        each.decider.kind: each
        for each in aggregates
        if each.searched and (each.sees is EVERYBODY or each.named_to_all)
    }
    named = {kind: partial(names_of, aggregate) for kind, aggregate in own.items()} | dict(further)
    usual = {f"{kind.rpartition('-')[2]}_id": each for kind, each in named.items()}
    return usual | {field: named[kind] for field, kind in refers.items()}


async def names_beside(store: Store, known: References, shown: Sequence[BaseModel]) -> dict[UUID, str]:
    """The names of the records that these refer to as their reader sees them, with one query for each kind."""
    ids: dict[NamesOf, set[UUID]] = defaultdict(set)
    for item in shown:
        for field, id in referred(known, item):
            ids[known[field]].add(id)
    found: dict[UUID, str] = {}
    for names, of in ids.items():
        found |= await names(store, of)
    return found


def names_in(table: str) -> NamesOf:
    """The names in a table that readers keep of another service's records; without a name, one is not known yet."""
    query = text(f"SELECT id, name FROM {table} WHERE id = ANY(:ids) AND name IS NOT NULL")  # noqa: S608 (ours)

    async def names(store: Store, ids: Collection[UUID]) -> Mapping[UUID, str]:
        return {row.id: row.name for row in await store.rows(query, {"ids": [*ids]})}

    return names


async def names_of(aggregate: Aggregate, store: Store, ids: Collection[UUID]) -> Mapping[UUID, str]:
    """The names of some of a kind's records; what is sealed is in memory."""
    name = aggregate.searched[0]
    if name in aggregate.in_memory:
        texts = await store.texts_of(aggregate.decider, aggregate.in_memory).current()
        return {id: found for id in ids if (found := texts.text(name, id.bytes)) is not None}
    query = text(f"SELECT stream, {aggregate.column(name)} AS name FROM states WHERE stream = ANY(:streams)")  # noqa: S608 (ours)
    rows = await store.rows(query, {"streams": [aggregate.decider.stream(id) for id in ids]})
    return {id_of(row.stream): row.name for row in rows if row.name is not None}


def referred(known: References, item: BaseModel) -> Iterator[tuple[str, UUID]]:
    """The fields that refer to another record, those of nested models among them; of actors, only persons."""
    values: Mapping[str, Any] = item.__dict__
    for name, value in values.items():
        if isinstance(value, BaseModel):
            yield from referred(known, value)
        elif name in known:
            ids = (person_of(str(each)) for each in (value if isinstance(value, tuple) else [value]))
            yield from ((name, id) for id in ids if id is not None)
