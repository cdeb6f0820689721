"""The rounding and allocation rows of the published worked examples agree."""

import csv
import os
import re
from decimal import Decimal
from pathlib import Path

import pytest

from contracts.values import Money
from services.finance.currencies.domain.rounding import apportion, rounded, split

pytestmark = pytest.mark.real_data


def examples(topic: str) -> list[dict[str, str]]:
    """The rows of a topic."""
    with Path(os.environ["PORTOLAN_REAL_DATA_FOLDER"], "worked-examples.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["topic"] == topic]


def numbers(text: str) -> list[Decimal]:
    return [Decimal(found) for found in re.findall(r"-?\d+(?:\.\d+)?", text)]


def test_halves_are_rounded_to_the_even_neighbour() -> None:
    rows = examples("rounding half even")
    assert [row["case"] for row in rows] == ["W16", "W17"]
    for row in rows:
        for given, expected in zip(numbers(row["given"]), numbers(row["expected"]), strict=True):
            assert rounded(given, "JPY") == expected, row["case"]
            assert rounded(given / 100, "USD") == expected / 100, row["case"]


def test_cents_go_by_largest_remainder_and_then_to_the_first() -> None:
    (five,) = (row for row in examples("allocation") if row["case"] == "W11")
    one, other, three = five["expected"].split("; ")
    for parts, ratio in zip((one, other), re.findall(r"\d+:\d+", five["given"]), strict=True):
        assert [*apportion(5, [Decimal(each) for each in ratio.split(":")])] == numbers(parts)
    eight = Money(amount=Decimal("8.00"), currency="USD")
    assert [part.amount for part in split(eight, [Decimal(1)] * 3)] == numbers(three)


def test_parts_of_one_sum_to_it_where_plain_rounding_loses_a_cent() -> None:
    (row,) = (row for row in examples("allocation") if row["case"] == "W12")
    ratio, whole = row["given"].split(",")[0].split(" of ")
    weights = [Decimal(each) for each in ratio.split(":")]
    parts = split(Money(amount=Decimal(whole), currency="USD"), weights)
    assert [part.amount for part in parts] == numbers(row["expected"])
