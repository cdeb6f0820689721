"""The figures of people: each a numerator over a denominator, with the formula that gives it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal, TypeGuard
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.store.fields import Fields, Items
from chassis.store.store import Store
from services.people.development.domain.development_plan.rules import DEVELOPMENT_PLAN
from services.people.hiring.domain import vacancy
from services.people.hiring.domain.vacancy import VacancyStatus
from services.people.organisation.catalogue import known_skills
from services.people.organisation.domain.days import months_after
from services.people.organisation.domain.division import DIVISION
from services.people.organisation.domain.identity import identity
from services.people.organisation.domain.person.appointment import passes_gate
from services.people.organisation.domain.person.model import Employment, Person
from services.people.organisation.domain.person.rules import PERSON
from services.people.organisation.domain.position import POSITION, PositionStatus
from services.people.organisation.domain.staffing_policy import (
    POLICY_ID,
    STAFFING_POLICY,
    StaffingPolicy,
    demands_seniority,
)
from services.people.organisation.subtree import divisions_of, within
from services.people.performance.domain.performance_review.model import ReviewStatus
from services.people.performance.domain.performance_review.rules import PERFORMANCE_REVIEW
from services.people.qualifications.domain.model import CertificateStatus
from services.people.qualifications.domain.rules import QUALIFICATIONS
from services.people.qualifications.gaps import barred
from services.people.succession.domain import succession
from services.people.succession.domain.succession import Readiness
from services.people.tools.domain import tool
from services.people.training.domain import enrolment
from services.people.training.domain.enrolment import EnrolmentStatus

P, J, Q = Fields(PERSON, "p"), Fields(POSITION, "j"), Fields(QUALIFICATIONS, "q")
"""A person, the position they hold (or another), and the qualifications of a person."""
MEMBER, POSITION_ROW, DIVISION_ROW = Fields(PERSON), Fields(POSITION), Fields(DIVISION)
VACANCY, REVIEW, TOOL = Fields(vacancy.VACANCY), Fields(PERFORMANCE_REVIEW), Fields(tool.TOOL)
ENROLMENT, PLAN = Fields(enrolment.ENROLMENT, "e"), Fields(DEVELOPMENT_PLAN)
SUCCESSION = Fields(succession.SUCCESSION, "c")
SKILL, CERTIFICATE, REQUIREMENT = Items(Q.skills, "s"), Items(Q.certificates, "c"), Items(J.required_skills, "r")
LEARNING, SUCCESSOR = Items(PLAN.learning, "l"), Items(SUCCESSION.successors, "s")


def known(skill: str) -> str:
    """What tells one skill from another: its identity, of an alias that of the name it stands for."""
    return f"coalesce(CAST(:skills AS jsonb) ->> identity({skill}), identity({skill}))"


def here(person: Fields) -> str:
    """The condition that a person works here."""
    return person.employment.none_of(Employment.LEFT)


STAFF = (
    f"SELECT {MEMBER.id} AS id, state FROM states WHERE {MEMBER.of_kind} AND {within(MEMBER.appointment.division_id)}"
)
EMPLOYED = f"{STAFF} AND {here(MEMBER)}"
MEMBERS = f"IN (SELECT id FROM ({EMPLOYED}) p)"
OFFERED = POSITION_ROW.status.one_of(PositionStatus.APPROVED, PositionStatus.REVISED)
HELD_POSITION = f"states j ON {J.stream} = {J.stream_of(f'({P.appointment.position_id})')}"
CRITICAL = f"{SUCCESSION.of_kind} AND {SUCCESSION.critical.holds}"
CRITICAL_POSITION = f"states c JOIN states j ON {J.stream} = {J.stream_of(SUCCESSION.id)}"
REQUIRED = f"""
SELECT p.id AS person, {REQUIREMENT.skill} AS skill, ({REQUIREMENT.level})::int AS level
FROM ({EMPLOYED}) p JOIN {HELD_POSITION}
CROSS JOIN LATERAL {REQUIREMENT.each}
"""

FRESH = f"({SKILL.assessed_on})::date + make_interval(months => CAST(:stale_months AS int)) > CAST(:today AS date)"
HELD = f"""
EXISTS (SELECT FROM states q CROSS JOIN LATERAL {SKILL.each}
    WHERE {Q.stream} = {Q.stream_of("need.person")} AND {known("need.skill")} = {known(SKILL.skill)}
    AND ({SKILL.level})::int >= need.level AND {FRESH})
"""


@dataclass(frozen=True)
class Formula:
    """The formula of a figure: a query that gives ``above`` and ``below``; below 1 is a plain count.

    ``hidden_from``: whom it is not told of fewer records than the policy demands. Queries know ``:divisions``,
    ``:skills`` (the names of the catalogue), ``:ready`` (the critical positions with a ready successor), ``:today``,
    ``:year_ago`` and ``:stale_months``, after which an assessment is stale.
    """

    name: str
    unit: str
    formula: str
    query: str
    hidden_from: Literal["nobody", "heads", "everybody"] = "nobody"


LEFT = MEMBER.employment.one_of(Employment.LEFT)
# fmt: off
FORMULAS: Sequence[Formula] = [
    Formula("vacancy rate", "share", "vacant approved positions ÷ approved positions",
        f"SELECT count(*) FILTER (WHERE NOT EXISTS (SELECT FROM states p WHERE {P.of_kind}"
        f" AND {P.appointment.position_id} = {Fields(POSITION, 'states').id} AND {here(P)}))"
        f" AS above, count(*) AS below FROM states"
        f" WHERE {POSITION_ROW.of_kind} AND {OFFERED} AND {within(POSITION_ROW.division_id)}"),
    Formula("turnover rate", "share",
        "leavers of the last twelve months ÷ average headcount (now and twelve months ago)",
        f"SELECT count(*) FILTER (WHERE {LEFT} AND {MEMBER.last_on} > :year_ago) AS above,"
        f" (count(*) FILTER (WHERE {here(MEMBER)})"
        f" + count(*) FILTER (WHERE {MEMBER.hired_on} <= :year_ago"
        f" AND NOT ({LEFT} AND {MEMBER.last_on} <= :year_ago)))::numeric / 2 AS below"
        f" FROM ({STAFF}) p"),
    Formula("time to fill", "days",
        "days from opening to filling, of vacancies filled in the last twelve months ÷ their number",
        f"SELECT coalesce(sum(({VACANCY.filled_on})::date - ({VACANCY.opened_on})::date), 0) AS above,"
        f" count(*) AS below FROM states WHERE {VACANCY.of_kind} AND {VACANCY.status.one_of(VacancyStatus.FILLED)}"
        f" AND {VACANCY.filled_on} > :year_ago AND {within(VACANCY.division_id)}"),
    Formula("offer acceptance", "share", "offers accepted ÷ offers made, of vacancies opened in the last twelve months",
        f"SELECT coalesce(sum(({VACANCY.accepted})::int), 0) AS above,"
        f" coalesce(sum(({VACANCY.offers_made})::int), 0) AS below FROM states"
        f" WHERE {VACANCY.of_kind} AND {VACANCY.opened_on} > :year_ago AND {within(VACANCY.division_id)}"),
    Formula("reviews on time", "share", "reviews due in the last twelve months and calibrated in time ÷ reviews due",
        f"SELECT count(*) FILTER (WHERE {REVIEW.calibrated_on} <= {REVIEW.due_on}) AS above, count(*) AS below"
        f" FROM states WHERE {REVIEW.of_kind} AND {REVIEW.status.none_of(ReviewStatus.WITHDRAWN)}"
        f" AND {REVIEW.due_on} > :year_ago AND {REVIEW.due_on} < :today AND {REVIEW.person_id} {MEMBERS}",
        hidden_from="everybody"),
    Formula("certified share", "share", "required certificates held ÷ certificates required by the holders' positions",
        "SELECT count(*) FILTER (WHERE EXISTS (SELECT FROM states q"
        f" CROSS JOIN LATERAL {CERTIFICATE.each}"
        f" WHERE {Q.stream} = {Q.stream_of('p.id')} AND {CERTIFICATE.scheme_id} = r"
        f" AND {CERTIFICATE.status.one_of(CertificateStatus.HELD)})) AS above,"
        f" count(*) AS below FROM ({EMPLOYED}) p JOIN {HELD_POSITION}"
        f" CROSS JOIN LATERAL jsonb_array_elements_text({J.required_schemes.json}) r"),
    Formula("training hours per head", "hours", "hours of trainings completed in the last twelve months ÷ headcount",
        f"SELECT (SELECT coalesce(sum(({ENROLMENT.hours})::numeric), 0) FROM states e"
        f" WHERE {ENROLMENT.of_kind} AND {ENROLMENT.status.one_of(EnrolmentStatus.COMPLETED)}"
        f" AND {ENROLMENT.completed_on} > :year_ago AND {ENROLMENT.person_id} {MEMBERS}) AS above,"
        f" (SELECT count(*) FROM ({EMPLOYED}) p) AS below"),
    Formula("learning hours per head", "hours",
        "hours recorded in development plans in the last twelve months ÷ headcount",
        f"SELECT (SELECT coalesce(sum(({LEARNING.hours})::numeric), 0) FROM states"
        f" CROSS JOIN LATERAL {LEARNING.each}"
        f" WHERE {PLAN.of_kind} AND {LEARNING.on} > :year_ago AND {PLAN.person_id} {MEMBERS}) AS above,"
        f" (SELECT count(*) FROM ({EMPLOYED}) p) AS below"),
    Formula("overdue returns", "tools", "tools overdue for return",
        f"SELECT count(*) AS above, 1 AS below FROM states WHERE {TOOL.of_kind} AND {TOOL.overdue.holds}"
        f" AND {TOOL.status.one_of(*tool.OUT)} AND {TOOL.person_id} {MEMBERS}"),
    Formula("skill gap", "share", "required skills that are missing or not assessed recently ÷ required skills",
        f"SELECT count(*) FILTER (WHERE NOT {HELD}) AS above, count(*) AS below FROM ({REQUIRED}) need"),
    Formula(
        "critical positions without a ready successor",
        "share",
        "critical positions without an active successor who is named as ready now and would pass the gate today"
        " ÷ critical positions",
        f"SELECT count(*) FILTER (WHERE {SUCCESSION.id} <> ALL(CAST(:ready AS text[]))) AS above,"
        f" count(*) AS below FROM {CRITICAL_POSITION} WHERE {CRITICAL} AND {within(J.division_id)}",
        hidden_from="heads",  # the succession of their own position is not theirs to see
    ),
]
# fmt: on

GAPS_BY_DIVISION = f"""
SELECT d.id AS division_id, d.name AS division, count(*) AS required, count(*) FILTER (WHERE NOT {HELD}) AS lacking
FROM ({REQUIRED}) need JOIN states p ON {P.stream} = {P.stream_of("need.person")}
JOIN LATERAL (SELECT {DIVISION_ROW.id}::uuid AS id, {DIVISION_ROW.name} AS name FROM states
    WHERE {DIVISION_ROW.stream} = {DIVISION_ROW.stream_of(f"({P.appointment.division_id})")}) d ON true
GROUP BY d.id, d.name ORDER BY count(*) FILTER (WHERE NOT {HELD}) DESC, d.name, d.id
"""

BENCH = f"""
SELECT need.skill, need.level, count(DISTINCT p.id) AS depth
FROM (SELECT {REQUIREMENT.skill} AS skill, max(({REQUIREMENT.level})::int) AS level FROM {CRITICAL_POSITION}
    CROSS JOIN LATERAL {REQUIREMENT.each}
    WHERE {CRITICAL} GROUP BY {REQUIREMENT.skill}) need
LEFT JOIN (SELECT e.id, {SKILL.skill} AS skill, ({SKILL.level})::int AS level FROM ({EMPLOYED}) e
    JOIN states q ON {Q.stream} = {Q.stream_of("e.id")}
    CROSS JOIN LATERAL {SKILL.each} WHERE {FRESH}) p
ON {known("p.skill")} = {known("need.skill")} AND p.level >= need.level
GROUP BY need.skill, need.level ORDER BY depth, need.skill
"""


class Figure(BaseModel):
    """A figure; ``value`` is null where there is nothing to divide by, or too few records to show it."""

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
    """The number of persons with a skill that a critical position requires, at its level, lately assessed."""

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


READY_NOW = text(
    f"SELECT {SUCCESSION.id}::uuid AS position_id, ({SUCCESSOR.person_id})::uuid AS person_id FROM {CRITICAL_POSITION}"
    f" CROSS JOIN LATERAL {SUCCESSOR.each}"
    f" WHERE {CRITICAL} AND {within(J.division_id)} AND {SUCCESSOR.readiness.one_of(Readiness.NOW)}"
)


async def with_ready_successor(
    store: Store, divisions: list[str] | None, today: date, policy: StaffingPolicy
) -> list[str]:
    """The critical positions of these divisions in which somebody could follow today, as the gate would have it."""
    rows = await store.rows(READY_NOW, {"divisions": divisions})
    positions = [each.state for each in await store.load_many(POSITION, [row.position_id for row in rows])]
    persons = [each.state for each in await store.load_many(PERSON, [row.person_id for row in rows])]
    bars = await barred(store, [row.person_id for row in rows])
    found = set()
    for row, position, person in zip(rows, positions, persons, strict=True):
        free = not demands_seniority(position.grade) or row.person_id not in bars
        years = max(position.it_management_years, policy.it_management_years)
        if free and could_follow(person, row.position_id) and passes_gate(person, position.grade, years, today):
            found.add(str(row.position_id))
    return sorted(found)


def could_follow(person: Person | None, position_id: UUID) -> TypeGuard[Person]:
    """Return whether somebody is at work, and not in the position already."""
    if person is None or person.employment is not Employment.ACTIVE:
        return False
    return person.appointment is None or person.appointment.position_id != position_id


async def figures(
    store: Store, division_id: UUID | None, today: date, *, for_head: bool, alone: bool = False
) -> Figures:
    """All figures on a day, for the head of the division or for those who read all.

    Those of a division count the divisions below it too, unless it is asked for alone.
    """
    policy: StaffingPolicy = (await store.load(STAFFING_POLICY, POLICY_ID)).state or StaffingPolicy()
    divisions = await divisions_of(store, division_id, alone=alone)
    asked: dict[str, object] = {
        "divisions": divisions,
        "skills": json.dumps({name: identity(each.name) for name, each in (await known_skills(store)).items()}),
        "ready": await with_ready_successor(store, divisions, today, policy),
        "today": str(today),
        "year_ago": str(months_after(today, -12)),
        "stale_months": policy.stale_skill_months,
    }
    fewest = policy.fewest_in_figures
    hidden = {"everybody": fewest, "heads": fewest if for_head else 0}
    return Figures(
        on=today,
        division_id=division_id,
        figures=[await figure(store, formula, asked, hidden.get(formula.hidden_from, 0)) for formula in FORMULAS],
        skill_gaps=[DivisionGap(**row._mapping) for row in await answers(store, GAPS_BY_DIVISION, asked)],
        bench=[Bench(**row._mapping) for row in await answers(store, BENCH, asked)],
    )


async def figure(store: Store, formula: Formula, asked: dict[str, object], fewest: int) -> Figure:
    """A figure, told where it rests on at least so many records."""
    (row,) = await answers(store, formula.query, asked)
    above, below = Decimal(row.above), Decimal(row.below)
    told = below >= fewest
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
    """Return the rows of a query."""
    return await store.rows(text(query), {name: value for name, value in asked.items() if f":{name}" in query})
