"""The histories of a division's budgets and of what draws on them, read from the log, and what charged them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from chassis.domain.decider import Decider, Refused
from chassis.domain.streams import id_of
from chassis.store.fields import Fields
from chassis.store.store import S, Store, StoredEvent, as_corrected
from contracts import finance
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.domain.project_budget.rules import PROJECT_BUDGET
from services.finance.funding.domain.reservation import RESERVATION
from services.finance.spending.charging import charging
from services.finance.spending.domain.commitment import COMMITMENT
from services.finance.spending.domain.expense import EXPENSE
from services.finance.statements.domain.changes import Balance, Change, ChangeKind, Told, Window, balances

MOST_BUDGETS, MOST_EVENTS = 500, 20_000
B, P = Fields(DIVISION_BUDGET), Fields(PROJECT_BUDGET)
OF_DIVISION = text(
    f"SELECT stream, version FROM states WHERE {B.of_kind}"
    f" AND {B.division_id} IN (SELECT CAST(id AS text) FROM divisions_below(:division)) ORDER BY stream"
)
BELOW = text(f"SELECT stream, version FROM states WHERE {B.of_kind} AND {B.parent_budget_id} = ANY(:ids)")
FUNDED = text(f"SELECT stream, version FROM states WHERE {P.of_kind} AND {P.allotments.json} ?| CAST(:ids AS text[])")
CHARGES = {EXPENSE.kind: ChangeKind.SPENT, COMMITMENT.kind: ChangeKind.ORDERED, RESERVATION.kind: ChangeKind.RESERVED}
"""What an append that charges a budget is, by what stands in it; an expense of an order is an expense."""


@dataclass(frozen=True)
class Changed:
    """A change with its event as stored; ``record``: the kind and the id of what charged the budget."""

    change: Change
    stored: StoredEvent
    record: tuple[str, UUID] | None = None


@dataclass(frozen=True)
class Changes:
    """What changed a division's budgets, with their figures before and after; ``events``: how many were read."""

    balances: Sequence[Balance]
    changed: Sequence[Changed]
    events: int


async def changes_of(store: Store, division_id: UUID, window: Window, known_at: datetime | None) -> Changes:
    """The changes of the budgets of a division and of those below it."""
    own = await store.rows(OF_DIVISION, {"division": division_id})
    asked = {"ids": [str(id_of(row.stream)) for row in own]}
    below, funded = await store.rows(BELOW, asked), await store.rows(FUNDED, asked)
    events = sum({row.stream: row.version for row in (*own, *below, *funded)}.values())
    if len(own) > MOST_BUDGETS or events > MOST_EVENTS:
        detail = (
            f"{len(own):,} budgets with {events:,} events belong to it; at most {MOST_BUDGETS} and {MOST_EVENTS:,}."
        )
        raise Refused("changes-too-wide", detail, "Ask for a division further down.")
    ids = [id_of(row.stream) for row in own]
    budgets = await histories(store, DIVISION_BUDGET, sorted({*ids, *(id_of(row.stream) for row in below)}), known_at)
    projects = await histories(store, PROJECT_BUDGET, [id_of(row.stream) for row in funded], known_at)
    found = await asyncio.to_thread(
        balances,
        ids,
        {id: told(budgets[id]) for id in ids},
        {id: told(each) for id, each in projects.items()},
        {id: told(each) for id, each in budgets.items()},
        window,
    )
    stored = {each.position: each for history in (*budgets.values(), *projects.values()) for each in history}
    changed = [Changed(change, stored[change.told.position]) for balance in found for change in balance.changes]
    return Changes(found, await with_records(store, changed), events)


async def histories(
    store: Store, decider: Decider[S], ids: Sequence[UUID], known_at: datetime | None
) -> Mapping[UUID, Sequence[StoredEvent]]:
    return dict(zip(ids, await store.events_of_many(decider, ids, known_at=known_at), strict=True))


def told(history: Sequence[StoredEvent]) -> list[Told]:
    return [Told(each.position, each.version, each.took_effect_on, each.event) for each in as_corrected(history)]


async def with_records(store: Store, changed: Sequence[Changed]) -> list[Changed]:
    """The changes, and what charged the budget where something did."""
    charges = [each.stored for each in changed if each.change.kind is ChangeKind.CHARGED]
    found: dict[str, dict[str, UUID]] = {}
    reversed_by = set()
    for command, kind, id, type in await charging(store, charges, [*CHARGES]):
        found.setdefault(command, {})[kind] = id
        if type == finance.ActualReversed.__name__:
            reversed_by.add(command)
    return [of_record(each, found, reversed_by) for each in changed]


def of_record(changed: Changed, found: Mapping[str, Mapping[str, UUID]], reversed_by: set[str]) -> Changed:
    if changed.change.kind is not ChangeKind.CHARGED:
        return changed
    command = changed.stored.metadata.get("command_id", "")
    records = found.get(command, {})
    for name, kind in CHARGES.items():
        if name in records:
            back = kind is ChangeKind.SPENT and command in reversed_by and changed.change.figures.spent < 0
            change = replace(changed.change, kind=ChangeKind.REVERSED if back else kind)
            return replace(changed, change=change, record=(name, records[name]))
    return changed
