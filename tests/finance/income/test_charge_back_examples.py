"""The charge-back rows of the published worked examples agree, to the cent or the whole dollar they are printed in."""

import csv
import os
import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from contracts.finance.income import ChargeBackMethod, CostPool, Driver, DriverValue, PoolShare
from contracts.values import Money
from services.finance.income.domain.allocation import lines_of, shared_out

pytestmark = pytest.mark.real_data

DEPARTMENTS = (UUID(int=1), UUID(int=2))
SERVICES = (UUID(int=11), UUID(int=12))


def example(case: str) -> dict[str, str]:
    with Path(os.environ["PORTOLAN_REAL_DATA_FOLDER"], "worked-examples.csv").open(encoding="utf-8") as file:
        return next(row for row in csv.DictReader(file) if row["case"] == case)


def numbers(text: str) -> list[Decimal]:
    return [Decimal(found) for found in re.findall(r"\d+(?:\.\d+)?", text)]


def pool(place: int, amount: Decimal, currency: str, bearers: Sequence[UUID], weights: Sequence[Decimal]) -> CostPool:
    values = (DriverValue(division_id=id, value=value) for id, value in zip(bearers, weights, strict=True))
    money = Money(amount=amount, currency=currency)
    name = f"Pool {place}"
    return CostPool(
        name=name,
        division_id=SERVICES[place] if place < 2 else None,
        amount=money,
        driver=Driver.MANUAL,
        values=tuple(values),
    )


def parts(shares: Sequence[PoolShare], place: int) -> list[Decimal]:
    return [share.amount.amount for share in shares if share.pool == f"Pool {place}"]


def test_three_pools_are_shared_out_directly_and_sum_to_the_cost() -> None:
    row = example("W08")
    stated = re.findall(r"(\d+) by \w+ (\d+):(\d+)", row["given"])
    pools = [
        pool(place, Decimal(amount), "USD", DEPARTMENTS, [Decimal(one), Decimal(other)])
        for place, (amount, one, other) in enumerate(stated)
    ]
    shares = shared_out(ChargeBackMethod.DIRECT, DEPARTMENTS, pools)
    *printed, total = row["expected"].split("; ")
    assert [parts(shares, place) for place in range(3)] == [numbers(each) for each in printed]
    lines = lines_of(DEPARTMENTS, shares, "USD")
    assert [sum(line.amount.amount for line in lines)] == numbers(total)


def test_a_service_department_is_charged_before_its_own_turn_and_never_after_it() -> None:
    row = example("W10")
    first, second, own = row["given"].split("; ")
    amount, *hours = numbers(first)
    later, received, *employees = numbers(second)
    bearers = (SERVICES[1], *DEPARTMENTS)
    # Printed in whole dollars: a currency without decimals is rounded alike.
    pools = [pool(0, amount, "JPY", bearers, hours), pool(1, later, "JPY", DEPARTMENTS, employees)]
    shares = shared_out(ChargeBackMethod.STEP_DOWN, DEPARTMENTS, pools)
    one, two, in_all = row["expected"].split("; ")
    assert parts(shares, 0) == numbers(one)
    assert parts(shares, 0)[0] == received
    assert parts(shares, 1) == numbers(two)
    lines = [line.amount.amount for line in lines_of(DEPARTMENTS, shares, "JPY")]
    sums = [own + line for own, line in zip(numbers(own), lines, strict=True)]
    assert [*sums, sum(sums)] == numbers(in_all)
