"""Facts about persons, from people's events."""

from sqlalchemy import text

from chassis.domain.decider import Actor
from chassis.store.store import Store

LEFT = text("SELECT FROM known_persons WHERE id = :id AND gone")


async def has_left(store: Store, actor: Actor) -> bool:
    """Return whether somebody works here no longer, as far as people has said."""
    return actor.person is not None and bool(await store.rows(LEFT, {"id": actor.person}))
