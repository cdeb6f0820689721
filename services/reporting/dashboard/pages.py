"""The dashboard: server-rendered pages for a director, that update by themselves when events arrive."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import text
from starlette.responses import FileResponse, RedirectResponse, Response

from chassis.domain.clock import Clock
from chassis.domain.decider import NotFound
from chassis.http.audit import act, called_by
from chassis.http.consistency import AppliedEvents
from chassis.http.security import Tokens, Unauthenticated
from chassis.postgres.batching import Coalesced
from chassis.store import sessions
from chassis.store.store import Store
from services.reporting.accountability import queries as accountability_queries
from services.reporting.changes import queries as change_queries
from services.reporting.dashboard import charts
from services.reporting.dashboard.frame import (
    HEADERS,
    HERE,
    LONGEST_TOKEN,
    SIGN_IN,
    PageRoute,
    SignedIn,
    Viewer,
    cookie_of,
    exact_places,
    page,
    signed_in,
    templates,
)
from services.reporting.money import queries as money_queries
from services.reporting.organisation import queries as organisation_queries
from services.reporting.organisation.access import may_read
from services.reporting.portfolio import queries as portfolio_queries
from services.reporting.portfolio.domain import picture as pictures
from services.reporting.risks import queries as risk_queries

MOST_SHOWN = 40
CALENDAR_DAYS = 30
SECTIONS = (
    "summary",
    "health",
    "attention",
    "earned_value",
    "risks",
    "changes",
    "cost",
    "spend",
    "accountability",
    "freshness",
)
MOST_LIVE = 500
SECONDS_BETWEEN_CHANGES = 1


class Session(BaseModel):
    """The token a browser signs in with."""

    model_config = ConfigDict(extra="forbid")

    token: str = Field(max_length=LONGEST_TOKEN)


async def one_stream(request: Request, viewer: SignedIn) -> AsyncIterator[None]:
    """Hold one of the viewer's live pages until it ends."""
    applied: AppliedEvents = request.app.state.applied
    with applied.streams.of(viewer.id):
        yield


OneStream = Annotated[None, Depends(one_stream)]


def pages(store: Store, topics: Sequence[tuple[str, str]], clock: Clock) -> APIRouter:
    router, shown = APIRouter(include_in_schema=False), APIRouter(route_class=PageRoute)
    counted = Coalesced(partial(count_for_all, store), MOST_LIVE)

    @shown.get("/")
    async def dashboard(_viewer: SignedIn) -> Response:
        events = await counted(None)  # before the sections, which may show more
        found = await sections(store, topics, clock())
        return page("dashboard.html", sections=found, events=events, active="dashboard")

    @router.get("/dashboard/sections")
    async def fresh_sections(viewer: SignedIn) -> Response:
        found = await sections(store, topics, clock())
        return Response(json.dumps(found), media_type="application/json", headers=HEADERS)

    @router.get("/dashboard/changes", response_class=EventSourceResponse)
    async def changes(request: Request, _viewer: SignedIn, _one: OneStream) -> AsyncIterator[ServerSentEvent]:
        applied: AppliedEvents = request.app.state.applied
        seen = None  # what was applied since the page was made is a change to it
        while await signed_in(request):  # the token may expire meanwhile
            if (now := await counted(None)) != seen:
                seen = now
                yield ServerSentEvent(data={"events": now}, event="changed", retry=2000)
            await applied.changed()
            await asyncio.sleep(SECONDS_BETWEEN_CHANGES)

    @shown.get("/division/{division_id}")
    async def division(division_id: UUID, _viewer: SignedIn) -> Response:
        picture = await portfolio_queries.picture(store, clock().date(), division_id=division_id)
        if division_id not in picture.divisions:
            raise NotFound
        projects = pictures.assess(picture)
        found = [each for each in pictures.score(picture, projects) if each.id == division_id]
        if not found:
            raise NotFound
        order = {"off track": 0, "at risk": 1, "on track": 2, None: 3}
        projects.sort(key=lambda project: (order[project.rating], project.name))
        places = exact_places(figure for each in projects for figure in (each.planned, each.outlook))
        spend = await money_queries.spend(store, division_id=division_id)
        return page("division.html", division=found[0], projects=projects, places=places, spend=spend, active="")

    @router.get("/sign-in")
    async def sign_in() -> Response:
        return page("sign-in.html", active="sign-in")

    @router.post("/session", status_code=204, dependencies=[Depends(act("sign-in"))])
    async def begin(request: Request, session: Session) -> Response:
        actor = await request.app.state.tokens.actor(session.token)
        called_by(request.scope, actor)
        may_read(actor)
        response = Response(status_code=204)
        secure = request.url.scheme == "https"
        name = cookie_of(request)
        response.set_cookie(name, session.token, httponly=True, samesite="strict", secure=secure, path="/")
        return response

    @router.post("/session/end", dependencies=[Depends(act("sign-out"))])
    async def end(request: Request, _viewer: Viewer) -> Response:
        with suppress(Unauthenticated):  # what is no token, or not any more, has no session
            tokens: Tokens = request.app.state.tokens
            token = await tokens.verified(request.cookies.get(cookie_of(request), "")[:LONGEST_TOKEN])
            await sessions.end(store, token.digest, token.expires)
            tokens.ended(token)
        response = RedirectResponse(SIGN_IN, status_code=303)
        response.delete_cookie(cookie_of(request), path="/", secure=request.url.scheme == "https")
        return response

    @router.get("/assets/{name}")
    async def asset(name: str) -> Response:
        if name not in ASSETS:
            raise NotFound
        return FileResponse(ASSETS[name], headers={"cache-control": "public, max-age=3600"})

    router.include_router(shown)
    return router


def plotly_script() -> Path:
    spec = find_spec("plotly")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


ASSETS = {
    "plotly.min.js": plotly_script(),
    "dashboard.js": HERE / "assets" / "dashboard.js",
    "sign-in.js": HERE / "assets" / "sign-in.js",
    "portolan.css": HERE / "assets" / "portolan.css",
    "portolan.svg": HERE / "assets" / "portolan.svg",
}


async def count_for_all(store: Store, pages: Sequence[None]) -> list[int]:
    """Count the events that reporting has applied, once for all live pages that ask at the same time."""
    rows = await store.rows(text("SELECT coalesce(sum(applied), 0)::bigint AS events FROM progress"))
    return [int(rows[0].events)] * len(pages)


async def sections(store: Store, topics: Sequence[tuple[str, str]], now: datetime) -> list[dict[str, str]]:
    """The dashboard's sections as HTML; a section's hash says whether it changed."""
    today = now.date()
    picture = await portfolio_queries.picture(store, today)
    projects = pictures.assess(picture)
    divisions = pictures.score(picture, projects)
    money = pictures.total(projects)
    spend = await money_queries.spend(store)
    budgeted = sorted({row.currency for row in spend})
    answering = [row for row in await accountability_queries.accountability(store) if row.running][:MOST_SHOWN]
    values = {
        "divisions": divisions,
        "money": money,
        "spend": spend,
        "answering": answering,
        "freshness": await organisation_queries.freshness(store, topics),
        "attention": attention(projects),
        "exceptions": pictures.awaiting(picture)[:MOST_SHOWN],
        "risk_counts": await risk_queries.counts(store, today),
        "risks": await risk_queries.risks(store, MOST_SHOWN, above_appetite=True, going_on=True),
        "changes": await change_queries.calendar(store, now, now + timedelta(days=CALENDAR_DAYS)),
        "earned_value": sorted({each.currency for division in divisions for each in division.earned_value}),
        "totals": {
            "projects": len(projects),
            "running": sum(division.running for division in divisions),
            "on_track": sum(division.on_track for division in divisions),
            "at_risk": sum(division.at_risk for division in divisions),
            "off_track": sum(division.off_track for division in divisions),
            "unresolved": sum(division.unresolved for division in divisions),
            "disagreements": sum(division.disagreements for division in divisions),
            "stand_ins": sum(division.stand_ins for division in divisions),
        },
        "health_chart": charts.health(divisions),
        "cost_charts": {each.currency: charts.cost(divisions, each.currency) for each in money},
        "cost_places": {each.currency: cost_places(divisions, each.currency) for each in money},
        "spend_places": {currency: spend_places(spend, currency) for currency in budgeted},
        "spend_charts": {currency: charts.spending(spend, currency) for currency in budgeted},
        "answering_chart": charts.accountability(answering),
    }
    return [section(name, values) for name in SECTIONS]


def cost_places(divisions: Sequence[pictures.DivisionScore], currency: str) -> int:
    rows = [money for division in divisions for money in division.money if money.currency == currency]
    return exact_places(
        figure for row in rows for figure in (row.planned, row.outlook, row.over_plan, row.actual, row.committed)
    )


def spend_places(spend: Sequence[money_queries.Spend], currency: str) -> int:
    rows = [row for row in spend if row.currency == currency]
    return exact_places(
        figure for row in rows for figure in (row.original, row.current, row.allotted, row.committed, row.actual)
    )


def attention(projects: Sequence[pictures.ProjectHealth]) -> list[pictures.ProjectHealth]:
    """The projects that need a decision most: off track, the largest first."""
    off = [project for project in projects if project.rating == "off track"]
    return sorted(off, key=lambda project: -project.planned)[:10]


def section(name: str, values: dict[str, Any]) -> dict[str, str]:
    html = templates.get_template(f"sections/{name}.html").render(values)
    return {"id": name, "hash": hashlib.sha256(html.encode()).hexdigest()[:16], "html": html}
