"""Reservation: money that people asked for and were promised or refused, until it is used; its id is what it is for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Command, Decider, IssuedCommand, PrivateEvent, Refused, State, existing
from contracts.finance import conversations
from contracts.people import FundedKind
from contracts.values import Amount, Currency, Day, Grade, Line, Money, Name
from services.finance.budgets.domain import money
from services.finance.budgets.domain.division_budget import charging
from services.finance.budgets.domain.division_budget.model import DivisionBudget, DivisionBudgetFacts
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.domain.finance_policy import DEFAULTS, FinancePolicy
from services.finance.currencies.domain.rounding import is_counted
from services.finance.funding.domain.standard_cost import explained, for_months, months_left
from services.finance.organisation.domain.known import DivisionFacts

NOTHING = Decimal(0)


class ReservationStatus(StrEnum):
    """The step of a conversation with people; what is refused may be asked for again."""

    RESERVED = "reserved"
    REFUSED = "refused"
    COMMITTED = "committed"
    SPENT = "spent"
    ENDED = "ended"
    RELEASED = "released"


class Reservation(State):
    """What people asked for and what became of it; ``held``: what is charged to the budget for it now.

    ``amount``: what it would take, None where that cannot be told. ``yearly``: the standard cost of one opening.
    ``figures``: why the money was refused, for those who see the budget. ``last_day``: of the fiscal year. ``freed``:
    what is free again because ``left_id`` left.
    """

    kind: FundedKind
    request: int
    division_id: UUID
    position_id: UUID | None
    openings: int
    needed_on: date
    fiscal_year: int
    last_day: date
    division_budget_id: UUID | None
    category: Name
    amount: Money | None
    yearly: Money | None
    status: ReservationStatus = ReservationStatus.RESERVED
    held: money.Sums = money.Sums()
    reason: Line | None = None
    figures: Line | None = None
    freed: Amount = NOTHING
    left_id: UUID | None = None


class AskFunding(Command):
    """Reserve the money for a hire, a training session or a tool, or refuse it. An old request changes nothing."""

    kind: FundedKind
    request: int
    division_id: UUID
    position_id: UUID | None = None
    grade: Grade | None = None
    openings: int = 1
    cost: Money | None = None
    needed_on: Day


class TakeUpFunding(Command):
    """The vacancy was filled, the session delivered, the tool provided."""

    on: Day


class ReserveAgain(Command):
    """Who was to fill the vacancy does not come."""


class GiveUpFunding(Command):
    """The vacancy or the session was cancelled, the tool given up."""

    on: Day


class FreeRest(Command):
    """Who was hired left: the rest of the year is free."""

    left_on: Day
    left_id: UUID | None = None


class BindRest(Command):
    """Who was hired did not leave after all: the rest of the year is bound again."""


class FundingRequested(PrivateEvent):
    """People asked for money; which budget it is of, and what it takes."""

    kind: FundedKind
    request: int
    division_id: UUID
    position_id: UUID | None
    openings: int
    needed_on: date
    fiscal_year: int
    last_day: date
    division_budget_id: UUID | None
    category: Name
    amount: Money | None
    yearly: Money | None


class RefusalExplained(PrivateEvent):
    """Why the money was refused, with the figures of the budget."""

    figures: Line


class FundingTakenUp(PrivateEvent):
    """What was reserved is committed or spent from now on; what it takes less is free again."""

    committed: Amount
    spent: Amount
    reason: Line


class FundingReservedAgain(PrivateEvent):
    """What was committed is reserved again."""

    reserved: Amount


class FundingReleased(PrivateEvent):
    """Nothing is held any more."""


class RestFreed(PrivateEvent):
    """Who was hired left on this day; so much is free again."""

    freed: Amount
    left_on: date
    left_id: UUID | None = None


class RestBound(PrivateEvent):
    """Who was hired did not leave: as much as was freed is bound again, whatever is left of the budget."""

    bound: Amount


AnswerEvent = (
    conversations.HiringFunded
    | conversations.HiringFundingRefused
    | conversations.TrainingFunded
    | conversations.TrainingFundingRefused
    | conversations.ToolFunded
    | conversations.ToolFundingRefused
)
ReservationEvent = (
    FundingRequested
    | AnswerEvent
    | RefusalExplained
    | FundingTakenUp
    | FundingReservedAgain
    | FundingReleased
    | RestFreed
    | RestBound
)
ReservationCommand = AskFunding | TakeUpFunding | ReserveAgain | GiveUpFunding | FreeRest | BindRest
Events = Sequence[ReservationEvent]


@dataclass(frozen=True)
class ReservationFacts(DivisionFacts):
    """``budget``: the approved one of the division for the year, or the nearest above, and its id; None: there is none.

    ``allotted``: what others draw from it. ``left_on``: when the last holder of the position left, and who that was.
    """

    policy: FinancePolicy = DEFAULTS
    budget_id: UUID | None = None
    budget: DivisionBudget | None = None
    allotted: Money | None = None
    left_on: date | None = None
    left_id: UUID | None = None


def decide(state: Reservation | None, command: ReservationCommand, facts: ReservationFacts) -> Events:
    if isinstance(command, AskFunding):
        return ask(state, command, facts)
    reservation = existing(state)
    match command:
        case TakeUpFunding(on=on):
            return take_up(reservation, on, facts)
        case ReserveAgain():
            if reservation.kind is not FundedKind.HIRING or reservation.status is not ReservationStatus.COMMITTED:
                return []
            return [FundingReservedAgain(reserved=reservation.held.committed)]
        case GiveUpFunding(on=on):
            return give_up(reservation, on, facts)
        case FreeRest(left_on=left_on, left_id=left_id):
            return free_rest(reservation, reservation.held.committed, left_on, left_id)
        case BindRest():
            ended = reservation.status is ReservationStatus.ENDED
            return [RestBound(bound=reservation.freed)] if ended else []
        case _:
            assert_never(command)


def ask(state: Reservation | None, command: AskFunding, facts: ReservationFacts) -> Events:
    """Each request is answered once, with what is available then; what was promised already stays promised."""
    if state is not None and command.request <= state.request:
        return []
    if state is not None and state.status is ReservationStatus.RESERVED:
        return [promised(state, command.request, facts.id)]
    if state is not None and state.held.total:
        return []
    asked = requested(command, facts)
    why, figures = why_not(command, asked, facts)
    if why is None:
        return [asked, funded(asked, facts.id, reason_of(asked))]
    explained_by = [RefusalExplained(figures=figures)] if figures else []
    return [asked, refused(asked, facts.id, why), *explained_by]


def promised(reservation: Reservation, request: int, subject: UUID) -> AnswerEvent:
    """The promise that holds, in answer to a later request."""
    known = {name: getattr(reservation, name) for name in FundingRequested.model_fields}
    held = Money(amount=reservation.held.reserved, currency=currency_of(reservation))
    asked = FundingRequested(**known | {"request": request, "amount": held})
    return funded(asked, subject, reservation.reason or reason_of(asked))


def currency_of(reservation: Reservation) -> Currency:
    assert reservation.amount is not None, "what is held has an amount"
    return reservation.amount.currency


def requested(command: AskFunding, facts: ReservationFacts) -> FundingRequested:
    """The request with the budget that pays, and what it takes of it."""
    year = facts.policy.fiscal_year(command.needed_on)
    last_day = facts.policy.last_day(year)
    yearly = None
    if command.grade is not None and facts.budget is not None:
        yearly = facts.policy.standard_cost(command.grade, facts.budget.current.currency)
    months = months_left(command.needed_on, last_day)
    amount = for_months(yearly, command.openings, months) if yearly else command.cost
    chargeable = facts.budget is not None and amount is not None and amount.currency == facts.budget.current.currency
    return FundingRequested(
        **command.model_dump(exclude={"grade", "cost"}),
        fiscal_year=year,
        last_day=last_day,
        division_budget_id=facts.budget_id if chargeable else None,
        category=category_of(command.kind, facts.policy),
        amount=amount,
        yearly=yearly,
    )


def category_of(kind: FundedKind, policy: FinancePolicy) -> Name:
    match kind:
        case FundedKind.HIRING:
            return policy.hiring_category
        case FundedKind.TRAINING:
            return policy.training_category
        case FundedKind.TOOL:
            return policy.tool_category
        case _:
            assert_never(kind)


def why_not(
    command: AskFunding, asked: FundingRequested, facts: ReservationFacts
) -> tuple[Line, Line | None] | tuple[None, None]:
    """Why there is no money, in plain words and with figures; None where there is."""
    budget, amount = facts.budget, asked.amount
    if budget is None:
        return f"Neither the division nor one above it has an approved budget of {asked.fiscal_year}.", None
    currency = budget.current.currency
    if amount is None:
        return f"The rate card has no standard cost in {currency} of the grade '{command.grade}'.", None
    if amount.currency != currency:
        return f"It costs {money.shown(amount)}, and the budget of {asked.fiscal_year} is in {currency}.", None
    if amount.amount < 0 or not is_counted(amount.amount, currency):
        return f"{money.shown(amount)} is below 0 or not counted in the decimals of {currency}.", None
    return refusal_of(budget, asked, amount.amount, facts)


def refusal_of(
    budget: DivisionBudget, asked: FundingRequested, amount: Decimal, facts: ReservationFacts
) -> tuple[Line, Line] | tuple[None, None]:
    """What stands against charging the budget, by the rules of the budget itself."""
    charge = charging.ChargeDivisionBudget(category=asked.category, currency=budget.current.currency, reserved=amount)
    known = DivisionBudgetFacts(facts.actor, facts.at, facts.id, allotted=facts.allotted, policy=facts.policy)
    try:
        charging.charge(budget, charge, known)
    except Refused as refusal:
        limited = f" for '{asked.category}'" if refusal.rule == "category-limit" else ""
        return f"Not enough is left{limited} in the budget of {asked.fiscal_year} that would pay.", refusal.detail
    return None, None


def reason_of(asked: FundingRequested) -> Line:
    """What is paid, with the rule by which a hire is reckoned."""
    if asked.yearly is None:
        return f"Reserved in the budget of {asked.fiscal_year}."
    months = months_left(asked.needed_on, asked.last_day)
    return explained(asked.yearly, asked.openings, months, asked.fiscal_year)


def funded(asked: FundingRequested, subject: UUID, reason: Line) -> AnswerEvent:
    assert asked.division_budget_id is not None, "what is paid has a budget"
    assert asked.amount is not None, "what is paid has an amount"
    told = {
        "request": asked.request,
        "division_id": asked.division_id,
        "division_budget_id": asked.division_budget_id,
        "amount": asked.amount,
        "reason": reason,
    }
    match asked.kind:
        case FundedKind.HIRING:
            return conversations.HiringFunded(vacancy_id=subject, **told)
        case FundedKind.TRAINING:
            return conversations.TrainingFunded(session_id=subject, **told)
        case FundedKind.TOOL:
            return conversations.ToolFunded(tool_id=subject, **told)
        case _:
            assert_never(asked.kind)


def refused(asked: FundingRequested, subject: UUID, reason: Line) -> AnswerEvent:
    told = {"request": asked.request, "division_id": asked.division_id, "amount": asked.amount, "reason": reason}
    match asked.kind:
        case FundedKind.HIRING:
            return conversations.HiringFundingRefused(vacancy_id=subject, **told)
        case FundedKind.TRAINING:
            return conversations.TrainingFundingRefused(session_id=subject, **told)
        case FundedKind.TOOL:
            return conversations.ToolFundingRefused(tool_id=subject, **told)
        case _:
            assert_never(asked.kind)


def take_up(reservation: Reservation, on: date, facts: ReservationFacts) -> Events:
    """A hire binds what is left of the year when it is made; a session is spent, a tool bound for the year.

    A session that took place although its money was refused is recorded all the same.
    """
    if reservation.kind is FundedKind.TRAINING:
        return spend(reservation, "The session took place.")
    if reservation.status is not ReservationStatus.RESERVED:
        return []
    reserved = reservation.held.reserved
    if reservation.yearly is None:
        return [FundingTakenUp(committed=reserved, spent=NOTHING, reason="The tool was provided.")]
    months = months_left(on, reservation.last_day)
    committed = min(for_months(reservation.yearly, reservation.openings, months).amount, reserved)
    reason = explained(reservation.yearly, reservation.openings, months, reservation.fiscal_year)
    taken = FundingTakenUp(committed=committed, spent=NOTHING, reason=reason)
    gone = facts.left_on if facts.left_on is not None and facts.left_on >= on else None
    return [taken, *(free_rest(evolve(reservation, taken), committed, gone, facts.left_id) if gone else [])]


def spend(reservation: Reservation, reason: Line) -> Events:
    known = (ReservationStatus.RESERVED, ReservationStatus.REFUSED)
    if reservation.status not in known or reservation.amount is None or reservation.division_budget_id is None:
        return []
    return [FundingTakenUp(committed=NOTHING, spent=reservation.amount.amount, reason=reason)]


def give_up(reservation: Reservation, on: date, facts: ReservationFacts) -> Events:
    """What was promised is free again; the fee of a session stays that is cancelled at short notice."""
    if reservation.status not in (ReservationStatus.RESERVED, ReservationStatus.REFUSED):
        return []
    ahead = (reservation.needed_on - on).days
    short = reservation.kind is FundedKind.TRAINING and ahead < facts.policy.fee_stays_days
    if short and reservation.status is ReservationStatus.RESERVED:
        days = facts.policy.fee_stays_days
        return spend(reservation, f"The fee stays: cancelled {ahead} days before, and fewer than {days}.")
    return [FundingReleased()]


def free_rest(reservation: Reservation, committed: Decimal, left_on: date, left_id: UUID | None) -> Events:
    """The months after that in which somebody left are free again."""
    if reservation.status is not ReservationStatus.COMMITTED or reservation.yearly is None:
        return []
    months = max(months_left(left_on, reservation.last_day) - 1, 0)
    rest = for_months(reservation.yearly, reservation.openings, months).amount
    return [RestFreed(freed=min(rest, committed), left_on=left_on, left_id=left_id)]


def charge(
    command: ReservationCommand, before: Reservation | None, after: Reservation, _facts: ReservationFacts
) -> Sequence[IssuedCommand]:
    """The budget holds as much more or less as the reservation, in the same append."""
    delta = after.held - (before.held if before else money.Sums())
    if after.division_budget_id is None or after.amount is None or delta == money.Sums():
        return []
    order = charging.ChargeDivisionBudget(
        category=after.category,
        currency=after.amount.currency,
        occurred_on=command.on if delta.spent and isinstance(command, TakeUpFunding | GiveUpFunding) else None,
        taken_over=isinstance(command, BindRest),
        **delta.model_dump(),
    )
    return [IssuedCommand(DIVISION_BUDGET, after.division_budget_id, order)]


def evolve(state: Reservation | None, event: ReservationEvent) -> Reservation:
    if isinstance(event, FundingRequested):
        return Reservation(**vars(event))
    reservation = existing(state)
    match event:
        case (
            conversations.HiringFunded(request=request, amount=amount, reason=reason)
            | conversations.TrainingFunded(request=request, amount=amount, reason=reason)
            | conversations.ToolFunded(request=request, amount=amount, reason=reason)
        ):
            held = money.Sums(reserved=amount.amount)
            return reservation.but(status=ReservationStatus.RESERVED, request=request, held=held, reason=reason)
        case (
            conversations.HiringFundingRefused(reason=reason)
            | conversations.TrainingFundingRefused(reason=reason)
            | conversations.ToolFundingRefused(reason=reason)
        ):
            return reservation.but(status=ReservationStatus.REFUSED, reason=reason)
        case RefusalExplained(figures=figures):
            return reservation.but(figures=figures)
        case FundingTakenUp(committed=committed, spent=spent, reason=reason):
            is_fee = reservation.kind is FundedKind.TRAINING
            status = ReservationStatus.SPENT if is_fee else ReservationStatus.COMMITTED
            return reservation.but(status=status, held=money.Sums(committed=committed, spent=spent), reason=reason)
        case FundingReservedAgain(reserved=reserved):
            return reservation.but(status=ReservationStatus.RESERVED, held=money.Sums(reserved=reserved))
        case FundingReleased():
            return reservation.but(status=ReservationStatus.RELEASED, held=money.Sums())
        case RestFreed(freed=freed, left_id=left_id):
            held = money.Sums(committed=reservation.held.committed - freed)
            return reservation.but(status=ReservationStatus.ENDED, held=held, freed=freed, left_id=left_id)
        case RestBound(bound=bound):
            held = money.Sums(committed=reservation.held.committed + bound)
            return reservation.but(status=ReservationStatus.COMMITTED, held=held, freed=NOTHING, left_id=None)
        case _:
            assert_never(event)


RESERVATION = Decider(kind="reservation", state=Reservation, events=ReservationEvent, decide=decide, evolve=evolve)
