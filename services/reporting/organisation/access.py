"""Permissions in reporting."""

from typing import Annotated

from fastapi import Depends
from sqlalchemy import text

from chassis.domain.decider import Actor, Forbidden
from chassis.http.caller import Caller
from chassis.store.relations import NOT_AUTHORISED, role
from chassis.store.store import Store
from contracts.roles import Role

READS = (
    role("an executive", Role.EXECUTIVE)
    | role("the portfolio office", Role.PORTFOLIO_OFFICE)
    | role("a finance controller", Role.FINANCE_CONTROLLER)
    | role("HR", Role.HR)
    | role("a manager", Role.MANAGER)
    | role("an administrator", Role.ADMINISTRATOR)
)


LEFT = text("SELECT FROM persons WHERE id = :id AND status = 'left'")


async def has_left(store: Store, actor: Actor) -> bool:
    """Return whether somebody works here no longer, as far as people has said."""
    return actor.person is not None and bool(await store.rows(LEFT, {"id": actor.person}))


def may_read(actor: Actor) -> Actor:
    """The actor, if they may read; ``Forbidden`` otherwise."""
    if not READS.unconditional(actor):
        raise Forbidden(NOT_AUTHORISED, f"Only {READS.sentence} may read this.", f"Ask {READS.sentence}.")
    return actor


async def reader(actor: Caller) -> Actor:
    return may_read(actor)


Reader = Annotated[Actor, Depends(reader)]
