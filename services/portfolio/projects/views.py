"""The ledger over HTTP: who answered for what on any day, from the events."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import Row, text

from chassis.domain.clock import day_begins
from chassis.domain.streams import id_of
from chassis.http.caller import Standing
from chassis.http.paging import PageSize, PageToken, cut, read_token
from chassis.store.fields import Fields
from chassis.store.store import Store
from contracts.values import Day
from services.portfolio.projects.domain.ledger import Tenure, tenures
from services.portfolio.projects.domain.project.model import ProjectEvent
from services.portfolio.projects.domain.project.rules import PROJECT

P = Fields(PROJECT)
ZONE = f"time_zone_of(CAST({P.division_id} AS uuid)) AS zone"
PAGE = f"{P.of_kind} AND stream > :after"
# Migration 7 indexes what a person is looked up by.
OF_PERSON = text(
    f"""
SELECT stream, {ZONE} FROM states WHERE {PAGE} AND stream IN (
    SELECT stream FROM events WHERE type IN ('ProjectProposed', 'ProjectTakenOver', 'AccountabilityTransferred')
    AND data->>'accountable_id' = :person
    UNION SELECT stream FROM events WHERE type = 'DelegationAccepted' AND data->>'delegate_id' = :person
) ORDER BY stream LIMIT :limit
"""
)

OF_PROJECT = text(f"SELECT stream, {ZONE} FROM states WHERE {PAGE} AND stream = :project LIMIT :limit")
OF_ALL = text(f"SELECT stream, {ZONE} FROM states WHERE {PAGE} ORDER BY stream LIMIT :limit")


class Answering(BaseModel):
    """A person's time of answering for a project."""

    project_id: UUID
    person_id: UUID
    role: Literal["accountable", "responsible"] = Field(description="responsible: by delegation")
    basis: str = Field(description="how it began: proposed, taken over, handover, escalated, unresolved or delegated")
    since: datetime
    until: datetime | None = Field(description="null while it lasts")
    unresolved: bool = Field(description="they could not answer any more, and nobody eligible was known")


class AccountabilityLedger(BaseModel):
    """A page of the ledger: by project, then in the order in which it began."""

    items: list[Answering]
    next_page_token: str | None


On = Annotated[Day | None, Query(description="only who answered on this day, where the project is; default: ever")]


def router(store: Store) -> APIRouter:
    routes = APIRouter(tags=["accountability"])

    @routes.get(
        "/accountability",
        operation_id="list_accountability",
        summary="Who was accountable and who responsible for which project, from when until when; on a day, or ever.",
    )
    async def ledger(
        _actor: Standing,
        project_id: UUID | None = None,
        person_id: UUID | None = None,
        on: On = None,
        page_size: PageSize = 100,
        page_token: PageToken | None = None,
    ) -> AccountabilityLedger:
        (after,) = read_token(page_token, str) if page_token else ("",)
        found = await projects_of(store, project_id, person_id, after, page_size + 1)
        page, onwards = cut(found, page_size, lambda row: [row.stream])
        histories = await store.events_of_many(PROJECT, [id_of(row.stream) for row in page])
        items = [
            Answering(project_id=id_of(row.stream), **vars(each))
            for row, history in zip(page, histories, strict=True)
            for each in tenures([(cast(ProjectEvent, stored.event), stored.recorded_at) for stored in history])
            if person_id in (None, each.person_id) and on_day(each, on, row.zone)
        ]
        return AccountabilityLedger(items=items, next_page_token=onwards)

    return routes


async def projects_of(
    store: Store, project_id: UUID | None, person_id: UUID | None, after: str, limit: int
) -> Sequence[Row[Any]]:
    """The next projects after a stream: the one asked for, those the person ever answered for, or all."""
    asked = {"after": after, "limit": limit}
    if project_id is not None:
        return await store.rows(OF_PROJECT, {**asked, "project": PROJECT.stream(project_id)})
    if person_id is not None:
        return await store.rows(OF_PERSON, {**asked, "person": str(person_id)})
    return await store.rows(OF_ALL, asked)


def on_day(tenure: Tenure, day: date | None, zone: str) -> bool:
    """Return whether it lasted at some moment of a day, where the project is."""
    if day is None:
        return True
    begins, ends = (day_begins(each, ZoneInfo(zone)) for each in (day, day + timedelta(days=1)))
    return tenure.overlaps(begins, ends)
