"""Read your own writes across services: a request waits until this service's readers have caught up."""

import asyncio
import time
from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials
from sqlalchemy import text

from chassis.http import problems
from chassis.http.caller import bearer, caller
from chassis.observability.telemetry import WAITED
from chassis.store.store import Store

WAIT_SECONDS = 10


async def wait_for_streams(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    portolan_after: Annotated[
        str | None,
        Header(
            max_length=4000,
            description="`stream=number, ...`: respond only once these published events were applied here",
        ),
    ] = None,
) -> None:
    """Hold a request until this service's readers have heard what the caller has seen elsewhere."""
    if not portolan_after:
        return
    await caller(request, credentials)
    wanted = [item.strip().rpartition("=") for item in portolan_after.split(",")]
    if not all(stream and number.isascii() and number.isdigit() and len(number) < 10 for stream, _, number in wanted):
        raise problems.BadAfter
    store: Store = request.app.state.store
    query = text(
        "SELECT count(*) AS heard FROM unnest(CAST(:streams AS text[]), CAST(:numbers AS integer[])) AS w(stream, n)"
        " CROSS JOIN unnest(CAST(:readers AS text[])) AS r(reader)"
        " JOIN seen s ON s.stream = w.stream AND s.reader = r.reader AND s.number >= w.n"
    )
    readers: Sequence[str] = request.app.state.projections
    parameters = {
        "streams": [stream for stream, _, _ in wanted],
        "numbers": [int(number) for _, _, number in wanted],
        "readers": readers,
    }
    began = time.monotonic()
    until = began + WAIT_SECONDS
    while (await store.rows(query, parameters))[0].heard < len(wanted) * len(readers):
        if time.monotonic() > until:
            raise problems.StreamsNotApplied
        await asyncio.sleep(0.02)
    request.scope[WAITED] = waited = time.monotonic() - began
    store.telemetry.metrics.wait_seconds.observe(waited)
