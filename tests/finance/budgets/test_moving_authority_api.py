"""Supplements and transfers within an authority matrix, over HTTP."""

from uuid import UUID, uuid4

import pytest

from tests.business import Json, done, euros, refused
from tests.finance.alone import FinanceAlone
from tests.today import TODAY


@pytest.fixture(scope="module")
def divisions(business: FinanceAlone) -> tuple[str, str]:
    """A division whose money finance controllers move up to 100 EUR, and one below it, whose money they all move."""
    above = business.division()
    below = business.division(above)
    business.settle()
    matrix, day = f"/authority-matrices/{UUID(int=0)}", {"valid_from": str(TODAY)}
    entries = [
        {"role": "finance-controller", "up_to": euros(100), "second_above": "50", "division_id": above},
        {"role": "executive", "up_to": euros(9000), "division_id": above},
        {"role": "finance-controller", "up_to": euros(9000), "division_id": below},
        {"role": "finance-controller", "up_to": euros(9000)},
    ]
    done(business.controller.post(f"{matrix}/set", json={**day, "entries": entries, "reason": "As agreed."}))
    done(business.executive.post(f"{matrix}/approve", json=day))
    return above, below


def test_a_supplement_is_ordered_by_who_may_move_the_money_of_the_budget_above(
    business: FinanceAlone, divisions: tuple[str, str]
) -> None:
    above, below = divisions
    parent = business.division_budget(above, 1000)
    child = business.division_budget(below, 100, parent=parent)
    path, because = f"/division-budgets/{child}/supplement", {"reason": "An audit."}
    refused(business.controller.post(path, json={"amount": euros(101), **because}), "authority-limit", 403)
    refused(business.controller.post(path, json={"amount": euros(51), **because}), "second-approver", 403)
    done(business.controller.post(path, json={"amount": euros(50), **because}))
    done(business.executive.post(path, json={"amount": euros(101), **because}))


def test_a_transfer_is_ordered_by_who_may_move_the_money_of_the_giving_division(
    business: FinanceAlone, divisions: tuple[str, str]
) -> None:
    above, _ = divisions
    elsewhere = business.division()
    business.settle()
    giving, other = (
        business.division_budget(above, 1000, year=TODAY.year + 1),
        business.division_budget(elsewhere, 1000),
    )

    def out(of: str, to: str) -> tuple[str, Json]:
        said = {"transfer_id": str(uuid4()), "other_budget_id": to, "amount": euros(101), "reason": "Priorities."}
        return f"/division-budgets/{of}/transfer-out", said

    path, said = out(giving, other)
    refused(business.controller.post(path, json=said), "authority-limit", 403)
    done(business.executive.post(path, json=said))
    path, said = out(other, giving)
    done(business.controller.post(path, json=said))
