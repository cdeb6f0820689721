"""A division's budget for a fiscal year: state, facts, events, and how each event changes the state."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, assert_never
from uuid import UUID

from chassis.domain.decider import PrivateEvent, Refused, State, existing
from contracts import finance
from contracts.base import Value
from contracts.finance import closing
from contracts.values import Amount, Line, Money, Name
from services.finance.authority.domain.approval import NO_MATRIX, Powers
from services.finance.budgets.domain import money
from services.finance.budgets.domain.finance_policy import DEFAULTS, FinancePolicy
from services.finance.organisation.domain.known import DivisionFacts

Status = Literal["drafted", "submitted", "approved", "closed"]


class Transfer(Value):
    """Money that went out (negative) or came in (positive)."""

    other_budget_id: UUID
    amount: Money


class WaitingMovement(Value):
    """Money that one of two has approved to be moved: to ``other_budget_id``, or as a supplement where it is None."""

    movement_id: UUID
    other_budget_id: UUID | None
    amount: Money
    reason: Line
    approved_by: str
    approved_for: str | None


class MovementApprovedFirst(PrivateEvent):
    """One of the two who have to approve that money moves did so; a supplement has its budget's id."""

    movement_id: UUID
    other_budget_id: UUID | None
    amount: Money
    reason: Line
    approved_by: str
    approved_for: str | None


class MovementApproved(PrivateEvent):
    """The second one approved it; the money moves in the same append."""

    movement_id: UUID
    approved_by: str
    approved_for: str | None


class MovementWithdrawn(PrivateEvent):
    """It does not move."""

    movement_id: UUID
    reason: Line


class DivisionBudget(State):
    """A division's budget of one fiscal year as it stands; ``original`` is the lines' total.

    ``charged``: what is reserved, planned, committed and spent, by category; ``spent_in``: what is spent by category
    and month, such as ``2026-03``. ``overrun``: by how much the budget is exceeded.
    ``carried_forward``: from last year; ``carried_to``: the next year's budget, where its money is once it is closed,
    and which is charged with what comes ``late``. ``waiting``: movements that need a second approver.
    """

    division_id: UUID
    fiscal_year: int
    parent_budget_id: UUID | None
    lines: tuple[finance.BudgetLine, ...]
    status: Status = "drafted"
    original: Money
    current: Money
    submitted_by: str | None = None
    submitted_for: str | None = None
    transfers: dict[UUID, Transfer] = {}
    charged: dict[Name, money.Sums] = {}
    spent_in: dict[Name, dict[str, Amount]] = {}
    overrun: Amount = Decimal(0)
    carried_forward: Amount = Decimal(0)
    carried_over: Amount = Decimal(0)
    lapsed: Amount = Decimal(0)
    carried_to: UUID | None = None
    late: dict[Name, money.Sums] = {}
    waiting: tuple[WaitingMovement, ...] = ()

    @property
    def currency(self) -> str:
        return self.current.currency

    @property
    def charges(self) -> money.Sums:
        """What is charged to all categories together."""
        return sum(self.charged.values(), money.Sums())

    def waits(self, movement_id: UUID) -> WaitingMovement | None:
        """The movement that needs a second approver."""
        return next((each for each in self.waiting if each.movement_id == movement_id), None)

    def without(self, movement_id: UUID) -> tuple[WaitingMovement, ...]:
        """The movements that need a second approver, but for one."""
        return tuple(each for each in self.waiting if each.movement_id != movement_id)

    def sums_of(self, category: Name) -> money.Sums:
        """What is charged to a category."""
        return self.charged.get(category, money.Sums())

    def available(self, allotted: Money | None) -> Decimal:
        """What is available when so much is granted to projects and to the budgets below."""
        granted = allotted.amount if allotted else Decimal(0)
        here = self.current.amount - self.carried_over - self.lapsed
        return money.available(here, granted=granted, charged=self.charges)


@dataclass(frozen=True)
class DivisionBudgetFacts(DivisionFacts):
    """``parent``: the (new) parent budget, without a transfer's money where it comes from there or from below it.

    ``other``: a transfer's receiver; both are None where there is none.

    ``powers``: what the actor may order to be moved out of the giving budget.
    ``allotted``: the project budgets funded from this one and the approved budgets below it; None where unknown.
    """

    parent: money.Funds | None = None
    other: money.Funds | None = None
    allotted: Money | None = None
    policy: FinancePolicy = DEFAULTS
    powers: Powers = NO_MATRIX


DivisionBudgetEvent = (
    finance.DivisionBudgetDrafted
    | finance.DivisionBudgetSubmitted
    | finance.DivisionBudgetReturned
    | finance.DivisionBudgetApproved
    | finance.DivisionBudgetSupplemented
    | finance.DivisionBudgetTransferred
    | finance.DivisionBudgetCharged
    | finance.CategoryLimitExceeded
    | finance.DivisionBudgetOverrun
    | finance.DivisionBudgetOverrunCleared
    | finance.DivisionBudgetClosed
    | MovementApprovedFirst
    | MovementApproved
    | MovementWithdrawn
    | closing.DivisionBudgetCarriedOver
    | closing.DivisionBudgetCarriedForward
)
Events = Sequence[DivisionBudgetEvent]


def evolve(state: DivisionBudget | None, event: DivisionBudgetEvent) -> DivisionBudget:
    match event:
        case finance.DivisionBudgetDrafted(total=total):
            known = {name: getattr(event, name) for name in ("division_id", "fiscal_year", "parent_budget_id", "lines")}
            return DivisionBudget(**known, original=total, current=total)
    budget = existing(state)
    match event:
        case finance.DivisionBudgetSubmitted(submitted_by=by, submitted_for=for_whom):
            return budget.but(status="submitted", submitted_by=by, submitted_for=for_whom)
        case finance.DivisionBudgetReturned():
            return budget.but(status="drafted", submitted_by=None, submitted_for=None)
        case finance.DivisionBudgetApproved(original=original):
            return budget.but(status="approved", original=original, current=original)
        case finance.DivisionBudgetSupplemented(current=current):
            return budget.but(current=current)
        case finance.DivisionBudgetTransferred(transfer_id=id, other_budget_id=other, amount=amount, current=current):
            transfer = Transfer(other_budget_id=other, amount=amount)
            transfers, waiting = {**budget.transfers, id: transfer}, budget.without(id)
            return budget.but(current=current, transfers=transfers, waiting=waiting)
        case MovementApprovedFirst():
            return budget.but(waiting=(*budget.waiting, WaitingMovement(**vars(event))))
        case MovementApproved(movement_id=id) | MovementWithdrawn(movement_id=id):
            return budget.but(waiting=budget.without(id))
        case finance.DivisionBudgetCharged(category=category):
            deltas = money.Sums(**{name: getattr(event, name) for name in money.Sums.model_fields})
            charged = {**budget.charged, category: budget.sums_of(category) + deltas}
            late = came_late(budget, category, deltas)
            return budget.but(charged=charged, spent_in=spent_in(budget, event), late=late)
        case finance.CategoryLimitExceeded():
            return budget
        case finance.DivisionBudgetOverrun(overrun=overrun):
            return budget.but(overrun=overrun.amount)
        case finance.DivisionBudgetOverrunCleared():
            return budget.but(overrun=Decimal(0))
        case finance.DivisionBudgetClosed():
            return budget.but(status="closed")
        case closing.DivisionBudgetCarriedOver(carried_to=to, carried=carried, lapsed=lapsed):
            return budget.but(carried_to=to, carried_over=carried.amount, lapsed=lapsed.amount)
        case closing.DivisionBudgetCarriedForward(amount=amount, below=below, current=current):
            forward = budget.carried_forward + amount.amount + below.amount
            return budget.but(current=current, carried_forward=forward)
        case _:
            assert_never(event)


def came_late(budget: DivisionBudget, category: Name, deltas: money.Sums) -> dict[Name, money.Sums]:
    """What came after the money of the budget was carried over, and is to be passed on."""
    if budget.status != "closed" or budget.carried_to is None:
        return budget.late
    late = budget.late | {category: budget.late.get(category, money.Sums()) + deltas}
    return {category: sums for category, sums in late.items() if sums != money.Sums()}


def spent_in(budget: DivisionBudget, event: finance.DivisionBudgetCharged) -> dict[Name, dict[str, Amount]]:
    """What is spent by category and month, with what an event adds."""
    if event.occurred_on is None:
        return budget.spent_in
    month, months = f"{event.occurred_on:%Y-%m}", budget.spent_in.get(event.category, {})
    return {**budget.spent_in, event.category: {**months, month: months.get(month, Decimal(0)) + event.spent}}


def check_open(budget: DivisionBudget) -> None:
    """Nothing new is charged to a year that is closed."""
    if budget.status == "closed":
        raise Refused(
            "period-closed",
            f"The budget of {budget.fiscal_year} is closed.",
            "Use another year's budget; what is given back or was ordered before still passes.",
        )


def check_status(budget: DivisionBudget, status: Status) -> None:
    """A budget goes drafted -> submitted -> approved -> closed, and back to draft from submitted."""
    if budget.status != status:
        detail = f"The budget is {budget.status}; only one that is {status} can do this."
        raise Refused(f"only-{status}", detail, f"Bring the budget to '{status}' first.")
