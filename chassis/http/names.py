"""The names beside the ids in an answer: of the records that it refers to."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import text

from chassis.commands.table import Aggregate
from chassis.domain.streams import id_of
from chassis.store.relations import EVERYBODY
from chassis.store.store import Store

References = Mapping[str, Aggregate]


def references(aggregates: Sequence[Aggregate], refers: Mapping[str, str]) -> References:
    """By the name of a field that refers to one: the kinds whose names everybody reads.

    Such as ``scheme_id``, or what an aggregate itself says to which kind it ``refers``.
    """
    named = {each.decider.kind: each for each in aggregates if each.searched and each.sees is EVERYBODY}
    usual = {f"{kind.rpartition('-')[2]}_id": each for kind, each in named.items()}
    return usual | {field: named[kind] for field, kind in refers.items()}


async def names_beside(store: Store, known: References, shown: Sequence[BaseModel]) -> dict[UUID, str]:
    """The names of the records that these refer to as their reader sees them, with one query for each kind."""
    streams: dict[str, set[str]] = defaultdict(set)
    for item in shown:
        for field, id in referred(known, item):
            streams[field].add(known[field].decider.stream(id))
    found: dict[UUID, str] = {}
    for field, of in streams.items():
        column = known[field].column(known[field].searched[0])
        query = text(f"SELECT stream, {column} AS name FROM states WHERE stream = ANY(:streams)")  # noqa: S608 (ours)
        rows = await store.rows(query, {"streams": [*of]})
        found |= {id_of(row.stream): row.name for row in rows if row.name is not None}
    return found


def referred(known: References, item: BaseModel) -> Iterator[tuple[str, UUID]]:
    """The fields that refer to another record, those of nested models among them."""
    values: Mapping[str, Any] = item.__dict__
    for name, value in values.items():
        if isinstance(value, BaseModel):
            yield from referred(known, value)
        elif name in known:
            yield from ((name, id) for id in (value if isinstance(value, tuple) else [value]) if id is not None)
