"""The public events of currencies: rates of exchange, each of a pair and a day."""

from datetime import date
from decimal import Decimal
from uuid import NAMESPACE_OID, UUID, uuid5

from contracts.base import PublicEvent, Value
from contracts.values import Currency, Line


class AppliedRate(Value):
    """The rate at which an amount was converted, and the day it is of; it stays as it was, whatever is corrected."""

    base: Currency
    quote: Currency
    day: date
    rate: Decimal


class RateStated(PublicEvent):
    """On this day one unit of ``base`` was worth ``rate`` units of ``quote``."""

    base: Currency
    quote: Currency
    day: date
    rate: Decimal
    source: Line


class RateCorrected(PublicEvent):
    """The rate was wrong: from now on this one holds; what was converted keeps the rate it was converted at."""

    rate: Decimal
    was: Decimal
    reason: Line


def rate_id(base: str, quote: str, day: date) -> UUID:
    """The id of the rate of a pair and a day."""
    return uuid5(NAMESPACE_OID, f"rate {base}/{quote} {day}")


EVENTS: tuple[type[PublicEvent], ...] = (RateStated, RateCorrected)
