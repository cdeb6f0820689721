"""A port of its own for operators, where one is set: what is theirs is answered there, and nowhere else."""

from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.http.paths import first_part
from chassis.http.problems import refuse

OPERATORS = frozenset({"metrics", "status", "operations", "parked", "rebuilds"})
EVERYBODYS = frozenset({"health"})


class OperatorsPort:
    """Answers operators' routes on their port alone, and there nothing else; on the other's everything is unknown."""

    def __init__(self, app: ASGIApp, port: int, base: str) -> None:
        self._app, self._port, self._base = app, port, base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            first = first_part(scope)
            theirs = scope["server"][1] == self._port
            if first not in EVERYBODYS and (first in OPERATORS) != theirs:
                return await refuse(send, 404, f"{self._base}not-found", "Not found.", "It is not served on this port.")
        return await self._app(scope, receive, send)
