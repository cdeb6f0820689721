"""The entries behind the figures of a budget: which event changed which figure, by how much."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from chassis.consumers.projection import Fold
from chassis.domain.read_row import ReadRow
from chassis.messaging.cloudevents import Envelope
from contracts import finance
from contracts.finance import closing
from contracts.values import Name

Change = tuple[UUID, "Figure", Decimal, bool]


class Figure(StrEnum):
    """What is told of a budget; a project's has ``current``, ``committed``, ``spent`` and ``estimate``."""

    ORIGINAL = "original"
    CURRENT = "current"
    CARRIED_OVER = "carried_over"
    ALLOTTED = "allotted"
    RESERVED = "reserved"
    COMMITTED = "committed"
    SPENT = "spent"
    ESTIMATE = "estimate"


class BudgetEntryRow(ReadRow):
    """What an event did to a figure of a budget; ``replaces``: it states the whole figure, whatever was before."""

    id: str
    budget_id: UUID
    figure: str
    stream: str
    number: int
    type: str
    recorded_at: datetime
    amount: Decimal
    replaces: bool
    category: Name | None = None
    occurred_on: date | None = None


def changes(envelope: Envelope) -> Iterator[Change]:
    """The figures that an event changes: of which budget, by how much, and whether it states them whole."""
    id = envelope.subject
    match envelope.event:
        case finance.DivisionBudgetDrafted(total=total):
            yield id, Figure.ORIGINAL, total.amount, True
            yield id, Figure.CURRENT, total.amount, True
        case finance.DivisionBudgetApproved(original=original):
            yield id, Figure.ORIGINAL, original.amount, True
            yield id, Figure.CURRENT, original.amount, True
        case finance.DivisionBudgetSupplemented(amount=amount) | finance.DivisionBudgetTransferred(amount=amount):
            yield id, Figure.CURRENT, amount.amount, False
        case closing.DivisionBudgetCarriedForward(amount=amount, below=below):
            yield id, Figure.CURRENT, amount.amount + below.amount, False
        case closing.DivisionBudgetCarriedOver(carried=carried, lapsed=lapsed):
            yield id, Figure.CARRIED_OVER, carried.amount + lapsed.amount, True
        case finance.DivisionBudgetCharged(reserved=reserved) as event:
            yield id, Figure.RESERVED, reserved, False
            yield from charged(id, event)
        case _:
            yield from of_project(envelope)


def of_project(envelope: Envelope) -> Iterator[Change]:
    """What is told of a project's budget, and of the division's budget that it draws on."""
    id = envelope.subject
    match envelope.event:
        case finance.ProjectBudgetTakenOver(granted=granted) | finance.TakenOverBudgetCorrected(granted=granted):
            yield id, Figure.CURRENT, granted.amount, True
        case finance.ProjectFundingConfirmed(granted=granted, division_budget_id=source):
            yield id, Figure.CURRENT, granted.amount, True
            yield from drawn(source, granted.amount)
        case finance.ProjectBudgetSupplemented(amount=amount, division_budget_id=source):
            yield id, Figure.CURRENT, amount.amount, False
            yield from drawn(source, amount.amount)
        case finance.ProjectAllotmentReturned(amount=amount, division_budget_id=source):
            yield from drawn(source, -amount.amount)
        case finance.EstimateAtCompletionStated(estimate=estimate):
            yield id, Figure.ESTIMATE, estimate.amount, True
        case finance.ProjectBudgetCharged() as event:
            yield from charged(id, event)


def charged(id: UUID, event: finance.DivisionBudgetCharged | finance.ProjectBudgetCharged) -> Iterator[Change]:
    yield id, Figure.COMMITTED, event.planned + event.committed, False
    yield id, Figure.SPENT, event.spent, False


def drawn(source: UUID | None, amount: Decimal) -> Iterator[Change]:
    if source is not None:
        yield source, Figure.ALLOTTED, amount, False


def rows_of(envelope: Envelope) -> Iterator[BudgetEntryRow]:
    """The entries an event makes; what it leaves as it was has none."""
    stream, number, time = envelope.stream, envelope.number, envelope.time
    if stream is None or number is None or time is None:
        return
    for budget_id, figure, amount, replaces in changes(envelope):
        if amount or replaces:
            yield BudgetEntryRow(
                id=f"{stream}|{number}|{figure}",
                budget_id=budget_id,
                figure=figure,
                stream=stream,
                number=number,
                type=type(envelope.event).__name__,
                recorded_at=time,
                amount=amount,
                replaces=replaces,
                category=getattr(envelope.event, "category", None),
                occurred_on=getattr(envelope.event, "occurred_on", None),
            )


def keys(envelope: Envelope) -> Sequence[str]:
    return [row.id for row in rows_of(envelope)]


def fold(_row: BudgetEntryRow | None, envelope: Envelope, key: str) -> BudgetEntryRow | None:
    """The entry an event makes; it never changes."""
    return next(row for row in rows_of(envelope) if row.id == key)


BUDGET_ENTRIES = Fold("budget_entries", BudgetEntryRow, keys, fold)
