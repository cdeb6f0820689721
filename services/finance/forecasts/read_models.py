"""Finance's copy of the earned value of projects, as portfolio publishes it."""

from decimal import Context, Decimal
from typing import Any
from uuid import UUID

from chassis.consumers.projection import Fold, of_kind
from chassis.domain.read_row import ReadRow
from chassis.messaging.cloudevents import Envelope
from contracts.portfolio import planning

EXACT = Context(prec=60)


class EarnedValueRow(ReadRow):
    """A project's earned value, budget at completion and actual cost, as far as portfolio has said, in one currency."""

    id: UUID
    currency: str = ""
    earned: Decimal = Decimal()
    budget: Decimal = Decimal()
    actual: Decimal = Decimal()


def fold_earned_value(row: EarnedValueRow | None, envelope: Envelope, key: UUID) -> EarnedValueRow | None:
    event = envelope.event
    if not isinstance(event, planning.EarnedValueMoved):
        return row
    sums = (row or EarnedValueRow(id=key)).but(currency=event.currency)
    for point in event.points:
        sums = sums.but(
            earned=EXACT.add(sums.earned, point.earned),
            budget=EXACT.add(sums.budget, point.budget),
            actual=EXACT.add(sums.actual, point.actual),
        )
    return sums


EARNED_VALUE: Fold[Any] = Fold("project_earned_value", EarnedValueRow, of_kind("plan"), fold_earned_value)
