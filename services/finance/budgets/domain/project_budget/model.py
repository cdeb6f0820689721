"""A project's budget: state, facts, events, and how each event changes the state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, NamedTuple, TypeVar, assert_never
from uuid import UUID

from chassis.domain.decider import Facts, PrivateEvent, State, existing
from contracts import finance
from contracts.base import Value
from contracts.values import Amount, Line, Money, Name
from services.finance.budgets.domain.money import Funds, Sums, available, zero

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
        """Return the amount still to be invoiced; an order invoiced beyond its amount has nothing open."""
        return max(self.amount - self.spent, Decimal(0))


class Entry(NamedTuple):
    """Money spent, in the budget's currency; a row, not an object, because a state holds many."""

    category: Name
    amount: Amount
    reference: Line
    occurred_on: date
    commitment_id: UUID | None


class Estimate(Value):
    """The project's estimate at completion, as of a date."""

    estimate: Money
    basis: Basis
    as_of: date


class ProjectBudget(State):
    """A project's budget as it stands.

    ``granted`` includes supplements and the ``contingency``, and is 0 until funded; ``taken_over`` is what was granted
    elsewhere, without supplements; ``allotments`` say which division budget paid how much of ``granted``.
    ``contingency`` is what is still held for risks: those that materialised have drawn theirs.
    ``committed`` is what is open of all commitments, ``spent`` all entries together, and
    ``available`` = granted - contingency - committed - spent. Where ``committed`` and ``spent`` exceed ``granted``, the
    budget is overrun by that much, and ``overrun`` is true.
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
        return self.granted.currency

    @property
    def overrun_by(self) -> Decimal:
        """By how much actuals and commitments exceed what is granted."""
        return max(self.committed.amount + self.spent.amount - self.granted.amount, Decimal(0))


@dataclass(frozen=True)
class ProjectBudgetFacts(Facts):
    """``division_budget``: the one the command names; where it names none, the division's approved one, if any.

    ``answering``: the accountable manager and the delegate of the project.
    """

    division_budget: Funds | None = None
    answering: frozenset[UUID] = frozenset()


class ContingencyTaken(PrivateEvent):
    """A risk that materialised drew so much of the contingency; ``ContingencyDrawn`` tells others."""

    risk_id: UUID
    amount: Money


T = TypeVar("T")
ProjectBudgetEvent = (
    finance.ProjectBudgetOpened
    | finance.ProjectBudgetTakenOver
    | finance.TakenOverBudgetCorrected
    | finance.ProjectFundingConfirmed
    | finance.ProjectFundingRefused
    | finance.ProjectBudgetSupplemented
    | finance.CommitmentMade
    | finance.CommitmentReleased
    | finance.ActualRecorded
    | finance.ActualReversed
    | finance.OverrunRaised
    | finance.OverrunCleared
    | finance.EstimateAtCompletionStated
    | finance.ProjectBudgetClosed
    | ContingencyTaken
)
Events = Sequence[ProjectBudgetEvent]


def evolve(state: ProjectBudget | None, event: ProjectBudgetEvent) -> ProjectBudget:
    match event:
        case finance.ProjectBudgetOpened():
            return opened(state, event)
        case finance.ProjectBudgetTakenOver(division_id=division_id, granted=granted):
            return balanced(empty(division_id, "funded", granted.currency), granted=granted, taken_over=granted)
    budget = existing(state)
    match event:
        case finance.TakenOverBudgetCorrected(granted=granted):
            return corrected(budget, granted)
        case finance.ProjectFundingConfirmed(granted=granted, contingency=contingency, division_budget_id=source):
            budget = budget.but(status="funded", contingency=contingency)
            return balanced(budget, granted=granted, allotments=allotted(budget, source, granted))
        case finance.ProjectFundingRefused():
            return budget.but(status="refused")
        case finance.ProjectBudgetSupplemented(granted=granted, amount=amount, division_budget_id=source):
            return balanced(budget, granted=granted, allotments=allotted(budget, source, amount))
        case finance.CommitmentMade():
            return committed(budget, event)
        case finance.CommitmentReleased(commitment_id=id, amount=amount):
            return balanced(budget, committed=budget.committed - amount, commitments=without(budget.commitments, id))
        case finance.ActualRecorded():
            return recorded(budget, event)
        case finance.ActualReversed():
            return reversed_(budget, event)
        case finance.OverrunRaised():
            return budget.but(overrun=True)
        case finance.OverrunCleared():
            return budget.but(overrun=False)
        case finance.EstimateAtCompletionStated(estimate=amount, basis=basis, as_of=as_of):
            estimate = Estimate(estimate=amount, basis=basis, as_of=as_of)
            budget = budget.but(estimate=estimate)
            return budget.but(estimate_taken_over=estimate) if basis == "taken over" else budget
        case finance.ProjectBudgetClosed():
            return budget.but(status="closed")
        case ContingencyTaken(amount=amount):
            return balanced(budget, contingency=budget.contingency - amount)
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
    sums = Sums(committed=budget.committed.amount, spent=budget.spent.amount)
    left = available(budget.granted.amount, contingency=budget.contingency.amount, charged=sums)
    return budget.but(available=Money(amount=left, currency=budget.currency))


def empty(division_id: UUID, status: Status, currency: str) -> ProjectBudget:
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


def opened(state: ProjectBudget | None, event: finance.ProjectBudgetOpened) -> ProjectBudget:
    """Asked for, or asked for again: what was spent meanwhile stays."""
    if state is None or state.currency != event.asked.currency:
        count = state.recorded if state else 0
        return empty(event.division_id, "asked", event.asked.currency).but(asked=event.asked, recorded=count)
    return state.but(division_id=event.division_id, status="asked", asked=event.asked)


def corrected(budget: ProjectBudget, granted: Money) -> ProjectBudget:
    """Correct the amount granted elsewhere; supplements stay on top of it."""
    if granted.currency != budget.currency:
        restated = empty(budget.division_id, budget.status, granted.currency).but(recorded=budget.recorded)
        return balanced(restated, granted=granted, taken_over=granted)
    supplements = budget.granted - (budget.taken_over or budget.granted)
    return balanced(budget, granted=granted, taken_over=granted - supplements)


def allotted(budget: ProjectBudget, source: UUID | None, amount: Money) -> dict[UUID, Money]:
    if source is None:
        return budget.allotments
    return {**budget.allotments, source: budget.allotments.get(source, zero(amount.currency)) + amount}


def committed(budget: ProjectBudget, event: finance.CommitmentMade) -> ProjectBudget:
    """One more commitment, all of it open."""
    made = Commitment(category=event.category, amount=event.amount.amount, reference=event.reference)
    commitments = {**budget.commitments, event.commitment_id: made}
    return balanced(budget, committed=budget.committed + event.amount, commitments=commitments)


def recorded(budget: ProjectBudget, event: finance.ActualRecorded) -> ProjectBudget:
    """One more entry, which consumes its commitment."""
    amount = event.amount.amount
    entry = Entry(event.category, amount, event.reference, event.occurred_on, event.commitment_id)
    budget = budget.but(
        entries={**budget.entries, event.entry_id: entry},
        recorded=budget.recorded + 1,
        commitments=invoiced(budget, event.commitment_id, amount),
    )
    return balanced(budget, spent=budget.spent + event.amount, committed=budget.committed - event.consumed)


def reversed_(budget: ProjectBudget, event: finance.ActualReversed) -> ProjectBudget:
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
