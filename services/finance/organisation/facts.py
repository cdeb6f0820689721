"""Facts about persons and divisions, from people's events."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text

from chassis.domain.decider import Actor
from chassis.store.decision_view import View
from chassis.store.store import Store
from contracts.values import Grade
from services.finance.organisation.domain.known import KnownDivision

OUT_OF_OFFICE = text("SELECT FROM known_persons WHERE id = :id AND (gone OR suspended)")
ABOVE = text(
    "WITH RECURSIVE above AS ("
    " SELECT id, parent_id, head_id, closed, 0 AS depth FROM known_divisions WHERE id = :division"
    " UNION ALL"
    " SELECT next.id, next.parent_id, next.head_id, next.closed, above.depth + 1"
    " FROM known_divisions next JOIN above ON next.id = above.parent_id WHERE above.depth < 100)"
    " SELECT above.id, above.head_id, above.closed, EXISTS ("
    " SELECT FROM known_persons p WHERE p.id = :person AND p.division_id = above.id AND NOT p.gone AND NOT p.suspended"
    " ) AS works_here"
    " FROM above ORDER BY depth"
)
STANDS_IN = text(
    "SELECT EXISTS (SELECT FROM jsonb_array_elements(replaced.stand_ins) named"
    " WHERE named->>'id' = CAST(:actor AS text)"
    " AND CAST(named->>'starts_on' AS date) <= day.today AND day.today <= CAST(named->>'ends_on' AS date)) AS holds"
    " FROM known_persons replaced"
    " JOIN known_persons acting ON acting.id = :actor AND NOT acting.gone AND NOT acting.suspended"
    " CROSS JOIN LATERAL (SELECT CAST(CAST(:at AS timestamptz) AT TIME ZONE time_zone_of(replaced.division_id) AS date)"
    " AS today) day WHERE replaced.id = :replaced AND NOT replaced.gone"
)
GRADE = text("SELECT id, grade FROM known_persons WHERE id = ANY(:ids) AND NOT gone")
CERTIFIED = text("SELECT is_certified(:person, CAST(:day AS date)) AS holds")
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
        line=tuple(row.id for row in rows),
        above=tuple(row.head_id for row in rows[1:] if row.head_id is not None),
    )


async def stands_in(view: View, actor: Actor, at: datetime) -> bool:
    """Return whether the actor is at work and a stand-in on this day, named by somebody who works here."""
    if actor.person is None or actor.acts_as is None:
        return False
    rows = await view.reference(STANDS_IN, {"actor": actor.person, "replaced": actor.acts_as, "at": at})
    return bool(rows and rows[0].holds)


async def grade_of(view: View, person_id: UUID | None) -> Grade | None:
    """The grade of the office in which somebody acts; None where they have none."""
    rows = await view.reference_of(GRADE, person_id) if person_id else ()
    return Grade(rows[0].grade) if rows and rows[0].grade else None


async def is_certified(view: View, person_id: UUID | None, day: date) -> bool:
    """Return whether somebody holds a certificate of budget management on a day."""
    if person_id is None:
        return False
    rows = await view.reference(CERTIFIED, {"person": person_id, "day": day})
    return bool(rows[0].holds)


async def works_here(view: View, person_id: UUID) -> bool | None:
    """Return whether somebody works here; None where finance has not heard of them."""
    rows = await view.reference_of(PERSON, person_id)
    return not rows[0].gone if rows else None
