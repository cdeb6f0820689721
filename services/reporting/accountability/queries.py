"""Queries of accountability: present totals, and past periods."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.store.store import Store
from contracts.portfolio import Stage
from services.reporting.organisation.domain.rows import Basis, DelegationStatus


class AccountableManager(BaseModel):
    """A manager with what they answer for."""

    person_id: UUID
    name: str | None
    title: str | None
    division: str | None
    projects: int
    running: int
    stand_ins: int = Field(
        description="projects for which they stand in as the division's head, because nobody was named"
    )
    escalated: int
    delegated: int
    unresolved: int


async def accountability(store: Store) -> list[AccountableManager]:
    """Return the accountable managers with their projects, most running ones first."""
    rows = await store.rows(
        text(
            "SELECT p.accountable_id AS person_id, s.name, s.title, d.name AS division, count(*) AS projects,"
            " count(*) FILTER (WHERE p.stage <> ALL(:ended)) AS running,"
            " count(*) FILTER (WHERE p.accountable_basis = :stands_in) AS stand_ins,"
            " count(*) FILTER (WHERE p.accountable_basis = :escalated) AS escalated,"
            " count(*) FILTER (WHERE p.delegation = :active) AS delegated,"
            " count(*) FILTER (WHERE p.unresolved AND p.stage <> ALL(:ended)) AS unresolved"
            " FROM projects p LEFT JOIN persons s ON s.id = p.accountable_id"
            " LEFT JOIN divisions d ON d.id = s.division_id WHERE p.accountable_id IS NOT NULL"
            " GROUP BY p.accountable_id, s.name, s.title, d.name ORDER BY running DESC, projects DESC, s.name"
        ),
        {
            "ended": [Stage.CLOSED, Stage.CANCELLED],
            "stands_in": Basis.STANDS_IN,
            "escalated": Basis.ESCALATED,
            "active": DelegationStatus.ACTIVE,
        },
    )
    return [AccountableManager(**row._mapping) for row in rows]


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
