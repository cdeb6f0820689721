"""Rate: what one unit of a currency was worth in another one on a day; a corrected rate is a new event."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import BeforeValidator, Field, WithJsonSchema

from chassis.domain.decider import Command, Decider, Facts, Refused, State, existing, new
from contracts.finance import currencies
from contracts.finance.currencies import rate_id
from contracts.values import Currency, Day, Line
from services.finance.currencies.domain.rounding import ListedCurrency

MOST_UNITS, PLACES = 1_000_000_000, 12
TEXT = {"type": "string", "pattern": r"^\d{1,10}(\.\d{1,12})?$", "examples": ["1.0812"]}


def _exact(rate: object) -> object:
    if isinstance(rate, float):
        raise ValueError('send rates as text, such as "1.0812": numbers with a point lose digits on their way')
    return rate


ExchangeRate = Annotated[
    Decimal,
    Field(gt=0, le=MOST_UNITS, max_digits=22, decimal_places=PLACES, allow_inf_nan=False),
    BeforeValidator(_exact),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1, "maximum": MOST_UNITS}, TEXT]}, mode="validation"),
]
"""Units of one currency for a unit of another: above 0, at most a milliard, with at most twelve decimals."""


class Rate(State):
    """A rate as it stands: one unit of ``base`` is worth ``rate`` units of ``quote``."""

    base: Currency
    quote: Currency
    day: date
    rate: Decimal
    source: Line


class StateRate(Command):
    """State the rate of a pair of currencies on a day. Repeating it with the same facts changes nothing."""

    base: ListedCurrency
    quote: ListedCurrency
    day: Day
    rate: ExchangeRate
    source: Line


class CorrectRate(Command):
    """Correct a rate that was stated wrongly; what was converted keeps the rate it was converted at."""

    rate: ExchangeRate
    reason: Line


RateCommand = StateRate | CorrectRate
RateEvent = currencies.RateStated | currencies.RateCorrected
Events = Sequence[RateEvent]


def id_of(command: StateRate) -> UUID:
    """There is one rate for a pair and a day."""
    return rate_id(command.base, command.quote, command.day)


def decide(state: Rate | None, command: RateCommand, facts: Facts) -> Events:
    match command:
        case StateRate():
            return stated(state, command, facts)
        case CorrectRate(rate=rate, reason=reason):
            was = existing(state).rate
            return [] if rate == was else [currencies.RateCorrected(rate=rate, was=was, reason=reason)]
        case _:
            assert_never(command)


def stated(state: Rate | None, command: StateRate, facts: Facts) -> Events:
    """A rate is between two currencies, and of a day that has come."""
    event = currencies.RateStated(**vars(command))
    if state is not None and state == evolve(None, event):
        return []
    new(state, "rate")
    if command.base == command.quote:
        detail = f"{command.base} is always worth 1 {command.quote}."
        raise Refused("two-currencies", detail, "Name two different currencies.")
    if command.day > facts.today:
        raise Refused("not-in-the-future", f"It is {facts.today} today.", "State today or an earlier day.")
    return [event]


def evolve(state: Rate | None, event: RateEvent) -> Rate:
    match event:
        case currencies.RateStated():
            return Rate(**vars(event))
        case currencies.RateCorrected(rate=rate):
            return existing(state).but(rate=rate)
        case _:
            assert_never(event)


RATE = Decider(kind="rate", state=Rate, events=RateEvent, decide=decide, evolve=evolve)
