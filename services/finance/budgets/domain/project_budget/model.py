"""A project's budget: state, facts, events, and how each event changes the state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, assert_never
from uuid import UUID

from chassis.domain.decider import Facts, PrivateEvent, State, existing
from contracts import finance
from contracts.base import Value
from contracts.values import Money, Name
from services.finance.budgets.domain.charging import Charge, with_charges
from services.finance.budgets.domain.money import Funds, Sums, available, zero

Status = Literal["asked", "refused", "funded", "closed"]
Basis = Literal["stated", "taken over", "earned value"]


class Estimate(Value):
    """The project's estimate at completion, as of a date."""

    estimate: Money
    basis: Basis
    as_of: date


class ProjectBudget(State):
    """A project's budget as it stands.

    ``granted`` includes supplements and the ``contingency``, and is 0 until funded; ``taken_over`` is what was granted
    elsewhere, without supplements; ``allotments`` say which division budget pays how much of ``granted``, ``sources``
    in which order they began to. ``returned``: what went back to them since the budget was closed.
    ``contingency`` is what is still held for risks: those that materialised have drawn theirs.
    ``charged``: what is planned, committed and spent, by category; ``planned``, ``committed`` and ``spent`` together.
    ``available`` = granted - returned - contingency - planned - committed - spent. Where these three exceed what is
    granted, the budget is overrun by that much, and ``overrun`` is true.
    """

    division_id: UUID
    status: Status
    asked: Money | None
    taken_over: Money | None = None
    granted: Money
    returned: Money
    contingency: Money
    allotments: dict[UUID, Money] = {}
    sources: tuple[UUID, ...] = ()
    charged: dict[Name, Sums] = {}
    planned: Money
    committed: Money
    spent: Money
    available: Money
    overrun: bool = False
    estimate: Estimate | None = None
    estimate_taken_over: Estimate | None = None

    @property
    def currency(self) -> str:
        return self.granted.currency

    @property
    def charges(self) -> Sums:
        """What is charged to all categories together."""
        return sum(self.charged.values(), Sums())

    @property
    def uncharged(self) -> Decimal:
        """What is neither planned nor committed nor spent of what is granted, below 0 where it is exceeded."""
        return self.granted.amount - self.returned.amount - self.charges.total

    @property
    def overrun_by(self) -> Decimal:
        """By how much orders and what was spent exceed what is granted."""
        return max(-self.uncharged, Decimal(0))


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


ProjectBudgetEvent = (
    finance.ProjectBudgetOpened
    | finance.ProjectBudgetTakenOver
    | finance.TakenOverBudgetCorrected
    | finance.ProjectFundingConfirmed
    | finance.ProjectFundingRefused
    | finance.ProjectBudgetSupplemented
    | finance.ProjectBudgetCharged
    | finance.ProjectAllotmentReturned
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
            return balanced(budget, granted=granted, **allotted(budget, source, granted))
        case finance.ProjectFundingRefused():
            return budget.but(status="refused")
        case finance.ProjectBudgetSupplemented(granted=granted, amount=amount, division_budget_id=source):
            return balanced(budget, granted=granted, **allotted(budget, source, amount))
        case finance.ProjectBudgetCharged():
            return charged(budget, event)
        case finance.ProjectAllotmentReturned(division_budget_id=source, amount=amount):
            allotments = {**budget.allotments, source: budget.allotments[source] - amount}
            return balanced(budget, allotments=allotments, returned=budget.returned + amount)
        case finance.OverrunRaised():
            return budget.but(overrun=True)
        case finance.OverrunCleared():
            return budget.but(overrun=False)
        case finance.EstimateAtCompletionStated(estimate=amount, basis=basis, as_of=as_of):
            estimate = Estimate(estimate=amount, basis=basis, as_of=as_of)
            budget = budget.but(estimate=estimate)
            return budget.but(estimate_taken_over=estimate) if basis == "taken over" else budget
        case finance.ProjectBudgetClosed():
            return balanced(budget, status="closed", contingency=zero(budget.currency))
        case ContingencyTaken(amount=amount):
            return balanced(budget, contingency=budget.contingency - amount)
        case _:
            assert_never(event)


def balanced(budget: ProjectBudget, **changes: Any) -> ProjectBudget:
    """The budget with some figures changed, and ``available`` after it."""
    budget = budget.but(**changes)
    granted = budget.granted.amount - budget.returned.amount
    left = available(granted, contingency=budget.contingency.amount, charged=budget.charges)
    return budget.but(available=Money(amount=left, currency=budget.currency))


def empty(division_id: UUID, status: Status, currency: str) -> ProjectBudget:
    none = zero(currency)
    return ProjectBudget(
        division_id=division_id,
        status=status,
        asked=None,
        granted=none,
        returned=none,
        contingency=none,
        planned=none,
        committed=none,
        spent=none,
        available=none,
    )


def opened(state: ProjectBudget | None, event: finance.ProjectBudgetOpened) -> ProjectBudget:
    """Asked for, or asked for again: what was spent meanwhile stays."""
    if state is None or state.currency != event.asked.currency:
        return empty(event.division_id, "asked", event.asked.currency).but(asked=event.asked)
    return state.but(division_id=event.division_id, status="asked", asked=event.asked)


def corrected(budget: ProjectBudget, granted: Money) -> ProjectBudget:
    """Correct the amount granted elsewhere; supplements stay on top of it."""
    if granted.currency != budget.currency:
        return balanced(empty(budget.division_id, budget.status, granted.currency), granted=granted, taken_over=granted)
    supplements = budget.granted - (budget.taken_over or budget.granted)
    return balanced(budget, granted=granted, taken_over=granted - supplements)


def allotted(budget: ProjectBudget, source: UUID | None, amount: Money) -> dict[str, Any]:
    """What changes when a division's budget pays so much more."""
    if source is None:
        return {}
    whole = budget.allotments.get(source, zero(amount.currency)) + amount
    sources = budget.sources if source in budget.allotments else (*budget.sources, source)
    return {"allotments": {**budget.allotments, source: whole}, "sources": sources}


def charged(budget: ProjectBudget, event: finance.ProjectBudgetCharged) -> ProjectBudget:
    """So much more is planned, committed and spent."""
    sums = Sums(planned=event.planned, committed=event.committed, spent=event.spent)
    charges = with_charges(budget.charged, [Charge(category=event.category, sums=sums)])
    return balanced(
        budget,
        charged=charges,
        planned=budget.planned + Money(amount=event.planned, currency=budget.currency),
        committed=budget.committed + Money(amount=event.committed, currency=budget.currency),
        spent=budget.spent + Money(amount=event.spent, currency=budget.currency),
    )
