"""The rules of rounding and splitting."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from contracts.values import Money
from services.finance.currencies.domain.rounding import (
    MINOR_UNITS,
    ExactMoney,
    ListedCurrency,
    apportion,
    minor_units,
    rounded,
    split,
)

WEIGHTS = st.lists(st.decimals(0, 10**6, places=4), min_size=1, max_size=30).filter(any)


def euros(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


def test_a_currency_has_the_decimals_that_iso_4217_lists() -> None:
    assert {code: minor_units(code) for code in ("JPY", "EUR", "IQD", "CLF")} == {
        "JPY": 0,
        "EUR": 2,
        "IQD": 3,
        "CLF": 4,
    }


@pytest.mark.parametrize("code", ["ZZZ", "XAU", "XXX", "DEM", "eur"])
def test_what_iso_4217_lists_no_decimals_for_is_no_currency(code: str) -> None:
    with pytest.raises(ValueError, match="no currency"):
        minor_units(code)
    with pytest.raises(ValidationError):
        TypeAdapter(ListedCurrency).validate_python(code)


@pytest.mark.parametrize(("amount", "currency"), [("0.001", "EUR"), ("0.5", "JPY"), ("1", "ZZZ")])
def test_more_decimals_than_the_currency_has_come_in_nowhere(amount: str, currency: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(ExactMoney).validate_python({"amount": amount, "currency": currency})


def test_zeros_behind_the_decimals_of_a_currency_are_none() -> None:
    assert TypeAdapter(ExactMoney).validate_python({"amount": "1.500000", "currency": "EUR"}) == euros("1.50")


def test_a_half_is_rounded_to_the_even_neighbour() -> None:
    assert [rounded(Decimal(each), "EUR") for each in ("0.025", "0.035", "-0.025")] == [
        Decimal("0.02"),
        Decimal("0.04"),
        Decimal("-0.02"),
    ]


def test_ties_go_to_the_first() -> None:
    assert split(euros("8.00"), [Decimal(1)] * 3) == (euros("2.67"), euros("2.67"), euros("2.66"))


def test_a_credit_is_split_as_the_charge_is() -> None:
    assert split(euros("-8.00"), [Decimal(1)] * 3) == (euros("-2.67"), euros("-2.67"), euros("-2.66"))


@pytest.mark.parametrize("weights", [[], [Decimal(0)], [Decimal(2), Decimal(-1)]])
def test_nothing_is_split_by_weights_that_say_nothing(weights: list[Decimal]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        split(euros("1"), weights)


def test_an_amount_between_two_minor_units_is_not_split() -> None:
    with pytest.raises(ValueError, match="more than the 2 decimals"):
        split(euros("0.001"), [Decimal(1)])


@given(st.integers(-(10**17), 10**17), WEIGHTS, st.sampled_from(sorted(MINOR_UNITS)))
def test_parts_sum_to_the_whole(units: int, weights: list[Decimal], currency: str) -> None:
    whole = Money(amount=Decimal(units).scaleb(-minor_units(currency)), currency=currency)
    assert sum((part.amount for part in split(whole, weights)), Decimal(0)) == whole.amount


@given(st.integers(0, 10**17), WEIGHTS)
def test_a_part_is_within_one_unit_of_its_share_and_without_weight_there_is_none(
    units: int, weights: list[Decimal]
) -> None:
    for part, weight in zip(apportion(units, weights), weights, strict=True):
        assert abs(part * sum(weights) - units * weight) < sum(weights)
        assert weight or not part
