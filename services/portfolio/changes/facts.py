"""Facts about changes: the services they touch, freezes and other changes at a time."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.domain.streams import id_of
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from contracts.portfolio.changes import ChangeKind, ChangeStage, WindowKind
from services.portfolio.changes.domain.change.model import Change, Meeting
from services.portfolio.changes.domain.change.rules import CHANGE
from services.portfolio.changes.domain.window import WINDOW, Window
from services.portfolio.services.domain.service.model import Service
from services.portfolio.services.domain.service.rules import SERVICE
from services.portfolio.services.facts import connected

WINDOWS = "change-windows"
"""The guard of all windows."""
SCHEDULES = "change-schedules"
"""The guard of all schedules, which a freeze that is declared reads."""
C, W, S = Fields(CHANGE), Fields(WINDOW), Fields(SERVICE)
MET, TOUCHED = Fields(CHANGE, "met"), Fields(SERVICE, "touched")
AT_THE_TIME = (
    "CAST({0.starts_at} AS timestamptz) < CAST(:end AS timestamptz)"
    " AND CAST({0.ends_at} AS timestamptz) > CAST(:start AS timestamptz)"
)
FREEZES = text(
    f"SELECT stream FROM states WHERE {W.of_kind} AND {W.kind.one_of(WindowKind.FREEZE)} AND {W.withdrawn.fails}"
    f" AND {AT_THE_TIME.format(W)} AND ({W.service_ids.json} ?| CAST(:services AS text[])"
    f" OR {W.division_id} IN (SELECT CAST(above.id AS text) FROM unnest(CAST(:divisions AS uuid[])) asked"
    " CROSS JOIN LATERAL divisions_above(asked) above)) ORDER BY stream"
)
MEETINGS = text(
    f"SELECT {MET.stream} AS stream, {MET.title} AS title, CAST({MET.ends_at} AS timestamptz) AS ends_at,"
    f" (SELECT {TOUCHED.name} FROM states touched WHERE {TOUCHED.stream} = ANY(CAST(:streams AS text[]))"
    f" AND {MET.service_ids.json} ? {TOUCHED.id} ORDER BY 1 LIMIT 1) AS service"
    f" FROM states met WHERE {MET.of_kind} AND {MET.stage.one_of(ChangeStage.SCHEDULED)} AND {MET.stream} <> :own"
    f" AND {MET.service_ids.json} ?| CAST(:services AS text[]) AND {AT_THE_TIME.format(MET)}"
    " ORDER BY ends_at DESC LIMIT 1"
)
OF_DIVISION = text(
    f"SELECT {S.id} AS id FROM states WHERE {S.of_kind}"
    f" AND {S.division_id} IN (SELECT CAST(id AS text) FROM divisions_below(CAST(:division AS uuid)))"
)
INSIDE = text(
    f"SELECT stream FROM states WHERE {C.of_kind} AND {C.stage.one_of(ChangeStage.SCHEDULED)}"
    f" AND NOT {C.kind} = ANY(CAST(:kinds AS text[])) AND {C.service_ids.json} ?| CAST(:services AS text[])"
    f" AND {AT_THE_TIME.format(C)} ORDER BY stream LIMIT :most"
)


async def services_of(view: View, ids: Collection[UUID]) -> dict[UUID, Service]:
    """Those of the services that exist."""
    found = {id: await view.state(SERVICE, id) for id in ids}
    return {id: service for id, service in found.items() if service is not None}


def scheduled_on(service_id: UUID) -> str:
    """The guard of the changes scheduled on a service."""
    return f"service:{service_id}:schedule"


async def around(view: View, change: Change, start: Any, end: Any, own: str) -> Mapping[str, Any]:
    """The freezes and the other changes that a schedule of the change would be in or meet."""
    ids = await connected(view, change.service_ids)
    time = {"start": start, "end": end, "services": sorted(str(id) for id in ids)}
    guards = [scheduled_on(id) for id in sorted(ids)]
    view.bump(SCHEDULES, *(scheduled_on(id) for id in change.service_ids))
    asked = {**time, "streams": [SERVICE.stream(id) for id in sorted(ids)], "own": own}
    rows = await view.guarded_by(guards, MEETINGS, asked)
    meetings = [Meeting(id_of(row.stream), row.title, row.ends_at, row.service) for row in rows]
    return {"meetings": meetings, "windows": await freezes(view, change, time)}


async def freezes(view: View, change: Change, time: Mapping[str, Any]) -> dict[UUID, Window]:
    """The freezes at a time that are for a service the change touches, or for all of its division."""
    touched = await services_of(view, change.service_ids)
    divisions = sorted({str(service.division_id) for service in touched.values()})
    asked = {**time, "services": [str(id) for id in change.service_ids], "divisions": divisions}
    ids = [id_of(row.stream) for row in await view.guarded(WINDOWS, FREEZES, asked)]
    found = {id: await view.state(WINDOW, id) for id in ids}
    return {id: window for id, window in found.items() if window is not None}


async def inside(
    view: View,
    services: Collection[UUID],
    division_id: UUID | None,
    kinds_excepted: Sequence[ChangeKind],
    start: Any,
    end: Any,
    most: int,
) -> list[UUID]:
    """The changes scheduled at a time on the services, or on any of the division and those below it."""
    below = await view.reference(OF_DIVISION, {"division": division_id}) if division_id else ()
    asked = {
        "services": [*(str(id) for id in services), *(row.id for row in below)],
        "kinds": [*kinds_excepted],
        "start": start,
        "end": end,
        "most": most,
    }
    return [id_of(row.stream) for row in await view.guarded(SCHEDULES, INSIDE, asked)]
