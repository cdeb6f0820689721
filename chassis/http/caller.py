"""The caller of a request: the bearer token's subject, and the person on whose behalf they act."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import WithJsonSchema

from chassis.commands.handler import Handler
from chassis.domain.decider import Actor
from chassis.http.audit import called_by
from chassis.http.quota import Rates
from chassis.http.security import Tokens, Unauthenticated
from chassis.store.decision_view import View

bearer = HTTPBearer(
    auto_error=False, description="An access token (RFC 9068): `portolan token ROLE` mints one locally."
)


Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
PAST = frozenset({"known_at", "effective_on"})


async def authenticated(request: Request, credentials: Credentials) -> Actor:
    """Return whose token it is; raise ``Unauthenticated`` for none."""
    if credentials is None:
        raise Unauthenticated("send a bearer token in the Authorization header")
    tokens: Tokens = request.app.state.tokens
    actor = await tokens.actor(credentials.credentials)
    called_by(request.scope, actor)
    return actor


async def caller(request: Request, credentials: Credentials) -> Actor:
    """Return the caller, within their rates; raise ``Unauthenticated`` or ``TooManyRequests``."""
    actor = await authenticated(request, credentials)
    rates: Rates = request.app.state.rates
    if request.method == "POST" or request.url.path.endswith("/actions"):
        await rates.of_commands(actor).admit(actor.id)
    elif not PAST.isdisjoint(request.query_params) or request.url.path.endswith("/history"):
        await rates.past_reads.admit(actor.id)
    return actor


Caller = Annotated[Actor, Depends(caller)]


async def stand_in(
    request: Request,
    actor: Caller,
    portolan_for: Annotated[
        UUID | None,
        WithJsonSchema({"type": "string", "format": "uuid"}),
        Header(description="act on behalf of this person, whose stand-in you are; your own roles are ignored"),
    ] = None,
) -> Actor:
    """Return the caller as a stand-in; raise ``Forbidden`` where they are not the person's stand-in now."""
    if portolan_for is None:
        return actor
    standing = Actor(actor.id, for_whom=str(portolan_for))
    handler: Handler = request.app.state.handler
    await handler.check_standing_in(View(handler.store), standing)
    return standing


Standing = Annotated[Actor, Depends(stand_in)]
