"""The state of a project's budget."""

from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple
from uuid import UUID

from chassis.domain.decider import State
from contracts.base import Value
from contracts.values import Amount, Line, Money, Name

Status = Literal["asked", "refused", "funded", "closed"]
Basis = Literal["stated", "taken over", "earned value"]


class Commitment(Value):
    """Money bound by an order, in the budget's currency; ``spent``: the entries that name it, together."""

    category: Name
    amount: Amount
    reference: Line
    spent: Amount = Decimal(0)

    @property
    def open(self) -> Decimal:
        """What is still to be invoiced; an order invoiced beyond its amount has nothing open."""
        return max(self.amount - self.spent, Decimal(0))


class Entry(NamedTuple):
    """Money spent, in the budget's currency; a row, not an object, because a state holds many."""

    category: Name
    amount: Amount
    reference: Line
    occurred_on: date
    commitment_id: UUID | None


class Estimate(Value):
    """What the project is expected to have cost at its end, as of a date."""

    estimate: Money
    basis: Basis
    as_of: date


class ProjectBudget(State):
    """A project's budget as it stands.

    ``granted`` includes supplements and the ``contingency``, and is 0 until funded; ``taken_over`` is what was granted
    elsewhere, without supplements; ``allotments`` say which division budget paid how much of ``granted``.
    ``committed`` is what is open of all commitments, ``spent`` all entries together, and
    ``available`` = granted - committed - spent: below 0 the budget is overrun by that much, and ``overrun`` is true.
    ``recorded`` counts the entries ever made, ``entries`` are those not reversed, ``commitments`` those not released.
    """

    division_id: UUID
    status: Status
    asked: Money | None
    taken_over: Money | None = None
    granted: Money
    contingency: Money
    allotments: dict[UUID, Money] = {}
    committed: Money
    spent: Money
    available: Money
    overrun: bool = False
    commitments: dict[UUID, Commitment] = {}
    entries: dict[UUID, Entry] = {}
    recorded: int = 0
    estimate: Estimate | None = None
    estimate_taken_over: Estimate | None = None

    @property
    def currency(self) -> str:
        """The one currency of this budget."""
        return self.granted.currency

    @property
    def overrun_by(self) -> Decimal:
        """By how much actuals and commitments exceed what is granted."""
        return max(-self.available.amount, Decimal(0))
