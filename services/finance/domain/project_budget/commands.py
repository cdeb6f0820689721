"""What is asked of a project's budget, and what the answer may know."""

from dataclasses import dataclass
from uuid import UUID

from chassis.domain.decider import Command, Facts
from contracts.values import Date, Line, Money, Name
from services.finance.domain.money import Funds
from services.finance.domain.project_budget.state import Basis


class OpenProjectBudget(Command):
    """Ask for a project's budget once portfolio approved the project. Asking again for the same changes nothing."""

    division_id: UUID
    asked: Money


class ConfirmFunding(Command):
    """Grant the budget a project asked for, from a division's budget, with a contingency for risks inside it."""

    granted: Money
    contingency: Money
    division_budget_id: UUID | None = None


class RefuseFunding(Command):
    """Grant nothing; the project goes back to its specification."""

    reason: Line


class SupplementProjectBudget(Command):
    """Grant a funded project more money, from a division's budget."""

    amount: Money
    reason: Line
    division_budget_id: UUID | None = None


class TakeOverProjectBudget(Command):
    """State the budget a project was granted elsewhere. Stating it again changes nothing or corrects the amount."""

    division_id: UUID
    granted: Money
    source: Line


class MakeCommitment(Command):
    """Bind money for an order or a contract. Repeating it with the same facts changes nothing."""

    commitment_id: UUID
    category: Name
    amount: Money
    reference: Line


class ReleaseCommitment(Command):
    """Free what is open of a commitment, and forget it: nothing more is expected of it."""

    commitment_id: UUID
    reason: Line


class RecordActual(Command):
    """Record money spent, even above the budget. Repeating it with the same facts changes nothing."""

    entry_id: UUID
    category: Name
    amount: Money
    commitment_id: UUID | None = None
    reference: Line
    occurred_on: Date


class ReverseActual(Command):
    """Take an entry that was wrong back whole."""

    entry_id: UUID
    reason: Line


class StateActual(Command):
    """State what was spent under a reference in all; entries that say otherwise are reversed and replaced by one."""

    reference: Line
    category: Name
    amount: Money
    occurred_on: Date
    reason: Line


class StateEstimateAtCompletion(Command):
    """State what the project is expected to have cost at its end. Stating it again changes nothing."""

    estimate: Money
    basis: Basis
    as_of: Date
    reason: Line


class CloseProjectBudget(Command):
    """Let nothing more be granted or committed; what was ordered may still be invoiced. Repeating changes nothing."""


ProjectBudgetCommand = (
    OpenProjectBudget
    | ConfirmFunding
    | RefuseFunding
    | SupplementProjectBudget
    | TakeOverProjectBudget
    | MakeCommitment
    | ReleaseCommitment
    | RecordActual
    | ReverseActual
    | StateActual
    | StateEstimateAtCompletion
    | CloseProjectBudget
)


@dataclass(frozen=True)
class ProjectBudgetFacts(Facts):
    """``division_budget``: the one the command names; where it names none, the division's approved one, if any."""

    division_budget: Funds | None = None
