"""A router whose routes all begin with its prefix, tried only for requests that do."""

from fastapi import APIRouter
from starlette.routing import Match
from starlette.types import Scope


class PrefixedRouter(APIRouter):
    """FastAPI tries every route of every router: of some 250, a quarter of the time of a request went into that."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        path: str = scope["path"]
        if path != self.prefix and not path.startswith(f"{self.prefix}/"):
            return Match.NONE, {}
        return super().matches(scope)
