"""The change calendar over HTTP: scheduled changes, freezes and maintenance windows of some days."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.domain.clock import day_begins
from chassis.http.caller import Standing
from chassis.http.known_parameters import refused
from chassis.store.decision_view import View
from chassis.store.store import Store
from contracts.portfolio.changes import ChangeKind, ChangeStage, WindowKind
from contracts.values import Day, Name
from services.portfolio.changes.domain.change.schedule import LONGEST
from services.portfolio.changes.facts import AT_THE_TIME, C, S, W
from services.portfolio.organisation import zones

MOST_DAYS, MOST = 366, 1000
BELOW = "SELECT CAST(id AS text) FROM divisions_below(CAST(:division AS uuid))"
ABOVE = "SELECT CAST(id AS text) FROM divisions_above(CAST(:division AS uuid))"
SCHEDULED = text(
    f"SELECT {C.id} AS id, {C.title} AS title, {C.kind} AS kind, {C.stage} AS stage,"
    f" {C.division_id} AS division_id, {C.service_ids.json} AS service_ids, {C.starts_at} AS starts_at,"
    f" {C.ends_at} AS ends_at, {C.freezes.json} <> '[]' AS in_freeze"
    f" FROM states WHERE {C.of_kind} AND {C.stage.none_of(ChangeStage.CANCELLED)}"
    f" AND {C.starts_on} BETWEEN :earliest AND :latest AND {AT_THE_TIME.format(C)}"
    f" AND (CAST(:division AS uuid) IS NULL OR {C.division_id} IN ({BELOW}))"
    f" ORDER BY {C.starts_on}, stream LIMIT :most"
)
DECLARED = text(
    f"SELECT {W.id} AS id, {W.name} AS name, {W.kind} AS kind, {W.time_zone} AS time_zone,"
    f" {W.starts} AS starts, {W.ends} AS ends, {W.starts_at} AS starts_at, {W.ends_at} AS ends_at,"
    f" {W.division_id} AS division_id, {W.service_ids.json} AS service_ids"
    f" FROM states WHERE {W.of_kind} AND {W.withdrawn.fails} AND {AT_THE_TIME.format(W)}"
    f" AND (CAST(:division AS uuid) IS NULL"
    f" OR {W.division_id} IN ({BELOW} UNION {ABOVE})"
    f" OR {W.service_ids.json} ?| ARRAY(SELECT {S.id} FROM states WHERE {S.of_kind}"
    f" AND {S.division_id} IN ({BELOW}))) ORDER BY stream LIMIT :most"
)
From = Annotated[Day, Query(alias="from", description="first day, in the division's time zone, otherwise in UTC")]
To = Annotated[Day, Query(description=f"last day, included; at most {MOST_DAYS} days")]
OfDivision = Annotated[UUID | None, Query(description="of this division and those below it")]


class ScheduledChange(BaseModel):
    """A change on the calendar."""

    id: UUID
    title: Name
    kind: ChangeKind
    stage: ChangeStage
    division_id: UUID
    service_ids: list[UUID]
    starts_at: datetime
    ends_at: datetime
    in_freeze: bool = Field(description="a freeze was declared over it, and it was neither moved nor excepted since")


class DeclaredWindow(BaseModel):
    """A freeze or a maintenance window on the calendar; ``starts`` and ``ends`` are by the clocks of its zone."""

    id: UUID
    name: Name
    kind: WindowKind
    time_zone: str
    starts: datetime
    ends: datetime
    starts_at: datetime
    ends_at: datetime
    division_id: UUID | None
    service_ids: list[UUID]


class ChangeCalendar(BaseModel):
    """Changes and windows that touch a period, by their beginning; ``complete``: there are no more than are shown."""

    changes: list[ScheduledChange]
    windows: list[DeclaredWindow]
    complete: bool


def router(store: Store) -> APIRouter:
    routes = APIRouter(tags=["changes"])

    @routes.get(
        "/change-calendar",
        operation_id="get_change_calendar",
        summary="Scheduled changes, freezes and maintenance windows of some days.",
    )
    async def calendar(actor: Standing, first: From, to: To, division_id: OfDivision = None) -> ChangeCalendar:
        check_period(first, to)
        zone = await zones.zone_of(View(store), division_id)
        bounds = {"start": day_begins(first, zone), "end": day_begins(to + timedelta(days=1), zone)}
        asked = {**bounds, "division": division_id, "most": MOST + 1}
        # A change starts on a day of its own division, which may be another one there.
        days = {"earliest": str(first - LONGEST - timedelta(days=2)), "latest": str(to + timedelta(days=1))}
        changes = await store.rows(SCHEDULED, {**asked, **days})
        windows = await store.rows(DECLARED, asked)
        shown = [ScheduledChange.model_validate(row._mapping) for row in changes[:MOST]]
        declared = [DeclaredWindow.model_validate(row._mapping) for row in windows[:MOST]]
        return ChangeCalendar(
            changes=sorted(shown, key=begins),
            windows=sorted(declared, key=begins),
            complete=max(len(changes), len(windows)) <= MOST,
        )

    return routes


def check_period(first: date, last: date) -> None:
    if last < first:
        raise RequestValidationError([refused("to", "A period cannot end before it starts.")])
    if (last - first).days >= MOST_DAYS:
        raise RequestValidationError([refused("to", f"A period has at most {MOST_DAYS} days.")])


def begins(each: Any) -> tuple[datetime, UUID]:
    return each.starts_at, each.id
