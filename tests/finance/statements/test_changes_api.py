"""Changes between two days over HTTP, with who submitted and who approved."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from tests.business import Json, done, euros, items
from tests.finance.alone import FinanceAlone
from tests.finance.spending.test_spending_api import ordered, submitted
from tests.today import TODAY

PATH = "/statements/changes"


@pytest.fixture(scope="module")
def division(business: FinanceAlone) -> str:
    return business.division()


@pytest.fixture(scope="module")
def budget(business: FinanceAlone, division: str) -> str:
    """A budget of a division below, with a supplement, a transfer, an order, an expense and one taken back."""
    below, other = business.division(division), business.division()
    business.settle()
    budget, receiver = business.division_budget(below, 1000), business.division_budget(other, 10)
    more = {"amount": euros(200), "reason": "More."}
    done(business.controller.post(f"/division-budgets/{budget}/supplement", json=more))
    moved = {"transfer_id": str(uuid4()), "other_budget_id": receiver, "amount": euros(50), "reason": "Priorities."}
    done(business.controller.post(f"/division-budgets/{budget}/transfer-out", json=moved))
    ordered(business.controller, budget, 70)
    for amount, is_wrong in ((30, False), (20, True)):
        expense = submitted(business.controller, budget, amount)
        done(business.executive.post(f"/expenses/{expense}/approve", json={}))
        if is_wrong:
            done(business.controller.post(f"/expenses/{expense}/reverse", json={"reason": "Wrong."}))
    return budget


def asked(division: str, **more: str | int) -> dict[str, str | int]:
    return {"division_id": division, "from": str(TODAY - timedelta(days=5)), "to": str(TODAY), **more}


def test_changes_name_who_submitted_and_approved_and_sum_to_the_difference(
    business: FinanceAlone, division: str, budget: str
) -> None:
    found: Json = done(business.controller.get(PATH, params=asked(division)))
    (between,) = found["budgets"]
    assert between["budget_id"] == budget
    assert (between["before"]["current"], between["after"]["current"]) == ("0", "1150")
    statement: Json = done(business.controller.get(f"/division-budgets/{budget}/statement"))["figures"]
    for name, figure in statement.items():
        assert sum(Decimal(each["change"][name]) for each in found["items"]) == Decimal(figure), name
    by_kind = {each["kind"]: each for each in found["items"]}
    assert set(by_kind) >= {"approved", "supplemented", "transferred", "ordered", "spent", "reversed"}
    controller, executive = by_kind["supplemented"]["by"], by_kind["approved"]["by"]
    assert controller != executive
    for kind in ("approved", "spent"):
        assert (by_kind[kind]["submitted_by"], by_kind[kind]["approved_by"]) == (controller, executive), kind
    assert [by_kind["spent"]["record_kind"], by_kind["ordered"]["record_kind"]] == ["expense", "commitment"]
    assert (by_kind["reversed"]["change"]["spent"], by_kind["reversed"]["by"]) == ("-20", controller)


@pytest.mark.usefixtures("budget")
def test_changes_are_filtered_sorted_and_paged(business: FinanceAlone, division: str) -> None:
    client = business.controller
    whole = items(client.get(PATH, params=asked(division)))
    (moved,) = items(client.get(PATH, params=asked(division, kind="transferred")))
    assert (moved["change"]["available"], moved["change"]["transferred_out"]) == ("-50", "50")
    paged: list[Json] = []
    token: str | None = None
    for _ in whole:
        page: Json = done(
            client.get(PATH, params=asked(division, page_size=1, **({"page_token": token} if token else {})))
        )
        paged, token = [*paged, *page["items"]], page["next_page_token"]
    assert (paged, token) == (whole, None)
    down = [
        Decimal(each["change"]["available"])
        for each in items(client.get(PATH, params=asked(division, sort="-available")))
    ]
    assert down == sorted(down, reverse=True)
    past = asked(division, known_at="2020-01-01T00:00:00Z")
    assert items(client.get(PATH, params=past)) == []
    wrong = client.get(PATH, params={**asked(division), "to": str(TODAY - timedelta(days=9))})
    assert wrong.status_code == 422
