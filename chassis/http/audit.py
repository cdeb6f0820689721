"""What a request leaves in the audit trail: that it was refused, or that it was an act worth recording."""

import re
from collections.abc import Awaitable, Callable, Iterator

import structlog
from fastapi import Depends
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.domain.decider import Actor
from chassis.observability.telemetry import correlation
from chassis.postgres.connections import Unavailable
from chassis.store.audit_trail import AuditTrail, Entry

log = structlog.get_logger("audit")
# Not those of a request that is malformed or came too late: they ask for nothing that somebody may not have.
REFUSALS = frozenset({401, 403, 404, 409, 429})
CALLER, ACT, RULE, ROWS = "portolan.caller", "portolan.act", "portolan.rule", "portolan.rows"
ID = re.compile(r"/([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})(?:/|$)")


def called_by(scope: Scope, actor: Actor) -> None:
    """Note whose request it is, once that is proven."""
    scope[CALLER] = actor.id


def refused_by(scope: Scope, rule: str) -> None:
    """Note which rule, or kind of problem, refuses the request."""
    scope[RULE] = rule


def refused_row(scope: Scope, operation: str, target: str, status: int, rule: str) -> None:
    """Note one refused command of many in one request."""
    if status in REFUSALS:
        scope.setdefault(ROWS, []).append((operation, target, f"{status} {rule}"))


def act(kind: str) -> Callable[[Request], Awaitable[None]]:
    """Return a dependency of routes that are recorded whatever becomes of them, but for their reads."""

    async def note(request: Request) -> None:
        if request.method != "GET":
            request.scope[ACT] = kind

    return note


OPERATOR_ACT = Depends(act("operator"))


class Audited:
    """Records refusals and acts in the audit trail before they are answered."""

    def __init__(self, app: ASGIApp, trail: AuditTrail) -> None:
        self._app, self._trail = app, trail

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and (entries := list(entries_of(scope, message["status"]))):
                try:
                    await self._trail.record(entries)
                except Unavailable:
                    # What was refused stays refused, what was done is done: only the entry is missing.
                    for entry in entries:
                        log.error("audit entry not stored", kind=entry.kind, operation=entry.operation)
            await send(message)

        return await self._app(scope, receive, answer)


def entries_of(scope: Scope, status: int) -> Iterator[Entry]:
    """What is recorded of a request that is answered with this status."""
    kind = scope.get(ACT) or ("refusal" if status in REFUSALS else None)
    rows = scope.get(ROWS, ())
    if kind is None and not rows:
        return
    headers = Headers(scope=scope)
    client = scope.get("client")
    common = {
        "actor": scope.get(CALLER, ""),
        "for_whom": headers.get("portolan-for", "")[:200],
        "source": client[0] if client else "",
        "correlation_id": correlation(),
    }
    if kind:
        found = ID.search(scope["path"])
        route = getattr(scope.get("route"), "path", "other")
        outcome = f"{status} {scope.get(RULE, '')}".strip()
        yield Entry(kind, f"{scope['method']} {route}", outcome, target=found[1].lower() if found else "", **common)
    for operation, target, outcome in rows:
        yield Entry("refusal", operation, outcome, target=target, **common)
