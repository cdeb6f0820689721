"""A division's budget for a fiscal year: lines, supplements, transfers, and what may be drawn from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal, assert_never
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import Command, Decider, Facts, IssuedCommand, Refused, State, existing, new
from contracts import finance
from contracts.base import Value
from contracts.values import Currency, Line, Money
from services.finance.budgets.domain import money

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
    lines: tuple[finance.BudgetLine, ...]
    status: Status = "drafted"
    original: Money
    current: Money
    submitted_by: str | None = None
    submitted_for: str | None = None
    transfers: dict[UUID, Transfer] = {}


FiscalYear = Annotated[int, Field(ge=1900, le=2200)]


class DraftDivisionBudget(Command):
    """Draft a division's budget of a fiscal year. Repeating it with the same facts changes nothing."""

    division_id: UUID
    fiscal_year: FiscalYear
    currency: Currency
    parent_budget_id: UUID | None = None
    lines: tuple[finance.BudgetLine, ...]


class RedraftDivisionBudget(Command):
    """Replace the lines and the parent of a budget that is still a draft."""

    currency: Currency
    parent_budget_id: UUID | None = None
    lines: tuple[finance.BudgetLine, ...]


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
    """Receive money that another budget sends. Repeating it changes nothing."""

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
    """``parent``: the (new) parent budget, without a transfer's money where it comes from there or from below it.

    ``other``: a transfer's receiver; both are None where there is none.

    ``allotted``: the project budgets funded from this one and the approved budgets below it; None where unknown.
    """

    parent: money.Funds | None = None
    other: money.Funds | None = None
    allotted: Money | None = None


DivisionBudgetEvent = (
    finance.DivisionBudgetDrafted
    | finance.DivisionBudgetSubmitted
    | finance.DivisionBudgetReturned
    | finance.DivisionBudgetApproved
    | finance.DivisionBudgetSupplemented
    | finance.DivisionBudgetTransferred
    | finance.DivisionBudgetClosed
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
            return budget.but(current=current, transfers={**budget.transfers, id: transfer})
        case finance.DivisionBudgetClosed():
            return budget.but(status="closed")
        case _:
            assert_never(event)


MOST_LINES, MOST_PERIODS, MOST_TRANSFERS = 200, 53, 1_000


def decide(state: DivisionBudget | None, command: DivisionBudgetCommand, facts: DivisionBudgetFacts) -> Events:
    if isinstance(command, DraftDivisionBudget):
        return draft(state, command, facts)
    budget = existing(state)
    if isinstance(command, TransferOut | ReceiveTransfer) and repeated(budget, command):
        return []
    if budget.status == "closed":
        raise Refused("budget-closed", f"The budget of {budget.fiscal_year} is closed.", "Use another year's budget.")
    match command:
        case RedraftDivisionBudget():
            return redraft(budget, command, facts)
        case SubmitDivisionBudget():
            check_status(budget, "drafted")
            return [finance.DivisionBudgetSubmitted(submitted_by=facts.actor.id, submitted_for=facts.actor.for_whom)]
        case ReturnDivisionBudget(reason=reason):
            check_status(budget, "submitted")
            return [finance.DivisionBudgetReturned(reason=reason)]
        case ApproveDivisionBudget():
            return approve(budget, facts)
        case SupplementDivisionBudget():
            return supplement(budget, command, facts)
        case TransferOut():
            return transfer_out(budget, command, facts)
        case ReceiveTransfer():
            return receive_transfer(budget, command, facts)
        case CloseDivisionBudget():
            check_status(budget, "approved")
            return [finance.DivisionBudgetClosed()]
        case _:
            assert_never(command)


def draft(state: DivisionBudget | None, command: DraftDivisionBudget, facts: DivisionBudgetFacts) -> Events:
    """A budget starts as a draft with sound lines, below a parent of its year."""
    drafted = drafting(command.division_id, command.fiscal_year, command)
    if state is not None and drafted == drafted_as(state):
        return []
    new(state, "division budget")
    check_parent(drafted, facts)
    return [drafted]


def redraft(budget: DivisionBudget, command: RedraftDivisionBudget, facts: DivisionBudgetFacts) -> Events:
    """Only a draft is rewritten; division and year stay."""
    check_status(budget, "drafted")
    drafted = drafting(budget.division_id, budget.fiscal_year, command)
    if drafted == drafted_as(budget):
        return []
    check_parent(drafted, facts)
    return [drafted]


def drafting(
    division_id: UUID, fiscal_year: int, command: DraftDivisionBudget | RedraftDivisionBudget
) -> finance.DivisionBudgetDrafted:
    """The draft with its total, when its lines are sound."""
    check_lines(command.lines, command.currency)
    return finance.DivisionBudgetDrafted(
        division_id=division_id,
        fiscal_year=fiscal_year,
        parent_budget_id=command.parent_budget_id,
        lines=command.lines,
        total=money.within_range(sum((line.amount.amount for line in command.lines), Decimal(0)), command.currency),
    )


def drafted_as(budget: DivisionBudget) -> finance.DivisionBudgetDrafted:
    """The draft a budget came from."""
    known = {name: getattr(budget, name) for name in ("division_id", "fiscal_year", "parent_budget_id", "lines")}
    return finance.DivisionBudgetDrafted(**known, total=budget.original)


def check_lines(lines: tuple[finance.BudgetLine, ...], currency: str) -> None:
    """Lines are there, distinct, of one currency, positive, and spread over the same periods to exactly 100 %."""
    if not lines:
        raise Refused("lines-not-empty", "The budget has no lines.", "Name at least one line.")
    if len(lines) > MOST_LINES:
        raise Refused("too-many-lines", f"{len(lines)} lines are more than {MOST_LINES}.", "Merge some lines.")
    if len({(line.category, line.cost_kind, line.purpose) for line in lines}) < len(lines):
        detail = "Two lines have the same category, cost kind and purpose."
        raise Refused("lines-distinct", detail, "Merge them into one line.")
    for line in lines:
        money.check_currency(currency, line.amount)
        money.check_positive(line.amount)
        check_spread(line, periods=len(lines[0].spread))


def check_spread(line: finance.BudgetLine, periods: int) -> None:
    """The shares of a line's periods sum to exactly 100 %; every line has the same periods."""
    if len(line.spread) != periods or periods > MOST_PERIODS:
        detail = f"'{line.category}' is spread over {len(line.spread)} periods, the first line over {periods}."
        raise Refused("same-periods", detail, f"Spread every line over the same periods, at most {MOST_PERIODS}.")
    if (total := sum(line.spread, Decimal(0))) != 100:
        detail = f"The shares of '{line.category}' sum to {total:f} %."
        raise Refused(
            "spread-is-whole", detail, "Make the shares sum to exactly 100 %, with the rounding in one of them."
        )


def check_parent(drafted: finance.DivisionBudgetDrafted, facts: DivisionBudgetFacts) -> None:
    """A parent is another budget of the same year and currency."""
    if drafted.parent_budget_id is None:
        return
    if drafted.parent_budget_id == facts.id:
        raise Refused("no-cycles", "A budget cannot lie below itself.", "Choose another parent budget.")
    if facts.parent is None:
        raise Refused("parent-unknown", "The parent budget does not exist.", "Draft it first.")
    if facts.parent.fiscal_year != drafted.fiscal_year:
        detail = f"The parent budget is of {facts.parent.fiscal_year}, this one of {drafted.fiscal_year}."
        raise Refused("parent-same-year", detail, "Choose the parent division's budget of the same year.")
    money.check_currency(facts.parent.current.currency, drafted.total)


def approve(budget: DivisionBudget, facts: DivisionBudgetFacts) -> Events:
    """Approve a submitted budget; the budgets below a parent stay within it."""
    check_status(budget, "submitted")
    check_room(budget, budget.original, facts)
    return [finance.DivisionBudgetApproved(original=budget.original)]


def supplement(budget: DivisionBudget, command: SupplementDivisionBudget, facts: DivisionBudgetFacts) -> Events:
    """An approved budget grows within its parent's."""
    check_movement(budget, command.amount)
    check_room(budget, command.amount, facts)
    current = money.within_range(budget.current.amount + command.amount.amount, budget.current.currency)
    return [finance.DivisionBudgetSupplemented(amount=command.amount, reason=command.reason, current=current)]


def transfer_out(budget: DivisionBudget, command: TransferOut, facts: DivisionBudgetFacts) -> Events:
    """Send money that is not allotted to an open budget of the same currency."""
    check_transfer(budget, command, facts)
    if facts.other is None or not facts.other.approved:
        raise Refused("receiver-approved", "The receiving budget is not approved.", "Send it to an approved budget.")
    money.check_currency(budget.current.currency, facts.other.current)
    if facts.allotted is None:
        raise Refused("allotment-unknown", "The amount allotted from this budget is not known yet.", "Try again later.")
    money.check_left(command.amount, budget.current, facts.allotted, "this budget")
    return [transferred(budget, command, -command.amount.amount)]


def received(
    command: TransferOut, _before: DivisionBudget | None, _after: DivisionBudget, facts: DivisionBudgetFacts
) -> Sequence[IssuedCommand]:
    """Receive a transfer at the other budget in the same append; where it cannot, nothing is sent."""
    receive = ReceiveTransfer(**command.model_dump() | {"other_budget_id": facts.id})
    return [IssuedCommand(DIVISION_BUDGET, command.other_budget_id, receive)]


def receive_transfer(budget: DivisionBudget, command: ReceiveTransfer, facts: DivisionBudgetFacts) -> Events:
    """Money comes in as far as the parent's budget has room."""
    check_transfer(budget, command, facts)
    check_room(budget, command.amount, facts)
    return [transferred(budget, command, command.amount.amount)]


def once_sent(
    parent: money.Funds, parent_id: UUID | None, command: ReceiveTransfer, sender: DivisionBudget | None
) -> money.Funds:
    """The receiver's parent budget when the money has left the sender: that parent, or another budget below it."""
    if command.other_budget_id == parent_id:
        return parent.model_copy(update={"current": parent.current - command.amount})
    if sender is not None and sender.parent_budget_id == parent_id:
        return parent.model_copy(update={"allotted": parent.allotted - command.amount})
    return parent


def transferred(
    budget: DivisionBudget, command: TransferOut | ReceiveTransfer, amount: Decimal
) -> finance.DivisionBudgetTransferred:
    currency = budget.current.currency
    return finance.DivisionBudgetTransferred(
        transfer_id=command.transfer_id,
        other_budget_id=command.other_budget_id,
        amount=money.within_range(amount, currency),
        reason=command.reason,
        current=money.within_range(budget.current.amount + amount, currency),
    )


def check_transfer(budget: DivisionBudget, command: TransferOut | ReceiveTransfer, facts: DivisionBudgetFacts) -> None:
    """A transfer is between two approved budgets, and a budget remembers a bounded number of them."""
    check_movement(budget, command.amount)
    if command.other_budget_id == facts.id:
        raise Refused("two-budgets", "A budget cannot transfer money to itself.", "Name another budget.")
    if len(budget.transfers) >= MOST_TRANSFERS:
        detail = f"The budget has {len(budget.transfers)} transfers already."
        raise Refused("too-many-transfers", detail, "Supplement the budget instead, or transfer in larger amounts.")


def check_movement(budget: DivisionBudget, amount: Money) -> None:
    """Money moves in an approved budget only, above 0 and in its currency."""
    check_status(budget, "approved")
    money.check_currency(budget.current.currency, amount)
    money.check_positive(amount)


def check_room(budget: DivisionBudget, amount: Money, facts: DivisionBudgetFacts) -> None:
    """The budgets below a parent, and the projects it funds, together never exceed it."""
    if budget.parent_budget_id is None:
        return
    if facts.parent is None or not facts.parent.approved:
        raise Refused("parent-approved", "The parent budget is not approved.", "Have the parent budget approved first.")
    money.check_left(amount, facts.parent.current, facts.parent.allotted, "the parent budget")


def repeated(budget: DivisionBudget, command: TransferOut | ReceiveTransfer) -> bool:
    """Return whether this side of the transfer is known already; the same id with other facts is refused."""
    known = budget.transfers.get(command.transfer_id)
    if known is None:
        return False
    sign = -1 if isinstance(command, TransferOut) else 1
    asked = (command.other_budget_id, command.amount.currency, sign * command.amount.amount)
    if asked == (known.other_budget_id, known.amount.currency, known.amount.amount):
        return True
    detail = f"This transfer is recorded already, with {money.shown(known.amount)}."
    raise Refused("transfer-differs", detail, "Give another transfer another id.")


def check_status(budget: DivisionBudget, status: Status) -> None:
    """A budget goes drafted -> submitted -> approved -> closed, and back to draft from submitted."""
    if budget.status != status:
        detail = f"The budget is {budget.status}; only one that is {status} can do this."
        raise Refused(f"only-{status}", detail, f"Bring the budget to '{status}' first.")


DIVISION_BUDGET = Decider(
    kind="division-budget", state=DivisionBudget, events=DivisionBudgetEvent, decide=decide, evolve=evolve
)
