"""The figures of people: each a numerator over a denominator, with the formula that gives it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.store.store import Store
from services.people.organisation.domain.days import months_after
from services.people.organisation.domain.staffing_policy import POLICY_ID, STAFFING_POLICY, StaffingPolicy

FEWEST = 5
"""Of fewer reviews or critical positions than this no figure is told: it would say something of each of them."""

HERE = "(CAST(:division AS text) IS NULL OR state->'appointment'->>'division_id' = :division)"
STAFF = f"SELECT right(stream, 36) AS id, state FROM states WHERE kind = 'person' AND {HERE}"
EMPLOYED = f"{STAFF} AND state->>'employment' <> 'left'"
MEMBERS = f"IN (SELECT id FROM ({EMPLOYED}) p)"
OF_DIVISION = "(CAST(:division AS text) IS NULL OR state->>'division_id' = :division)"
APPROVED = f"kind = 'position' AND state->>'status' IN ('approved', 'revised') AND {OF_DIVISION}"
REQUIRED = f"""
SELECT p.id AS person, r->>'skill' AS skill, (r->>'level')::int AS level
FROM ({EMPLOYED}) p JOIN states j ON j.stream = 'position-' || (p.state->'appointment'->>'position_id')
CROSS JOIN LATERAL jsonb_array_elements(j.state->'required_skills') r
"""

FRESH = "(s->>'assessed_on')::date + make_interval(months => CAST(:stale_months AS int)) > CAST(:today AS date)"
HELD = f"""
EXISTS (SELECT FROM states q CROSS JOIN LATERAL jsonb_array_elements(q.state->'skills') s
    WHERE q.stream = 'qualifications-' || need.person AND lower(s->>'skill') = lower(need.skill)
    AND (s->>'level')::int >= need.level AND {FRESH})
"""


@dataclass(frozen=True)
class Formula:
    """How a figure is worked out: a query that gives ``above`` and ``below``; below 1 is a plain count.

    ``hidden_from``: whom it is not told of fewer than ``FEWEST``. Queries know ``:division``, ``:today``, ``:year_ago``
    and ``:stale_months``, after which an assessment is stale.
    """

    name: str
    unit: str
    formula: str
    query: str
    hidden_from: Literal["nobody", "heads", "everybody"] = "nobody"


FORMULAS: Sequence[Formula] = [
    Formula(
        "vacancy rate",
        "share",
        "approved positions that nobody holds ÷ approved positions",
        f"SELECT count(*) FILTER (WHERE NOT EXISTS (SELECT FROM states p WHERE p.kind = 'person'"
        " AND p.state->'appointment'->>'position_id' = right(states.stream, 36) AND p.state->>'employment' <> 'left'))"
        f" AS above, count(*) AS below FROM states WHERE {APPROVED}",
    ),
    Formula(
        "turnover rate",
        "share",
        "who left in the last twelve months ÷ the mean of the headcounts now and twelve months ago",
        "SELECT count(*) FILTER (WHERE state->>'employment' = 'left' AND state->>'last_on' > :year_ago) AS above,"
        " (count(*) FILTER (WHERE state->>'employment' <> 'left')"
        " + count(*) FILTER (WHERE state->>'hired_on' <= :year_ago"
        " AND NOT (state->>'employment' = 'left' AND state->>'last_on' <= :year_ago)))::numeric / 2 AS below"
        f" FROM ({STAFF}) p",
    ),
    Formula(
        "time to fill",
        "days",
        "days from opening a vacancy to filling it, of those filled in the last twelve months ÷ how many these are",
        "SELECT coalesce(sum((state->>'filled_on')::date - (state->>'opened_on')::date), 0) AS above, count(*) AS below"
        " FROM states WHERE kind = 'vacancy' AND state->>'status' = 'filled' AND state->>'filled_on' > :year_ago"
        f" AND {OF_DIVISION}",
    ),
    Formula(
        "offer acceptance",
        "share",
        "offers accepted ÷ offers made, of vacancies opened in the last twelve months",
        "SELECT coalesce(sum((state->>'accepted')::int), 0) AS above,"
        " coalesce(sum((state->>'offers_made')::int), 0) AS below"
        f" FROM states WHERE kind = 'vacancy' AND state->>'opened_on' > :year_ago AND {OF_DIVISION}",
    ),
    Formula(
        "reviews on time",
        "share",
        "reviews that fell due in the last twelve months and were calibrated by their day ÷ all that fell due",
        "SELECT count(*) FILTER (WHERE state->>'calibrated_on' <= state->>'due_on') AS above, count(*) AS below"
        " FROM states WHERE kind = 'performance-review' AND state->>'status' <> 'withdrawn'"
        f" AND state->>'due_on' > :year_ago AND state->>'due_on' < :today AND state->>'person_id' {MEMBERS}",
        hidden_from="everybody",
    ),
    Formula(
        "certified share",
        "share",
        "certificates held ÷ certificates that the positions of those who hold them require",
        "SELECT count(*) FILTER (WHERE EXISTS (SELECT FROM states q"
        " CROSS JOIN LATERAL jsonb_array_elements(q.state->'certificates') c"
        " WHERE q.stream = 'qualifications-' || p.id AND c->>'scheme_id' = r AND c->>'status' = 'held')) AS above,"
        f" count(*) AS below FROM ({EMPLOYED}) p"
        " JOIN states j ON j.stream = 'position-' || (p.state->'appointment'->>'position_id')"
        " CROSS JOIN LATERAL jsonb_array_elements_text(j.state->'required_schemes') r",
    ),
    Formula(
        "training hours per head",
        "hours",
        "hours of trainings completed in the last twelve months ÷ headcount",
        "SELECT (SELECT coalesce(sum((t.state->>'hours')::numeric), 0) FROM states e"
        " JOIN states t ON t.stream = 'training-programme-' || (e.state->>'programme_id')"
        " WHERE e.kind = 'enrolment' AND e.state->>'status' = 'completed' AND e.state->>'completed_on' > :year_ago"
        f" AND e.state->>'person_id' {MEMBERS}) AS above, (SELECT count(*) FROM ({EMPLOYED}) p) AS below",
    ),
    Formula(
        "learning hours per head",
        "hours",
        "hours recorded in development plans in the last twelve months ÷ headcount",
        "SELECT (SELECT coalesce(sum((l->>'hours')::numeric), 0) FROM states"
        " CROSS JOIN LATERAL jsonb_array_elements(state->'learning') l"
        f" WHERE kind = 'development-plan' AND l->>'on' > :year_ago AND state->>'person_id' {MEMBERS}) AS above,"
        f" (SELECT count(*) FROM ({EMPLOYED}) p) AS below",
    ),
    Formula(
        "overdue returns",
        "tools",
        "tools that should have been returned",
        "SELECT count(*) AS above, 1 AS below FROM states WHERE kind = 'tool' AND state->'overdue' = 'true'"
        f" AND state->>'status' IN ('issued', 'acknowledged') AND state->>'person_id' {MEMBERS}",
    ),
    Formula(
        "skill gap",
        "share",
        "skills required of those in positions that they lack, or have not been assessed in lately ÷ skills required",
        f"SELECT count(*) FILTER (WHERE NOT {HELD}) AS above, count(*) AS below FROM ({REQUIRED}) need",
    ),
    Formula(
        "critical positions without a ready successor",
        "share",
        "critical positions with no other active person who is ready now ÷ critical positions",
        "SELECT count(*) FILTER (WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(c.state->'successors') s"
        " JOIN states p ON p.stream = 'person-' || (s->>'person_id')"
        " WHERE s->>'readiness' = 'now' AND p.state->>'employment' = 'active'"
        " AND p.state->'appointment'->>'position_id' IS DISTINCT FROM right(c.stream, 36)"
        " AND (j.state->>'grade' NOT IN ('senior manager', 'executive') OR p.state->'eligible' = 'true'))) AS above,"
        " count(*) AS below FROM states c JOIN states j ON j.stream = 'position-' || right(c.stream, 36)"
        " WHERE c.kind = 'succession' AND c.state->'critical' = 'true'"
        " AND (CAST(:division AS text) IS NULL OR j.state->>'division_id' = :division)",
        hidden_from="heads",  # the succession of their own position is not theirs to see
    ),
]

GAPS_BY_DIVISION = f"""
SELECT d.id AS division_id, d.name AS division, count(*) AS required, count(*) FILTER (WHERE NOT {HELD}) AS lacking
FROM ({REQUIRED}) need JOIN states p ON p.stream = 'person-' || need.person
JOIN LATERAL (SELECT right(stream, 36)::uuid AS id, state->>'name' AS name FROM states
    WHERE stream = 'division-' || (p.state->'appointment'->>'division_id')) d ON true
GROUP BY d.id, d.name ORDER BY count(*) FILTER (WHERE NOT {HELD}) DESC, d.name, d.id
"""

BENCH = f"""
SELECT need.skill, need.level, count(DISTINCT p.id) AS depth
FROM (SELECT r->>'skill' AS skill, max((r->>'level')::int) AS level FROM states c
    JOIN states j ON j.stream = 'position-' || right(c.stream, 36)
    CROSS JOIN LATERAL jsonb_array_elements(j.state->'required_skills') r
    WHERE c.kind = 'succession' AND c.state->'critical' = 'true' GROUP BY r->>'skill') need
LEFT JOIN (SELECT e.id, s->>'skill' AS skill, (s->>'level')::int AS level FROM ({EMPLOYED}) e
    JOIN states q ON q.stream = 'qualifications-' || e.id
    CROSS JOIN LATERAL jsonb_array_elements(q.state->'skills') s WHERE {FRESH}) p
ON lower(p.skill) = lower(need.skill) AND p.level >= need.level
GROUP BY need.skill, need.level ORDER BY depth, need.skill
"""


class Figure(BaseModel):
    """A figure; ``value`` is null where there is nothing to divide by, or too little to tell it of."""

    name: str
    value: Decimal | None = Field(description="above ÷ below, with four decimals, halves up")
    unit: str
    formula: str
    above: Decimal | None
    below: Decimal | None


class DivisionGap(BaseModel):
    """The skills that a division's positions require of their holders, and how many of them are lacking."""

    division_id: UUID
    division: str
    required: int
    lacking: int


class Bench(BaseModel):
    """How many persons have a skill that a critical position requires, at the level it requires, lately assessed."""

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


async def figures(store: Store, division_id: UUID | None, today: date, *, for_head: bool) -> Figures:
    """All figures on a day, for the head of the division or for those who read all."""
    policy: StaffingPolicy = (await store.load(STAFFING_POLICY, POLICY_ID)).state or StaffingPolicy()
    asked: dict[str, object] = {
        "division": str(division_id) if division_id else None,
        "today": str(today),
        "year_ago": str(months_after(today, -12)),
        "stale_months": policy.stale_skill_months,
    }
    return Figures(
        on=today,
        division_id=division_id,
        figures=[await figure(store, formula, asked, for_head=for_head) for formula in FORMULAS],
        skill_gaps=[DivisionGap(**row._mapping) for row in await answers(store, GAPS_BY_DIVISION, asked)],
        bench=[Bench(**row._mapping) for row in await answers(store, BENCH, asked)],
    )


async def figure(store: Store, formula: Formula, asked: dict[str, object], *, for_head: bool) -> Figure:
    """One figure."""
    (row,) = await answers(store, formula.query, asked)
    above, below = Decimal(row.above), Decimal(row.below)
    from_caller = formula.hidden_from == "everybody" or (for_head and formula.hidden_from == "heads")
    told = not from_caller or below >= FEWEST
    value = (above / below).quantize(Decimal("0.0001"), ROUND_HALF_UP) if told and below else None
    return Figure(
        name=formula.name,
        value=value,
        unit=formula.unit,
        formula=formula.formula,
        above=plain(above) if told else None,
        below=plain(below) if told else None,
    )


def plain(number: Decimal) -> Decimal:
    """A number without zeros after its last digit."""
    return number.to_integral_value() if number == number.to_integral_value() else number.normalize()


async def answers(store: Store, query: str, asked: dict[str, object]) -> Sequence[Any]:
    """The rows of a query, which is told what it asks for."""
    return await store.rows(text(query), {name: value for name, value in asked.items() if f":{name}" in query})
