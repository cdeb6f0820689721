"""Facts about a year that ends: its budgets in force, what they granted, and next year's budgets."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from chassis.domain.streams import id_of
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from chassis.store.store import Store
from services.finance.budgets.domain.division_budget.model import DivisionBudget
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.facts import allotted_of
from services.finance.closing.domain.carry import Closing, Holding, by_name, closing, without_rule
from services.finance.closing.domain.year_end import Review, YearEnd

ROOT, BELOW = Fields(DIVISION_BUDGET, "root"), Fields(DIVISION_BUDGET, "below")
B, NEXT = Fields(DIVISION_BUDGET, "budget"), Fields(DIVISION_BUDGET, "next")
STEP = 40
"""So many budgets are closed in one append, with as many of the next year and those above them."""
AT_ONCE = 500
NO_TREE = (
    f"{ROOT.parent_budget_id} IS NULL AND NOT EXISTS (SELECT FROM states below"
    f" WHERE {BELOW.of_kind} AND {BELOW.parent_budget_id} = {ROOT.id})"
)
OF_YEAR = (
    f"WITH RECURSIVE tree (stream) AS (SELECT root.stream FROM states root WHERE {ROOT.of_kind}"
    f" AND {ROOT.fiscal_year} = :year AND CASE WHEN CAST(:parent AS text) IS NULL THEN {NO_TREE}"
    f" ELSE root.stream = {ROOT.stream_of('CAST(:parent AS text)')} END"
    f" UNION ALL SELECT below.stream FROM tree JOIN states below"
    f" ON {BELOW.of_kind} AND {BELOW.parent_budget_id} = right(tree.stream, 36))"
    f" SELECT budget.stream, next.stream AS next FROM tree JOIN states budget USING (stream) LEFT JOIN states next"
    f" ON {NEXT.of_kind} AND {NEXT.division_id} = {B.division_id} AND {NEXT.status.one_of('approved')}"
    f" AND {NEXT.fiscal_year} = CAST(CAST({B.fiscal_year} AS integer) + 1 AS text)"
)
IN_FORCE = text(f"{OF_YEAR} WHERE {B.status.one_of('approved')} ORDER BY 1 LIMIT :limit")
SUBMITTED = text(f"{OF_YEAR} WHERE {B.status.one_of('submitted')} ORDER BY 1 LIMIT :limit")
GRANTED = text(
    "SELECT asked AS id, allotted_to_projects(asked) + coalesce((SELECT sum(CAST("
    f"{BELOW.current.amount} AS numeric)) FROM states below WHERE {BELOW.of_kind} AND {BELOW.parent_budget_id} = asked"
    f" AND {BELOW.status.one_of('approved', 'closed')}), 0) AS granted FROM unnest(CAST(:ids AS text[])) asked"
)


def asked(year_end: YearEnd, limit: int | None) -> dict[str, str | int | None]:
    parent = str(year_end.parent_budget_id) if year_end.parent_budget_id else None
    return {"year": str(year_end.fiscal_year), "parent": parent, "limit": limit}


async def next_to_close(view: View, year_end: YearEnd) -> tuple[Holding, ...]:
    """The next budgets to close, read so that nothing of them may have changed when they are."""
    rows = await view.reference(IN_FORCE, asked(year_end, STEP))
    return tuple(await asyncio.gather(*(held(view, id_of(row.stream), row.next) for row in rows)))


async def held(view: View, id: UUID, next_stream: str | None) -> Holding:
    budget = await view.state(DIVISION_BUDGET, id)
    assert budget is not None
    granted = (await allotted_of(view, id, budget.current.currency)).amount
    if next_stream is None:
        return Holding(id, budget, granted)
    chain = await view.chain(DIVISION_BUDGET, id_of(next_stream), "parent_budget_id")
    return Holding(id, budget, granted, chain[0][0], tuple(above for above, _ in chain[1:]))


async def foreseen(store: Store, year_end: YearEnd) -> list[Closing]:
    """What would become of every budget now; a preview, which holds nobody up."""
    rows = await store.rows(IN_FORCE, asked(year_end, None))
    closings: list[Closing] = []
    for place in range(0, len(rows), AT_ONCE):
        some = rows[place : place + AT_ONCE]
        ids = [id_of(row.stream) for row in some]
        granted = {row.id: row.granted for row in await store.rows(GRANTED, {"ids": [str(id) for id in ids]})}
        loaded = await store.load_many(DIVISION_BUDGET, ids)
        for row, id, each in zip(some, ids, loaded, strict=True):
            budget: DivisionBudget = each.state
            next_id = id_of(row.next) if row.next else None
            holding = Holding(id, budget, Decimal(granted[str(id)]), next_id)
            closings.append(closing(holding, by_name(year_end.rules)))
    return closings


async def reviewed(store: Store, year_end: YearEnd, closings: Sequence[Closing]) -> Review:
    """What stands in the way."""
    missing = {each.holding.budget.division_id for each in closings if each.needs_next and not each.holding.next_id}
    submitted = await store.rows(SUBMITTED, asked(year_end, AT_ONCE))
    return Review(
        budgets=len(closings),
        without_rule=tuple(without_rule((each.holding.budget for each in closings), year_end.rules)),
        without_next=tuple(sorted(missing)),
        submitted=tuple(id_of(row.stream) for row in submitted),
    )
