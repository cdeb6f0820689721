"""Totals of divisions' budgets: of those in force, each currency by itself, money passed on counted once."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from services.reporting.money.queries import Spend, totals

ZERO = Decimal(0)


def budget(current: int, status: str = "approved", currency: str = "EUR", **figures: int) -> Spend:
    names = ("to_projects", "to_below", "reserved", "own_committed", "own_spent", "carried_over")
    known: dict[str, Any] = {name: Decimal(figures.get(name, 0)) for name in names}
    known |= {"allotted": known["to_projects"] + known["to_below"], "committed": ZERO, "actual": ZERO}
    known |= {"id": uuid4(), "division_id": uuid4(), "division": "D", "fiscal_year": 2026, "estimate": ZERO}
    free = Decimal(current) - known["carried_over"] - known["allotted"] - known["reserved"]
    free -= known["own_committed"] + known["own_spent"]
    known |= {"original": Decimal(current), "current": Decimal(current), "free": free}
    return Spend(status=status, currency=currency, **known)


def test_money_passed_on_to_a_budget_below_counts_once() -> None:
    (total,) = totals([budget(100, to_below=60, own_spent=10), budget(60, to_projects=20, reserved=5)])
    assert (total.current, total.free) == (Decimal(100), Decimal(65))
    assert total.current == total.free + total.to_projects + total.reserved + total.own_committed + total.own_spent


def test_what_is_only_proposed_is_in_no_total() -> None:
    (total,) = totals([budget(100), budget(900, "submitted"), budget(70, "closed", carried_over=70)])
    assert (total.current, total.carried_over, total.free) == (Decimal(170), Decimal(70), Decimal(100))


def test_currencies_are_never_added() -> None:
    assert [(each.currency, each.current) for each in totals([budget(1), budget(2, currency="NOK")])] == [
        ("EUR", Decimal(1)),
        ("NOK", Decimal(2)),
    ]
