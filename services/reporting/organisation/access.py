"""Permissions in reporting."""

from typing import Annotated

from fastapi import Depends

from chassis.domain.decider import Actor, Forbidden
from chassis.http.caller import Caller
from contracts.roles import Role

READERS = (
    Role.EXECUTIVE,
    Role.PORTFOLIO_OFFICE,
    Role.FINANCE_CONTROLLER,
    Role.HR,
    Role.MANAGER,
    Role.ADMINISTRATOR,
)


def may_read(actor: Actor) -> Actor:
    """The actor, if they manage something; ``Forbidden`` otherwise."""
    if not actor.has(*READERS):
        raise Forbidden("not-authorised", "The dashboard is for managers.", "Ask for a role.")
    return actor


async def reader(actor: Caller) -> Actor:
    """Return the reader over HTTP."""
    return may_read(actor)


Reader = Annotated[Actor, Depends(reader)]
