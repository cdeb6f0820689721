"""Skills that projects need, beside those that persons have: by skill and level, in the words of the catalogue."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.store.fields import Fields, Items
from chassis.store.store import Store
from services.people.organisation.catalogue import known_skills
from services.people.organisation.domain.identity import identity
from services.people.organisation.domain.person.model import NOT_HERE
from services.people.organisation.domain.person.rules import PERSON
from services.people.organisation.domain.skill import Catalogue, called
from services.people.organisation.subtree import within
from services.people.qualifications.domain.rules import QUALIFICATIONS

P, Q = Fields(PERSON, "p"), Fields(QUALIFICATIONS, "q")
SKILL = Items(Q.skills, "s")

NEEDED = text(
    "SELECT id, project_id, skill, level, heads, starts_on, ends_on FROM skill_demands"
    f" WHERE starts_on <= :last AND ends_on >= :first AND {within('CAST(division_id AS text)')}"
    " ORDER BY starts_on, id"
)

HELD = text(
    f"SELECT {SKILL.skill} AS skill, ({SKILL.level})::integer AS level, count(*) AS heads"
    f" FROM states p JOIN states q ON {Q.stream} = {Q.stream_of(P.id)} CROSS JOIN LATERAL {SKILL.each}"
    f" WHERE {P.of_kind} AND {P.employment.none_of(*NOT_HERE)} AND {SKILL.assessed_on} IS NOT NULL"
    f" AND {within(P.appointment.division_id)} GROUP BY 1, 2"
)


class Demand(BaseModel):
    """A project's need."""

    id: UUID
    project_id: UUID
    heads: int
    starts_on: date
    ends_on: date


class NeededSkill(BaseModel):
    """A skill at a level that projects need, beside how many persons were found to have it."""

    skill: str
    level: int
    heads: int = Field(description="needed by projects at some time in the days asked about")
    held: int | None = Field(description="persons with the skill at this level or above; null of too few to tell")
    short: int | None = Field(description="heads - held where that is more than 0; null where held is")
    demands: list[Demand]


async def needed(store: Store, divisions: list[str] | None, first: date, last: date, fewest: int) -> list[NeededSkill]:
    """What projects of these divisions need between two days, the largest shortage first."""
    skills = await known_skills(store)
    rows = await store.rows(NEEDED, {"divisions": divisions, "first": first, "last": last})
    held = list(await store.rows(HELD, {"divisions": divisions}))
    groups: dict[tuple[str, int], list[Any]] = {}
    for row in rows:
        groups.setdefault((called(row.skill, skills), row.level), []).append(row)
    found = [of_skill(skill, level, group, held, skills, fewest) for (skill, level), group in groups.items()]
    return sorted(found, key=lambda each: (-(each.short or 0), each.skill, each.level))


def of_skill(
    skill: str, level: int, rows: Sequence[Any], held: Iterable[Any], skills: Catalogue, fewest: int
) -> NeededSkill:
    """The demands of one skill at one level; of how few have it is not told, but that nobody has."""
    heads = sum(row.heads for row in rows)
    same = identity(skill)
    have = sum(row.heads for row in held if row.level >= level and identity(called(row.skill, skills)) == same)
    told = have if have >= fewest or have == 0 else None
    return NeededSkill(
        skill=skill,
        level=level,
        heads=heads,
        held=told,
        short=None if told is None else max(heads - told, 0),
        demands=[
            Demand(id=row.id, project_id=row.project_id, heads=row.heads, starts_on=row.starts_on, ends_on=row.ends_on)
            for row in rows
        ],
    )
