"""The records that a figure counts, as far as the reader may read them: it is their sum, shown or not."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import Row, text

from chassis.commands.table import Aggregate
from chassis.domain.decider import Actor
from chassis.domain.streams import id_of
from chassis.http.names import names_beside, names_of, references
from chassis.http.paging import read_page_token, write_token
from chassis.http.routes import record_reads_of, shown_version
from chassis.store.fields import Fields
from chassis.store.past_states import PastStates
from chassis.store.relations import Relation
from chassis.store.store import Store, whose
from services.people.desk.figures import Asked, Figure, figure, parameters, plain
from services.people.desk.formulas import Formula
from services.people.desk.past_day import Question
from services.people.development.commands import DEVELOPMENT_PLANS
from services.people.hiring.commands import VACANCIES
from services.people.organisation.commands import PERSONS, POSITIONS
from services.people.performance.commands import PERFORMANCE_REVIEWS
from services.people.qualifications.commands import QUALIFICATIONS_OF_PERSONS
from services.people.succession.commands import SUCCESSIONS
from services.people.tools.commands import TOOLS
from services.people.training.commands import ENROLMENTS

AGGREGATES: Mapping[str, Aggregate] = {
    each.decider.kind: each
    for each in (
        PERSONS,
        POSITIONS,
        VACANCIES,
        PERFORMANCE_REVIEWS,
        QUALIFICATIONS_OF_PERSONS,
        ENROLMENTS,
        DEVELOPMENT_PLANS,
        TOOLS,
        SUCCESSIONS,
    )
}
"""The kinds of records that figures count."""
BESIDE = references([PERSONS, POSITIONS], {}, {})
ID_LENGTH = 36

# A record that was not begun yet is seen as one of the person it is about.
SEEN = """
SELECT stream FROM (
    SELECT asked.stream, coalesce({state}, jsonb_build_object('person_id', asked.person)) AS state
    FROM unnest(CAST(:streams AS text[]), CAST(:persons AS text[]), CAST(:then AS jsonb[])) asked (stream, person, past)
    LEFT JOIN states stored ON stored.stream = asked.stream
) AS states WHERE {condition}
"""


class FigureRecord(BaseModel):
    """A record that a figure counts, and what it adds to the two sums."""

    kind: str = Field(description="the aggregate: `GET` its collection with the id")
    id: UUID
    name: str | None = Field(description="the record's name or title, where it has one that everybody may read")
    person_id: UUID | None = Field(description="whom it is about, or who holds the position")
    position_id: UUID | None = Field(description="the position that it is about, or that requires what is counted")
    above: Decimal
    below: Decimal
    stream: str = Field(description="the name of its stream, the subject of its events")
    version: int = Field(description="as the reader may know it; of a past day, that of its last event in effect")
    history: str | None = Field(description="the address of its events; null where nothing of it was recorded yet")


class FigureRecords(BaseModel):
    """A page of the records that a figure counts; it is the sum of those shown on all pages and those not shown.

    A plain count has no sum below. Of a figure that is not told no record is shown, and none is counted; none is shown
    either where what is left of the sum would tell of others that are too few to be told.
    """

    on: date
    division_id: UUID | None
    figure: Figure
    items: list[FigureRecord]
    not_shown: int | None = Field(description="how many more it counts that the reader may not read; null: not told")
    names: dict[UUID, str] = Field(description="names of the persons and positions that this refers to")
    next_page_token: str | None


class Opening:
    """A figure opened for a reader."""

    def __init__(self, store: Store, actor: Actor, asked: Asked, formula: Formula) -> None:
        self.store, self.actor, self.asked, self.formula = store, actor, asked, formula

    async def page(self, of: Question, size: int, page_token: str | None) -> FigureRecords:
        """A page of what it counts, in the order of the streams."""
        bound = bound_to(self.formula, of)
        _, after = read_page_token(page_token, bound) if page_token else ("", "")
        query = self.formula.counted
        counted = await self.asked.rows(query, await parameters(self.asked, query))
        sums = (sum((Decimal(getattr(row, side)) for row in counted), Decimal(0)) for side in ("above", "below"))
        told = figure(self.asked, self.formula, *sums)
        if told.below is None:
            return self._answer(told, [], None, {}, None)
        seen = await self._seen(counted)
        onwards = sorted((row for row in counted if row.stream in seen and row.stream > after), key=by_stream)
        items = await self._shown(onwards[:size])
        token = write_token(self.formula.key, onwards[size - 1].stream, bound) if len(onwards) > size else None
        names = await names_beside(self.store, BESIDE, items)
        return self._answer(told, items, len(counted) - len(seen), names, token)

    def _answer(
        self,
        told: Figure,
        items: list[FigureRecord],
        not_shown: int | None,
        names: dict[UUID, str],
        next_page_token: str | None,
    ) -> FigureRecords:
        return FigureRecords(
            on=self.asked.on,
            division_id=self.asked.division_id,
            figure=told,
            items=items,
            not_shown=not_shown,
            names=names,
            next_page_token=next_page_token,
        )

    async def _seen(self, counted: Sequence[Row[Any]]) -> set[str]:
        """The streams of those to show: none where the sum would tell of the others, too few to be told."""
        seen = await self._readable(counted, "sees")
        others = len(counted) - len(seen)
        return seen if others == 0 or self.asked.tells(self.formula, others) else set()

    async def _readable(self, counted: Sequence[Row[Any]], who: str) -> set[str]:
        """The streams of those that who asks sees, or that are disclosed to them."""
        found: set[str] = set()
        for kind, rows in by_kind(counted).items():
            found |= await self._permitted(getattr(AGGREGATES[kind], who), AGGREGATES[kind], rows)
        return found

    async def _permitted(self, relation: Relation, aggregate: Aggregate, rows: Sequence[Row[Any]]) -> set[str]:
        """Anyone who sees it now sees of the past what they would have seen."""
        if relation.unconditional(self.actor):
            return {row.stream for row in rows}
        now = await self._holding(relation, rows, "stored.state", {})
        if not isinstance(self.asked.states, PastStates):
            return now
        then = await states_of(self.asked.states, aggregate, [row.stream for row in rows])
        return now & await self._holding(relation, rows, "asked.past", then)

    async def _holding(
        self, relation: Relation, rows: Sequence[Row[Any]], state: str, then: Mapping[str, str]
    ) -> set[str]:
        query = SEEN.format(state=state, condition=relation.of_many(self.actor))
        asked = {
            "streams": [row.stream for row in rows],
            "persons": [row.person for row in rows],
            "then": [then.get(row.stream) for row in rows],
        }
        return {row.stream for row in await self.store.rows(text(query), {**asked, **whose(self.actor)})}

    async def _shown(self, rows: Sequence[Row[Any]]) -> list[FigureRecord]:
        """These records, each read of what is sensitive recorded."""
        disclosed = await self._readable(rows, "discloses")
        found: dict[str, FigureRecord] = {}
        for kind, some in by_kind(rows).items():
            for each in await self._of_kind(AGGREGATES[kind], some, disclosed):
                found[each.stream] = each
        return [found[row.stream] for row in rows]

    async def _of_kind(self, aggregate: Aggregate, rows: Sequence[Row[Any]], disclosed: set[str]) -> list[FigureRecord]:
        ids = [id_of(row.stream) for row in rows]
        loaded = await self.asked.states.load_many(aggregate.decider, ids)
        await record_reads_of(aggregate, self.store, self.actor, [each for each in loaded if each.state is not None])
        names = await names_of(aggregate, self.store, ids) if aggregate.searched else {}
        return [
            FigureRecord(
                kind=aggregate.decider.kind,
                id=id,
                name=names.get(id),
                person_id=row.person,
                position_id=row.position,
                above=plain(Decimal(row.above)),
                below=plain(Decimal(row.below)),
                stream=row.stream,
                version=shown_version(each, disclosed=row.stream in disclosed),
                history=f"/{aggregate.path}/{id}/history" if each.state is not None else None,
            )
            for id, row, each in zip(ids, rows, loaded, strict=True)
        ]


async def states_of(past: PastStates, aggregate: Aggregate, streams: Sequence[str]) -> dict[str, str]:
    """The states of these as they were, as JSON."""
    query = f"SELECT stream, CAST(state AS text) AS state FROM states WHERE {Fields(aggregate.decider).of_kind}"
    rows = await past.rows(text(f"{query} AND stream = ANY(:streams)"), {"streams": list(streams)})
    return {row.stream: row.state for row in rows}


def by_kind(rows: Sequence[Row[Any]]) -> Mapping[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.stream[: -ID_LENGTH - 1]].append(row)
    return found


def by_stream(row: Row[Any]) -> str:
    return str(row.stream)


def bound_to(formula: Formula, of: Question) -> str:
    """What binds a page token to its query."""
    asked = json.dumps([formula.key, *(str(each) for each in vars(of).values())])
    return hashlib.sha256(asked.encode()).hexdigest()[:16]
