"""What is asked of a division budget, and what the answer may know."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import Command, Facts
from contracts.finance import BudgetLine
from contracts.values import Currency, Line, Money
from services.finance.domain.money import Funds

FiscalYear = Annotated[int, Field(ge=1900, le=2200)]


class DraftDivisionBudget(Command):
    """Draft a division's budget of a fiscal year. Repeating it with the same facts changes nothing."""

    division_id: UUID
    fiscal_year: FiscalYear
    currency: Currency
    parent_budget_id: UUID | None = None
    lines: tuple[BudgetLine, ...]


class RedraftDivisionBudget(Command):
    """Replace the lines and the parent of a budget that is still a draft."""

    currency: Currency
    parent_budget_id: UUID | None = None
    lines: tuple[BudgetLine, ...]


class SubmitDivisionBudget(Command):
    """Submit the draft for approval."""


class ReturnDivisionBudget(Command):
    """Send a submitted budget back to draft."""

    reason: Line


class ApproveDivisionBudget(Command):
    """Approve a budget that somebody else submitted."""


class SupplementDivisionBudget(Command):
    """Grant an approved budget more money."""

    amount: Money
    reason: Line


class TransferOut(Command):
    """Send money to another division's budget. Repeating a transfer changes nothing."""

    transfer_id: UUID
    other_budget_id: UUID
    amount: Money
    reason: Line


class ReceiveTransfer(Command):
    """Take in money another budget sent, or take back what could not be received. Repeating it changes nothing."""

    transfer_id: UUID
    other_budget_id: UUID
    amount: Money
    reason: Line


class CloseDivisionBudget(Command):
    """Close an approved budget for good at the end of its year."""


DivisionBudgetCommand = (
    DraftDivisionBudget
    | RedraftDivisionBudget
    | SubmitDivisionBudget
    | ReturnDivisionBudget
    | ApproveDivisionBudget
    | SupplementDivisionBudget
    | TransferOut
    | ReceiveTransfer
    | CloseDivisionBudget
)


@dataclass(frozen=True)
class DivisionBudgetFacts(Facts):
    """``parent``: the (new) parent budget; ``other``: a transfer's receiver; both None where there is none.

    ``allotted``: the project budgets funded from this one and the approved budgets below it; None where unknown.
    """

    parent: Funds | None = None
    other: Funds | None = None
    allotted: Money | None = None
