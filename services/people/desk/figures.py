"""The figures of people on a day: each a numerator over a denominator, the sums of the records it counts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeGuard
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.store.past_states import States
from services.people.desk.formulas import BARRED, BENCH, FORMULAS, GAPS_BY_DIVISION, READY_NOW, SUMS, Formula
from services.people.organisation import catalogue
from services.people.organisation.domain.days import months_after
from services.people.organisation.domain.identity import identity
from services.people.organisation.domain.person.appointment import passes_gate
from services.people.organisation.domain.person.model import Employment, Person
from services.people.organisation.domain.person.rules import PERSON
from services.people.organisation.domain.position import POSITION
from services.people.organisation.domain.staffing_policy import StaffingPolicy, demands_seniority


class Figure(BaseModel):
    """A figure; ``value`` is null where there is nothing to divide by, or too few records to show it."""

    name: str
    value: Decimal | None = Field(description="above ÷ below, with four decimals, halves up")
    unit: str
    formula: str
    above: Decimal | None
    below: Decimal | None
    records: str = Field(description="the address of the records it counts; ask there for the same division and day")


class DivisionGap(BaseModel):
    """The skills that a division's positions require of their holders, and how many of them are lacking.

    The records it counts are those of the skill gap of that division alone.
    """

    division_id: UUID
    division: str
    required: int
    lacking: int


class Bench(BaseModel):
    """The number of persons with a skill that a critical position requires, at its level, lately assessed.

    The records that all depths count are those of ``bench``, each with the number of these skills that it adds.
    """

    skill: str
    level: int
    depth: int


class Figures(BaseModel):
    """The figures of the whole organisation, or of a division; on a day."""

    on: date
    division_id: UUID | None
    figures: list[Figure]
    skill_gaps: list[DivisionGap] = Field(description="by division, the largest gap first")
    bench: list[Bench] = Field(description="by skill of the critical positions, the thinnest first")


@dataclass(frozen=True)
class Asked:
    """The day, the division and the divisions of which figures are told, from states as they are or were.

    ``fewest``: with fewer records, a figure that is hidden is not told; ``for_head``: it is the head who asks.
    """

    states: States
    on: date
    division_id: UUID | None
    divisions: list[str] | None
    policy: StaffingPolicy
    fewest: int
    for_head: bool

    def tells(self, formula: Formula, records: Decimal | int) -> bool:
        """Return whether what rests on so many records is told to who asks."""
        hidden = {"nobody": False, "heads": self.for_head, "everybody": True}
        return not hidden[formula.hidden_from] or records >= self.fewest

    async def rows(self, query: str, parameters: Mapping[str, object]) -> Sequence[Any]:
        """The rows of a query, with those of the parameters that it names."""
        return await self.states.rows(
            text(query), {name: value for name, value in parameters.items() if f":{name}" in query}
        )


async def figures(asked: Asked) -> Figures:
    """All figures of a day."""
    known = await parameters(asked, SUMS)
    sums = {row.key: row for row in await asked.rows(SUMS, known)}
    return Figures(
        on=asked.on,
        division_id=asked.division_id,
        figures=[figure(asked, each, sums[each.key].above, sums[each.key].below) for each in FORMULAS],
        skill_gaps=[DivisionGap(**row._mapping) for row in await asked.rows(GAPS_BY_DIVISION, known)],
        bench=[Bench(**row._mapping) for row in await asked.rows(BENCH, known)],
    )


async def parameters(asked: Asked, query: str) -> dict[str, object]:
    """What the formulas' queries know; who is ready is worked out for a query that asks for it."""
    skills = catalogue.by_name(await asked.states.rows(catalogue.LIVE))
    return {
        "divisions": asked.divisions,
        "skills": json.dumps({name: identity(each.name) for name, each in skills.items()}),
        "ready": await with_ready_successor(asked) if ":ready" in query else [],
        "today": str(asked.on),
        "year_ago": str(months_after(asked.on, -12)),
        "stale_months": asked.policy.stale_skill_months,
    }


async def with_ready_successor(asked: Asked) -> list[str]:
    """The critical positions of these divisions in which somebody could follow that day, as the gate would have it."""
    rows = await asked.rows(READY_NOW, {"divisions": asked.divisions})
    positions = [each.state for each in await asked.states.load_many(POSITION, [row.position_id for row in rows])]
    persons = [each.state for each in await asked.states.load_many(PERSON, [row.person_id for row in rows])]
    bars = {row.id for row in await asked.rows(BARRED, {"persons": [str(row.person_id) for row in rows]})}
    found = set()
    for row, position, person in zip(rows, positions, persons, strict=True):
        free = not demands_seniority(position.grade) or row.person_id not in bars
        years = max(position.it_management_years, asked.policy.it_management_years)
        if free and could_follow(person, row.position_id) and passes_gate(person, position.grade, years, asked.on):
            found.add(str(row.position_id))
    return sorted(found)


def could_follow(person: Person | None, position_id: UUID) -> TypeGuard[Person]:
    """Return whether somebody is at work, and not in the position already."""
    if person is None or person.employment is not Employment.ACTIVE:
        return False
    return person.appointment is None or person.appointment.position_id != position_id


def figure(asked: Asked, formula: Formula, above: Decimal, sum_below: Decimal) -> Figure:
    """A figure of the sums over its records, told where it rests on enough of them."""
    below = Decimal(1) if formula.plain else sum_below
    told = asked.tells(formula, below)
    value = (above / below).quantize(Decimal("0.0001"), ROUND_HALF_UP) if told and below else None
    return Figure(
        name=formula.name,
        value=value,
        unit=formula.unit,
        formula=formula.formula,
        above=plain(above) if told else None,
        below=plain(below) if told else None,
        records=f"/figures/{formula.key}/records",
    )


def plain(number: Decimal) -> Decimal:
    """A number without zeros after its last digit."""
    return number.to_integral_value() if number == number.to_integral_value() else number.normalize()
