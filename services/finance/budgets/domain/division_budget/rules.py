"""The rules of a division's budget, put together from its parts."""

from collections.abc import Sequence
from decimal import Decimal
from typing import assert_never

from chassis.domain.decider import Command, Decider, IssuedCommand, existing
from contracts import finance
from contracts.values import Line, Money
from services.finance.budgets.domain.division_budget import carrying, charging, drafting, model, moving
from services.finance.budgets.domain.division_budget.model import check_open, check_status


class SubmitDivisionBudget(Command):
    """Submit the draft for approval."""


class ReturnDivisionBudget(Command):
    """Send a submitted budget back to draft."""

    reason: Line


class ApproveDivisionBudget(Command):
    """Approve a budget that somebody else submitted."""


class CloseDivisionBudget(Command):
    """Close an approved budget for good at the end of its year."""


DivisionBudgetCommand = (
    drafting.DraftDivisionBudget
    | drafting.RedraftDivisionBudget
    | SubmitDivisionBudget
    | ReturnDivisionBudget
    | ApproveDivisionBudget
    | moving.SupplementDivisionBudget
    | moving.TransferOut
    | moving.ApproveMovement
    | moving.WithdrawMovement
    | moving.ReceiveTransfer
    | charging.ChargeDivisionBudget
    | carrying.CarryOver
    | carrying.CarryForward
    | carrying.PassOn
    | carrying.TakeOnLate
    | CloseDivisionBudget
)


def decide(
    state: model.DivisionBudget | None, command: DivisionBudgetCommand, facts: model.DivisionBudgetFacts
) -> model.Events:
    """The events of a command, and the overrun they cause or end; or ``Refused``."""
    events = judge(state, command, facts)
    return [*events, *overrun(state, events, facts)]


def overrun(state: model.DivisionBudget | None, events: model.Events, facts: model.DivisionBudgetFacts) -> model.Events:
    """An overrun raises itself when it begins or grows, and clears itself when it is over."""
    if state is None or not events or facts.allotted is None or (state.status == "closed" and state.carried_to):
        return []
    after = state
    for event in events:
        after = model.evolve(after, event)
    is_ = max(-after.available(facts.allotted), Decimal(0)) if after.status != "drafted" else Decimal(0)
    if is_ > state.overrun:
        return [finance.DivisionBudgetOverrun(overrun=Money(amount=is_, currency=after.current.currency))]
    return [finance.DivisionBudgetOverrunCleared()] if state.overrun > is_ == 0 else []


def judge(
    state: model.DivisionBudget | None, command: DivisionBudgetCommand, facts: model.DivisionBudgetFacts
) -> model.Events:
    """The events of a command without the overrun."""
    if isinstance(command, drafting.DraftDivisionBudget):
        return drafting.draft(state, command, facts)
    budget = existing(state)
    if isinstance(command, moving.TransferOut | moving.ReceiveTransfer) and moving.repeated(budget, command):
        return []
    if isinstance(command, charging.ChargeDivisionBudget):
        return charging.charge(budget, command, facts)
    if isinstance(command, carrying.PassOn):
        return carrying.pass_on(budget)
    if isinstance(command, carrying.TakeOnLate):
        return carrying.take_on_late(budget, command)
    check_open(budget)
    match command:
        case drafting.RedraftDivisionBudget():
            return drafting.redraft(budget, command, facts)
        case SubmitDivisionBudget():
            check_status(budget, "drafted")
            return [finance.DivisionBudgetSubmitted(submitted_by=facts.actor.id, submitted_for=facts.actor.for_whom)]
        case ReturnDivisionBudget(reason=reason):
            check_status(budget, "submitted")
            return [finance.DivisionBudgetReturned(reason=reason)]
        case ApproveDivisionBudget():
            return approve(budget, facts)
        case moving.SupplementDivisionBudget():
            return moving.supplement(budget, command, facts)
        case moving.TransferOut():
            return moving.transfer_out(budget, command, facts)
        case moving.ApproveMovement():
            return moving.approve_movement(budget, command, facts)
        case moving.WithdrawMovement():
            return moving.withdraw_movement(budget, command)
        case moving.ReceiveTransfer():
            return moving.receive_transfer(budget, command, facts)
        case carrying.CarryOver():
            return carrying.carry_over(budget, command, facts)
        case carrying.CarryForward():
            return carrying.carry_forward(budget, command)
        case CloseDivisionBudget():
            check_status(budget, "approved")
            return [finance.DivisionBudgetClosed()]
        case _:
            assert_never(command)


def approve(budget: model.DivisionBudget, facts: model.DivisionBudgetFacts) -> model.Events:
    """Approve a submitted budget; the budgets below a parent stay within it."""
    check_status(budget, "submitted")
    moving.check_room(budget, budget.original, facts)
    return [finance.DivisionBudgetApproved(original=budget.original)]


def received(
    command: moving.TransferOut,
    _before: model.DivisionBudget | None,
    after: model.DivisionBudget,
    facts: model.DivisionBudgetFacts,
) -> Sequence[IssuedCommand]:
    """Receive a transfer at the other budget in the same append; where it cannot, nothing is sent."""
    if command.transfer_id not in after.transfers:  # it waits for a second approver
        return []
    receive = moving.ReceiveTransfer(**command.model_dump() | {"other_budget_id": facts.id})
    return [IssuedCommand(DIVISION_BUDGET, command.other_budget_id, receive)]


def received_then(
    command: moving.ApproveMovement,
    before: model.DivisionBudget | None,
    after: model.DivisionBudget,
    facts: model.DivisionBudgetFacts,
) -> Sequence[IssuedCommand]:
    """Receive a transfer that the second one approved, in the same append."""
    waits = existing(before).waits(command.movement_id)
    if waits is None or waits.other_budget_id is None:
        return []
    return received(moving.ordered(waits, waits.other_budget_id), before, after, facts)


def passed_on(
    _command: carrying.PassOn,
    before: model.DivisionBudget | None,
    _after: model.DivisionBudget,
    _facts: model.DivisionBudgetFacts,
) -> Sequence[IssuedCommand]:
    """The next year's budget takes on what came late to this one, in the same append."""
    budget = existing(before)
    if budget.carried_to is None or not budget.late:
        return []
    category, sums = next(iter(budget.late.items()))
    take = carrying.TakeOnLate(category=category, currency=budget.current.currency, sums=sums)
    return [IssuedCommand(DIVISION_BUDGET, budget.carried_to, take)]


DIVISION_BUDGET = Decider(
    kind="division-budget",
    state=model.DivisionBudget,
    events=model.DivisionBudgetEvent,
    decide=decide,
    evolve=model.evolve,
    due=carrying.due,
)
