"""The figures of earned value, against published examples and their exact values."""

import csv
import os
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from services.portfolio.planning.domain.earned_value import Figure, Lacking, Measured, earned_value, total

SIX = Decimal("0.000001")
COLUMNS = ("cv", "sv", "cpi", "spi", "eac_cpi", "eac_atypical", "eac_composite", "etc", "vac", "tcpi_bac", "tcpi_eac")
NAMES = {"cv": "CV", "sv": "SV", "cpi": "CPI", "spi": "SPI", "etc": "ETC", "vac": "VAC"}


def measured(row: dict[str, str]) -> Measured:
    pv = Fraction(row["PV"]) if row["PV"] else None
    return Measured(bac=Fraction(row["BAC"]), pv=pv, ev=Fraction(row["EV"]), ac=Fraction(row["AC"]))


def agrees(figure: Figure, exact: str) -> bool:
    """Whether a figure is the one of the file, which has six decimals."""
    if isinstance(figure, Lacking):
        return exact == str(figure)
    return exact not in ("", "undefined") and abs(Fraction(exact) - figure) <= Fraction(str(SIX))


@pytest.mark.real_data
def test_published_examples_agree_with_their_exact_values() -> None:
    with Path(os.environ["PORTOLAN_REAL_DATA_FOLDER"], "evm-shared.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 10
    compared = 0
    for row in rows:
        found = earned_value(measured(row))
        for name in COLUMNS:
            exact = row["exact_" + NAMES.get(name, name.replace("tcpi", "TCPI").replace("eac_", "EAC_", 1))]
            if name == "tcpi_eac":
                exact = row["exact_TCPI_eac"]
            assert agrees(getattr(found, name), exact), (row["case"], name, getattr(found, name), exact)
            compared += 1
    assert compared == len(rows) * len(COLUMNS)


def test_what_would_divide_by_zero_is_undefined_and_never_zero() -> None:
    nothing_spent = earned_value(Measured(bac=Fraction(100), pv=Fraction(10), ev=Fraction(5)))
    assert nothing_spent.cpi is Lacking.UNDEFINED
    assert nothing_spent.eac_cpi is Lacking.UNDEFINED
    assert nothing_spent.tcpi_eac is Lacking.UNDEFINED
    assert nothing_spent.spi == Fraction(1, 2)
    assert earned_value(Measured(bac=Fraction(100), ac=Fraction(5))).spi is Lacking.UNDEFINED


def test_work_left_and_nothing_left_to_spend_cannot_be_attained() -> None:
    overspent = Measured(bac=Fraction(100), pv=Fraction(90), ev=Fraction(80), ac=Fraction(100))
    assert earned_value(overspent).tcpi_bac is Lacking.NOT_ATTAINABLE
    more = Measured(bac=Fraction(100), pv=Fraction(90), ev=Fraction(80), ac=Fraction(120))
    assert earned_value(more).tcpi_bac is Lacking.NOT_ATTAINABLE
    done = Measured(bac=Fraction(100), pv=Fraction(100), ev=Fraction(100), ac=Fraction(120))
    assert earned_value(done).tcpi_bac == 0


def test_indices_of_several_projects_come_from_their_sums() -> None:
    cheap = Measured(bac=Fraction(100), pv=Fraction(50), ev=Fraction(50), ac=Fraction(25))
    dear = Measured(bac=Fraction(1000), pv=Fraction(500), ev=Fraction(400), ac=Fraction(800))
    found = earned_value(total([cheap, dear]))
    assert found.cpi == Fraction(450, 825)
    assert found.cpi != (Fraction(2) + Fraction(1, 2)) / 2
