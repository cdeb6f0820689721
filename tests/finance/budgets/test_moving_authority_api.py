"""Supplements and transfers within an authority matrix, over HTTP."""

from decimal import Decimal
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.roles import Role
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


def test_two_approve_what_is_above_the_amount_and_the_money_then_moves_in_one_append(
    business: FinanceAlone, divisions: tuple[str, str]
) -> None:
    above, _ = divisions
    elsewhere = business.division()
    business.settle()
    giving = business.division_budget(above, 1000, year=TODAY.year + 2)
    other = business.division_budget(elsewhere, 1000, year=TODAY.year + 2)
    path, id = f"/division-budgets/{giving}", str(uuid4())
    said = {"transfer_id": id, "other_budget_id": other, "amount": euros(60), "reason": "Priorities."}
    done(business.controller.post(f"{path}/transfer-out", json=said))
    assert currents(business, giving, other) == [1000, 1000]
    approve = {"movement_id": id}
    refused(business.controller.post(f"{path}/approve-movement", json=approve), "second-approver-is-another", 403)
    another = business.system("finance", Role.FINANCE_CONTROLLER, subject=str(uuid4()))
    waits = "approve the movement of money as the second one, or withdraw it"
    assert giving in desk(another, waits)
    assert giving not in desk(business.controller, waits)
    done(another.post(f"{path}/approve-movement", json=approve))
    assert currents(business, giving, other) == [940, 1060]
    done(another.post(f"{path}/approve-movement", json=approve))
    assert currents(business, giving, other) == [940, 1060]
    assert giving not in desk(another, waits)


def test_two_approve_a_supplement_and_one_of_them_can_withdraw_it(
    business: FinanceAlone, divisions: tuple[str, str]
) -> None:
    budget = business.division_budget(divisions[0], 1000, year=TODAY.year + 3)
    another = business.system("finance", Role.FINANCE_CONTROLLER, subject=str(uuid4()))
    path, supplement = f"/division-budgets/{budget}", {"amount": euros(70), "reason": "An audit."}
    done(business.controller.post(f"{path}/supplement", json=supplement))
    refused(another.post(f"{path}/supplement", json=supplement), "one-supplement-waits")
    done(another.post(f"{path}/approve-movement", json={"movement_id": budget}))
    assert currents(business, budget) == [1070]
    done(business.controller.post(f"{path}/supplement", json=supplement))
    done(another.post(f"{path}/withdraw-movement", json={"movement_id": budget, "reason": "Too much."}))
    refused(another.post(f"{path}/approve-movement", json={"movement_id": budget}), "movement-waits")
    assert currents(business, budget) == [1070]


def currents(business: FinanceAlone, *budgets: str) -> list[Decimal]:
    found = [done(business.controller.get(f"/division-budgets/{id}")) for id in budgets]
    return [Decimal(each["current"]["amount"]) for each in found]


def desk(client: httpx.Client, what: str) -> list[str]:
    """The budgets of what awaits somebody."""
    return [each["id"] for each in done(client.get("/desk"))["decisions"] if each["what"] == what]
