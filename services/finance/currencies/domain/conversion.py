"""Amounts in another currency: at a rate of a day, rounded once, half to even, to the currency's minor units."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, localcontext

from chassis.domain.decider import Refused
from contracts.base import Value
from contracts.finance.currencies import AppliedRate
from contracts.values import Amount, Currency, Money
from services.finance.currencies.domain.rounding import rounded

LARGEST = Decimal(10) ** 15


def convert(amount: Money, rate: Decimal, currency: str) -> Money:
    """The amount in another currency, in its minor units (banker's rounding)."""
    with localcontext(prec=60):
        product = amount.amount * rate
    if abs(product) > LARGEST:
        detail = f"{amount.amount:,f} {amount.currency} would be more than {LARGEST:,f} {currency}."
        raise Refused("amount-too-large", detail, "Check the amount and the rate.")
    return Money(amount=rounded(product, currency), currency=currency)


def share(amount: Money, part: Decimal, whole: Money) -> Decimal:
    """What a part of ``whole`` is of ``amount``, which ``whole`` is worth: parts that make the whole are all of it."""
    if amount.currency == whole.currency:
        return part
    with localcontext(prec=60):
        return rounded(amount.amount * part / whole.amount, amount.currency)


def applied(amount: Money, currency: str, day: date, rate: AppliedRate | None) -> tuple[Money, AppliedRate | None]:
    """The amount in a currency with the rate it took; none is needed where it is in that currency already."""
    if amount.currency == currency:
        return amount, None
    if rate is None:
        raise missing(amount.currency, currency, day)
    return convert(amount, rate.rate, currency), rate


def missing(base: str, quote: str, day: date) -> Refused:
    """No rate is guessed: neither another day's, unless policy says how old one may be, nor the other way round."""
    return Refused(
        "rate-missing",
        f"There is no rate of {base} in {quote} for {day}.",
        "State the rate of that pair for the day; policy says how many days old a rate may be.",
    )


Parts = Mapping[str, Mapping[str, Decimal]]
"""Figures by name, by the currency they are in."""


class Converted(Value):
    """A part of a total: what it is in its own currency, and in the reporting currency at this rate."""

    currency: Currency
    amounts: Mapping[str, Amount]
    converted: Mapping[str, Amount]
    rate: AppliedRate | None


def converted(currency: str, day: date, parts: Parts, rates: Mapping[str, AppliedRate | None]) -> list[Converted]:
    """The parts in a reporting currency, by the currency they are in."""
    shown = []
    for own, amounts in sorted(parts.items()):
        inside = {
            name: applied(Money(amount=amount, currency=own), currency, day, rates.get(own))[0].amount
            for name, amount in amounts.items()
        }
        shown.append(Converted(currency=own, amounts=amounts, converted=inside, rate=rates.get(own)))
    return shown


def total(parts: list[Converted]) -> dict[str, Decimal]:
    """The sum of the parts as they are shown: a total is never converted by itself."""
    sums: dict[str, Decimal] = {}
    for part in parts:
        for name, amount in part.converted.items():
            sums[name] = sums.get(name, Decimal(0)) + amount
    return sums
