"""Division budget: what a division may spend in a fiscal year; current = original + supplements +- transfers.

``drafted -> submitted -> approved (supplemented, transferred) -> closed``, and back to draft from submitted.
"""

from chassis.domain.decider import Decider
from services.finance.domain.division_budget.commands import (
    ApproveDivisionBudget,
    CloseDivisionBudget,
    DivisionBudgetCommand,
    DivisionBudgetFacts,
    DraftDivisionBudget,
    ReceiveTransfer,
    RedraftDivisionBudget,
    ReturnDivisionBudget,
    SubmitDivisionBudget,
    SupplementDivisionBudget,
    TransferOut,
)
from services.finance.domain.division_budget.decide import decide
from services.finance.domain.division_budget.evolve import DivisionBudgetEvent, evolve
from services.finance.domain.division_budget.state import DivisionBudget, Status

__all__ = [
    "DIVISION_BUDGET",
    "ApproveDivisionBudget",
    "CloseDivisionBudget",
    "DivisionBudget",
    "DivisionBudgetCommand",
    "DivisionBudgetEvent",
    "DivisionBudgetFacts",
    "DraftDivisionBudget",
    "ReceiveTransfer",
    "RedraftDivisionBudget",
    "ReturnDivisionBudget",
    "Status",
    "SubmitDivisionBudget",
    "SupplementDivisionBudget",
    "TransferOut",
    "decide",
    "evolve",
]

DIVISION_BUDGET = Decider(
    kind="division-budget", state=DivisionBudget, events=DivisionBudgetEvent, decide=decide, evolve=evolve
)
