"""IncomeSource: what a division expects from a source, what it earned, and what of it came in or is written off."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Command, Decider, Refused, State, existing, new
from contracts.finance import income
from contracts.values import Currency, Day, Line, Money, Name, Period
from services.finance.budgets.domain.money import check_currency, check_positive, shown, within_range, zero
from services.finance.currencies.domain.rounding import ExactMoney, ListedCurrency
from services.finance.organisation.domain.known import DivisionFacts, check_division


class ForecastOfPeriod(State):
    """What is expected for a period; earlier forecasts are in the history."""

    period: Period
    amount: Money


class Receipt(State):
    """Money that came in for an entry."""

    amount: Money
    received_on: date
    reference: Line


class Earning(State):
    """An earned entry: who recorded it, what came in for it, and what of it is written off."""

    amount: Money
    earned_on: date
    reference: Line
    recorded_by: tuple[str, ...]
    receipts: Mapping[UUID, Receipt] = {}
    written_off: Money | None = None

    @property
    def open(self) -> Money:
        """Earned - received - written off."""
        received = sum((receipt.amount.amount for receipt in self.receipts.values()), Decimal(0))
        gone = self.written_off.amount if self.written_off else Decimal(0)
        return Money(amount=self.amount.amount - received - gone, currency=self.amount.currency)


class IncomeSource(State):
    """A source as it stands, all amounts in its currency; ``forecasts`` has the one that holds for each period.

    ``outstanding`` = earned - received - written off. ``entries`` are the earned ones by their id.
    """

    division_id: UUID
    name: Name
    currency: Currency
    period: Period
    forecast: Money
    earned: Money
    received: Money
    written_off: Money
    outstanding: Money
    forecasts: tuple[ForecastOfPeriod, ...] = ()
    entries: Mapping[UUID, Earning] = {}


class OpenIncomeSource(Command):
    """Open a source of income of a division, for a period and in one currency."""

    division_id: UUID
    name: Name
    currency: ListedCurrency
    period: Period


class ForecastIncome(Command):
    """State what is expected for a period within the source's; it replaces what was expected for it before."""

    period: Period
    amount: ExactMoney
    reason: Line


class RecordEarnedIncome(Command):
    """Record what is owed for something delivered. Repeating it with the same facts changes nothing."""

    entry_id: UUID
    amount: ExactMoney
    earned_on: Day
    reference: Line


class ReverseEarnedIncome(Command):
    """Take a wrong entry back whole."""

    entry_id: UUID
    reason: Line


class RecordReceivedIncome(Command):
    """Record money that came in for an entry. Repeating it with the same facts changes nothing."""

    receipt_id: UUID
    entry_id: UUID
    amount: ExactMoney
    received_on: Day
    reference: Line


class ReverseReceivedIncome(Command):
    """Take a wrong receipt back whole."""

    receipt_id: UUID
    entry_id: UUID
    reason: Line


class WriteOffIncome(Command):
    """Give up what is open of an entry."""

    entry_id: UUID
    reason: Line


EntryCommand = RecordEarnedIncome | ReverseEarnedIncome | RecordReceivedIncome | ReverseReceivedIncome | WriteOffIncome
IncomeCommand = OpenIncomeSource | ForecastIncome | EntryCommand
ChangeOfIncome = (
    income.IncomeForecast
    | income.IncomeEarned
    | income.IncomeEarnedReversed
    | income.IncomeReceived
    | income.IncomeReceivedReversed
    | income.IncomeWrittenOff
)
IncomeEvent = income.IncomeSourceOpened | ChangeOfIncome
Events = Sequence[IncomeEvent]
MOST_FORECASTS, MOST_ENTRIES, MOST_RECEIPTS = 120, 1_000, 20
"""The bounds of a source: periods, entries, and receipts of each entry."""


def decide(state: IncomeSource | None, command: IncomeCommand, facts: DivisionFacts) -> Events:
    if isinstance(command, OpenIncomeSource):
        return open_source(state, command, facts)
    source = existing(state)
    match command:
        case ForecastIncome():
            return forecast(source, command)
        case RecordEarnedIncome():
            return earn(source, command, facts)
        case ReverseEarnedIncome():
            return reverse_earned(source, command)
        case RecordReceivedIncome():
            return receive(source, command, facts)
        case ReverseReceivedIncome():
            return reverse_received(source, command)
        case WriteOffIncome():
            return write_off(source, command)
        case _:
            assert_never(command)


def open_source(state: IncomeSource | None, command: OpenIncomeSource, facts: DivisionFacts) -> Events:
    """A source belongs to an open division."""
    opened = income.IncomeSourceOpened(**vars(command))
    if (
        state is not None
        and income.IncomeSourceOpened(**{name: getattr(state, name) for name in vars(opened)}) == opened
    ):
        return []
    new(state, "source of income")
    check_division(facts.division)
    return [opened]


def forecast(source: IncomeSource, command: ForecastIncome) -> Events:
    """Forecasts lie within the source's period and do not overlap, so that their sum counts nothing twice."""
    before = next((each.amount for each in source.forecasts if each.period == command.period), None)
    if before == command.amount:
        return []
    check_currency(source.currency, command.amount)
    if command.amount.amount < 0:
        raise Refused("amount-not-negative", f"{shown(command.amount)} is less than 0.", "State 0 or more.")
    check_period(source, command.period)
    if before is None and len(source.forecasts) >= MOST_FORECASTS:
        detail = f"There are forecasts for {len(source.forecasts)} periods already."
        raise Refused("too-many-forecasts", detail, "Open a source for the next period.")
    replaced = before or zero(source.currency)
    total = within_range((source.forecast + command.amount - replaced).amount, source.currency)
    return [income.IncomeForecast(**vars(command), replaced=before, total=total)]


def check_period(source: IncomeSource, period: Period) -> None:
    """A forecast's period is within the source's, and the one of another forecast or apart from all."""
    if not (source.period.start <= period.start and period.end <= source.period.end):
        detail = f"The source covers {source.period.start} to {source.period.end}."
        raise Refused("within-period", detail, "Name days within it.")
    for each in source.forecasts:
        if each.period != period and each.period.start <= period.end and period.start <= each.period.end:
            detail = f"There is a forecast for {each.period.start} to {each.period.end} already."
            raise Refused("periods-overlap", detail, "Name that very period, or one apart from it.")


def earn(source: IncomeSource, command: RecordEarnedIncome, facts: DivisionFacts) -> Events:
    """An entry is recorded once by its id, above 0, of a day that has come within the source's period."""
    known = source.entries.get(command.entry_id)
    if known is not None:
        if (known.amount, known.earned_on, known.reference) == (command.amount, command.earned_on, command.reference):
            return []
        detail = f"The entry exists with {shown(known.amount)} for '{known.reference}'."
        raise Refused("entry-differs", detail, "Reverse it, and record another one under another id.")
    check_amount(source, command.amount)
    check_past(command.earned_on, facts)
    if not source.period.start <= command.earned_on <= source.period.end:
        detail = f"The source covers {source.period.start} to {source.period.end}."
        raise Refused("within-period", detail, "Record it with the source of its day.")
    if len(source.entries) >= MOST_ENTRIES:
        detail = f"The source has {len(source.entries)} entries."
        raise Refused("too-many-entries", detail, "Open another source for the rest of the period.")
    earned = within_range((source.earned + command.amount).amount, source.currency)
    actor = facts.actor
    return [income.IncomeEarned(**vars(command), earned=earned, recorded_by=actor.id, recorded_for=actor.for_whom)]


def check_amount(source: IncomeSource, amount: Money) -> None:
    """Entries and receipts are above 0, in the source's currency."""
    check_currency(source.currency, amount)
    check_positive(amount)


def check_past(day: date, facts: DivisionFacts) -> None:
    if day > facts.today:
        raise Refused("not-in-the-future", f"{day} is after today, {facts.today}.", "State today or an earlier day.")


def entry_of(source: IncomeSource, entry_id: UUID) -> Earning:
    """The entry a command names."""
    entry = source.entries.get(entry_id)
    if entry is None:
        detail = "There is no such entry, or it is reversed already."
        raise Refused("entry-unknown", detail, "Name an entry that is not reversed.")
    return entry


def reverse_earned(source: IncomeSource, command: ReverseEarnedIncome) -> Events:
    """A wrong entry is taken back whole, once nothing has come in for it any more."""
    entry = entry_of(source, command.entry_id)
    if entry.receipts or entry.written_off is not None:
        detail = "Money came in for the entry, or it is written off."
        raise Refused("entry-untouched", detail, "Reverse its receipts first; what is written off stays.")
    return [income.IncomeEarnedReversed(**vars(command), amount=entry.amount, earned=source.earned - entry.amount)]


def receive(source: IncomeSource, command: RecordReceivedIncome, facts: DivisionFacts) -> Events:
    """A receipt is recorded once by its id, and no more comes in for an entry than is open of it."""
    entry = entry_of(source, command.entry_id)
    known = entry.receipts.get(command.receipt_id)
    if known is not None:
        if known == Receipt(amount=command.amount, received_on=command.received_on, reference=command.reference):
            return []
        detail = f"The receipt exists with {shown(known.amount)} for '{known.reference}'."
        raise Refused("receipt-differs", detail, "Reverse it, and record another one under another id.")
    check_amount(source, command.amount)
    check_past(command.received_on, facts)
    if command.amount.amount > entry.open.amount:
        detail = f"{shown(command.amount)} exceeds the {shown(entry.open)} open of {shown(entry.amount)} earned."
        raise Refused("received-within-earned", detail, "Record what was earned first, or less.")
    if len(entry.receipts) >= MOST_RECEIPTS:
        detail = f"The entry has {len(entry.receipts)} receipts."
        raise Refused("too-many-receipts", detail, "Record the rest in one receipt.")
    return [income.IncomeReceived(**vars(command), received=source.received + command.amount)]


def reverse_received(source: IncomeSource, command: ReverseReceivedIncome) -> Events:
    """A wrong receipt is taken back whole; what is written off stays."""
    receipt = entry_of(source, command.entry_id).receipts.get(command.receipt_id)
    if receipt is None:
        detail = "There is no such receipt, or it is reversed already."
        raise Refused("receipt-unknown", detail, "Name a receipt of that entry that is not reversed.")
    received = source.received - receipt.amount
    return [income.IncomeReceivedReversed(**vars(command), amount=receipt.amount, received=received)]


def write_off(source: IncomeSource, command: WriteOffIncome) -> Events:
    """What is open of an entry is written off together."""
    entry = entry_of(source, command.entry_id)
    if entry.open.amount == 0:
        raise Refused("nothing-open", "Nothing is open of the entry.", "Name an entry that is not settled.")
    written_off = source.written_off + entry.open
    return [income.IncomeWrittenOff(**vars(command), amount=entry.open, written_off=written_off)]


def evolve(state: IncomeSource | None, event: IncomeEvent) -> IncomeSource:
    match event:
        case income.IncomeSourceOpened(currency=currency):
            figures = dict.fromkeys(["forecast", "earned", "received", "written_off", "outstanding"], zero(currency))
            return IncomeSource(**vars(event), **figures)
    source = after(existing(state), event)
    return source.but(outstanding=source.earned - source.received - source.written_off)


def after(source: IncomeSource, event: ChangeOfIncome) -> IncomeSource:
    """The source after an event, its outstanding amount aside."""
    match event:
        case income.IncomeForecast(period=period, amount=amount, total=total):
            others = [each for each in source.forecasts if each.period != period]
            forecasts = sorted([*others, ForecastOfPeriod(period=period, amount=amount)], key=starts)
            return source.but(forecasts=tuple(forecasts), forecast=total)
        case income.IncomeEarned(entry_id=id, earned=earned):
            return source.but(entries={**source.entries, id: earning(event)}, earned=earned)
        case income.IncomeEarnedReversed(entry_id=id, earned=earned):
            left = {known: entry for known, entry in source.entries.items() if known != id}
            return source.but(entries=left, earned=earned)
        case income.IncomeReceived(entry_id=id, received=received):
            return with_entry(source, id, received_for(source.entries[id], event)).but(received=received)
        case income.IncomeReceivedReversed(entry_id=id, receipt_id=receipt_id, received=received):
            entry = source.entries[id]
            receipts = {known: receipt for known, receipt in entry.receipts.items() if known != receipt_id}
            return with_entry(source, id, entry.but(receipts=receipts)).but(received=received)
        case income.IncomeWrittenOff(entry_id=id, amount=amount, written_off=written_off):
            entry = source.entries[id]
            gone = amount if entry.written_off is None else entry.written_off + amount
            return with_entry(source, id, entry.but(written_off=gone)).but(written_off=written_off)
        case _:
            assert_never(event)


def starts(forecast: ForecastOfPeriod) -> date:
    return forecast.period.start


def earning(event: income.IncomeEarned) -> Earning:
    """The entry of an event."""
    recorders = (event.recorded_by, event.recorded_for)
    return Earning(
        amount=event.amount,
        earned_on=event.earned_on,
        reference=event.reference,
        recorded_by=tuple(each for each in recorders if each is not None),
    )


def received_for(entry: Earning, event: income.IncomeReceived) -> Earning:
    """The entry with a receipt more."""
    receipt = Receipt(amount=event.amount, received_on=event.received_on, reference=event.reference)
    return entry.but(receipts={**entry.receipts, event.receipt_id: receipt})


def with_entry(source: IncomeSource, id: UUID, entry: Earning) -> IncomeSource:
    return source.but(entries={**source.entries, id: entry})


INCOME_SOURCE = Decider(kind="income-source", state=IncomeSource, events=IncomeEvent, decide=decide, evolve=evolve)
