"""Portfolio's copy of finance's figures of projects: budget, spend, expected cost, and each entry of actual cost."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from chassis.consumers.projection import Fold, of_kind
from chassis.domain.read_row import ReadRow
from chassis.messaging.cloudevents import Envelope
from contracts import finance

ZERO = Decimal()


class ProjectMoneyRow(ReadRow):
    """A project's money in one currency; ``heard``: the number of finance's last event about it.

    ``marks`` name the event behind a fact: its stream, number and type.
    """

    id: UUID
    heard: int = 0
    heard_at: datetime | None = None
    currency: str | None = None
    granted: Decimal = ZERO
    committed: Decimal = ZERO
    actual: Decimal = ZERO
    estimate: Decimal | None = None
    estimate_as_of: date | None = None
    overrun: bool = False
    marks: dict[str, dict[str, Any]] = {}


class ActualRow(ReadRow):
    """An entry of actual cost; ``recorded_at`` and ``reversed_at``: when finance said so."""

    id: UUID
    project_id: UUID
    amount: Decimal
    occurred_on: date
    recorded_at: datetime
    reversed_at: datetime | None = None


def fold_money(row: ProjectMoneyRow | None, envelope: Envelope, key: UUID) -> ProjectMoneyRow:
    before = row or ProjectMoneyRow(id=key)
    money = before.but(heard=envelope.number or before.heard, heard_at=envelope.time or before.heard_at)
    match envelope.event:
        case (
            finance.ProjectBudgetTakenOver(granted=granted)
            | finance.TakenOverBudgetCorrected(granted=granted)
            | finance.ProjectFundingConfirmed(granted=granted)
            | finance.ProjectBudgetSupplemented(granted=granted)
        ):
            return noted(money, envelope, "planned").but(granted=granted.amount, currency=granted.currency)
        case finance.EstimateAtCompletionStated(estimate=estimate, as_of=as_of):
            return noted(money, envelope, "outlook").but(estimate=estimate.amount, estimate_as_of=as_of)
        case finance.CommitmentMade(amount=amount):
            return money.but(committed=money.committed + amount.amount)
        case finance.CommitmentReleased(amount=amount):
            return money.but(committed=money.committed - amount.amount)
        case finance.ActualRecorded(amount=amount, consumed=consumed):
            spent, committed = money.actual + amount.amount, money.committed - consumed.amount
            return money.but(actual=spent, committed=committed, currency=amount.currency)
        case finance.ActualReversed(amount=amount, restored=restored):
            return money.but(actual=money.actual - amount.amount, committed=money.committed + restored.amount)
        case finance.OverrunRaised():
            return noted(money, envelope, "overrun").but(overrun=True)
        case finance.OverrunCleared():
            return noted(money, envelope, "overrun").but(overrun=False)
        case _:
            return money


def noted(money: ProjectMoneyRow, envelope: Envelope, fact: str) -> ProjectMoneyRow:
    """The same money, a fact marked with the event it comes from."""
    mark = {"stream": envelope.stream, "number": envelope.number, "type": envelope.type.rpartition(".")[2]}
    return money.but(marks=money.marks | {fact: mark})


def entry_id(project_id: UUID, entry_id: UUID) -> UUID:
    """The row of an entry: its id is unique within its project alone."""
    return uuid5(project_id, str(entry_id))


def entries(envelope: Envelope) -> Sequence[UUID]:
    match envelope.event:
        case (
            finance.ActualRecorded(project_id=project, entry_id=entry)
            | finance.ActualReversed(project_id=project, entry_id=entry)
        ) if project is not None:
            return [entry_id(project, entry)]
        case _:
            return []


def fold_actual(row: ActualRow | None, envelope: Envelope, key: UUID) -> ActualRow | None:
    at = envelope.time
    match envelope.event:
        case finance.ActualRecorded(project_id=UUID() as project, amount=amount, occurred_on=day) if at is not None:
            return ActualRow(id=key, project_id=project, amount=amount.amount, occurred_on=day, recorded_at=at)
        case finance.ActualReversed() if row is not None:
            return row.but(reversed_at=at)
        case _:
            return row


MONEY: list[Fold[Any]] = [
    Fold("project_money", ProjectMoneyRow, of_kind("project-budget"), fold_money),
    Fold("actuals", ActualRow, entries, fold_actual),
]
