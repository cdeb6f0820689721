"""The state of a division budget."""

from typing import Literal
from uuid import UUID

from chassis.domain.decider import State
from contracts.base import Value
from contracts.finance import BudgetLine
from contracts.values import Money

Status = Literal["drafted", "submitted", "approved", "closed"]


class Transfer(Value):
    """Money that went out (negative) or came in (positive)."""

    other_budget_id: UUID
    amount: Money


class DivisionBudget(State):
    """A division's budget of one fiscal year as it stands; ``original`` is the lines' total."""

    division_id: UUID
    fiscal_year: int
    parent_budget_id: UUID | None
    lines: tuple[BudgetLine, ...]
    status: Status = "drafted"
    original: Money
    current: Money
    submitted_by: str | None = None
    submitted_for: str | None = None
    transfers: dict[UUID, Transfer] = {}
