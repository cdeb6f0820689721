"""Data freshness per source."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.store.store import Store


class Freshness(BaseModel):
    """The freshness of one source's data."""

    source: str
    events: int
    latest_event: datetime | None = Field(description="when the last applied event was recorded")
    taken_in: datetime | None = Field(description="when reporting last applied an event")
    waiting: int = Field(description="parked messages, which block their streams")


async def freshness(store: Store, topics: Sequence[tuple[str, str]]) -> list[Freshness]:
    """One row for each source, heard of or not; ``topics`` are (source, topic)."""
    rows = await store.rows(
        text(
            "SELECT p.topic, sum(p.applied)::bigint AS events, max(p.event_time) AS latest_event,"
            " max(p.changed_at) AS taken_in, (SELECT count(*) FROM parked k WHERE k.topic = p.topic) AS waiting"
            " FROM progress p GROUP BY p.topic"
        )
    )
    known = {row.topic: row for row in rows}
    return [
        Freshness(
            source=source,
            events=known[topic].events if topic in known else 0,
            latest_event=known[topic].latest_event if topic in known else None,
            taken_in=known[topic].taken_in if topic in known else None,
            waiting=known[topic].waiting if topic in known else 0,
        )
        for source, topic in topics
    ]
