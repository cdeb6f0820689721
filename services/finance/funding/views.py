"""Conversations over HTTP: what was asked of whom, since when, and which wait for longer than the policy allows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row, text

from chassis.domain.clock import Clock
from chassis.http.caller import Standing
from chassis.http.export import EXPORTED, PAGE, Page, file_asked
from chassis.observability.metrics import Gauge
from chassis.store.fields import Fields
from chassis.store.store import Store
from contracts.values import Money
from services.finance.funding.waiting import CONVERSATIONS, TOO_LONG, Conversation

MOST = 500
Service = Literal["finance", "people", "portfolio"]
About = Literal["project", "hiring", "training", "tool", "benefit", "contingency"]


def rows_of(each: Conversation) -> str:
    """The conversations of a kind, those that are over among them: nobody waits in these."""
    record = Fields(each.aggregate.decider)
    return (
        f"SELECT CAST({record.id} AS uuid) AS id, CAST({each.what} AS text) AS about,"
        f" CAST({each.division} AS uuid) AS division_id, CAST({each.step} AS text) AS last_step,"
        f" CASE WHEN {each.going_on} THEN '{each.waits}' END AS waits,"
        f" CASE WHEN {each.going_on} THEN '{each.waits_for}' END AS waits_for, changed_at AS since,"
        f" ({each.going_on}) AND {TOO_LONG} AS overdue,"
        f" CAST({each.amount} AS numeric) AS amount, CAST({each.currency} AS text) AS currency,"
        f" CAST({each.reason} AS text) AS reason, '/{each.aggregate.path}/' || {record.id} AS href"
        f" FROM states WHERE {record.of_kind}"
    )


ALL = " UNION ALL ".join(map(rows_of, CONVERSATIONS))
ASKED = (
    "(:over OR waits IS NOT NULL) AND (CAST(:about AS text) IS NULL OR about = :about)"
    " AND (CAST(:waits_for AS text) IS NULL OR waits_for = :waits_for)"
    " AND (CAST(:division AS uuid) IS NULL OR division_id = :division) AND (NOT :overdue OR overdue)"
)
LIST = text(
    f"SELECT * FROM ({ALL}) conversations WHERE {ASKED}"
    " ORDER BY overdue DESC, waits IS NULL, since, id LIMIT :limit OFFSET :offset"
)
COUNTED = "count(*) FILTER (WHERE waits IS NOT NULL) AS waiting, count(*) FILTER (WHERE overdue) AS overdue"
COUNTS = text(f"SELECT {COUNTED} FROM ({ALL}) conversations WHERE {ASKED}")
GOING_ON = " UNION ALL ".join(f"{rows_of(each)} AND {each.going_on}" for each in CONVERSATIONS)
"""Those alone that somebody waits in: however many are over, they are not looked at."""
GAUGES = text(f"SELECT {COUNTED} FROM ({GOING_ON}) conversations")


async def gauges(store: Store, now: datetime) -> Sequence[Gauge]:
    """How many conversations wait, and how many have waited for longer than the policy allows."""
    (counts,) = await store.rows(GAUGES, {"today": str(now.date())})
    return [
        Gauge("finance_conversations_waiting", "Conversations that wait for a service.", values={(): counts.waiting}),
        Gauge("finance_conversations_overdue", "Those beyond the policy's days.", values={(): counts.overdue}),
    ]


class ConversationItem(BaseModel):
    """What was asked, the last step, and who waits for whom since then; in one that is over nobody waits."""

    id: UUID
    about: About
    division_id: UUID | None
    amount: Money | None
    last_step: str
    reason: str | None
    waits: Service | None
    waits_for: Service | None
    since: datetime = Field(description="when the last step was taken")
    age_days: int
    overdue: bool = Field(description="it waits for more days than `conversation_days` of the finance policy")
    href: str


class Conversations(BaseModel):
    """Those that have waited for too long first, then the oldest."""

    waiting: int = Field(description="how many of those asked for wait for somebody")
    overdue: int = Field(description="how many of them have waited for too long")
    items: list[ConversationItem]


def router(store: Store, clock: Clock) -> APIRouter:
    routes = APIRouter(tags=["conversations"])

    @routes.get(
        "/conversations",
        operation_id="get_conversations",
        response_model=Conversations,
        responses={200: {"content": dict(EXPORTED)}},
        summary="Who waits for whom between finance, portfolio and people; the overdue ones first.",
    )
    async def conversations(
        request: Request,
        actor: Standing,
        about: Annotated[About | None, Query(description="of this kind alone")] = None,
        waits_for: Annotated[Service | None, Query(description="whose turn it is")] = None,
        division_id: Annotated[UUID | None, Query(description="of this division alone")] = None,
        overdue: Annotated[bool, Query(description="those alone that have waited for too long")] = False,
        over: Annotated[bool, Query(description="those in which nobody waits any more, too")] = False,
        limit: Annotated[int, Query(ge=1, le=MOST, description="how many at most")] = 100,
        offset: Annotated[int, Query(ge=0, le=1_000_000, description="after so many")] = 0,
    ) -> Conversations | Response:
        now = clock()
        asked = {"about": about, "waits_for": waits_for, "division": division_id, "overdue": overdue, "over": over}
        known = asked | {"today": str(now.date())}

        async def page_after(place: str | None) -> Page:
            first = int(place) if place else offset
            rows = await store.rows(LIST, known | {"limit": PAGE, "offset": first})
            return [item(row, now) for row in rows], str(first + PAGE) if len(rows) == PAGE else None

        if file := await file_asked(request, actor.id, ConversationItem, "conversations", page_after):
            return file
        (counts,) = await store.rows(COUNTS, known)
        rows = await store.rows(LIST, known | {"limit": limit, "offset": offset})
        items = [item(row, now) for row in rows]
        return Conversations(waiting=counts.waiting, overdue=counts.overdue, items=items)

    return routes


def item(row: Row[Any], now: datetime) -> ConversationItem:
    """A row with its amount, and for how many days it waits."""
    known = {name: value for name, value in row._mapping.items() if name != "currency"}
    amount = None if row.amount is None else Money(amount=row.amount, currency=row.currency)
    age = max((now.date() - row.since.date()).days, 0)
    return ConversationItem(**known | {"amount": amount, "age_days": age})
