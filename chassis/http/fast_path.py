"""Fast path: well-formed commands bypass FastAPI, all else goes through it.

FastAPI's routes stay the description and the rule: whatever is unusual about a request (a path, header, body or content
type that does not fit) is answered by them, and refusals by its handler of errors, so no error is worded twice."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi_problem.handler import ExceptionHandler
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.commands.handler import Handler
from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Command
from chassis.http.audit import called_by
from chassis.http.preconditions import IfMatch
from chassis.http.problems import explain
from chassis.http.quota import Rates
from chassis.http.routes import IdempotencyKey, Reason, command_context, disclosed_state, resource
from chassis.http.security import Tokens

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
NIL_ID = UUID(int=0)
FALL_THROUGH = {"portolan-after", "portolan-for", "prefer"}
KNOWN: Sequence[tuple[str, TypeAdapter[Any]]] = [
    ("idempotency-key", TypeAdapter(IdempotencyKey)),
    ("if-match", TypeAdapter(IfMatch)),
    ("portolan-reason", TypeAdapter(Reason)),
]


@dataclass(frozen=True)
class CommandRoute:
    """A command's row with the model of its answer, and its path as documented."""

    aggregate: Aggregate
    row: CommandRow
    model: type[BaseModel]
    path: str


class FastPath:
    """Answers ``POST /{aggregates}/{id}/{command}``; everything else, and everything unusual, goes to ``inner``."""

    def __init__(
        self,
        inner: ASGIApp,
        aggregates: Sequence[Aggregate],
        handler: Handler,
        tokens: Tokens,
        rates: Rates,
        refusal: ExceptionHandler,
        is_open: Callable[[], bool],
    ) -> None:
        self._inner, self._handler, self._tokens, self._is_open = inner, handler, tokens, is_open
        self._rates, self._refusal = rates, refusal
        self._routes = {
            (aggregate.path, row.name): CommandRoute(aggregate, row, model, f"/{aggregate.path}/{{id}}/{row.name}")
            for aggregate, model in ((aggregate, resource(aggregate)) for aggregate in aggregates)
            for row in aggregate.commands
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route, id = self._route(scope)
        # A body whose length is not declared is cut by FastAPI where it is too long.
        if route is None or "content-length" not in (headers := Headers(scope=scope)):
            return await self._inner(scope, receive, send)
        body = await read(receive)
        if body is None:
            return None
        parsed = self._parse(route, headers, body)
        if parsed is None:
            return await self._inner(scope, replay_body(body, receive), send)
        scope["route"] = route
        try:
            response = await self._carry_out(scope, route, id, headers, *parsed)
        except Exception as failure:
            response = self._refusal(Request(scope), failure)
            if explain(failure) is None:
                await response(scope, receive, send)
                raise  # so that the server logs it
        return await response(scope, receive, send)

    def _route(self, scope: Scope) -> tuple[CommandRoute | None, UUID]:
        if scope["type"] == "http" and scope["method"] == "POST" and self._is_open():
            parts = scope["path"].split("/")
            if len(parts) == 4 and ID.fullmatch(parts[2]) and (route := self._routes.get((parts[1], parts[3]))):
                return route, UUID(parts[2])
        return None, NIL_ID

    @staticmethod
    def _parse(route: CommandRoute, headers: Headers, body: bytes) -> tuple[str, Command, list[str | None]] | None:
        """Return the token, the command and the command's headers; None where anything is unusual."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if (
            scheme != "Bearer"
            or headers.get("content-type") != "application/json"
            or not FALL_THROUGH.isdisjoint(headers)
        ):
            return None
        try:
            known = [type.validate_python(headers[name]) if name in headers else None for name, type in KNOWN]
            return token, route.row.command.model_validate_json(body), known
        except ValidationError:
            return None

    async def _carry_out(
        self,
        scope: Scope,
        route: CommandRoute,
        id: UUID,
        headers: Headers,
        token: str,
        command: Command,
        known: list[str | None],
    ) -> Response:
        actor = await self._tokens.actor(token)
        called_by(scope, actor)
        await self._rates.of_commands(actor).admit(actor.id)
        context = command_context(actor, route.row, id, command, *known)
        result = await self._handler.handle(route.aggregate, route.row, id, command, context)
        state = await disclosed_state(route.aggregate, route.model, self._handler.store, actor, result)
        content = route.model.__pydantic_serializer__.to_json(state, by_alias=True)
        etag = f'"{state.__dict__["version"]}"'
        return Response(content, headers={"etag": etag}, media_type="application/json")


async def read(receive: Receive) -> bytes | None:
    """The whole body; None where the client goes away before its end: half a request is not carried out."""
    body: bytes = b""
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body
    return None


def replay_body(body: bytes, receive: Receive) -> Receive:
    """Replay a body that was read."""
    left = [body]

    async def replay() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return replay
