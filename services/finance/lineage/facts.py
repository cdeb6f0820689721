"""Movements of money, read from the log: of a budget and of all that exchange money with it, directly or not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from chassis.domain.decider import Refused
from chassis.domain.streams import id_of
from chassis.store.fields import Fields
from chassis.store.store import Store, StoredEvent
from contracts import finance
from contracts.finance import closing
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.domain.project_budget.rules import PROJECT_BUDGET
from services.finance.lineage.domain.lineage import Movement, MovementKind
from services.finance.spending.charging import charging
from services.finance.spending.domain.expense import EXPENSE

MOST_BUDGETS, MOST_EVENTS = 500, 100_000
P = Fields(PROJECT_BUDGET)
FUNDED = text(f"SELECT stream FROM states WHERE {P.of_kind} AND {P.allotments.json} ?| CAST(:ids AS text[])")
CHARGES = (finance.DivisionBudgetCharged, finance.ProjectBudgetCharged)
Histories = Mapping[UUID, Sequence[StoredEvent]]


async def movements_about(store: Store, *budget_ids: UUID, project_id: UUID | None = None) -> list[Movement]:
    """All movements that the money of budgets, or of a project, may have taken part in, in the order of the log."""
    histories, projects = await connected(store, budget_ids, [project_id] if project_id else [])
    every = [*histories.values(), *projects.values()]
    charges = [
        stored for history in every for stored in history if isinstance(stored.event, CHARGES) and spent_by(stored)
    ]
    reading = Reading(histories, await expenses_of(store, charges))
    found = [movement for id in histories for movement in reading.movements(id)]
    found += [movement for id in projects for movement in reading.of_project(id, projects[id])]
    return sorted(found, key=lambda movement: movement.order)


def spent_by(stored: StoredEvent) -> Decimal:
    """What an event says was spent."""
    event = stored.event
    return event.spent if isinstance(event, CHARGES) else Decimal(0)


async def connected(store: Store, budgets: Sequence[UUID], projects: Sequence[UUID]) -> tuple[Histories, Histories]:
    """The histories of budgets and projects, and of all that money came from or went to."""
    found: dict[UUID, Sequence[StoredEvent]] = {}
    funded: dict[UUID, Sequence[StoredEvent]] = {}
    waiting, asked, events = {*budgets}, {*projects}, 0
    while waiting or asked:
        ids, of_projects = sorted(waiting), sorted(asked)
        loaded = [*await store.load_many(DIVISION_BUDGET, ids), *await store.load_many(PROJECT_BUDGET, of_projects)]
        events += sum(each.version for each in loaded)
        if len(found) + len(ids) > MOST_BUDGETS or events > MOST_EVENTS:
            detail = f"More than {MOST_BUDGETS} budgets or {MOST_EVENTS:,} events belong to it."
            raise Refused(
                "lineage-too-wide", detail, "Ask for the lineage of a budget with fewer transfers and projects."
            )
        found |= zip(ids, await store.events_of_many(DIVISION_BUDGET, ids), strict=True)
        funded |= zip(of_projects, await store.events_of_many(PROJECT_BUDGET, of_projects), strict=True)
        near = {other for id in ids for stored in found[id] for other in neighbours(stored)}
        near |= {other for id in of_projects for stored in funded[id] for other in neighbours(stored)}
        rows = await store.rows(FUNDED, {"ids": [str(id) for id in ids]}) if ids else []
        waiting, asked = near - found.keys(), {id_of(row.stream) for row in rows} - funded.keys()
    return found, funded


def neighbours(stored: StoredEvent) -> Iterator[UUID]:
    match stored.event:
        case finance.DivisionBudgetTransferred(other_budget_id=other):
            yield other
        case closing.DivisionBudgetCarriedOver(carried_to=other) if other is not None:
            yield other
        case closing.DivisionBudgetCarriedForward(from_budget_id=other) if other is not None:
            yield other
        case (
            finance.ProjectFundingConfirmed(division_budget_id=other)
            | finance.ProjectBudgetSupplemented(division_budget_id=other)
        ) if other is not None:
            yield other
        case _:
            return


async def expenses_of(store: Store, charges: Sequence[StoredEvent]) -> dict[str, UUID]:
    """The expenses by the commands that charged them or took them back."""
    types = {finance.ActualRecorded.__name__, finance.ActualReversed.__name__}
    return {command: id for command, _, id, type in await charging(store, charges, [EXPENSE.kind]) if type in types}


@dataclass(frozen=True)
class Reading:
    """Reads movements from ``histories`` of divisions' budgets; ``expenses``: by the command that charged them."""

    histories: Histories
    expenses: Mapping[str, UUID]

    def movements(self, id: UUID) -> Iterator[Movement]:
        """The movements of one budget; what came after it was closed is spent where its money is."""
        carried_to: UUID | None = None
        for stored in self.histories[id]:
            order = stored.position
            match stored.event:
                case finance.DivisionBudgetApproved(original=amount):
                    yield Movement(order, MovementKind.ALLOTTED, id, amount.amount)
                case finance.DivisionBudgetSupplemented(amount=amount):
                    yield Movement(order, MovementKind.SUPPLEMENTED, id, amount.amount)
                case finance.DivisionBudgetTransferred(amount=amount, other_budget_id=other, transfer_id=transfer_id):
                    if amount.amount < 0:
                        yield Movement(order, MovementKind.TRANSFERRED, id, -amount.amount, other, transfer_id)
                case closing.DivisionBudgetCarriedOver(carried_to=to, lapsed=lapsed, year_end_id=year_end_id):
                    carried_to = to
                    if lapsed.amount:
                        yield Movement(order, MovementKind.LAPSED, id, lapsed.amount, None, year_end_id)
                case closing.DivisionBudgetCarriedForward(
                    from_budget_id=source, amount=amount, year_end_id=year_end_id
                ):
                    if source is not None and amount.amount:
                        yield Movement(order, MovementKind.CARRIED, source, amount.amount, id, year_end_id)
                case finance.DivisionBudgetCharged(spent=spent) if spent:
                    yield from self.spent(stored, self.now(carried_to) or id, spent)
                case _:
                    continue

    def of_project(self, id: UUID, history: Sequence[StoredEvent]) -> Iterator[Movement]:
        """The movements of a project's budget; what it has of no division's budget is first allotted there."""
        had = Decimal(0)
        for stored in history:
            order = stored.position
            match stored.event:
                case (
                    finance.ProjectBudgetTakenOver(granted=granted) | finance.TakenOverBudgetCorrected(granted=granted)
                ):
                    more, had = granted.amount - had, granted.amount
                    if more:
                        kind = MovementKind.ALLOTTED if more > 0 else MovementKind.LAPSED
                        yield Movement(order, kind, id, abs(more), None, id)
                case (
                    finance.ProjectFundingConfirmed(division_budget_id=source, granted=amount)
                    | finance.ProjectBudgetSupplemented(division_budget_id=source, amount=amount)
                ):
                    had += amount.amount
                    if source is None:
                        yield Movement(order, MovementKind.ALLOTTED, id, amount.amount)
                    else:
                        yield Movement(order, MovementKind.FUNDED, source, amount.amount, id, id)
                case finance.ProjectAllotmentReturned(division_budget_id=source, amount=amount):
                    yield Movement(order, MovementKind.RETURNED, id, amount.amount, source, id)
                case finance.ProjectBudgetCharged(spent=spent) if spent:
                    yield from self.spent(stored, id, spent)
                case _:
                    continue

    def spent(self, stored: StoredEvent, budget_id: UUID, amount: Decimal) -> Iterator[Movement]:
        """What an expense spent, or gave back; what is passed on to the next year was spent there already."""
        expense_id = self.expenses.get(stored.metadata.get("command_id", ""))
        if expense_id is not None:
            yield Movement(stored.position, MovementKind.SPENT, budget_id, amount, None, expense_id)

    def now(self, budget_id: UUID | None) -> UUID | None:
        """Where the money of a closed budget is now."""
        while budget_id is not None:
            further = [
                stored.event.carried_to
                for stored in self.histories.get(budget_id, ())
                if isinstance(stored.event, closing.DivisionBudgetCarriedOver)
            ]
            if not further or further[0] is None:
                return budget_id
            budget_id = further[0]
        return None
