"""Facts about the organisation: the line above somebody, the office they act in, who pays."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.domain.decider import Actor, Facts
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from chassis.store.store import StoredEvent
from contracts.values import Grade
from services.people.organisation import zones
from services.people.organisation.domain.division import DIVISION
from services.people.organisation.domain.line import Above
from services.people.organisation.domain.person.model import NOT_HERE, Employment, Person
from services.people.organisation.domain.person.rules import PERSON
from services.people.organisation.domain.position import POSITION, Position
from services.people.organisation.domain.staffing_policy import POLICY_ID, STAFFING_POLICY, StaffingPolicy


async def about(view: View, base: Facts, person_id: UUID | None) -> dict[str, Any]:
    """The fields of ``LineFacts`` for a person: who they are, who is above them, and the grade of the actor."""
    found = await view.chain(PERSON, person_id, "line_manager_id")
    known = {
        **vars(base),
        "subject": person_id,
        "actor_grade": await office_of(view, base.actor),
        "entrusted": await entrusted(view, base),
    }
    if not found:
        return known
    person = found[0][1]
    return known | {
        "employed": person.works_here,
        "erased": person.erased,
        "grade": person.appointment.grade if person.appointment else None,
        "division_id": person.appointment.division_id if person.appointment else None,
        "line": tuple(Above(id, grade_of(above)) for id, above in found[1:]),
    }


async def entrusted(view: View, base: Facts) -> bool:
    """Return whether a stand-in is a manager too, or was named for what is confidential as well."""
    actor = base.actor
    if actor.for_whom is None:
        return False
    grade = grade_of(await view.state(PERSON, actor.person))
    if grade is not None and grade.rank >= Grade.JUNIOR_MANAGER.rank:
        return True
    replaced = await view.state(PERSON, actor.acts_as)
    named = replaced.stand_ins if replaced else ()
    today = await zones.today_of(view, zones.PERSON_ZONE, actor.acts_as, base.at)
    return any(each.confidential and each.stand_in_id == actor.person and each.on(today) for each in named)


async def lines_of(view: View, actor: Actor) -> tuple[UUID, ...]:
    """Everybody above the actor, and above the person they stand in for."""
    chains = [await view.chain(PERSON, person, "line_manager_id") for person in sorted(actor.persons)]
    return tuple(id for chain in chains for id, _ in chain[1:])


def doers(event: StoredEvent | None) -> frozenset[str]:
    """Who did what an event says, and in whose place."""
    told = [event.metadata.get(name) for name in ("actor", "for_whom")] if event else []
    return frozenset(name for name in told if name is not None)


async def office_of(view: View, actor: Actor) -> Grade | None:
    """The grade of the office in which somebody acts; who is suspended acts in none, but their stand-in does."""
    person = await view.state(PERSON, actor.acts_as)
    if actor.for_whom is not None and person and person.employment is Employment.SUSPENDED and person.appointment:
        return person.appointment.grade
    return grade_of(person)


async def line_above(view: View, position: Position | None) -> Sequence[Above]:
    """The holder of the nearest held position above, and everybody above them."""
    if position is None:
        return ()
    superiors = [id for id, _ in await view.chain(POSITION, position.reports_to, "reports_to")]
    held = await holders(view, superiors) if superiors else {}
    nearest = next((held[id] for id in superiors if id in held), None)
    return tuple(Above(id, grade_of(person)) for id, person in await view.chain(PERSON, nearest, "line_manager_id"))


async def paying(view: View, base: Facts, division_id: UUID) -> dict[str, Any]:
    """The fields of ``PayingFacts`` beside the person's: the division that pays, and that of the actor."""
    above = await view.chain(DIVISION, division_id, "parent_id")
    actor = await view.state(PERSON, base.actor.acts_as)
    held = actor.appointment if actor and grade_of(actor) else None
    return {
        "division_open": not above[0][1].closed if above else None,
        "paying": tuple(id for id, _ in above),
        "actor_division": held.division_id if held else None,
    }


def grade_of(person: Person | None) -> Grade | None:
    """The grade of somebody active in a position."""
    if person is None or person.employment is not Employment.ACTIVE or person.appointment is None:
        return None
    return person.appointment.grade


HOLDER = Fields(PERSON)
HOLDERS_OF = text(
    f"SELECT {HOLDER.appointment.position_id} AS position_id, {HOLDER.id} AS id FROM states WHERE {HOLDER.of_kind}"
    f" AND {HOLDER.appointment.position_id} = ANY(:ids) AND {HOLDER.employment.none_of(*NOT_HERE)}"
)


async def limits(view: View) -> StaffingPolicy:
    return await view.state(STAFFING_POLICY, POLICY_ID) or StaffingPolicy()


async def holder(view: View, position_id: UUID) -> UUID | None:
    return (await holders(view, [position_id])).get(position_id)


async def holders(view: View, position_ids: Sequence[UUID]) -> Mapping[UUID, UUID]:
    """Return the holders of these positions; without those that nobody holds."""
    guards = [f"position:{id}:holder" for id in position_ids]
    rows = await view.guarded_by(guards, HOLDERS_OF, {"ids": [str(id) for id in position_ids]})
    return {UUID(row.position_id): UUID(row.id) for row in rows}


# What belongs to a subject that stands on this one is asked for by a function, in the service's folder of SQL.
BARS = text("SELECT id FROM barred(ARRAY[CAST(:id AS text)])")


async def barred(view: View, person_id: UUID) -> bool:
    """Return whether something confidential bars a person from senior responsibilities now."""
    return bool(await view.guarded(f"person:{person_id}:bars", BARS, {"id": str(person_id)}))
