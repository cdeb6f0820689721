"""Queries of risks: each with its score, and how many there are in each division."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.store.store import Store

GOING_ON = "r.status NOT IN ('closed', 'materialised')"


class Risk(BaseModel):
    """A risk with its current score."""

    id: UUID
    title: str
    category: str
    division_id: UUID | None
    division: str | None
    project: str | None
    owner: str | None
    status: str
    level: str | None
    score: Decimal | None
    appetite: Decimal | None
    above_appetite: bool
    treatment: str | None
    review_on: date | None
    accepted_until: date | None


class RiskCount(BaseModel):
    """The risks of a division and category that go on."""

    division_id: UUID
    division: str | None
    category: str
    risks: int
    above_appetite: int
    accepted: int = Field(description="accepted above the appetite, until a day")
    review_overdue: int
    levels: dict[str, int] = Field(description="how many of each level; those not analysed yet are in none")


LIST = text(
    "SELECT r.id, r.title, r.category, r.division_id, d.name AS division, p.name AS project, o.name AS owner, r.status,"
    " r.level, r.number AS score, r.appetite, r.above_appetite, r.treatment, r.review_on, r.accepted_until"
    " FROM risks r LEFT JOIN divisions d ON d.id = r.division_id LEFT JOIN projects p ON p.id = r.project_id"
    " LEFT JOIN persons o ON o.id = r.owner_id"
    " WHERE (CAST(:division AS uuid) IS NULL OR r.division_id = :division)"
    " AND (CAST(:category AS text) IS NULL OR r.category = :category)"
    " AND (CAST(:status AS text) IS NULL OR r.status = :status)"
    f" AND (NOT CAST(:going_on AS boolean) OR {GOING_ON})"
    " AND (CAST(:above AS boolean) IS NULL OR r.above_appetite = :above)"
    " AND (CAST(:after_score AS numeric) IS NULL OR (-coalesce(r.number, -1), r.id) > (-:after_score, :after_id))"
    " ORDER BY -coalesce(r.number, -1), r.id LIMIT :most"
)
COUNTS = text(
    "SELECT r.division_id, d.name AS division, r.category, sum(r.risks) AS risks, sum(r.above) AS above_appetite,"
    " sum(r.accepted) AS accepted, sum(r.overdue) AS review_overdue,"
    " coalesce(json_object_agg(r.level, r.risks) FILTER (WHERE r.level IS NOT NULL), '{}') AS levels"
    " FROM (SELECT r.division_id, r.category, r.level, count(*) AS risks,"
    " count(*) FILTER (WHERE r.above_appetite) AS above,"
    " count(*) FILTER (WHERE r.accepted_until IS NOT NULL) AS accepted,"
    " count(*) FILTER (WHERE r.review_on < :today) AS overdue"
    f" FROM risks r WHERE {GOING_ON} GROUP BY r.division_id, r.category, r.level) r"
    " LEFT JOIN divisions d ON d.id = r.division_id"
    " GROUP BY r.division_id, d.name, r.category ORDER BY d.name, r.category"
)


async def risks(
    store: Store,
    most: int,
    *,
    division_id: UUID | None = None,
    category: str | None = None,
    status: str | None = None,
    above_appetite: bool | None = None,
    going_on: bool = False,
    after: tuple[Decimal, UUID] | None = None,
) -> list[Risk]:
    """The risks, the highest score first; with ``going_on`` those that have neither ended nor happened."""
    asked = {
        "division": division_id,
        "category": category,
        "status": status,
        "above": above_appetite,
        "going_on": going_on,
        "after_score": after[0] if after else None,
        "after_id": after[1] if after else None,
        "most": most,
    }
    return [Risk(**row._asdict()) for row in await store.rows(LIST, asked)]


async def counts(store: Store, today: date) -> Sequence[RiskCount]:
    """How many risks go on in each division and category."""
    return [RiskCount(**row._asdict()) for row in await store.rows(COUNTS, {"today": today})]
