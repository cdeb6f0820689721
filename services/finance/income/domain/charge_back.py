"""ChargeBack: a division's costs of a period charged to those that cause them; an issued statement never moves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, assert_never
from uuid import UUID

from pydantic import Field, field_validator

from chassis.domain.decider import Command, Decider, IssuedCommand, Refused, State, existing, new
from contracts.finance import income
from contracts.values import Currency, Line, Money, Name, Period
from services.finance.budgets.domain.money import within_range
from services.finance.currencies.domain.rounding import ListedCurrency, is_exact
from services.finance.income.domain.allocation import Headcount, lines_of, shared_out, takes_headcount, with_headcounts
from services.finance.organisation.domain.known import DivisionFacts, KnownDivision, check_division

MOST_RECEIVERS, MOST_POOLS = 100, 20


class ChargeBackStatus(StrEnum):
    """Drafted, calculated, issued to its receivers; then settled, or replaced by a revised one."""

    DRAFTED = "drafted"
    CALCULATED = "calculated"
    ISSUED = "issued"
    REPLACED = "replaced"
    SETTLED = "settled"


class LineStatus(StrEnum):
    """A line is open until its division accepts or disputes it; finance may uphold a disputed one."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DISPUTED = "disputed"
    UPHELD = "upheld"


ANSWERED = (LineStatus.ACCEPTED, LineStatus.UPHELD)


class ChargeLine(State):
    """What a receiving division is charged, and its answer."""

    division_id: UUID
    amount: Money
    status: LineStatus = LineStatus.OPEN
    reason: Line | None = None


class ChargeBack(State):
    """A charge-back as it stands; ``pools`` hold the driver values of the period, ``shares`` what follows from them.

    ``issued_by``: who issued it, and whom they stood in for. ``disputed``: a line is; ``answered``: none is open or
    disputed.
    """

    division_id: UUID
    name: Name
    period: Period
    currency: Currency
    method: income.ChargeBackMethod
    receivers: tuple[UUID, ...]
    pools: tuple[income.CostPool, ...]
    replaces: UUID | None
    status: ChargeBackStatus = ChargeBackStatus.DRAFTED
    shares: tuple[income.PoolShare, ...] = ()
    lines: tuple[ChargeLine, ...] = ()
    total: Money | None = None
    issued_by: tuple[str, ...] = ()
    disputed: bool = False
    answered: bool = False
    replaced_by: UUID | None = None


Receivers = Annotated[tuple[UUID, ...], Field(min_length=1, max_length=MOST_RECEIVERS)]
Pools = Annotated[tuple[income.CostPool, ...], Field(min_length=1, max_length=MOST_POOLS)]


class Drafted(Command):
    """What is charged: pools in the order in which they are shared out, to whom, and by which values.

    A pool by headcount without values takes the persons of each division, and of those below it, from people: as they
    were at the end of the period.
    """

    name: Name
    period: Period
    currency: ListedCurrency
    method: income.ChargeBackMethod
    receivers: Receivers
    pools: Pools

    @field_validator("receivers")
    @classmethod
    def _distinct(cls, receivers: tuple[UUID, ...]) -> tuple[UUID, ...]:
        if len({*receivers}) < len(receivers):
            raise ValueError("a receiver is named once")
        return receivers

    @field_validator("pools")
    @classmethod
    def _sound(cls, pools: tuple[income.CostPool, ...]) -> tuple[income.CostPool, ...]:
        if len({pool.name for pool in pools}) < len(pools):
            raise ValueError("every pool has a name of its own")
        divisions = [pool.division_id for pool in pools if pool.division_id is not None]
        if len({*divisions}) < len(divisions):
            raise ValueError("a division has one pool")
        for pool in pools:
            check_pool(pool)
        return pools


def check_pool(pool: income.CostPool) -> None:
    """An amount above 0, and one value of 0 or more for a division."""
    if pool.amount.amount <= 0:
        raise ValueError(f"the amount of '{pool.name}' is above 0")
    if any(each.value < 0 for each in pool.values):
        raise ValueError(f"the values of '{pool.name}' are 0 or more")
    if len({each.division_id for each in pool.values}) < len(pool.values):
        raise ValueError(f"'{pool.name}' has one value for a division")


class DraftChargeBack(Drafted):
    """Draft a charge-back; one that revises a disputed charge-back names it."""

    division_id: UUID
    replaces: Annotated[UUID | None, Field(examples=[None])] = None


class RedraftChargeBack(Drafted):
    """Write a charge-back again that is not issued."""


class CalculateChargeBack(Command):
    """Share every pool out, to the cent."""


class IssueChargeBack(Command):
    """Send the statement to its receivers; it does not move any more."""


class AcceptCharge(Command):
    """Accept the line of a receiving division."""

    division_id: UUID


class DisputeCharge(Command):
    """Dispute the line of a receiving division, with the reason."""

    division_id: UUID
    reason: Line


class UpholdCharge(Command):
    """Answer a dispute: the line holds, with the reason."""

    division_id: UUID
    reason: Line


class ReplaceChargeBack(Command):
    """Record that a revised charge-back takes its place."""

    by: UUID


class SettleChargeBack(Command):
    """Book the charge once every line is accepted or upheld."""


AnswerCommand = AcceptCharge | DisputeCharge | UpholdCharge
ChargeBackCommand = (
    DraftChargeBack
    | RedraftChargeBack
    | CalculateChargeBack
    | IssueChargeBack
    | AnswerCommand
    | ReplaceChargeBack
    | SettleChargeBack
)
ChargeBackEvent = (
    income.ChargeBackDrafted
    | income.ChargeBackCalculated
    | income.ChargeBackIssued
    | income.ChargeAccepted
    | income.ChargeDisputed
    | income.ChargeUpheld
    | income.ChargeBackReplaced
    | income.ChargeBackSettled
)
Events = Sequence[ChargeBackEvent]


@dataclass(frozen=True)
class ChargeBackFacts(DivisionFacts):
    """``receiver``: the division whose line the command answers; ``open_receivers``: those of the draft that are.

    ``replaced``: the charge-back that this one revises, None where there is none. ``headcounts``: the persons of the
    receivers and of the divisions of pools, with those below, at the end of the period.
    """

    receiver: KnownDivision | None = None
    open_receivers: frozenset[UUID] = frozenset()
    replaced: ChargeBack | None = None
    headcounts: Mapping[UUID, Headcount] = field(default_factory=dict)


def decide(state: ChargeBack | None, command: ChargeBackCommand, facts: ChargeBackFacts) -> Events:
    if isinstance(command, DraftChargeBack):
        return draft(state, command, facts)
    charge = existing(state)
    match command:
        case RedraftChargeBack():
            return redraft(charge, command, facts)
        case CalculateChargeBack():
            return calculate(charge)
        case IssueChargeBack():
            return issue(charge, facts)
        case AcceptCharge() | DisputeCharge() | UpholdCharge():
            return answer(charge, command, facts)
        case ReplaceChargeBack(by=by):
            require(charge, ChargeBackStatus.ISSUED)
            return [income.ChargeBackReplaced(by=by)]
        case SettleChargeBack():
            return settle(charge)
        case _:
            assert_never(command)


def draft(state: ChargeBack | None, command: DraftChargeBack, facts: ChargeBackFacts) -> Events:
    """The costs are an open division's, and go to others that are open."""
    drafted = income.ChargeBackDrafted(**vars(command) | {"pools": counted(command, facts)})
    if state is not None and drafted == drafted_as(state):
        return []
    new(state, "charge-back")
    check_division(facts.division)
    check_draft(drafted, facts)
    if command.replaces is not None:
        check_replaced(facts.replaced)
    return [drafted]


def counted(command: Drafted, facts: ChargeBackFacts) -> tuple[income.CostPool, ...]:
    """The pools with the headcounts of the period's last day, which is not ahead."""
    if not any(map(takes_headcount, command.pools)):
        return command.pools
    if command.period.end > facts.today:
        detail = f"It is {facts.today} today, and the period ends on {command.period.end}: nobody is counted yet."
        raise Refused("headcount-known", detail, "Wait for the end of the period, or state the values.")
    return with_headcounts(command.method, command.receivers, command.pools, facts.headcounts)


def drafted_as(charge: ChargeBack) -> income.ChargeBackDrafted:
    """The draft a charge-back came from."""
    return income.ChargeBackDrafted(**{name: getattr(charge, name) for name in income.ChargeBackDrafted.model_fields})


def redraft(charge: ChargeBack, command: RedraftChargeBack, facts: ChargeBackFacts) -> Events:
    """What is issued stays as it is."""
    kept: dict[str, Any] = {"division_id": charge.division_id, "replaces": charge.replaces}
    drafted = income.ChargeBackDrafted(**vars(command) | {"pools": counted(command, facts)}, **kept)
    if drafted == drafted_as(charge):
        return []
    require(charge, ChargeBackStatus.DRAFTED, ChargeBackStatus.CALCULATED)
    check_draft(drafted, facts)
    return [drafted]


def check_draft(drafted: income.ChargeBackDrafted, facts: ChargeBackFacts) -> None:
    """Receivers are known and open, and none has a pool; amounts are exact, in one currency."""
    if unknown := [str(each) for each in drafted.receivers if each not in facts.open_receivers]:
        detail = f"Finance knows no open division {', '.join(unknown)}."
        raise Refused("receiver-not-known", detail, "Name divisions that exist in people and are open.")
    serving = {drafted.division_id, *(pool.division_id for pool in drafted.pools)}
    if both := [str(each) for each in drafted.receivers if each in serving]:
        detail = f"{', '.join(both)} cannot bear costs that it charges."
        raise Refused("receiver-has-no-pool", detail, "Name the division as a pool or as a receiver.")
    for pool in drafted.pools:
        check_amount(pool, drafted.currency)
    within_range(sum((pool.amount.amount for pool in drafted.pools), Decimal(0)), drafted.currency)


def check_amount(pool: income.CostPool, currency: str) -> None:
    """A pool is in the charge-back's currency, with no more decimals than it has."""
    if pool.amount.currency != currency:
        detail = f"'{pool.name}' is in {pool.amount.currency}, the charge-back in {currency}."
        raise Refused("currency-differs", detail, f"State the amount in {currency}.")
    if not is_exact(pool.amount.amount, currency):
        detail = f"{pool.amount.amount:f} has more decimals than {currency}."
        raise Refused("amount-exact", detail, "State the amount in whole minor units.")


def check_replaced(replaced: ChargeBack | None) -> None:
    """Only an issued charge-back with a disputed line is revised."""
    if replaced is None:
        raise Refused("charge-back-not-known", "There is no such charge-back.", "Name one that exists, or none.")
    if replaced.status is not ChargeBackStatus.ISSUED or not replaced.disputed:
        detail = f"The charge-back is {replaced.status}, and no line of it waits as disputed."
        raise Refused("replaces-disputed", detail, "Revise an issued charge-back that is disputed.")


def require(charge: ChargeBack, *allowed: ChargeBackStatus) -> None:
    """A charge-back goes drafted -> calculated -> issued -> settled or replaced."""
    if charge.status not in allowed:
        detail = f"The charge-back is {charge.status}; only one that is {' or '.join(allowed)} can do this."
        raise Refused("charge-back-in-order", detail, "Calculate it, issue it, and settle it when all have answered.")


def calculate(charge: ChargeBack) -> Events:
    """Shares sum to 100 %, and lines to the cost."""
    require(charge, ChargeBackStatus.DRAFTED, ChargeBackStatus.CALCULATED)
    shares = shared_out(charge.method, charge.receivers, charge.pools)
    if shares == charge.shares:
        return []
    lines = lines_of(charge.receivers, shares, charge.currency)
    total = Money(amount=sum((line.amount.amount for line in lines), Decimal(0)), currency=charge.currency)
    return [income.ChargeBackCalculated(shares=shares, lines=lines, total=total)]


def issue(charge: ChargeBack, facts: ChargeBackFacts) -> Events:
    """What was calculated is issued once."""
    require(charge, ChargeBackStatus.CALCULATED)
    if charge.replaces is not None:
        check_replaced(facts.replaced)
    assert charge.total is not None, "it is calculated"
    lines = tuple(income.StatementLine(division_id=line.division_id, amount=line.amount) for line in charge.lines)
    return [
        income.ChargeBackIssued(
            division_id=charge.division_id,
            period=charge.period,
            lines=lines,
            total=charge.total,
            issued_by=facts.actor.id,
            issued_for=facts.actor.for_whom,
        )
    ]


def replacing(
    _command: IssueChargeBack, _before: ChargeBack, charge: ChargeBack, facts: ChargeBackFacts
) -> Sequence[IssuedCommand]:
    """The charge-back that was disputed is replaced in the same append."""
    if charge.replaces is None:
        return []
    return [IssuedCommand(CHARGE_BACK, charge.replaces, ReplaceChargeBack(by=facts.id))]


def answer(charge: ChargeBack, command: AnswerCommand, facts: ChargeBackFacts) -> Events:
    """A receiver accepts or disputes its own line; finance upholds what is disputed."""
    line = next((each for each in charge.lines if each.division_id == command.division_id), None)
    if line is None:
        raise Refused("line-unknown", "The division has no line in this charge-back.", "Name one of its receivers.")
    require(charge, ChargeBackStatus.ISSUED)
    match command:
        case AcceptCharge():
            return accept(line, facts)
        case DisputeCharge(reason=reason):
            return dispute(line, reason)
        case UpholdCharge(reason=reason):
            return uphold(line, reason)
        case _:
            assert_never(command)


def check_unanswered(line: ChargeLine, *allowed: LineStatus) -> None:
    if line.status not in allowed:
        detail = f"The line is {line.status}; only one that is {' or '.join(allowed)} can be answered so."
        raise Refused("line-answered", detail, "Leave the answer as it is.")


def accept(line: ChargeLine, facts: ChargeBackFacts) -> Events:
    """Who disputed a line may accept it after all."""
    if line.status is LineStatus.ACCEPTED:
        return []
    check_unanswered(line, LineStatus.OPEN, LineStatus.DISPUTED)
    by, for_whom = facts.actor.id, facts.actor.for_whom
    return [income.ChargeAccepted(division_id=line.division_id, accepted_by=by, accepted_for=for_whom)]


def dispute(line: ChargeLine, reason: Line) -> Events:
    """A line is disputed until it is answered."""
    if line.status is LineStatus.DISPUTED and line.reason == reason:
        return []
    check_unanswered(line, LineStatus.OPEN)
    return [income.ChargeDisputed(division_id=line.division_id, reason=reason)]


def uphold(line: ChargeLine, reason: Line) -> Events:
    """Only a disputed line needs it."""
    if line.status is LineStatus.UPHELD and line.reason == reason:
        return []
    check_unanswered(line, LineStatus.DISPUTED)
    return [income.ChargeUpheld(division_id=line.division_id, reason=reason)]


def settle(charge: ChargeBack) -> Events:
    """Nothing is settled while somebody has not answered, or disputes."""
    if charge.status is ChargeBackStatus.SETTLED:
        return []
    require(charge, ChargeBackStatus.ISSUED)
    if waiting := [str(line.division_id) for line in charge.lines if line.status not in ANSWERED]:
        detail = f"The lines of {', '.join(waiting)} are neither accepted nor upheld."
        raise Refused("lines-answered", detail, "Wait for their answers; uphold disputed ones or revise the charge.")
    assert charge.total is not None, "it is issued"
    return [income.ChargeBackSettled(total=charge.total)]


def evolve(state: ChargeBack | None, event: ChargeBackEvent) -> ChargeBack:
    match event:
        case income.ChargeBackDrafted():
            return ChargeBack(**vars(event))
    charge = existing(state)
    match event:
        case income.ChargeBackCalculated(shares=shares, lines=lines, total=total):
            stated = tuple(ChargeLine(division_id=line.division_id, amount=line.amount) for line in lines)
            return charge.but(status=ChargeBackStatus.CALCULATED, shares=shares, lines=stated, total=total)
        case income.ChargeBackIssued(issued_by=by, issued_for=for_whom):
            issuers = tuple(each for each in (by, for_whom) if each is not None)
            return charge.but(status=ChargeBackStatus.ISSUED, issued_by=issuers)
        case income.ChargeAccepted(division_id=id):
            return with_answer(charge, id, LineStatus.ACCEPTED, None)
        case income.ChargeDisputed(division_id=id, reason=reason):
            return with_answer(charge, id, LineStatus.DISPUTED, reason)
        case income.ChargeUpheld(division_id=id, reason=reason):
            return with_answer(charge, id, LineStatus.UPHELD, reason)
        case income.ChargeBackReplaced(by=by_id):
            return charge.but(status=ChargeBackStatus.REPLACED, replaced_by=by_id)
        case income.ChargeBackSettled():
            return charge.but(status=ChargeBackStatus.SETTLED)
        case _:
            assert_never(event)


def with_answer(charge: ChargeBack, id: UUID, status: LineStatus, reason: Line | None) -> ChargeBack:
    """The charge-back with the answer to one line."""
    lines = tuple(line.but(status=status, reason=reason) if line.division_id == id else line for line in charge.lines)
    return charge.but(
        lines=lines,
        disputed=any(line.status is LineStatus.DISPUTED for line in lines),
        answered=all(line.status in ANSWERED for line in lines),
    )


CHARGE_BACK = Decider(kind="charge-back", state=ChargeBack, events=ChargeBackEvent, decide=decide, evolve=evolve)
