"""How a division budget's events add up."""

from typing import assert_never

from chassis.domain.decider import existing
from contracts.finance import (
    DivisionBudgetApproved,
    DivisionBudgetClosed,
    DivisionBudgetDrafted,
    DivisionBudgetReturned,
    DivisionBudgetSubmitted,
    DivisionBudgetSupplemented,
    DivisionBudgetTransferred,
)
from services.finance.domain.division_budget.state import DivisionBudget, Transfer

DivisionBudgetEvent = (
    DivisionBudgetDrafted
    | DivisionBudgetSubmitted
    | DivisionBudgetReturned
    | DivisionBudgetApproved
    | DivisionBudgetSupplemented
    | DivisionBudgetTransferred
    | DivisionBudgetClosed
)


def evolve(state: DivisionBudget | None, event: DivisionBudgetEvent) -> DivisionBudget:
    """The state after an event."""
    match event:
        case DivisionBudgetDrafted(total=total):
            known = {name: getattr(event, name) for name in ("division_id", "fiscal_year", "parent_budget_id", "lines")}
            return DivisionBudget(**known, original=total, current=total)
    budget = existing(state)
    match event:
        case DivisionBudgetSubmitted(submitted_by=by, submitted_for=for_whom):
            return budget.but(status="submitted", submitted_by=by, submitted_for=for_whom)
        case DivisionBudgetReturned():
            return budget.but(status="drafted", submitted_by=None, submitted_for=None)
        case DivisionBudgetApproved(original=original):
            return budget.but(status="approved", original=original, current=original)
        case DivisionBudgetSupplemented(current=current):
            return budget.but(current=current)
        case DivisionBudgetTransferred(transfer_id=id, other_budget_id=other, amount=amount, current=current):
            transfer = Transfer(other_budget_id=other, amount=amount)
            return budget.but(current=current, transfers={**budget.transfers, id: transfer})
        case DivisionBudgetClosed():
            return budget.but(status="closed")
        case _:
            assert_never(event)
