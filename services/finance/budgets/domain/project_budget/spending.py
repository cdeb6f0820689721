"""Commitments and actuals of a project: commands and rules."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from uuid import UUID, uuid5

from chassis.domain.decider import Command, Refused
from contracts import finance
from contracts.values import Date, Line, Money, Name
from services.finance.budgets.domain import money
from services.finance.budgets.domain.project_budget import model
from services.finance.budgets.domain.project_budget.funding import check_funded


class MakeCommitment(Command):
    """Commit money for an order or a contract. Repeating it with the same facts changes nothing."""

    commitment_id: UUID
    category: Name
    amount: Money
    reference: Line


class ReleaseCommitment(Command):
    """Release the open rest of a commitment: no more invoices are expected."""

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
    """Reverse a wrong entry in full."""

    entry_id: UUID
    reason: Line


class TakeContingency(Command):
    """Hold so much less for risks: one that materialised draws it."""

    risk_id: UUID
    amount: Money


class StateActual(Command):
    """State the total spent under a reference; differing entries are reversed and replaced by one."""

    reference: Line
    category: Name
    amount: Money
    occurred_on: Date
    reason: Line


# Every entry can be repeated and reversed, so each stays in the state, and the state must stay bounded. Settling the
# oldest silently would let an import that runs again book them twice: a full budget refuses instead, and loses
# nothing, because many entries can be stated as one (reverse them, then state their sum under one reference).
MOST_ENTRIES, MOST_COMMITMENTS = 2_000, 1_000


def commit(budget: model.ProjectBudget, command: MakeCommitment, facts: model.ProjectBudgetFacts) -> model.Events:
    """available = granted (with supplements) - contingency held - open commitments - actuals, and stays >= 0."""
    money.check_currency(budget.currency, command.amount)
    known = budget.commitments.get(command.commitment_id)
    if known is not None:
        if (known.category, known.amount, known.reference) == (
            command.category,
            command.amount.amount,
            command.reference,
        ):
            return []
        detail = f"The commitment exists with {known.amount:,f} {budget.currency} for '{known.reference}'."
        raise Refused("commitment-differs", detail, "Release it, and make another one under another id.")
    check_funded(budget)
    money.check_positive(command.amount)
    check_unspent(budget, command.commitment_id)
    if len(budget.commitments) >= MOST_COMMITMENTS:
        detail = f"The budget has {len(budget.commitments)} open commitments, the maximum."
        raise Refused("too-many-commitments", detail, "Release those invoiced in full.")
    check_available(budget, command.amount)
    return [finance.CommitmentMade(project_id=facts.id, **command.model_dump())]


def check_unspent(budget: model.ProjectBudget, commitment_id: UUID) -> None:
    """A commitment's entries come after it: one that was released is not made again while entries name it."""
    if any(entry.commitment_id == commitment_id for entry in budget.entries.values()):
        detail = "Spending is recorded under this commitment's id already."
        raise Refused("commitment-id-used", detail, "Commit the rest under another id.")


def check_available(budget: model.ProjectBudget, amount: Money) -> None:
    """No commitment overdraws the budget."""
    if amount.amount > budget.available.amount:
        raise Refused(
            "no-overdraw",
            f"{money.shown(amount)} exceeds the {money.shown(budget.available)} available:"
            f" {money.shown(budget.granted)} granted - {money.shown(budget.contingency)} held for risks -"
            f" {money.shown(budget.committed)} committed - {money.shown(budget.spent)} spent.",
            "Commit less, release commitments that are not needed, or have the budget supplemented.",
        )


def release(budget: model.ProjectBudget, command: ReleaseCommitment, facts: model.ProjectBudgetFacts) -> model.Events:
    """Release the open rest of a commitment, also after closing."""
    known = budget.commitments.get(command.commitment_id)
    if known is None:
        detail = "There is no such commitment, or it is released already."
        raise Refused("commitment-unknown", detail, "Name a commitment that is not released.")
    open_amount = Money(amount=known.open, currency=budget.currency)
    return [finance.CommitmentReleased(project_id=facts.id, amount=open_amount, **command.model_dump())]


def take_contingency(budget: model.ProjectBudget, command: TakeContingency) -> model.Events:
    """No more is drawn than is held."""
    if command.amount.amount > budget.contingency.amount:
        detail = f"{money.shown(command.amount)} exceeds the {money.shown(budget.contingency)} held for risks."
        raise Refused("contingency-held", detail, "Draw less.")
    return [model.ContingencyTaken(risk_id=command.risk_id, amount=command.amount)]


def record(budget: model.ProjectBudget, command: RecordActual, facts: model.ProjectBudgetFacts) -> model.Events:
    """Record spending, always: above the budget, before funding, after closing, for a released commitment."""
    money.check_currency(budget.currency, command.amount)
    amount, commitment_id = command.amount.amount, command.commitment_id
    entry = model.Entry(command.category, amount, command.reference, command.occurred_on, commitment_id)
    known = budget.entries.get(command.entry_id)
    if known == entry:
        return []
    if known is not None:
        detail = f"The entry exists with {known.amount:,f} {budget.currency} for '{known.reference}'."
        raise Refused("entry-differs", detail, "Reverse it, and record another one under another id.")
    money.check_positive(command.amount)
    return [recording(budget, command.entry_id, entry, facts)]


def recording(
    budget: model.ProjectBudget, id: UUID, entry: model.Entry, facts: model.ProjectBudgetFacts
) -> finance.ActualRecorded:
    """The event of an entry that may be made; it consumes its commitment up to what is open."""
    check_past(entry.occurred_on, facts)
    if len(budget.entries) >= MOST_ENTRIES:
        detail = f"The budget has {len(budget.entries)} entries."
        raise Refused("too-many-entries", detail, "Reverse entries of the past, and state their sum as one.")
    money.within_range(budget.spent.amount + entry.amount, budget.currency)
    return finance.ActualRecorded(
        project_id=facts.id,
        entry_id=id,
        category=entry.category,
        amount=Money(amount=entry.amount, currency=budget.currency),
        consumed=Money(amount=-opening(budget, entry.commitment_id, entry.amount), currency=budget.currency),
        commitment_id=entry.commitment_id,
        reference=entry.reference,
        occurred_on=entry.occurred_on,
    )


def opening(budget: model.ProjectBudget, commitment_id: UUID | None, invoiced: Decimal) -> Decimal:
    """By how much a commitment's open amount changes when it is invoiced by so much more (or less)."""
    commitment = budget.commitments.get(commitment_id) if commitment_id else None
    if commitment is None:
        return Decimal(0)
    return commitment.model_copy(update={"spent": commitment.spent + invoiced}).open - commitment.open


def reversal(
    budget: model.ProjectBudget, entry_id: UUID, reason: str, facts: model.ProjectBudgetFacts
) -> finance.ActualReversed:
    """The event that takes an entry back whole; its commitment is open again as if the entry had never been."""
    entry = budget.entries.get(entry_id)
    if entry is None:
        detail = "There is no such entry, or it is reversed already."
        raise Refused("entry-unknown", detail, "Name an entry that is not reversed.")
    return finance.ActualReversed(
        project_id=facts.id,
        entry_id=entry_id,
        category=entry.category,
        amount=Money(amount=entry.amount, currency=budget.currency),
        restored=Money(amount=opening(budget, entry.commitment_id, -entry.amount), currency=budget.currency),
        commitment_id=entry.commitment_id,
        reason=reason,
    )


def state_actual(budget: model.ProjectBudget, command: StateActual, facts: model.ProjectBudgetFacts) -> model.Events:
    """A stated 0 is recorded: known to be nothing differs from not known. A replaced entry's commitment is kept."""
    money.check_currency(budget.currency, command.amount)
    money.check_not_negative(command.amount)
    stated = {id: entry for id, entry in budget.entries.items() if entry.reference == command.reference}
    if says(list(stated.values()), command):
        return []
    commitments = {entry.commitment_id for entry in stated.values()}
    commitment_id = commitments.pop() if len(commitments) == 1 else None
    entry = model.Entry(command.category, command.amount.amount, command.reference, command.occurred_on, commitment_id)
    events: list[model.ProjectBudgetEvent] = []
    for id in stated:
        event = reversal(budget, id, command.reason, facts)
        budget = model.evolve(budget, event)
        events.append(event)
    return [*events, recording(budget, entry_id_for(budget, command.reference, facts), entry, facts)]


def says(entries: Sequence[model.Entry], command: StateActual) -> bool:
    """Return whether these entries together are what is stated: category, amount and last day."""
    return (
        {entry.category for entry in entries} == {command.category}
        and sum((entry.amount for entry in entries), Decimal(0)) == command.amount.amount
        and max(entry.occurred_on for entry in entries) == command.occurred_on
    )


def entry_id_for(budget: model.ProjectBudget, reference: str, facts: model.ProjectBudgetFacts) -> UUID:
    """An id for a stated entry, the same whenever it is decided again, that no entry here has or had."""
    ids = (uuid5(facts.id, f"{reference}:{number}") for number in count(budget.recorded))
    return next(id for id in ids if id not in budget.entries)


def check_past(day: date, facts: model.ProjectBudgetFacts) -> None:
    """Refuse a fact dated in the future, wherever on earth its day began."""
    if day > facts.today + timedelta(days=1):
        raise Refused("not-in-the-future", f"{day} is after today, {facts.today}.", "State today or an earlier day.")
