"""Reading the tables: joins happen here, at query time, over one consistent snapshot."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.store.store import Store
from services.reporting.domain.picture import Picture

PROJECTS = text(
    "SELECT p.*, m.currency, coalesce(m.granted, 0) AS granted, coalesce(m.committed, 0) AS committed,"
    " coalesce(m.actual, 0) AS actual, m.estimate, m.estimate_as_of,"
    " coalesce(m.overrun, false) AS overrun, m.marks AS money_marks"
    " FROM projects p LEFT JOIN project_money m ON m.id = p.id"
    " WHERE (CAST(:division AS uuid) IS NULL OR p.division_id = :division)"
    " AND (CAST(:system AS text) IS NULL OR p.source_system = :system)"
    " ORDER BY p.name, p.id"
)


async def picture(store: Store, today: date, *, division_id: UUID | None = None, system: str | None = None) -> Picture:
    """Everything the scores are worked out from."""
    projects = await store.rows(PROJECTS, {"division": division_id, "system": system})
    return Picture(
        divisions={row.id: row for row in await store.rows(text("SELECT * FROM divisions"))},
        persons={
            row.id: row for row in await store.rows(text("SELECT id, name, division_id, status, title FROM persons"))
        },
        initiatives={row.id: row for row in await store.rows(text("SELECT id, name FROM initiatives"))},
        projects=projects,
        today=today,
    )


class Spend(BaseModel):
    """A division's money in a fiscal year and a currency: its budget, and what its projects draw, bind and spend."""

    division_id: UUID
    division: str
    fiscal_year: int
    currency: str
    status: str
    original: Decimal
    current: Decimal
    allotted: Decimal = Field(description="granted from this budget to projects and to budgets below it")
    free: Decimal = Field(description="current - allotted")
    committed: Decimal
    actual: Decimal
    estimate: Decimal = Field(description="estimates at completion, or budgets where none is stated")


SPEND = (
    "SELECT b.division_id, d.name AS division, b.fiscal_year, b.currency, b.status, b.original, b.current,"
    " m.granted + c.granted AS allotted, b.current - m.granted - c.granted AS free, p.committed, p.actual, p.estimate"
    " FROM division_budgets b JOIN divisions d ON d.id = b.division_id"
    " CROSS JOIN LATERAL (SELECT coalesce(sum(granted), 0) AS granted, coalesce(sum(committed), 0) AS committed,"
    "  coalesce(sum(actual), 0) AS actual, coalesce(sum(coalesce(estimate, granted)), 0) AS estimate"
    "  FROM project_money WHERE division_budget_id = b.id) AS p"
    " CROSS JOIN LATERAL (SELECT coalesce(sum((allotments->>b.id::text)::numeric), 0) AS granted"
    "  FROM project_money WHERE allotments ? b.id::text) AS m"
    " CROSS JOIN LATERAL (SELECT coalesce(sum(current), 0) AS granted FROM division_budgets"
    "  WHERE parent_budget_id = b.id AND status IN ('approved', 'closed')) AS c"
    " WHERE (CAST(:year AS integer) IS NULL OR b.fiscal_year = :year)"
    " ORDER BY b.fiscal_year DESC, d.name"
)


async def spend(store: Store, fiscal_year: int | None) -> list[Spend]:
    """Every division budget with what is drawn from it."""
    rows = await store.rows(text(SPEND), {"year": fiscal_year})
    return [Spend(**row._mapping) for row in rows]


class TakeOver(BaseModel):
    """What a division took over from another system, as it stands here; sums are exact."""

    division_id: UUID
    name: str
    currency: str | None
    projects: int
    planned: Decimal
    outlook: Decimal
    actual: Decimal


async def take_overs(store: Store, system: str) -> list[TakeOver]:
    """What came from a system, by division and currency."""
    rows = await store.rows(
        text(
            "SELECT p.division_id, coalesce(d.name, '') AS name, m.currency, count(*) AS projects,"
            " coalesce(sum(m.granted), 0) AS planned,"
            " coalesce(sum(CASE WHEN p.stage = 'closed' THEN m.actual"
            "  ELSE coalesce(m.estimate, greatest(m.granted, m.actual + m.committed)) END), 0) AS outlook,"
            " coalesce(sum(m.actual), 0) AS actual"
            " FROM projects p LEFT JOIN project_money m ON m.id = p.id LEFT JOIN divisions d ON d.id = p.division_id"
            " WHERE p.source_system = :system GROUP BY p.division_id, d.name, m.currency ORDER BY d.name, m.currency"
        ),
        {"system": system},
    )
    return [TakeOver(**row._mapping) for row in rows]


class Answering(BaseModel):
    """A manager with what they answer for."""

    person_id: UUID
    name: str | None
    title: str | None
    division: str | None
    projects: int
    running: int
    stand_ins: int = Field(description="as the division's head, because nobody was named")
    escalated: int
    delegated: int
    unresolved: int


async def accountability(store: Store) -> list[Answering]:
    """Who answers for how much, most running projects first."""
    rows = await store.rows(
        text(
            "SELECT p.accountable_id AS person_id, s.name, s.title, d.name AS division, count(*) AS projects,"
            " count(*) FILTER (WHERE p.stage NOT IN ('closed', 'cancelled')) AS running,"
            " count(*) FILTER (WHERE p.accountable_basis = 'division head stands in') AS stand_ins,"
            " count(*) FILTER (WHERE p.accountable_basis = 'escalated') AS escalated,"
            " count(*) FILTER (WHERE p.delegation = 'active') AS delegated,"
            " count(*) FILTER (WHERE p.unresolved AND p.stage NOT IN ('closed', 'cancelled')) AS unresolved"
            " FROM projects p LEFT JOIN persons s ON s.id = p.accountable_id"
            " LEFT JOIN divisions d ON d.id = s.division_id WHERE p.accountable_id IS NOT NULL"
            " GROUP BY p.accountable_id, s.name, s.title, d.name ORDER BY running DESC, projects DESC, s.name"
        )
    )
    return [Answering(**row._mapping) for row in rows]


class LedgerEntry(BaseModel):
    """From when to when a person answered for a project, on what grounds, and who said so."""

    project_id: UUID
    project: str | None
    person_id: UUID
    person: str | None
    basis: str
    reason: str | None
    since: datetime
    until: datetime | None
    actor: str


LEDGER = (
    "SELECT * FROM (SELECT a.project_id, p.name AS project, a.person_id, s.name AS person, a.basis, a.reason, a.since,"
    " lead(a.since) OVER (PARTITION BY a.project_id ORDER BY a.number) AS until, a.actor, a.number"
    " FROM accountability a LEFT JOIN projects p ON p.id = a.project_id LEFT JOIN persons s ON s.id = a.person_id"
    " WHERE (CAST(:project AS uuid) IS NULL OR a.project_id = :project)) AS l"
    " WHERE (CAST(:person AS uuid) IS NULL OR person_id = :person)"
    " AND (CAST(:at AS timestamptz) IS NULL OR (since <= :at AND (until IS NULL OR until > :at)))"
    " ORDER BY project, project_id, number LIMIT 1000"
)


async def ledger(
    store: Store, project_id: UUID | None, person_id: UUID | None, at: datetime | None
) -> list[LedgerEntry]:
    """The accountability ledger, for a project, a person or a moment."""
    rows = await store.rows(text(LEDGER), {"project": project_id, "person": person_id, "at": at})
    fields = LedgerEntry.model_fields
    return [LedgerEntry(**{name: value for name, value in row._mapping.items() if name in fields}) for row in rows]


class Freshness(BaseModel):
    """How fresh what reporting shows is, for one source."""

    source: str
    events: int
    latest_event: datetime | None = Field(description="when the last event taken in was recorded")
    taken_in: datetime | None = Field(description="when reporting last took something in")
    waiting: int = Field(description="messages put aside; their streams stand still")


async def freshness(store: Store, topics: Sequence[tuple[str, str]]) -> list[Freshness]:
    """One row for each source, heard of or not; ``topics`` are (source, topic)."""
    rows = await store.rows(
        text(
            "SELECT p.topic, sum(p.applied)::bigint AS events, max(p.event_time) AS latest_event,"
            " max(p.changed_at) AS taken_in, (SELECT count(*) FROM parked k WHERE k.topic = p.topic) AS waiting"
            " FROM progress p GROUP BY p.topic"
        )
    )
    known = {row.topic: row for row in rows}
    return [
        Freshness(
            source=source,
            events=known[topic].events if topic in known else 0,
            latest_event=known[topic].latest_event if topic in known else None,
            taken_in=known[topic].taken_in if topic in known else None,
            waiting=known[topic].waiting if topic in known else 0,
        )
        for source, topic in topics
    ]
