"""How a project budget's events add up."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar, assert_never
from uuid import UUID

from chassis.domain.decider import existing
from contracts.finance import (
    ActualRecorded,
    ActualReversed,
    CommitmentMade,
    CommitmentReleased,
    EstimateAtCompletionStated,
    OverrunCleared,
    OverrunRaised,
    ProjectBudgetClosed,
    ProjectBudgetOpened,
    ProjectBudgetSupplemented,
    ProjectBudgetTakenOver,
    ProjectFundingConfirmed,
    ProjectFundingRefused,
    TakenOverBudgetCorrected,
)
from contracts.values import Money
from services.finance.domain.money import zero
from services.finance.domain.project_budget.state import Commitment, Entry, Estimate, ProjectBudget, Status

T = TypeVar("T")
ProjectBudgetEvent = (
    ProjectBudgetOpened
    | ProjectBudgetTakenOver
    | TakenOverBudgetCorrected
    | ProjectFundingConfirmed
    | ProjectFundingRefused
    | ProjectBudgetSupplemented
    | CommitmentMade
    | CommitmentReleased
    | ActualRecorded
    | ActualReversed
    | OverrunRaised
    | OverrunCleared
    | EstimateAtCompletionStated
    | ProjectBudgetClosed
)


def evolve(state: ProjectBudget | None, event: ProjectBudgetEvent) -> ProjectBudget:
    """The state after an event."""
    match event:
        case ProjectBudgetOpened():
            return opened(state, event)
        case ProjectBudgetTakenOver(division_id=division_id, granted=granted):
            return balanced(empty(division_id, "funded", granted.currency), granted=granted, taken_over=granted)
    budget = existing(state)
    match event:
        case TakenOverBudgetCorrected(granted=granted):
            return corrected(budget, granted)
        case ProjectFundingConfirmed(granted=granted, contingency=contingency, division_budget_id=source):
            budget = budget.but(status="funded", contingency=contingency)
            return balanced(budget, granted=granted, allotments=allotted(budget, source, granted))
        case ProjectFundingRefused():
            return budget.but(status="refused")
        case ProjectBudgetSupplemented(granted=granted, amount=amount, division_budget_id=source):
            return balanced(budget, granted=granted, allotments=allotted(budget, source, amount))
        case CommitmentMade():
            return committed(budget, event)
        case CommitmentReleased(commitment_id=id, amount=amount):
            return balanced(budget, committed=budget.committed - amount, commitments=without(budget.commitments, id))
        case ActualRecorded():
            return recorded(budget, event)
        case ActualReversed():
            return reversed_(budget, event)
        case OverrunRaised():
            return budget.but(overrun=True)
        case OverrunCleared():
            return budget.but(overrun=False)
        case EstimateAtCompletionStated(estimate=amount, basis=basis, as_of=as_of):
            estimate = Estimate(estimate=amount, basis=basis, as_of=as_of)
            budget = budget.but(estimate=estimate)
            return budget.but(estimate_taken_over=estimate) if basis == "taken over" else budget
        case ProjectBudgetClosed():
            return budget.but(status="closed")
        case _:
            assert_never(event)


def without(items: Mapping[UUID, T], id: UUID) -> dict[UUID, T]:
    """A copy that lacks one of them (copying whole and dropping one is ten times as fast as picking the rest)."""
    kept = dict(items)
    kept.pop(id, None)
    return kept


def balanced(budget: ProjectBudget, **changes: Any) -> ProjectBudget:
    """The budget with some figures changed, and ``available`` after it."""
    budget = budget.but(**changes)
    return budget.but(available=budget.granted - budget.committed - budget.spent)


def empty(division_id: UUID, status: Status, currency: str) -> ProjectBudget:
    """A budget of nothing."""
    none = zero(currency)
    return ProjectBudget(
        division_id=division_id,
        status=status,
        asked=None,
        granted=none,
        contingency=none,
        committed=none,
        spent=none,
        available=none,
    )


def opened(state: ProjectBudget | None, event: ProjectBudgetOpened) -> ProjectBudget:
    """Asked for, or asked for again: what was spent meanwhile stays."""
    if state is None or state.currency != event.asked.currency:
        count = state.recorded if state else 0
        return empty(event.division_id, "asked", event.asked.currency).but(asked=event.asked, recorded=count)
    return state.but(division_id=event.division_id, status="asked", asked=event.asked)


def corrected(budget: ProjectBudget, granted: Money) -> ProjectBudget:
    """What was granted elsewhere is another amount; supplements stay on top of it."""
    if granted.currency != budget.currency:
        restated = empty(budget.division_id, budget.status, granted.currency).but(recorded=budget.recorded)
        return balanced(restated, granted=granted, taken_over=granted)
    supplements = budget.granted - (budget.taken_over or budget.granted)
    return balanced(budget, granted=granted, taken_over=granted - supplements)


def allotted(budget: ProjectBudget, source: UUID | None, amount: Money) -> dict[UUID, Money]:
    """The allotments with one more."""
    if source is None:
        return budget.allotments
    return {**budget.allotments, source: budget.allotments.get(source, zero(amount.currency)) + amount}


def committed(budget: ProjectBudget, event: CommitmentMade) -> ProjectBudget:
    """One more commitment, all of it open."""
    made = Commitment(category=event.category, amount=event.amount.amount, reference=event.reference)
    commitments = {**budget.commitments, event.commitment_id: made}
    return balanced(budget, committed=budget.committed + event.amount, commitments=commitments)


def recorded(budget: ProjectBudget, event: ActualRecorded) -> ProjectBudget:
    """One more entry, which consumes its commitment."""
    amount = event.amount.amount
    entry = Entry(event.category, amount, event.reference, event.occurred_on, event.commitment_id)
    budget = budget.but(
        entries={**budget.entries, event.entry_id: entry},
        recorded=budget.recorded + 1,
        commitments=invoiced(budget, event.commitment_id, amount),
    )
    return balanced(budget, spent=budget.spent + event.amount, committed=budget.committed - event.consumed)


def reversed_(budget: ProjectBudget, event: ActualReversed) -> ProjectBudget:
    """One entry less; its commitment is bound again."""
    budget = budget.but(
        entries=without(budget.entries, event.entry_id),
        commitments=invoiced(budget, event.commitment_id, -event.amount.amount),
    )
    return balanced(budget, spent=budget.spent - event.amount, committed=budget.committed + event.restored)


def invoiced(budget: ProjectBudget, id: UUID | None, amount: Decimal) -> dict[UUID, Commitment]:
    """The commitments when one of them is invoiced by so much more; one that was released stays forgotten."""
    commitment = budget.commitments.get(id) if id else None
    if id is None or commitment is None:
        return budget.commitments
    return {**budget.commitments, id: commitment.model_copy(update={"spent": commitment.spent + amount})}
