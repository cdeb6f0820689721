"""Facts about persons and divisions, from people's events."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.domain.decider import Actor
from chassis.store.decision_view import View
from chassis.store.store import Store
from contracts.values import Grade
from services.portfolio.organisation.domain.known import KnownPerson

LINE = text(
    "WITH RECURSIVE line AS ("
    " SELECT id, grade, active, senior_eligible, line_manager_id, 0 AS depth FROM known_persons WHERE id = :id"
    " UNION ALL"
    " SELECT p.id, p.grade, p.active, p.senior_eligible, p.line_manager_id, line.depth + 1"
    " FROM known_persons p JOIN line ON p.id = line.line_manager_id WHERE line.depth < 50)"
    " SELECT * FROM line ORDER BY depth"
)

OUT_OF_OFFICE = text("SELECT FROM known_persons WHERE id = :id AND (gone OR NOT active)")
DIVISION = text("SELECT head_id, closed FROM known_divisions WHERE id = :id")


async def is_out_of_office(store: Store, actor: Actor) -> bool:
    """Return whether somebody left or is suspended, as far as people has said: no relation gives them authority."""
    return actor.person is not None and bool(await store.rows(OUT_OF_OFFICE, {"id": actor.person}))


STANDS_IN = text(
    "SELECT EXISTS (SELECT FROM jsonb_array_elements(replaced.stand_ins) named"
    " WHERE named->>'id' = CAST(:actor AS text)"
    " AND CAST(named->>'starts_on' AS date) <= day.today AND day.today <= CAST(named->>'ends_on' AS date)) AS holds"
    " FROM known_persons replaced JOIN known_persons acting ON acting.id = :actor AND acting.active"
    " CROSS JOIN LATERAL (SELECT CAST(CAST(:at AS timestamptz) AT TIME ZONE time_zone_of(replaced.division_id) AS date)"
    " AS today) day WHERE replaced.id = :replaced AND NOT replaced.gone"
)


async def stands_in(view: View, actor: Actor, at: datetime) -> bool:
    """Return whether the actor is at work and a stand-in on this day, named by somebody who works here."""
    if actor.person is None or actor.acts_as is None:
        return False
    rows = await view.reference(STANDS_IN, {"actor": actor.person, "replaced": actor.acts_as, "at": at})
    return bool(rows and rows[0].holds)


async def line_of(view: View, person_id: UUID | None) -> list[KnownPerson]:
    """A person and everybody above them, nearest first; empty where they are unknown.

    A leaver bumps the guard, so that nobody is made accountable while the news of their leaving is applied.
    """
    if person_id is None:
        return []
    rows = await view.guarded(answering(person_id), LINE, {"id": person_id})
    ids = [row.id for row in rows]
    return [
        KnownPerson(
            id=row.id,
            grade=Grade(row.grade) if row.grade else None,
            active=row.active,
            line=tuple(ids[place + 1 :]),
            eligible_for_senior=row.senior_eligible is not False,
        )
        for place, row in enumerate(rows)
    ]


def answering(person_id: UUID) -> str:
    """The guard of whether a person can answer."""
    return f"person:{person_id}:answering"


async def person(view: View, person_id: UUID | None) -> KnownPerson | None:
    line = await line_of(view, person_id)
    return line[0] if line else None


async def in_office_above(view: View, person_id: UUID) -> KnownPerson | None:
    """The nearest manager above who is active in a position, each read under their own guard: they may be leaving."""
    for above in (await line_of(view, person_id))[1:]:
        manager = await person(view, above.id)
        if manager is not None and manager.active and manager.grade is not None:
            return manager
    return None


async def division_of(view: View, division_id: UUID) -> dict[str, Any]:
    """Gather whether the division is open, and its head."""
    rows = await view.reference(DIVISION, {"id": division_id})
    if not rows:
        return {}
    return {"division_open": not rows[0].closed, "division_head": await person(view, rows[0].head_id)}
