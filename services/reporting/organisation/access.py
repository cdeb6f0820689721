"""Permissions in reporting."""

from typing import Annotated

from fastapi import Depends, Request

from chassis.domain.decider import Actor, Forbidden
from chassis.http.caller import Caller, Credentials
from chassis.store.relations import NOT_AUTHORISED, role
from contracts.roles import Role
from services.reporting.organisation.sessions import session

READS = (
    role("an executive", Role.EXECUTIVE)
    | role("the portfolio office", Role.PORTFOLIO_OFFICE)
    | role("a finance controller", Role.FINANCE_CONTROLLER)
    | role("HR", Role.HR)
    | role("a manager", Role.MANAGER)
    | role("an administrator", Role.ADMINISTRATOR)
)


def may_read(actor: Actor) -> Actor:
    """The actor, if they may read; ``Forbidden`` otherwise."""
    if not READS.unconditional(actor):
        raise Forbidden(NOT_AUTHORISED, f"Only {READS.sentence} may read this.", f"Ask {READS.sentence}.")
    return actor


async def signed_in(request: Request, credentials: Credentials, actor: Caller) -> Actor:
    """The caller, if they have not signed out."""
    if credentials is not None:
        await session(request.app.state.tokens, request.app.state.store, credentials.credentials)
    return actor


SignedIn = Annotated[Actor, Depends(signed_in)]


async def reader(actor: SignedIn) -> Actor:
    """The caller, if they may read and have not signed out."""
    return may_read(actor)


Reader = Annotated[Actor, Depends(reader)]
