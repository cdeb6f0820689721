"""Divisional money: budgets with what is drawn, committed and spent, and what was taken over."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.domain.decider import NotFound
from chassis.store.store import Store
from contracts.portfolio import Stage
from services.reporting.money.read_models import BudgetStatus


class Spend(BaseModel):
    """A division's money in a fiscal year and a currency: its budget, and what its projects draw, bind and spend."""

    id: UUID
    division_id: UUID
    division: str
    fiscal_year: int
    currency: str
    status: str
    original: Decimal
    current: Decimal
    to_projects: Decimal = Field(description="granted from this budget to projects")
    to_below: Decimal = Field(description="granted from this budget to approved budgets below it")
    allotted: Decimal = Field(description="to_projects + to_below")
    own_committed: Decimal = Field(description="orders of the division itself, planned ones included, not invoiced yet")
    own_spent: Decimal = Field(description="approved expenses of the division itself, less credits")
    reserved: Decimal = Field(description="promised for hires, training and tools, and not taken up yet")
    carried_over: Decimal = Field(description="at the year's end: what the next year got, and what lapsed")
    free: Decimal = Field(description="current - carried_over - allotted - own_committed - own_spent - reserved")
    committed: Decimal = Field(description="open orders: the division's own, and of projects that this budget funds")
    actual: Decimal = Field(description="spent by the division itself and by projects that this budget funds")
    estimate: Decimal = Field(description="estimates at completion, or budgets where none is stated")

    @property
    def in_force(self) -> bool:
        """Whether it is or was money, not a proposal."""
        return self.status in IN_FORCE


IN_FORCE = [BudgetStatus.APPROVED, BudgetStatus.CLOSED]
SPEND = (
    "SELECT b.id, b.division_id, d.name AS division, b.fiscal_year, b.currency, b.status, b.original,"
    " b.current, m.granted AS to_projects, c.granted AS to_below, m.granted + c.granted AS allotted,"
    " b.planned + b.committed AS own_committed, b.spent AS own_spent,"
    " b.reserved, b.carried_over, b.current - b.carried_over - m.granted - c.granted - b.planned - b.committed"
    " - b.spent - b.reserved AS free,"
    " p.committed + b.planned + b.committed AS committed, p.actual + b.spent AS actual, p.estimate"
    " FROM division_budgets b JOIN divisions d ON d.id = b.division_id"
    " CROSS JOIN LATERAL (SELECT coalesce(sum(granted), 0) AS granted, coalesce(sum(committed), 0) AS committed,"
    "  coalesce(sum(actual), 0) AS actual, coalesce(sum(coalesce(estimate, granted)), 0) AS estimate"
    "  FROM project_money WHERE division_budget_id = b.id) AS p"
    " CROSS JOIN LATERAL (SELECT coalesce(sum((allotments->>b.id::text)::numeric), 0) AS granted"
    "  FROM project_money WHERE allotments ? b.id::text) AS m"
    " CROSS JOIN LATERAL (SELECT coalesce(sum(current), 0) AS granted FROM division_budgets"
    "  WHERE parent_budget_id = b.id AND status = ANY(:in_force)) AS c"
    " WHERE (CAST(:year AS integer) IS NULL OR b.fiscal_year = :year)"
    " AND (CAST(:budget AS uuid) IS NULL OR b.id = :budget)"
    " AND (CAST(:division AS uuid) IS NULL OR b.division_id = :division)"
    " AND (CAST(:parent AS uuid) IS NULL OR b.parent_budget_id = :parent)"
    " ORDER BY b.fiscal_year DESC, d.name"
)


async def spend(
    store: Store,
    *,
    fiscal_year: int | None = None,
    budget_id: UUID | None = None,
    division_id: UUID | None = None,
    parent_id: UUID | None = None,
) -> list[Spend]:
    """Division budgets with what is drawn from them, the latest year first; ``parent_id``: those below a budget."""
    asked = {"year": fiscal_year, "budget": budget_id, "division": division_id, "parent": parent_id}
    rows = await store.rows(text(SPEND), asked | {"in_force": IN_FORCE})
    return [Spend(**row._mapping) for row in rows]


async def budget(store: Store, budget_id: UUID) -> Spend:
    """A division's budget; ``NotFound`` where there is none."""
    found = await spend(store, budget_id=budget_id)
    if not found:
        raise NotFound
    return found[0]


class SpendTotal(BaseModel):
    """The sums of budgets of one currency; money passed on to a budget below counts once, there."""

    currency: str
    current: Decimal
    to_projects: Decimal
    reserved: Decimal
    own_committed: Decimal
    own_spent: Decimal
    carried_over: Decimal
    free: Decimal


SUMMED = ("to_projects", "reserved", "own_committed", "own_spent", "carried_over", "free")


def totals(rows: Sequence[Spend]) -> list[SpendTotal]:
    """A total for each currency, of budgets in force: ``current`` is the sum of all the others."""
    return [
        SpendTotal(
            currency=currency,
            current=sum((each.current - each.to_below for each in of_currency), Decimal(0)),
            **{name: sum((getattr(each, name) for each in of_currency), Decimal(0)) for name in SUMMED},
        )
        for currency in sorted({each.currency for each in rows})
        for of_currency in [[each for each in rows if each.currency == currency and each.in_force]]
    ]


class ProjectMoney(BaseModel):
    """A project that draws on a division's budget; ``allotted`` is from that budget, ``current`` its whole budget."""

    id: UUID
    name: str
    currency: str
    status: str
    allotted: Decimal
    current: Decimal
    committed: Decimal
    spent: Decimal
    estimate: Decimal | None
    overrun: bool


FUNDED = text(
    "SELECT m.id, coalesce(p.name, '') AS name, m.currency, m.status, (m.allotments->>CAST(:budget AS text))::numeric"
    " AS allotted, m.granted AS current, m.committed, m.actual AS spent, m.estimate, m.overrun FROM project_money m"
    " LEFT JOIN projects p ON p.id = m.id WHERE m.allotments ? CAST(:budget AS text)"
    " AND CAST(m.id AS text) > :after ORDER BY CAST(m.id AS text) LIMIT :limit"
)


async def funded(store: Store, budget_id: UUID, after: str, limit: int) -> list[ProjectMoney]:
    """Projects that draw on a division's budget, by id, those after this one."""
    rows = await store.rows(FUNDED, {"budget": str(budget_id), "after": after, "limit": limit})
    return [ProjectMoney(**row._mapping) for row in rows]


class TakeOver(BaseModel):
    """The sums a division took over from another system, as they stand here; exact."""

    division_id: UUID
    name: str
    currency: str | None
    projects: int
    planned: Decimal
    outlook: Decimal
    actual: Decimal


class ProjectTakenOver(BaseModel):
    """A project taken over from another system, with its sums as they stand here; exact."""

    id: UUID
    name: str
    reference: str
    division_id: UUID
    division: str
    stage: str
    currency: str | None
    planned: Decimal
    outlook: Decimal
    gaps: list[str]


OUTLOOK = (
    "CASE WHEN p.stage = :closed THEN m.actual"
    " ELSE coalesce(m.estimate, greatest(m.granted, m.actual + m.committed)) END"
)


async def projects_taken_over(store: Store, system: str, after: str | None, limit: int) -> list[ProjectTakenOver]:
    """Return projects taken over from a system, by id, those after this one."""
    rows = await store.rows(
        text(
            "SELECT p.id, p.name, coalesce(p.source_reference, '') AS reference, p.division_id,"
            " coalesce(d.name, '') AS division, p.stage, m.currency, coalesce(m.granted, 0) AS planned,"
            f" coalesce({OUTLOOK}, 0) AS outlook, p.gaps"
            " FROM projects p LEFT JOIN project_money m ON m.id = p.id LEFT JOIN divisions d ON d.id = p.division_id"
            " WHERE p.source_system = :system AND (CAST(:after AS text) IS NULL OR CAST(p.id AS text) > :after)"
            " ORDER BY CAST(p.id AS text) LIMIT :limit"
        ),
        {"system": system, "closed": Stage.CLOSED, "after": after, "limit": limit},
    )
    return [ProjectTakenOver(**row._mapping) for row in rows]


async def take_overs(store: Store, system: str) -> list[TakeOver]:
    """Return the projects taken over from a system, by division and currency."""
    rows = await store.rows(
        text(
            "SELECT p.division_id, coalesce(d.name, '') AS name, m.currency, count(*) AS projects,"
            " coalesce(sum(m.granted), 0) AS planned,"
            f" coalesce(sum({OUTLOOK}), 0) AS outlook,"
            " coalesce(sum(m.actual), 0) AS actual"
            " FROM projects p LEFT JOIN project_money m ON m.id = p.id LEFT JOIN divisions d ON d.id = p.division_id"
            " WHERE p.source_system = :system GROUP BY p.division_id, d.name, m.currency ORDER BY d.name, m.currency"
        ),
        {"system": system, "closed": Stage.CLOSED},
    )
    return [TakeOver(**row._mapping) for row in rows]
