"""SpendingException: orders may exceed the control of a category up to a limit, until a day, as those above say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Command, Deadline, Decider, Refused, State, existing, new
from contracts.finance import exceptions
from contracts.values import Amount, Day, Line, Money, Name
from services.finance.budgets.domain import money
from services.finance.budgets.domain.division_budget.model import DivisionBudget, check_open
from services.finance.currencies.domain.rounding import ExactMoney
from services.finance.organisation.domain.known import DivisionFacts

ASK_ANOTHER = "Order less, or ask for another exception."


class SpendingExceptionStatus(StrEnum):
    """The steps of an exception; one that is used up can be used again as far as orders give back."""

    ASKED = "asked"
    GRANTED = "granted"
    USED_UP = "used up"
    REFUSED = "refused"
    ENDED = "ended"


IN_FORCE = (SpendingExceptionStatus.GRANTED, SpendingExceptionStatus.USED_UP)


class SpendingException(State):
    """An exception as it stands, in the budget's currency; ``used``: by orders that were not released or cancelled."""

    division_budget_id: UUID
    division_id: UUID
    category: Name
    amount: Money
    asked_by: str
    asked_for: str | None
    status: SpendingExceptionStatus = SpendingExceptionStatus.ASKED
    limit: Money | None = None
    ends_on: date | None = None
    used: Amount = Decimal(0)

    @property
    def left(self) -> Decimal:
        """What orders may still use."""
        return self.limit.amount - self.used if self.limit and self.status in IN_FORCE else Decimal(0)


class AskSpendingException(Command):
    """Ask that orders for a category may exceed what its control lets pass. Repeating it changes nothing."""

    division_budget_id: UUID
    category: Name
    amount: ExactMoney
    reason: Line


class GrantSpendingException(Command):
    """Grant the exception up to a limit and until a day, to somebody else who asked."""

    limit: ExactMoney
    ends_on: Day


class RefuseSpendingException(Command):
    """Refuse the exception."""

    reason: Line


class WithdrawSpendingException(Command):
    """End a granted exception before its day; orders that used it stand."""

    reason: Line


class UseSpendingException(Command):
    """Use so much of the exception for an order, or give it back (negative)."""

    commitment_id: UUID
    division_budget_id: UUID
    category: Name
    amount: Money


class EndSpendingException(Command):
    """End an exception whose day has passed."""


SpendingExceptionCommand = (
    AskSpendingException
    | GrantSpendingException
    | RefuseSpendingException
    | WithdrawSpendingException
    | UseSpendingException
    | EndSpendingException
)
SpendingExceptionEvent = (
    exceptions.SpendingExceptionAsked
    | exceptions.SpendingExceptionGranted
    | exceptions.SpendingExceptionRefused
    | exceptions.SpendingExceptionUsed
    | exceptions.SpendingExceptionEnded
)
Events = Sequence[SpendingExceptionEvent]


@dataclass(frozen=True)
class SpendingExceptionFacts(DivisionFacts):
    """``budget``: the one that is named; None where there is none."""

    budget: DivisionBudget | None = None


def decide(state: SpendingException | None, command: SpendingExceptionCommand, facts: SpendingExceptionFacts) -> Events:
    if isinstance(command, AskSpendingException):
        return ask(state, command, facts)
    if isinstance(command, UseSpendingException):
        return use(state, command, facts)
    exception = existing(state)
    match command:
        case GrantSpendingException():
            return grant(exception, command, facts)
        case RefuseSpendingException(reason=reason):
            if exception.status is SpendingExceptionStatus.REFUSED:
                return []
            check_status(exception, SpendingExceptionStatus.ASKED)
            return [exceptions.SpendingExceptionRefused(reason=reason)]
        case WithdrawSpendingException(reason=reason):
            if exception.status is SpendingExceptionStatus.ENDED:
                return []
            check_status(exception, *IN_FORCE)
            return [ended(exception, reason)]
        case EndSpendingException():
            over = exception.ends_on is not None and exception.ends_on < facts.today
            return [ended(exception, None)] if over and exception.status in IN_FORCE else []
        case _:
            assert_never(command)


def ask(state: SpendingException | None, command: AskSpendingException, facts: SpendingExceptionFacts) -> Events:
    """It is asked for one category of a budget whose year is open, in its currency."""
    said = {name: value for name, value in vars(command).items() if name != "reason"}
    if state is not None and said == {name: getattr(state, name) for name in said}:
        return []
    new(state, "exception")
    if facts.budget is None:
        raise Refused("budget-unknown", "There is no such budget.", "Name a division's budget.")
    check_open(facts.budget)
    money.check_currency(facts.budget.currency, command.amount)
    money.check_positive(command.amount)
    by = {"asked_by": facts.actor.id, "asked_for": facts.actor.for_whom}
    return [exceptions.SpendingExceptionAsked(**vars(command), division_id=facts.budget.division_id, **by)]


def grant(exception: SpendingException, command: GrantSpendingException, facts: SpendingExceptionFacts) -> Events:
    """No more is granted than was asked, and for days that are not over."""
    limit, ends_on = command.limit, command.ends_on
    if exception.status in IN_FORCE and (exception.limit, exception.ends_on) == (limit, ends_on):
        return []
    check_status(exception, SpendingExceptionStatus.ASKED)
    money.check_currency(exception.amount.currency, limit)
    money.check_positive(limit)
    if limit.amount > exception.amount.amount:
        detail = f"{money.shown(limit)} is more than the {money.shown(exception.amount)} asked."
        raise Refused("limit-within-asked", detail, "Grant at most what was asked, or have more asked for.")
    if ends_on < facts.today:
        raise Refused("ends-ahead", f"It is {facts.today} today.", "Let it end today or on a later day.")
    by = {"granted_by": facts.actor.id, "granted_for": facts.actor.for_whom}
    return [exceptions.SpendingExceptionGranted(limit=limit, ends_on=ends_on, **by)]


def use(state: SpendingException | None, command: UseSpendingException, facts: SpendingExceptionFacts) -> Events:
    """Orders use no more of it than its limit, until its day; what is given back always passes."""
    asked = (command.division_budget_id, command.category)
    if state is None or (state.division_budget_id, state.category) != asked:
        detail = f"There is no such exception for '{command.category}' of this budget."
        raise Refused("exception-of-category", detail, "Name one of the budget and category that are charged.")
    if command.amount.amount > 0:
        check_usable(state, command.amount, facts)
    used = Money(amount=state.used + command.amount.amount, currency=state.amount.currency)
    known = {"commitment_id": command.commitment_id, "amount": command.amount}
    return [exceptions.SpendingExceptionUsed(**known, used=used)]


def check_usable(exception: SpendingException, amount: Money, facts: SpendingExceptionFacts) -> None:
    """It holds today, and so much of it is left."""
    check_status(exception, *IN_FORCE)
    assert exception.limit is not None
    assert exception.ends_on is not None
    if exception.ends_on < facts.today:
        detail = f"The exception ended on {exception.ends_on}; it is {facts.today} today."
        raise Refused("exception-over", detail, ASK_ANOTHER)
    if amount.amount > exception.left:
        raise Refused(
            "exception-limit",
            f"{money.shown(amount)} exceeds the {exception.left:,f} left of the exception:"
            f" {money.shown(exception.limit)} granted - {exception.used:,f} used by orders.",
            ASK_ANOTHER,
        )


def ended(exception: SpendingException, reason: Line | None) -> exceptions.SpendingExceptionEnded:
    used = Money(amount=exception.used, currency=exception.amount.currency)
    return exceptions.SpendingExceptionEnded(used=used, reason=reason)


def check_status(exception: SpendingException, *statuses: SpendingExceptionStatus) -> None:
    if exception.status not in statuses:
        raise Refused(
            "exception-status",
            f"The exception is {exception.status}.",
            f"This is for one that is {' or '.join(statuses)}.",
        )


def due(exception: SpendingException) -> Deadline | None:
    """It ends when its last day is over."""
    if exception.ends_on is None or exception.status not in IN_FORCE:
        return None
    return Deadline.on(exception.ends_on + timedelta(days=1), EndSpendingException())


def evolve(state: SpendingException | None, event: SpendingExceptionEvent) -> SpendingException:
    match event:
        case exceptions.SpendingExceptionAsked():
            return SpendingException(**{name: value for name, value in vars(event).items() if name != "reason"})
    exception = existing(state)
    match event:
        case exceptions.SpendingExceptionGranted(limit=limit, ends_on=ends_on):
            return exception.but(status=SpendingExceptionStatus.GRANTED, limit=limit, ends_on=ends_on)
        case exceptions.SpendingExceptionRefused():
            return exception.but(status=SpendingExceptionStatus.REFUSED)
        case exceptions.SpendingExceptionUsed(used=used):
            return with_used(exception, used.amount)
        case exceptions.SpendingExceptionEnded():
            return exception.but(status=SpendingExceptionStatus.ENDED)
        case _:
            assert_never(event)


def with_used(exception: SpendingException, used: Decimal) -> SpendingException:
    """The exception when so much of it is used; one that has ended stays so."""
    if exception.status not in IN_FORCE or exception.limit is None:
        return exception.but(used=used)
    up = used >= exception.limit.amount
    return exception.but(used=used, status=SpendingExceptionStatus.USED_UP if up else SpendingExceptionStatus.GRANTED)


SPENDING_EXCEPTION = Decider(
    kind="spending-exception",
    state=SpendingException,
    events=SpendingExceptionEvent,
    decide=decide,
    evolve=evolve,
    due=due,
)
