"""How requests are scored: weighted criteria, and weighted shortest job first."""

import csv
import os
import re
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from contracts.portfolio.requests import Criterion
from services.portfolio.requests.domain import scoring
from services.portfolio.requests.domain.criteria_set import DefineCriteriaSet
from services.portfolio.requests.domain.request.rules import ScoreByWsjf

VALUE = Criterion(name="Value", weight=Decimal(3))
EFFORT = Criterion(name="Effort", weight=Decimal(1), inverted=True)
LAW = Criterion(name="Law", weight=Decimal(1), mandatory=True)


def points(**values: int) -> dict[str, Decimal]:
    return {name.title(): Decimal(value) for name, value in values.items()}


def test_a_score_is_the_mean_of_the_values_by_their_weights() -> None:
    even = Criterion(name="Fit", weight=Decimal(1))
    assert scoring.weighted([VALUE, even], points(value=80, fit=40)) == Decimal(70)


def test_an_inverted_criterion_counts_what_it_lacks() -> None:
    assert scoring.weighted([VALUE, EFFORT], points(value=80, effort=90)) == Decimal("62.5")


def test_a_mandatory_criterion_scores_100_when_it_is_met_and_only_then() -> None:
    assert scoring.weighted([VALUE, LAW], points(value=0, law=100)) == Decimal(100)
    assert scoring.weighted([VALUE, LAW], points(value=0, law=99)) == Decimal("24.75")


def test_an_inverted_mandatory_criterion_is_met_by_nothing() -> None:
    spared = LAW.model_copy(update={"inverted": True})
    assert scoring.weighted([VALUE, spared], points(value=0, law=0)) == Decimal(100)


def test_a_third_is_rounded_half_up_to_four_decimals() -> None:
    two = Criterion(name="Two", weight=Decimal(2))
    one = Criterion(name="One", weight=Decimal(1))
    assert scoring.weighted([two, one], points(two=100, one=0)) == Decimal("66.6667")


@pytest.mark.parametrize("weight", ["0", "-1"])
def test_a_weight_of_nothing_or_less_is_no_weight(weight: str) -> None:
    body = {"name": "Ours", "criteria": [{"name": "Value", "weight": weight}]}
    with pytest.raises(ValidationError) as refused:
        DefineCriteriaSet.model_validate(body)
    assert refused.value.errors()[0]["loc"] == ("criteria", 0, "weight")


def test_one_criterion_at_most_is_mandatory_and_each_is_named_once() -> None:
    other = LAW.model_copy(update={"name": "Audit"})
    for criteria, why in (((LAW, other), "at most one criterion is mandatory"), ((LAW, LAW), "named once")):
        with pytest.raises(ValidationError, match=why):
            DefineCriteriaSet(name="Ours", criteria=criteria)


def test_a_job_without_size_is_no_job() -> None:
    parts = {"value": "1", "time_criticality": "1", "risk_reduction": "1", "job_size": "0"}
    with pytest.raises(ValidationError) as refused:
        ScoreByWsjf.model_validate(parts)
    assert refused.value.errors()[0]["loc"] == ("job_size",)


def test_wsjf_is_the_cost_of_delay_divided_by_the_size_of_the_job() -> None:
    assert scoring.wsjf(*map(Decimal, (100, 50, 20, 10))) == Decimal(17)
    assert scoring.wsjf(*map(Decimal, (80, 30, 10, 5))) == Decimal(24)
    assert scoring.wsjf(*map(Decimal, (1, 0, 0, 3))) == Decimal("0.3333")


def numbers(text: str) -> list[Decimal]:
    return [Decimal(number) for number in re.findall(r"\d+(?:\.\d+)?", text)]


@pytest.mark.real_data
def test_every_worked_example_of_wsjf_agrees() -> None:
    path = Path(os.environ["PORTOLAN_REAL_DATA"]).with_name("worked-examples.csv")
    with path.open(newline="", encoding="utf-8") as file:
        examples = [row for row in csv.DictReader(file) if row["topic"] == "WSJF"]
    assert examples
    for row in examples:
        jobs = re.findall(r"[\d.]+ \+ [\d.]+ \+ [\d.]+ over [\d.]+", row["given"])
        found = [scoring.wsjf(*numbers(job)) for job in jobs]
        assert found == numbers(row["expected"])[: len(found)], row
        first = max(zip(found, "ABCDEFGH", strict=False))[1]
        assert f"{first} first" in row["expected"], row
