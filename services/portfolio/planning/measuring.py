"""Earned value of projects, initiatives and divisions: on any day, as known at any moment.

A division as known now is asked of sums that are kept; all else adds up the points of its plans' histories, of which
one question reads a bounded number.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.domain.decider import Refused
from chassis.store.fields import Fields
from chassis.store.store import Store
from contracts.portfolio.planning import EarnedValueMoved, EarnedValuePoint
from services.portfolio.planning.domain import curve
from services.portfolio.planning.domain.earned_value import Measured
from services.portfolio.planning.domain.plan.rules import PLAN
from services.portfolio.projects.domain.project.rules import PROJECT

MOST_EVENTS = 20_000
"""The changes of earned value that one question about the past adds up: about half a second."""

SUMS = text(
    "SELECT currency, sum(amount + slope * (CAST(:on AS date) - day + 1)) AS pv, sum(earned) AS ev,"
    " sum(budget) AS bac, sum(actual) AS ac FROM earned_value_days"
    " WHERE division_id IN (SELECT id FROM divisions_below(:division)) AND day <= :on GROUP BY currency"
)
OF_STREAMS = text(
    "SELECT recorded_at, data FROM events WHERE type = 'EarnedValueMoved' AND stream = ANY(:streams) LIMIT :most"
)
OF_DIVISION = text(
    "SELECT recorded_at, data FROM events WHERE type = 'EarnedValueMoved' AND data->>'division_id' = ANY(ARRAY("
    "SELECT CAST(id AS text) FROM divisions_below(:division))) LIMIT :most"
)
P = Fields(PROJECT)
OF_INITIATIVE = text(f"SELECT right(stream, 36) AS id FROM states WHERE {P.of_kind} AND {P.initiative_id} = :id")
HEARD = text("SELECT max(heard_at) AS at FROM project_money")

ByCurrency = Mapping[str, Measured]


async def of_projects(store: Store, ids: Sequence[UUID], on: date, known_at: datetime | None) -> ByCurrency:
    """The sums of these projects."""
    streams = [PLAN.stream(id) for id in ids]
    return await added_up(store, OF_STREAMS, {"streams": streams}, on, known_at)


async def of_initiative(store: Store, id: UUID, on: date, known_at: datetime | None) -> ByCurrency:
    """The sums of an initiative's projects, as they belong to it now."""
    projects = [UUID(row.id) for row in await store.rows(OF_INITIATIVE, {"id": str(id)})]
    return await of_projects(store, projects, on, known_at)


async def of_division(store: Store, id: UUID, on: date, known_at: datetime | None) -> ByCurrency:
    """The sums of a division's projects, and of those of all divisions below it."""
    if known_at is not None:
        return await added_up(store, OF_DIVISION, {"division": id}, on, known_at)
    rows = await store.rows(SUMS, {"division": id, "on": on})
    return in_force(
        {
            row.currency: Measured(bac=Fraction(row.bac), pv=Fraction(row.pv), ev=Fraction(row.ev), ac=Fraction(row.ac))
            for row in rows
        }
    )


def in_force(sums: ByCurrency) -> ByCurrency:
    """The sums where a baseline was in force; what was spent before there was one is measured against nothing."""
    return {currency: of for currency, of in sums.items() if of.bac or of.pv or of.ev}


async def added_up(
    store: Store, question: Any, asked: Mapping[str, Any], on: date, known_at: datetime | None
) -> ByCurrency:
    """The sums of the points that were known at a moment."""
    rows = await store.rows(question, {**asked, "most": MOST_EVENTS + 1})
    if len(rows) > MOST_EVENTS:
        raise Refused(
            "too-much-history",
            f"The answer would add up more than {MOST_EVENTS:,} changes.",
            "Ask for a division below this one, for its projects, or without known_at.",
        )
    points: dict[str, list[EarnedValuePoint]] = defaultdict(list)
    for row in rows:
        event = EarnedValueMoved.model_validate(row.data)
        points[event.currency] += known(event.points, row, known_at)
    return in_force({currency: curve.measured(found, on) for currency, found in points.items()})


def known(points: Sequence[EarnedValuePoint], row: Row[Any], known_at: datetime | None) -> list[EarnedValuePoint]:
    """The points that were known at a moment: actual cost from when finance said it, all else from when it was told."""
    return [point for point in points if known_at is None or (point.known_from or row.recorded_at) <= known_at]


async def heard_until(store: Store) -> datetime | None:
    """When finance said what was heard of it last."""
    rows = await store.rows(HEARD)
    at: datetime | None = rows[0].at
    return at
