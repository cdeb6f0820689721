"""The end of a budget's year: what is left is carried into the next year's budget or lapses, to the cent."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from chassis.domain.decider import Command, Deadline, Refused
from contracts import finance
from contracts.base import Value
from contracts.finance import closing
from contracts.values import Amount, Currency, Money, Name
from services.finance.budgets.domain import money
from services.finance.budgets.domain.division_budget.model import (
    DivisionBudget,
    DivisionBudgetFacts,
    Events,
    check_status,
)

ZERO = Decimal(0)


class OpenItem(Value):
    """What is reserved, planned and on order of a category."""

    category: Name
    planned: Amount
    committed: Amount
    reserved: Amount = Decimal(0)

    @property
    def total(self) -> Decimal:
        return self.planned + self.committed + self.reserved


class CarryOver(Command):
    """Close the budget at the end of its year."""

    year_end_id: UUID
    carried_to: UUID | None
    carried: Money
    lapsed: Money
    overspent: Money


class CarryForward(Command):
    """Take money of last year: for this budget, with what is planned and on order, and for those below it."""

    year_end_id: UUID
    from_budget_id: UUID | None
    amount: Money
    below: Money
    open: tuple[OpenItem, ...] = ()


class PassOn(Command):
    """Pass on what came after the year was closed: to where the money is now."""


class TakeOnLate(Command):
    """Take on what came late to last year's budget."""

    category: Name
    currency: Currency
    sums: money.Sums


def pass_on(budget: DivisionBudget) -> Events:
    """A closed year does not move: releases, late invoices and what is taken back count in the next one."""
    if budget.carried_to is None or not budget.late:
        return []
    category, sums = next(iter(budget.late.items()))
    back = {name: -getattr(sums, name) for name in money.Sums.model_fields}
    return [finance.DivisionBudgetCharged(category=category, **back)]


def take_on_late(budget: DivisionBudget, command: TakeOnLate) -> Events:
    """What was bound or has happened is not judged again."""
    money.check_currency(budget.current.currency, money.zero(command.currency))
    return [finance.DivisionBudgetCharged(category=command.category, **command.sums.model_dump())]


def due(budget: DivisionBudget) -> Deadline | None:
    """What came late is passed on at once."""
    if budget.carried_to is None or not budget.late:
        return None
    return Deadline(datetime(budget.fiscal_year, 1, 1, tzinfo=UTC), PassOn())


def open_items(charged: Mapping[Name, money.Sums]) -> tuple[OpenItem, ...]:
    """What is reserved, planned and on order, by category."""
    items = (
        OpenItem(category=category, planned=sums.planned, committed=sums.committed, reserved=sums.reserved)
        for category, sums in charged.items()
    )
    return tuple(item for item in items if item != OpenItem(category=item.category, planned=ZERO, committed=ZERO))


def carry_over(budget: DivisionBudget, command: CarryOver, facts: DivisionBudgetFacts) -> Events:
    """What the budget had is granted, spent, carried or lapsed: not a cent more, not a cent less."""
    check_status(budget, "approved")
    items = open_items(budget.charged)
    left = budget.available(facts.allotted) + sum((item.total for item in items), ZERO)
    said = command.carried.amount + command.lapsed.amount - command.overspent.amount
    if facts.allotted is None or said != left:
        detail = f"{left:,f} {budget.current.currency} are left, not {said:,f}."
        raise Refused("all-that-is-left", detail, "Carry over or let lapse exactly what is left.")
    moved = [charge(item, -1) for item in items] if command.carried_to else []
    return [closing.DivisionBudgetCarriedOver(**vars(command)), *moved, finance.DivisionBudgetClosed()]


def carry_forward(budget: DivisionBudget, command: CarryForward) -> Events:
    """An approved budget of the next year grows by it."""
    check_status(budget, "approved")
    money.check_currency(budget.current.currency, command.amount, command.below)
    total = budget.current.amount + command.amount.amount + command.below.amount
    current = money.within_range(total, budget.current.currency)
    known = {name: getattr(command, name) for name in ("year_end_id", "from_budget_id", "amount", "below")}
    forward = closing.DivisionBudgetCarriedForward(**known, current=current)
    return [forward, *(charge(item, 1) for item in command.open)]


def charge(item: OpenItem, sign: int) -> finance.DivisionBudgetCharged:
    return finance.DivisionBudgetCharged(
        category=item.category,
        planned=sign * item.planned,
        committed=sign * item.committed,
        reserved=sign * item.reserved,
        spent=ZERO,
    )
