"""Portfolio's copy of finance's figures of projects: budget, spend, expected cost, and actual cost day by day."""

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

    ``committed``: orders, planned ones included, not invoiced yet.
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
    """What finance said was spent, or taken back (negative), by the number of its event about the project."""

    id: UUID
    project_id: UUID
    number: int
    amount: Decimal
    occurred_on: date
    known_from: datetime


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
        case finance.ProjectBudgetCharged(planned=planned, committed=committed, spent=spent):
            return money.but(actual=money.actual + spent, committed=money.committed + planned + committed)
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


def actuals(envelope: Envelope) -> Sequence[UUID]:
    """The row of an event that says what was spent on a day."""
    match envelope.event:
        case finance.ProjectBudgetCharged(project_id=project, occurred_on=date()):
            return [uuid5(project, str(envelope.number))]
        case _:
            return []


def fold_actual(row: ActualRow | None, envelope: Envelope, key: UUID) -> ActualRow | None:
    at, number = envelope.time, envelope.number
    match envelope.event:
        case finance.ProjectBudgetCharged() as event if event.occurred_on and at is not None and number is not None:
            known = {"project_id": event.project_id, "amount": event.spent, "occurred_on": event.occurred_on}
            return ActualRow(id=key, number=number, known_from=at, **known)
        case _:
            return row


MONEY: list[Fold[Any]] = [
    Fold("project_money", ProjectMoneyRow, of_kind("project-budget"), fold_money),
    Fold("actuals", ActualRow, actuals, fold_actual),
]
