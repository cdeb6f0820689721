"""The risk rows of the published worked examples agree."""

import csv
import os
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from contracts.portfolio import risks
from services.portfolio.risks.domain.risk_policy import Position, controlled, score
from tests.portfolio.risks.story import IMPACT, POLICY_ID, in_force, policy

pytestmark = pytest.mark.real_data

# The published scales of five steps, by their first and last names.
STEPS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("rare", "almost certain"): ("rare", "unlikely", "moderate", "likely", "almost certain"),
    ("insignificant", "severe"): IMPACT,
    ("1", "5"): ("1", "2", "3", "4", "5"),
}
LEVELS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("very low", "very high"): ("very low", "low", "medium", "high", "very high")
}
PRODUCTS = policy(("00000",) * 5)


def examples(topic: str) -> list[dict[str, str]]:
    """The rows of a topic."""
    with Path(os.environ["PORTOLAN_REAL_DATA_FOLDER"], "worked-examples.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["topic"] == topic]


def named(text: str, names: Mapping[tuple[str, str], tuple[str, ...]]) -> tuple[str, ...]:
    """The names between a first and a last one."""
    first, last = text.split("..")
    return names[first.strip(), last.strip()]


def number(name: str, text: str) -> Decimal:
    found = re.search(rf"{name} ([\d.]+)", text)
    assert found, (name, text)
    return Decimal(found[1])


def product(likelihood: Decimal, impact: Decimal, appetite: str = "25") -> risks.RiskScore:
    place = Position.model_validate({"likelihood": likelihood, "impact": impact})
    return score(in_force(PRODUCTS.model_copy(update={"appetite": Decimal(appetite)})), POLICY_ID, place, "current")


def test_scores_are_within_an_appetite_that_they_do_not_exceed() -> None:
    for row in examples("risk appetite"):
        appetite = number("appetite of the category", row["given"])
        made = product(number("likelihood", row["given"]), number("consequence", row["given"]), str(appetite))
        assert made.number == number("score", row["expected"])
        assert made.within is ("within appetite" in row["expected"])


def test_levels_are_those_of_the_published_matrices() -> None:
    compared = 0
    for row in examples("risk matrix"):
        form = re.fullmatch(r"rows likelihood (.+), columns impact (.+?): ([\d ]+) \((.+)\)", row["given"])
        assert form, row
        listed = re.findall(r"\d+ ([a-z ]+?)(?= \d| \.\.|$)", form[4])
        levels = named("..".join(listed), LEVELS) if ".." in form[4] else tuple(listed)
        likelihood, impact = named(form[1], STEPS), named(form[2], STEPS)
        matrix = in_force(policy(form[3].split(), likelihood=likelihood, impact=impact, levels=levels, numbered=True))
        for one, other, level in re.findall(
            r"(?:^|; )(?:likelihood )?([\w ]+?) x (?:impact )?([\w ]+?) = ([a-z ]+)", row["expected"]
        ):
            place = Position(likelihood=one.strip(), impact=other.strip())
            assert score(matrix, POLICY_ID, place, "current").level == level.strip(), (row["case"], one, other)
            compared += 1
    assert compared >= 6


def test_residual_scores_are_exact() -> None:
    for row in examples("risk residual"):
        inherent = product(number("likelihood", row["given"]), number("impact", row["given"]))
        assert inherent.number == number("inherent", row["expected"])
        left = controlled(in_force(PRODUCTS), POLICY_ID, inherent, number("effectiveness", row["given"]))
        assert left.number == number("residual", row["expected"])
        further = re.findall(r"(\d)x(\d)=\d+", row["note"])
        shares, lefts = (re.findall(r"\d+(?:\.\d+)?", part) for part in row["note"].split("with")[1].split(":"))
        for (one, other), share, expected in zip(further, shares, lefts, strict=True):
            inherent = product(Decimal(one), Decimal(other))
            left = controlled(in_force(PRODUCTS), POLICY_ID, inherent, Decimal(share))
            assert left.number == Decimal(expected)
