"""The organisation chart: positions, holders and reporting lines, now, on a day, and as known at a moment."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.domain.streams import id_of
from chassis.store.fields import Fields
from chassis.store.store import MAX_CHAIN, Store
from contracts.values import Grade
from services.people.organisation.domain.person.model import NEVER_HERE, Person
from services.people.organisation.domain.person.rules import PERSON
from services.people.organisation.domain.position import POSITION, Position, PositionStatus

HOLDER, SEAT = Fields(PERSON), Fields(POSITION)
HOLDERS = text(
    f"SELECT {HOLDER.id}::uuid AS id FROM states"
    f" WHERE {HOLDER.of_kind} AND {HOLDER.appointment.division_id} = :division"
)

# Everyone who was ever given a position in the division or named as a line manager: the log knows, the states do not.
ONCE_HOLDERS = text(
    f"SELECT DISTINCT {HOLDER.id}::uuid AS id FROM events WHERE type = 'PersonAppointed'"
    " AND data->>'division_id' = :division"
)

ONCE_REPORTED = text(
    f"SELECT DISTINCT {HOLDER.id}::uuid AS id FROM events WHERE type IN ('PersonAppointed', 'LineManagerChanged')"
    " AND data->>'line_manager_id' = :manager"
)

POSITIONS = text(f"SELECT {SEAT.id}::uuid AS id FROM states WHERE {SEAT.of_kind} AND {SEAT.division_id} = :division")


@dataclass(frozen=True)
class When:
    """In effect on a day, as known at a moment; None where it is as of now."""

    effective_on: date | None = None
    known_at: datetime | None = None


class Seat(BaseModel):
    """A position and who holds it; nobody where it is vacant."""

    position_id: UUID
    title: str
    grade: Grade
    reports_to: UUID | None = Field(description="the position above")
    holder_id: UUID | None
    holder: str | None = Field(description="the holder's name")
    line_manager_id: UUID | None = Field(description="the holder's line manager")


class Link(BaseModel):
    """Somebody in a line."""

    id: UUID
    name: str
    title: str | None
    division_id: UUID | None
    line_manager_id: UUID | None


async def persons(store: Store, ids: list[UUID], when: When) -> dict[UUID, Person]:
    """These persons as they stood, as far as there were any."""
    if when == When():
        loaded = await store.load_many(PERSON, ids)
    else:
        loaded = await store.folded_many(PERSON, ids, known_at=when.known_at, effective_on=when.effective_on)
    return {id: each.state for id, each in zip(ids, loaded, strict=True) if each.state is not None}


async def positions(store: Store, division: UUID, when: When) -> dict[UUID, Position]:
    ids = [row.id for row in await store.rows(POSITIONS, {"division": str(division)})]
    if when == When():
        loaded = await store.load_many(POSITION, ids)
    else:
        loaded = await store.folded_many(POSITION, ids, known_at=when.known_at, effective_on=when.effective_on)
    return {id: each.state for id, each in zip(ids, loaded, strict=True) if each.state is not None}


async def chart(store: Store, division: UUID, when: When) -> list[Seat]:
    """The positions of a division with their holders, the highest grade first, then by title."""
    query = HOLDERS if when == When() else ONCE_HOLDERS
    ids = [row.id for row in await store.rows(query, {"division": str(division)})]
    holding = {
        person.appointment.position_id: (id, person)
        for id, person in (await persons(store, ids, when)).items()
        if person.appointment is not None and person.works_here
    }
    # A position has no business time: what is known of it holds for its holder, however late it was recorded.
    known = await positions(store, division, When(known_at=when.known_at))
    there = known if when.effective_on is None else await positions(store, division, when)
    vacant = {id for id, position in there.items() if position.status is not PositionStatus.RETIRED}
    seats = [seat(id, position, holding.get(id)) for id, position in known.items() if id in holding or id in vacant]
    return sorted(seats, key=lambda seat: (-seat.grade.rank, seat.title, seat.position_id))


def seat(id: UUID, position: Position, held: tuple[UUID, Person] | None) -> Seat:
    holder_id, holder = held or (None, None)
    return Seat(
        position_id=id,
        title=position.title,
        grade=position.grade,
        reports_to=position.reports_to,
        holder_id=holder_id,
        holder=holder.name if holder else None,
        line_manager_id=holder.line_manager_id if holder else None,
    )


async def line(store: Store, id: UUID, when: When) -> list[Link]:
    """A person and everybody above them, nearest first; empty where there was no such person."""
    found = await line_now(store, id) if when == When() else await line_then(store, id, when)
    return [link(each, person) for each, person in found.items() if person.employment not in NEVER_HERE]


async def line_now(store: Store, id: UUID) -> dict[UUID, Person]:
    loaded = await store.load_chain(PERSON, id, "line_manager_id")
    return {id_of(each.stream): each.state for each in loaded if each.state is not None}


async def line_then(store: Store, id: UUID, when: When) -> dict[UUID, Person]:
    found: dict[UUID, Person] = {}
    above: UUID | None = id
    while above is not None and above not in found and len(found) < MAX_CHAIN:
        person = (await persons(store, [above], when)).get(above)
        if person is None:
            break
        found[above] = person
        above = person.line_manager_id
    return found


async def reports(store: Store, id: UUID, when: When) -> list[Link]:
    """Return a person's direct reports, by name."""
    ids = [row.id for row in await store.rows(ONCE_REPORTED, {"manager": str(id)})]
    found = [
        link(each, person)
        for each, person in (await persons(store, ids, when)).items()
        if person.line_manager_id == id and person.works_here
    ]
    return sorted(found, key=lambda link: (link.name, link.id))


def link(id: UUID, person: Person) -> Link:
    held = person.appointment
    return Link(
        id=id,
        name=person.name,
        title=held.title if held else None,
        division_id=held.division_id if held else None,
        line_manager_id=person.line_manager_id,
    )
