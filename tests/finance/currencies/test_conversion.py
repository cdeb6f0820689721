"""Amounts in another currency: rounded once, half to even; a total is the sum of its shown parts."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as some

from chassis.domain.decider import Refused
from contracts.finance.currencies import AppliedRate
from contracts.values import Money
from services.finance.currencies.domain.conversion import applied, convert, converted, total
from services.finance.currencies.domain.rounding import is_exact, split

DAY = date(2026, 11, 20)


def money(amount: str, currency: str) -> Money:
    return Money(amount=Decimal(amount), currency=currency)


def rate(base: str, quote: str, value: str) -> AppliedRate:
    return AppliedRate(base=base, quote=quote, day=DAY, rate=Decimal(value))


@pytest.mark.parametrize(
    ("amount", "value", "currency", "expected"),
    [
        ("100.00", "0.9254", "EUR", "92.54"),
        ("0.25", "0.5", "EUR", "0.12"),
        ("0.75", "0.5", "EUR", "0.38"),
        ("-0.25", "0.5", "EUR", "-0.12"),
        ("1.00", "162.5", "JPY", "162"),
        ("3.00", "162.5", "JPY", "488"),
        ("1.00", "0.3855", "BHD", "0.386"),
    ],
)
def test_an_amount_is_rounded_to_the_even_neighbour_in_minor_units(
    amount: str, value: str, currency: str, expected: str
) -> None:
    assert convert(money(amount, "USD"), Decimal(value), currency) == money(expected, currency)


def test_no_rate_is_guessed() -> None:
    with pytest.raises(Refused) as refused:
        applied(money("5", "USD"), "EUR", DAY, None)
    assert refused.value.rule == "rate-missing"
    assert refused.value.detail == "There is no rate of USD in EUR for 2026-11-20."


def test_no_rate_is_needed_in_the_same_currency() -> None:
    assert applied(money("5.123456", "EUR"), "EUR", DAY, None) == (money("5.123456", "EUR"), None)


def test_what_becomes_too_large_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        convert(money("1000000000", "EUR"), Decimal("1000001"), "IDR")
    assert refused.value.rule == "amount-too-large"


CENTS = some.integers(min_value=-(10**9), max_value=10**9).map(lambda cents: Decimal(cents) / 100)
FACTORS = some.decimals(min_value=Decimal("0.0001"), max_value=10_000, places=6)


@for_all(amounts=some.tuples(CENTS, CENTS, CENTS), usd=FACTORS, jpy=FACTORS)
def test_a_total_is_the_sum_of_its_shown_parts(
    amounts: tuple[Decimal, Decimal, Decimal], usd: Decimal, jpy: Decimal
) -> None:
    parts = {own: {"spent": amount} for own, amount in zip(("EUR", "USD", "JPY"), amounts, strict=True)}
    rates = {"USD": rate("USD", "EUR", str(usd)), "JPY": rate("JPY", "EUR", str(jpy))}
    shown = converted("EUR", DAY, parts, rates)
    assert total(shown) == {"spent": sum(part.converted["spent"] for part in shown)}
    assert all(is_exact(part.converted["spent"], "EUR") for part in shown)
    assert [part.rate for part in shown] == [None, rates["JPY"], rates["USD"]]


@for_all(
    cents=some.integers(min_value=1, max_value=10**9),
    value=FACTORS,
    weights=some.lists(some.integers(1, 100), min_size=1),
)
def test_what_is_converted_is_split_into_parts_that_sum_to_it(cents: int, value: Decimal, weights: list[int]) -> None:
    whole = convert(Money(amount=Decimal(cents) / 100, currency="USD"), value, "EUR")
    parts = split(whole, [Decimal(weight) for weight in weights])
    assert sum(part.amount for part in parts) == whole.amount
