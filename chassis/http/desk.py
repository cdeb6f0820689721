"""A desk, in one shape in every service: what awaits the caller's decision, and what falls due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.commands.table import Aggregate
from chassis.domain.clock import Clock
from chassis.domain.decider import Actor
from chassis.http.caller import Standing
from chassis.store.fields import Fields
from chassis.store.relations import FALSE, Relation
from chassis.store.store import Store, whose

MOST = 200
UNTIL = "<= CAST(:until AS text)"
DaysAhead = Annotated[int, Query(ge=1, le=366, description="days to look ahead")]


class DeskItem(BaseModel):
    """Something that waits: for what, in which record, since when, until when."""

    kind: str = Field(description="the aggregate: `GET` its collection with the id")
    id: UUID
    what: str
    name: str | None = Field(
        description="the name or title of the record or of what it belongs to, where it has one everybody may read"
    )
    person_id: UUID | None = Field(description="whom it is about")
    since: datetime | None = Field(description="when the record last changed, or who answers for it")
    age_days: int | None
    due_on: date | None
    overdue: bool
    href: str


class Desk(BaseModel):
    """What waits for the caller, the earliest day first; both lists are empty where nothing does."""

    decisions: list[DeskItem] = Field(description=f"decisions that await the caller, at most {MOST}")
    due: list[DeskItem] = Field(description=f"due dates of the caller and their team, at most {MOST}")


@dataclass(frozen=True)
class Entry:
    """A kind of record that waits while a condition holds; ``due`` is its day, all of them SQL.

    ``who``: for whom, asked as the caller with their roles; where it is missing, the condition says it. ``href`` is
    where the record is read, before its id.
    """

    kind: str
    what: str
    condition: str
    href: str
    id: str
    name: str = "NULL"
    person: str = "NULL"
    since: str = "changed_at"
    due: str = "NULL"
    source: str = "states"
    who: Relation | None = None


def stored(
    aggregate: Aggregate,
    what: str,
    condition: str,
    *,
    name: str = "",
    person: str = "NULL",
    due: str = "NULL",
    days: str = "",
    who: Relation | None = None,
) -> Entry:
    """The entry of an aggregate; ``days`` is what is selected from beside ``states`` where a record has several.

    ``name``: for a record without a name of its own, such as ``name_of`` what it belongs to.
    """
    record = Fields(aggregate.decider)
    return Entry(
        kind=aggregate.decider.kind,
        what=what,
        condition=f"{record.of_kind} AND ({condition})",
        href=f"/{aggregate.path}/",
        id=record.id,
        name=name or (aggregate.column(aggregate.searchable[0]) if aggregate.searchable else "NULL"),
        person=person,
        due=due,
        source=f"states, {days}" if days else "states",
        who=who,
    )


def name_of(aggregate: Aggregate, id: str) -> str:
    """The name of the aggregate's record with this id, which is SQL of type text over a row of ``states``."""
    name, stream = aggregate.column(aggregate.searchable[0]), Fields(aggregate.decider).stream_of(f"({id})")
    # Columns of names of their own: those of the id are looked for in the row of the entry.
    known = f"SELECT stream AS of_stream, {name} AS known_as FROM states"  # noqa: S608 (ours)
    return f"(SELECT known_as FROM ({known}) known WHERE of_stream = {stream})"  # noqa: S608 (ours)


def statement(entries: Sequence[Entry], actor: Actor, *, bounded: bool) -> str | None:
    """One statement for all of them, None where none can concern the caller; ``bounded``: what has a day in time."""
    parts = [part(entry, actor, bounded) for entry in entries if who_of(entry, actor) != FALSE]
    return f"{' UNION ALL '.join(parts)} ORDER BY due_on NULLS LAST, since, id, what LIMIT :most" if parts else None


def who_of(entry: Entry, actor: Actor) -> str:
    return entry.who.of_many(actor) if entry.who else "true"


def part(entry: Entry, actor: Actor, bounded: bool) -> str:
    until = f" AND CAST({entry.due} AS text) {UNTIL}" if bounded else ""
    columns = (
        f"'{entry.kind}' AS kind, CAST({entry.id} AS uuid) AS id, '{entry.what}' AS what,"
        f" CAST({entry.name} AS text) AS name, CAST({entry.person} AS uuid) AS person_id, {entry.since} AS since,"
        f" CAST({entry.due} AS date) AS due_on, '{entry.href}' || CAST({entry.id} AS text) AS href"
    )
    conditions = f"({entry.condition}) AND ({who_of(entry, actor)}){until}"
    return f"SELECT {columns} FROM {entry.source} WHERE {conditions}"  # noqa: S608 (ours)


async def items(store: Store, query: str | None, asked: Mapping[str, Any], today: date) -> list[DeskItem]:
    """What waits, the earliest day first."""
    if query is None:
        return []
    rows = await store.rows(text(query), {name: value for name, value in asked.items() if f":{name}" in query})
    return [
        DeskItem(
            **row._mapping,
            age_days=None if row.since is None else max((today - row.since.date()).days, 0),
            overdue=row.due_on is not None and row.due_on < today,
        )
        for row in rows
    ]


async def desk_of(
    store: Store, actor: Actor, today: date, days: int, decisions: Sequence[Entry], due: Sequence[Entry]
) -> Desk:
    """The desk of whom the caller acts as, looking so many days ahead."""
    asked = {**whose(actor), "most": MOST, "today": str(today), "until": str(today + timedelta(days=days))}
    return Desk(
        decisions=await items(store, statement(decisions, actor, bounded=False), asked, today),
        due=await items(store, statement(due, actor, bounded=True), asked, today),
    )


def desk_router(
    store: Store, clock: Clock, decisions: Sequence[Entry], due: Sequence[Entry], caller: Any = Standing
) -> APIRouter:
    """``GET /desk`` with these entries."""
    router = APIRouter(tags=["desk"])

    async def my_desk(actor, days: DaysAhead = 90) -> Desk:  # type: ignore[no-untyped-def]
        return await desk_of(store, actor, clock().date(), days, decisions, due)

    my_desk.__annotations__["actor"] = caller
    router.add_api_route(
        "/desk", my_desk, methods=["GET"], operation_id="get_desk", summary="Decisions that await me, and due dates."
    )
    return router
