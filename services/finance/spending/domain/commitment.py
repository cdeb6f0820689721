"""Commitment: an order or a contract that binds money of a division or a project until it is invoiced."""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, assert_never
from uuid import UUID

from chassis.domain.decider import Command, Decider, IssuedCommand, PrivateEvent, Refused, existing, new
from contracts import finance
from contracts.finance.authority import SpendingRisk
from contracts.finance.currencies import AppliedRate
from contracts.values import Amount, Line, Money, Name
from services.finance.authority.domain.approval import (
    Approver,
    Asked,
    asking,
    check_another,
    check_authority,
    may_approve,
    shown,
)
from services.finance.budgets.domain import money
from services.finance.budgets.domain.money import Sums
from services.finance.currencies.domain.conversion import share
from services.finance.currencies.domain.rounding import ExactMoney
from services.finance.spending.domain.charged import (
    Charged,
    ChargesBudget,
    SpendingFacts,
    budget_of,
    charging,
    converted,
)
from services.finance.spending.domain.spending_exception import SPENDING_EXCEPTION, UseSpendingException


class CommitmentStatus(StrEnum):
    """A draft binds nothing, a planned one reserves its amount, an order binds what is not invoiced of it."""

    DRAFTED = "drafted"
    PLANNED = "planned"
    COMMITTED = "committed"
    PARTLY_INVOICED = "invoiced in part"
    INVOICED = "invoiced in full"
    CLOSED = "closed"
    RELEASED = "released"
    CANCELLED = "cancelled"


ORDERED = (CommitmentStatus.COMMITTED, CommitmentStatus.PARTLY_INVOICED)


class Commitment(Charged):
    """A commitment as it stands; ``invoiced``: approved expenses that name it; ``last``: the one that is the last.

    ``invoiced_as_stated``: the same in the currency the order was stated in; of an order in another currency than the
    budget's, ``invoiced`` is that share of its amount.

    ``exception_id``: the exception to a stop that it uses. ``drafted_by``: who drafted or last revised it;
    ``approved_by``: who approved it, ``first_approved_by``: first, where two have to; ``..._for``: whom they stood in
    for. ``source``: the system it was taken over from.
    """

    status: CommitmentStatus = CommitmentStatus.DRAFTED
    invoiced: Amount = Decimal(0)
    invoiced_as_stated: Amount = Decimal(0)
    last: UUID | None = None
    exception_id: UUID | None = None
    source: Line | None = None
    drafted_by: str | None = None
    drafted_for: str | None = None
    approved_by: str | None = None
    approved_for: str | None = None
    first_approved_by: str | None = None
    first_approved_for: str | None = None

    @property
    def open(self) -> Decimal:
        """What is bound by the order and not invoiced yet."""
        return max(self.amount.amount - self.invoiced, Decimal(0)) if self.status in ORDERED else Decimal(0)


class DraftCommitment(ChargesBudget):
    """Draft an order against a division's budget or a project's. Repeating it with the same facts changes nothing."""

    amount: ExactMoney
    risk: SpendingRisk = SpendingRisk.LOW


class TakeOverCommitment(ChargesBudget):
    """Take over an order that exists elsewhere, whatever is left of the budget. Repeating it changes nothing."""

    amount: ExactMoney
    source: Line


class ReviseCommitment(Command):
    """Correct a draft, which is then approved again; without ``risk`` it has the same."""

    category: Name
    amount: ExactMoney
    reference: Line
    risk: SpendingRisk | None = None


class ApproveCommitment(Command):
    """Approve an order that somebody else drafted; where two have to, it is placed after the second approval."""


class PlanCommitment(Command):
    """Reserve the amount of an order to come (pre-encumbrance), by an exception to a stop where one is named."""

    exception_id: UUID | None = None


class PlaceOrder(Command):
    """Bind the amount by an order or a contract, by an exception to a stop where one is named."""

    exception_id: UUID | None = None


class InvoiceCommitment(Command):
    """Consume the order by an approved expense, in the order's own currency; the last one frees the rest."""

    expense_id: UUID
    amount: Amount
    last: bool = False


class RestoreCommitment(Command):
    """Bind again what an expense that is taken back had consumed."""

    expense_id: UUID
    amount: Amount


class ReleaseCommitment(Command):
    """Release what is open of the order: no more invoices are expected."""

    reason: Line


class CancelCommitment(Command):
    """Give up an order that was not placed."""

    reason: Line


class CloseCommitment(Command):
    """Close an order that is invoiced in full."""


class CommitmentDrafted(PrivateEvent):
    """An order was drafted, or its draft corrected; ``drafted_for``: whom who did so stood in for."""

    division_budget_id: UUID | None = None
    project_id: UUID | None = None
    division_id: UUID
    category: Name
    amount: Money
    reference: Line
    risk: SpendingRisk = SpendingRisk.LOW
    drafted_by: str | None = None
    drafted_for: str | None = None
    stated: Money | None = None
    rate: AppliedRate | None = None


class CommitmentApprovedFirst(PrivateEvent):
    """One of the two who have to approve the order did so."""

    approved_by: str
    approved_for: str | None


class CommitmentApproved(PrivateEvent):
    """The order may be placed."""

    approved_by: str
    approved_for: str | None


class CommitmentDropped(PrivateEvent):
    """A draft was given up."""

    reason: Line


class CommitmentInvoiced(PrivateEvent):
    """An approved expense consumed the order; the last one frees the rest."""

    expense_id: UUID
    amount: Amount
    last: bool


class CommitmentRestored(PrivateEvent):
    """An expense was taken back."""

    expense_id: UUID
    amount: Amount


CommitmentCommand = (
    DraftCommitment
    | TakeOverCommitment
    | ReviseCommitment
    | ApproveCommitment
    | PlanCommitment
    | PlaceOrder
    | InvoiceCommitment
    | RestoreCommitment
    | ReleaseCommitment
    | CancelCommitment
    | CloseCommitment
)
CommitmentEvent = (
    CommitmentDrafted
    | CommitmentApprovedFirst
    | CommitmentApproved
    | CommitmentDropped
    | finance.CommitmentPlanned
    | finance.CommitmentMade
    | CommitmentInvoiced
    | CommitmentRestored
    | finance.CommitmentReleased
    | finance.CommitmentCancelled
    | finance.CommitmentClosed
)
Events = Sequence[CommitmentEvent]


def decide(state: Commitment | None, command: CommitmentCommand, facts: SpendingFacts) -> Events:
    if isinstance(command, DraftCommitment):
        return draft(state, command, facts)
    if isinstance(command, TakeOverCommitment):
        return take_over(state, command, facts)
    commitment = existing(state)
    match command:
        case ReviseCommitment():
            return revise(commitment, command, facts)
        case ApproveCommitment():
            return approve(commitment, facts)
        case PlanCommitment(exception_id=exception_id):
            return plan(commitment, exception_id, facts)
        case PlaceOrder(exception_id=exception_id):
            return order(commitment, exception_id, facts)
        case InvoiceCommitment():
            return invoice(commitment, command)
        case RestoreCommitment(expense_id=expense_id, amount=amount):
            return [CommitmentRestored(expense_id=expense_id, amount=amount)]
        case ReleaseCommitment(reason=reason):
            return release(commitment, reason, facts)
        case CancelCommitment(reason=reason):
            return cancel(commitment, reason, facts)
        case CloseCommitment():
            return close(commitment, facts)
        case _:
            assert_never(command)


def draft(state: Commitment | None, command: DraftCommitment, facts: SpendingFacts) -> Events:
    """A draft names a budget that exists; it binds nothing. Its amount is converted at the rate of the day."""
    if state is not None and vars(command) == state.said(vars(command)):
        return []
    new(state, "commitment")
    budget = budget_of(command, facts)
    said = vars(command) | worth(command.amount, budget.currency, facts)
    return [CommitmentDrafted(division_id=budget.division_id, **said, **drafted_by(facts))]


def worth(stated: Money, currency: str, facts: SpendingFacts) -> dict[str, Any]:
    """What is recorded of an amount above 0, in the budget's currency at the rate of the day."""
    money.check_positive(stated)
    said = converted(stated, currency, facts.today, facts)
    money.check_positive(said["amount"])
    return said


def take_over(state: Commitment | None, command: TakeOverCommitment, facts: SpendingFacts) -> Events:
    """What is ordered elsewhere is bound, and no budget refuses it: what it lacks is its overrun."""
    if state is not None and vars(command) == state.said(vars(command)):
        return []
    said = {name: value for name, value in vars(command).items() if name != "source"}
    (drafted,) = draft(state, DraftCommitment(**said), facts) or (None,)
    if drafted is None:
        raise Refused(
            "commitment-is-ours", "The commitment was drafted here.", "Give what exists elsewhere another id."
        )
    made = charged(evolve(None, drafted))
    return [drafted, finance.CommitmentMade(commitment_id=facts.id, source=command.source, **made)]


def drafted_by(facts: SpendingFacts) -> dict[str, str | None]:
    return {"drafted_by": facts.actor.id, "drafted_for": facts.actor.for_whom}


def revise(commitment: Commitment, command: ReviseCommitment, facts: SpendingFacts) -> Events:
    """What is revised is approved again, and not by who revised it."""
    check_status(commitment, CommitmentStatus.DRAFTED)
    said = vars(command) | {"risk": command.risk or commitment.risk}
    if said == commitment.said(said):
        return []
    known = named(commitment) | {"division_id": commitment.division_id}
    said |= worth(command.amount, commitment.amount.currency, facts)
    return [CommitmentDrafted(**known, **said, **drafted_by(facts))]


def approve(commitment: Commitment, facts: SpendingFacts) -> Events:
    """An order is approved within the authority matrix, by two where it says so, before it is placed."""
    if commitment.approved_by is not None:
        return []
    check_status(commitment, CommitmentStatus.DRAFTED, CommitmentStatus.PLANNED)
    if not facts.powers.entries:
        raise Refused("matrix-in-force", "Without an authority matrix no order needs approval.", "Place the order.")
    by = {"approved_by": facts.actor.id, "approved_for": facts.actor.for_whom}
    authority = check_authority(facts.powers, asked(commitment, facts))
    if authority.second and commitment.first_approved_by is None:
        return [CommitmentApprovedFirst(**by)]
    if commitment.first_approved_by is not None:
        check_another(facts.actor, commitment.first_approved_by, commitment.first_approved_for)
    return [CommitmentApproved(**by)]


def asked(commitment: Commitment, facts: SpendingFacts) -> Asked:
    return facts.powers.asked(commitment.amount, commitment.category, commitment.risk)


def check_approved(commitment: Commitment, facts: SpendingFacts) -> None:
    """Where an authority matrix holds, no order is placed that nobody approved."""
    if not facts.powers.entries or commitment.approved_by is not None:
        return
    what = asked(commitment, facts)
    missing = "a second approval" if commitment.first_approved_by is not None else "approval by who did not draft it"
    could = may_approve(facts.powers.entries, Approver(), what).could
    raise Refused("order-approved", f"An order of {shown(what)} needs {missing}.", asking(could))


def plan(commitment: Commitment, exception_id: UUID | None, facts: SpendingFacts) -> Events:
    if commitment.status is CommitmentStatus.PLANNED and exception_id in (None, commitment.exception_id):
        return []
    check_status(commitment, CommitmentStatus.DRAFTED)
    check_exception(commitment, exception_id)
    known = {"commitment_id": facts.id, "exception_id": exception_id}
    return [finance.CommitmentPlanned(**known, **charged(commitment))]


def order(commitment: Commitment, exception_id: UUID | None, facts: SpendingFacts) -> Events:
    """A planned commitment becomes an order, which changes no total."""
    if commitment.status is CommitmentStatus.COMMITTED and exception_id in (None, commitment.exception_id):
        return []
    check_status(commitment, CommitmentStatus.DRAFTED, CommitmentStatus.PLANNED)
    check_exception(commitment, exception_id)
    check_approved(commitment, facts)
    planned = commitment.amount if commitment.status is CommitmentStatus.PLANNED else None
    known = {"commitment_id": facts.id, "planned": planned, "exception_id": exception_id or commitment.exception_id}
    return [finance.CommitmentMade(**known, **charged(commitment))]


def check_exception(commitment: Commitment, exception_id: UUID | None) -> None:
    """An exception lifts the control of a category of a division's budget, when its money is bound first."""
    if exception_id is None:
        return
    if commitment.division_budget_id is None:
        detail = "No category of a project's budget is controlled."
        raise Refused("exception-of-category", detail, "Leave the exception out.")
    if commitment.status is CommitmentStatus.PLANNED and exception_id != commitment.exception_id:
        detail = "The plan has bound the money already."
        raise Refused("bound-already", detail, "Leave the exception out; the order binds nothing more.")


def named(commitment: Commitment) -> dict[str, UUID | None]:
    """What an event says of whose money it is."""
    return {"division_budget_id": commitment.division_budget_id, "project_id": commitment.project_id}


def charged(commitment: Commitment) -> dict[str, object]:
    """What an event says of the budget and category it charges."""
    names = ("category", "amount", "reference", "stated", "rate")
    return named(commitment) | {name: getattr(commitment, name) for name in names}


def invoice(commitment: Commitment, command: InvoiceCommitment) -> Events:
    """What happened is recorded, also where the order was released or given up."""
    if command.last and commitment.status not in ORDERED:
        detail = f"The commitment is {commitment.status}; nothing of it is open."
        raise Refused("commitment-open", detail, "Record the expense without saying that it is the last.")
    return [CommitmentInvoiced(**vars(command))]


def release(commitment: Commitment, reason: Line, facts: SpendingFacts) -> Events:
    if commitment.status is CommitmentStatus.RELEASED:
        return []
    check_status(commitment, *ORDERED)
    freed = Money(amount=commitment.open, currency=commitment.amount.currency)
    return [finance.CommitmentReleased(commitment_id=facts.id, amount=freed, reason=reason, **named(commitment))]


def cancel(commitment: Commitment, reason: Line, facts: SpendingFacts) -> Events:
    if commitment.status is CommitmentStatus.CANCELLED:
        return []
    check_status(commitment, CommitmentStatus.DRAFTED, CommitmentStatus.PLANNED)
    if commitment.status is CommitmentStatus.DRAFTED:
        return [CommitmentDropped(reason=reason)]
    planned = commitment.amount
    return [finance.CommitmentCancelled(commitment_id=facts.id, planned=planned, reason=reason, **named(commitment))]


def close(commitment: Commitment, facts: SpendingFacts) -> Events:
    if commitment.status is CommitmentStatus.CLOSED:
        return []
    check_status(commitment, CommitmentStatus.INVOICED)
    return [finance.CommitmentClosed(commitment_id=facts.id)]


def check_status(commitment: Commitment, *statuses: CommitmentStatus) -> None:
    if commitment.status not in statuses:
        raise Refused(
            "commitment-status",
            f"The commitment is {commitment.status}.",
            f"This is for one that is {' or '.join(statuses)}.",
        )


def charge(
    _command: CommitmentCommand, before: Commitment | None, after: Commitment, facts: SpendingFacts
) -> Sequence[IssuedCommand]:
    """The budget is charged with what the commitment plans and binds more than before, in the same append.

    So is the exception that it names: it is used, or gets back what is released or given up.
    """
    planned, committed = (figure(after) - figure(before) for figure in (planned_of, open_of))
    if not planned and not committed:
        return []
    bound = planned + committed
    charged_with = charging(after, Sums(planned=planned, committed=committed), exception_id=after.exception_id)
    if after.exception_id is None or after.division_budget_id is None or not bound:
        return [charged_with]
    use = UseSpendingException(
        commitment_id=facts.id,
        division_budget_id=after.division_budget_id,
        category=after.category,
        amount=Money(amount=bound, currency=after.amount.currency),
    )
    return [charged_with, IssuedCommand(SPENDING_EXCEPTION, after.exception_id, use)]


def taken_over(
    _command: TakeOverCommitment, before: Commitment | None, after: Commitment, _facts: SpendingFacts
) -> Sequence[IssuedCommand]:
    """The budget is charged with what is ordered elsewhere, whatever is left of it, in the same append."""
    return [] if before is not None else [charging(after, Sums(committed=open_of(after)), taken_over=True)]


def planned_of(commitment: Commitment | None) -> Decimal:
    """What a commitment reserves before it is an order."""
    if commitment is None or commitment.status is not CommitmentStatus.PLANNED:
        return Decimal(0)
    return commitment.amount.amount


def open_of(commitment: Commitment | None) -> Decimal:
    """What a commitment binds."""
    return commitment.open if commitment else Decimal(0)


def evolve(state: Commitment | None, event: CommitmentEvent) -> Commitment:
    match event:
        case CommitmentDrafted():
            return Commitment(**vars(event))
    commitment = existing(state)
    match event:
        case CommitmentApprovedFirst(approved_by=by, approved_for=for_whom):
            return commitment.but(first_approved_by=by, first_approved_for=for_whom)
        case CommitmentApproved(approved_by=by, approved_for=for_whom):
            return commitment.but(approved_by=by, approved_for=for_whom)
        case CommitmentDropped() | finance.CommitmentCancelled():
            return commitment.but(status=CommitmentStatus.CANCELLED)
        case finance.CommitmentPlanned(exception_id=exception_id):
            return commitment.but(status=CommitmentStatus.PLANNED, exception_id=exception_id)
        case finance.CommitmentMade(exception_id=exception_id, source=source):
            return commitment.but(status=CommitmentStatus.COMMITTED, exception_id=exception_id, source=source)
        case CommitmentInvoiced(expense_id=expense_id, amount=amount, last=last):
            return invoiced(commitment, amount, expense_id if last else commitment.last)
        case CommitmentRestored(expense_id=expense_id, amount=amount):
            return invoiced(commitment, -amount, None if commitment.last == expense_id else commitment.last)
        case finance.CommitmentReleased():
            return commitment.but(status=CommitmentStatus.RELEASED)
        case finance.CommitmentClosed():
            return commitment.but(status=CommitmentStatus.CLOSED)
        case _:
            assert_never(event)


def invoiced(commitment: Commitment, amount: Decimal, last: UUID | None) -> Commitment:
    """The commitment when so much more (or less) of it is invoiced, in its own currency."""
    total = commitment.invoiced_as_stated + amount
    status = commitment.status
    if status in (*ORDERED, CommitmentStatus.INVOICED):
        full = last is not None or total >= commitment.as_stated.amount
        part = CommitmentStatus.PARTLY_INVOICED if total else CommitmentStatus.COMMITTED
        status = CommitmentStatus.INVOICED if full else part
    consumed = share(commitment.amount, total, commitment.as_stated)
    return commitment.but(invoiced=consumed, invoiced_as_stated=total, last=last, status=status)


COMMITMENT = Decider(kind="commitment", state=Commitment, events=CommitmentEvent, decide=decide, evolve=evolve)
