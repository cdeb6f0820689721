"""Recomputes the figures of budgets: from the log, part by part, and from their orders, expenses and reservations."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.domain.decider import Decider
from chassis.domain.streams import id_of
from chassis.store.fields import Fields
from chassis.store.store import Loaded, Store
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.domain.money import Sums
from services.finance.budgets.domain.project_budget.rules import PROJECT_BUDGET
from services.finance.checking.domain.figures import Difference, Source, differences, figures_of
from services.finance.funding.domain.reservation import RESERVATION
from services.finance.spending.domain.commitment import COMMITMENT, ORDERED, CommitmentStatus
from services.finance.spending.domain.expense import EXPENSE, SPENT

EVENTS_AT_ONCE = 1_000
D, P, B = Fields(DIVISION_BUDGET), Fields(PROJECT_BUDGET), Fields(DIVISION_BUDGET, "budget")
C, E, R = Fields(COMMITMENT, "charged"), Fields(EXPENSE, "charged"), Fields(RESERVATION, "charged")
BUDGETS = text(
    f"SELECT stream FROM states WHERE ({D.of_kind} OR {P.of_kind}) AND stream > :after ORDER BY 1 LIMIT :most"
)
BUDGETS_OF = (
    f"SELECT {D.id} AS head, {D.id} AS id, stream FROM states WHERE {D.of_kind} AND stream = ANY(:streams)"
    f" AND {D.carried_to} IS NULL"
    f" UNION SELECT held.head, {B.id}, budget.stream FROM held JOIN states budget"
    f" ON {B.of_kind} AND {B.carried_to} = held.id"
)
PROJECTS_OF = f"SELECT {P.id} AS head, {P.id} AS id, stream FROM states WHERE {P.of_kind} AND stream = ANY(:streams)"


def number(field: str) -> str:
    return f"coalesce(CAST({field} AS numeric), 0)"


def sums_of(budget: Fields, held: str, name: str) -> str:
    """What is stored and what is recomputed of each category, in one reading; ``name``: how a charge names a budget.

    A budget is recomputed together with those of earlier years that were carried into it: their orders are there still.
    """
    placed, planned = C.status.one_of(*ORDERED), C.status.one_of(CommitmentStatus.PLANNED)
    sums = budget.charged.at("category")
    stored = ", ".join(number(getattr(sums, figure)) for figure in Sums.model_fields)
    parts = [
        f"SELECT head, category, 'stored', {stored} FROM held JOIN states budget ON budget.stream = held.stream"
        f" CROSS JOIN LATERAL jsonb_object_keys({budget.charged.json}) category",
        f"SELECT head, {C.category}, 'recomputed', CASE WHEN {planned} THEN {number(C.amount.amount)} ELSE 0 END,"
        f" CASE WHEN {placed} THEN greatest({number(C.amount.amount)} - {number(C.invoiced)}, 0) ELSE 0 END, 0, 0"
        f" FROM held JOIN states charged ON {C.of_kind} AND {getattr(C, name)} = held.id",
        f"SELECT head, {E.category}, 'recomputed', 0, 0, {number(E.amount.amount)}, 0"
        f" FROM held JOIN states charged ON {E.of_kind} AND {getattr(E, name)} = held.id AND {E.status.one_of(*SPENT)}",
    ]
    if name in RESERVATION.state.model_fields:
        kept = ", ".join(number(getattr(R.held, figure)) for figure in Sums.model_fields)
        parts.append(
            f"SELECT head, {R.category}, 'recomputed', {kept}"
            f" FROM held JOIN states charged ON {R.of_kind} AND {getattr(R, name)} = held.id"
        )
    columns = ", ".join(Sums.model_fields)
    totals = ", ".join(f"sum({figure}) AS {figure}" for figure in Sums.model_fields)
    return (
        f"WITH RECURSIVE held AS ({held}), parts (head, category, side, {columns}) AS ({' UNION ALL '.join(parts)})"
        f" SELECT head, category, side, {totals} FROM parts GROUP BY 1, 2, 3"
    )


SUMS = (
    text(sums_of(B, BUDGETS_OF, "division_budget_id")),
    text(sums_of(Fields(PROJECT_BUDGET, "budget"), PROJECTS_OF, "project_id")),
)


async def budgets_after(store: Store, after: str, most: int) -> list[str]:
    """The streams of budgets after this one, in their order."""
    return [row.stream for row in await store.rows(BUDGETS, {"after": after, "most": most})]


Stored = tuple[Decider[Any], UUID, Loaded]


async def loaded(store: Store, streams: Sequence[str]) -> list[Stored]:
    """The budgets as they are stored."""
    return [*await of_kind(store, DIVISION_BUDGET, streams), *await of_kind(store, PROJECT_BUDGET, streams)]


async def of_kind(store: Store, decider: Decider[Any], streams: Sequence[str]) -> list[Stored]:
    """Those of these streams that are of one kind, as they are stored."""
    ids = [id_of(stream) for stream in streams if stream == decider.stream(id_of(stream))]
    return [(decider, id, each) for id, each in zip(ids, await store.load_many(decider, ids), strict=True)]


async def against_log(store: Store, decider: Decider[Any], id: UUID, stored: Loaded) -> list[Difference]:
    """A budget beside the fold of its events up to the version that is stored."""
    state, version = None, 0
    while version < stored.version:
        events = await store.events(decider, id, after=version, limit=EVENTS_AT_ONCE, version=stored.version)
        if not events:
            break
        state, version = decider.fold([each.event for each in events], state), events[-1].version
    return differences(id, figures_of(stored.state), figures_of(state), Source.LOG)


async def against_orders(store: Store, streams: Sequence[str]) -> list[Difference]:
    """The sums of budgets beside their orders, expenses and reservations."""
    sides: dict[str, dict[UUID, dict[str, Decimal]]] = {"stored": {}, "recomputed": {}}
    for query in SUMS:
        for row in await store.rows(query, {"streams": list(streams)}):
            figures = sides[row.side].setdefault(UUID(row.head), {})
            figures |= {f"charged / {row.category} / {each}": getattr(row, each) for each in Sums.model_fields}
    stored, recomputed = sides["stored"], sides["recomputed"]
    return [
        difference
        for id in sorted(stored.keys() | recomputed.keys())
        for difference in differences(id, stored.get(id, {}), recomputed.get(id, {}), Source.ORDERS)
    ]
