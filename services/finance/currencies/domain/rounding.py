"""Amounts in the minor units of their currency (ISO 4217): rounding to them, and parts that sum to the whole."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from typing import Annotated

import iso4217
from pydantic import AfterValidator

from contracts.values import Currency, Money

MINOR_UNITS: Mapping[str, int] = {
    currency.code: currency.exponent for currency in iso4217.Currency if currency.exponent is not None
}
"""Decimals by currency, as the maintenance agency lists them; gold, funds and test codes have none and are missing."""


def minor_units(currency: str) -> int:
    """How many decimals a currency has; ``ValueError`` where ISO 4217 lists no such money."""
    if currency not in MINOR_UNITS:
        raise ValueError(f"{currency} is no currency of ISO 4217 in which amounts are counted")
    return MINOR_UNITS[currency]


def _listed(currency: str) -> str:
    minor_units(currency)
    return currency


def _exact(money: Money) -> Money:
    if not is_exact(money.amount, money.currency):
        places = minor_units(money.currency)
        raise ValueError(f"{money.amount:f} has more than the {places} decimals of {money.currency}")
    return money


ListedCurrency = Annotated[Currency, AfterValidator(_listed)]
"""A currency that ISO 4217 lists."""
ExactMoney = Annotated[Money, AfterValidator(_exact)]
"""An amount of a listed currency with no more decimals than it has: what comes in is never rounded silently."""


def is_exact(amount: Decimal, currency: str) -> bool:
    """Return whether an amount has no more decimals than its currency."""
    return rounded(amount, currency) == amount


def is_counted(amount: Decimal, currency: str) -> bool:
    """Return whether a currency is listed, and an amount has no more decimals than it."""
    return currency in MINOR_UNITS and is_exact(amount, currency)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """The amount in whole minor units, a half to the even neighbour (banker's rounding, IEEE 754 roundTiesToEven)."""
    with localcontext(prec=60):
        return amount.quantize(Decimal(1).scaleb(-minor_units(currency)), rounding=ROUND_HALF_EVEN)


def split(total: Money, weights: Sequence[Decimal]) -> tuple[Money, ...]:
    """Parts of an amount in proportion to the weights, in whole minor units; they sum to it exactly.

    ``ValueError`` where the amount has more decimals than its currency, and where ``apportion`` raises it.
    """
    places = minor_units(_exact(total).currency)
    parts = apportion(int(total.amount.scaleb(places)), weights)
    return tuple(Money(amount=Decimal(part).scaleb(-places), currency=total.currency) for part in parts)


def apportion(units: int, weights: Sequence[Decimal]) -> tuple[int, ...]:
    """Whole parts in proportion to the weights, by largest remainder (Hamilton's method), ties to the first in order.

    A negative total is split as its opposite is. ``ValueError`` where no weight is above 0, or one is below.
    """
    whole = sum(map(Fraction, weights), Fraction(0))
    if whole <= 0 or min(weights) < 0:
        raise ValueError("the weights of a split are 0 or more, and one of them is above 0")
    if units < 0:
        return tuple(-part for part in apportion(-units, weights))
    quotas = [units * Fraction(weight) / whole for weight in weights]
    parts = [quota.numerator // quota.denominator for quota in quotas]
    places = sorted(range(len(quotas)), key=lambda place: parts[place] - quotas[place])
    for place in places[: units - sum(parts)]:
        parts[place] += 1
    return tuple(parts)
