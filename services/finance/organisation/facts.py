"""Facts about persons and divisions, from people's events."""

from uuid import UUID

from sqlalchemy import text

from chassis.domain.decider import Actor
from chassis.store.decision_view import View
from chassis.store.store import Store
from services.finance.organisation.domain.known import KnownDivision

OUT_OF_OFFICE = text("SELECT FROM known_persons WHERE id = :id AND (gone OR suspended)")
ABOVE = text(
    "WITH RECURSIVE above AS ("
    " SELECT id, parent_id, head_id, closed, 0 AS depth FROM known_divisions WHERE id = :division"
    " UNION ALL"
    " SELECT next.id, next.parent_id, next.head_id, next.closed, above.depth + 1"
    " FROM known_divisions next JOIN above ON next.id = above.parent_id WHERE above.depth < 100)"
    " SELECT above.head_id, above.closed, EXISTS ("
    " SELECT FROM known_persons p WHERE p.id = :person AND p.division_id = above.id AND NOT p.gone AND NOT p.suspended"
    " ) AS works_here"
    " FROM above ORDER BY depth"
)
PERSON = text("SELECT id, gone FROM known_persons WHERE id = ANY(:ids)")


async def is_out_of_office(store: Store, actor: Actor) -> bool:
    """Return whether somebody left or is suspended, as far as people has said."""
    return actor.person is not None and bool(await store.rows(OUT_OF_OFFICE, {"id": actor.person}))


async def division_of(view: View, division_id: UUID, actor: Actor) -> KnownDivision | None:
    """A division, who heads it and those above it, and whether the actor is one of its people."""
    rows = await view.reference(ABOVE, {"division": division_id, "person": actor.acts_as})
    if not rows:
        return None
    return KnownDivision(
        open=not rows[0].closed,
        heads=tuple(row.head_id for row in rows if row.head_id is not None),
        actor_works_here=any(row.works_here for row in rows),
    )


async def works_here(view: View, person_id: UUID) -> bool | None:
    """Return whether somebody works here; None where finance has not heard of them."""
    rows = await view.reference_of(PERSON, person_id)
    return not rows[0].gone if rows else None
