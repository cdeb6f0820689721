"""What a figure of a budget comes from: the events that it is the sum of, a page at a time."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.domain.decider import NotFound
from chassis.http.paging import BadPageToken, cut, read_token
from chassis.store.store import Store
from services.reporting.money.entries import Figure


class BudgetEntry(BaseModel):
    """An event behind a figure of a budget: what it added, or what it said the figure to be."""

    id: str
    stream: str
    number: int
    type: str
    recorded_at: datetime
    amount: Decimal
    replaces: bool = Field(description="it states the whole figure; what was before does not count any more")
    category: str | None
    occurred_on: date | None


class FigureOfBudget(BaseModel):
    """A figure of a budget, the sum of all its entries, of which ``items`` are a page, the latest first."""

    budget: str = Field(description="the division and its fiscal year, or the project")
    currency: str
    total: Decimal
    count: int
    items: list[BudgetEntry]
    next_page_token: str | None


OF_FIGURE = (
    "FROM budget_entries WHERE budget_id = :budget AND figure = :figure AND number >= coalesce("
    "(SELECT max(number) FROM budget_entries WHERE budget_id = :budget AND figure = :figure AND replaces), 0)"
)
TOTAL = text(f"SELECT coalesce(sum(amount), 0) AS total, count(*) AS count {OF_FIGURE}")
ENTRIES = text(
    "SELECT id, stream, number, type, recorded_at, amount, replaces, category, occurred_on"
    f" {OF_FIGURE} AND (CAST(:at AS timestamptz) IS NULL OR (recorded_at, id) < (:at, :id))"
    " ORDER BY recorded_at DESC, id DESC LIMIT :limit"
)
NAME = text(
    "SELECT d.name || ', ' || b.fiscal_year AS name, b.currency FROM division_budgets b"
    " JOIN divisions d ON d.id = b.division_id WHERE b.id = :id UNION ALL"
    " SELECT coalesce(p.name, ''), m.currency FROM project_money m LEFT JOIN projects p ON p.id = m.id"
    " WHERE m.id = :id AND m.currency IS NOT NULL"
)


async def explain(store: Store, budget_id: UUID, figure: Figure, page_size: int, token: str | None) -> FigureOfBudget:
    """A figure of a division's or a project's budget; ``NotFound`` where there is no such budget."""
    at, id = place_of(token) if token else (None, "")
    named = await store.rows(NAME, {"id": budget_id})
    if not named:
        raise NotFound
    asked = {"budget": budget_id, "figure": figure, "at": at, "id": id, "limit": page_size + 1}
    (whole,) = await store.rows(TOTAL, asked)
    found = [BudgetEntry(**row._mapping) for row in await store.rows(ENTRIES, asked)]
    items, onwards = cut(found, page_size, lambda entry: (entry.recorded_at.isoformat(), entry.id))
    return FigureOfBudget(
        budget=named[0].name,
        currency=named[0].currency,
        total=whole.total,
        count=whole.count,
        items=items,
        next_page_token=onwards,
    )


def place_of(token: str) -> tuple[datetime, str]:
    """The last entry of the page before."""
    at, id = read_token(token, str, str)
    try:
        return datetime.fromisoformat(at), id
    except ValueError as error:
        raise BadPageToken from error
