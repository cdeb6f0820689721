"""The end of a year over HTTP: previewed, stopped, approved, run by itself; what is closed stays closed."""

from typing import Any
from uuid import uuid4

import pytest

from contracts.roles import Role
from tests.business import Json, done, euros, items, made, refused
from tests.finance.alone import FinanceAlone
from tests.finance.spending.test_spending_api import ordered, submitted
from tests.harness import wait_until
from tests.today import TODAY

LAST = TODAY.year - 1
ALL = {"rules": [{"category": "software", "share": "100"}]}


@pytest.fixture
def tree(business: FinanceAlone) -> dict[str, str]:
    """A division and one below it, with their budgets of last year; this year's of the one above."""
    above = business.division()
    below = business.division(above)
    business.settle()
    root = business.division_budget(above, 1000, year=LAST)
    child = business.division_budget(below, 400, year=LAST, parent=root)
    coming = business.division_budget(above, 500)
    return {"above": above, "below": below, "root": root, "child": child, "coming": coming}


def prepared(business: FinanceAlone, tree: dict[str, str], **rules: Any) -> str:
    said = {"fiscal_year": LAST, "parent_budget_id": tree["root"], **(rules or ALL)}
    answer = business.controller.post("/year-ends", json=said)
    return str(done(answer)["id"] if answer.status_code == 200 else answer.json()["id"])


def budget(business: FinanceAlone, id: str) -> Json:
    return done(business.controller.get(f"/division-budgets/{id}"))


def charged(business: FinanceAlone, id: str) -> dict[str, float]:
    return {name: float(amount) for name, amount in budget(business, id)["charged"]["software"].items()}


def closed(business: FinanceAlone, year_end: str) -> Json:
    done(business.executive.post(f"/year-ends/{year_end}/approve", json={}))
    path = f"/year-ends/{year_end}"
    wait_until(lambda: done(business.controller.get(path))["status"] == "done", "the year is closed")
    return done(business.controller.get(path))


def test_what_stands_in_the_way_is_listed_and_stops_the_approval(business: FinanceAlone, tree: dict[str, str]) -> None:
    year_end = prepared(business, tree, rules=[])
    preview = done(business.controller.get(f"/year-ends/{year_end}/preview"))
    assert (preview["budgets"], preview["without_rule"], preview["without_next"]) == (2, ["software"], [])
    path = f"/year-ends/{year_end}/approve"
    refused(business.controller.post(path, json={}), "preparer-is-not-approver", 403)
    refused(business.executive.post(path, json={}), "rule-missing")
    assert prepared(business, tree) == year_end
    assert done(business.controller.get(f"/year-ends/{year_end}/preview"))["without_next"] == [tree["below"]]
    refused(business.executive.post(path, json={}, headers={"prefer": "dry-run"}), "next-budget-missing")
    waiting = [entry["what"] for entry in done(business.executive.get("/desk"))["decisions"] if entry["id"] == year_end]
    assert waiting == ["approve the year end"]


def test_a_year_is_closed_to_the_cent_and_its_orders_go_on_in_the_next(
    business: FinanceAlone, tree: dict[str, str]
) -> None:
    order = ordered(business.controller, tree["child"], 120)
    expense = submitted(business.controller, tree["child"], 80)
    done(business.executive.post(f"/expenses/{expense}/approve", json={}))
    coming = business.division_budget(tree["below"], 100, parent=tree["coming"])
    year_end = prepared(business, tree, rules=[{"category": "software", "share": "25"}])
    preview = done(business.controller.get(f"/year-ends/{year_end}/preview"))
    seen = {each["budget_id"]: each["totals"] for each in preview["items"]}
    # 400 - 80 - 120 = 200 are free, a quarter of them is carried with the order's 120.
    assert [float(seen[tree["child"]][name]) for name in ("spent", "carried", "lapsed")] == [80, 170, 150]
    after = closed(business, year_end)
    assert (after["closed"], after["totals"]["EUR"]) == (2, preview["totals"][0]["totals"])
    old, new, above = (budget(business, id) for id in (tree["child"], coming, tree["coming"]))
    assert (old["status"], old["carried_to"], float(old["lapsed"])) == ("closed", coming, 150)
    assert (float(new["current"]["amount"]), float(new["charged"]["software"]["committed"])) == (270, 120)
    # The one above got its own quarter of 600, and what the one below it got.
    assert float(above["current"]["amount"]) == 500 + 150 + 170
    assert done(business.executive.post(f"/year-ends/{year_end}/approve", json={}))["status"] == "done"
    done(business.controller.post(f"/commitments/{order}/release", json={"reason": "Not needed."}))
    done(business.controller.post(f"/expenses/{expense}/reverse", json={"reason": "Wrong."}))
    free = {"planned": 0, "committed": 0, "spent": -80, "reserved": 0}
    wait_until(lambda: charged(business, coming) == free, "what is given back is where the money is now")
    wait_until(lambda: not budget(business, tree["child"])["late"], "nothing is left in the closed budget")
    assert charged(business, tree["child"])["spent"] == 80
    check = done(business.controller.get("/figures-check", params={"page_size": 100}))
    assert check["differences"] == [], "orders of a year that were carried count in the next one"


def test_a_closed_year_refuses_what_is_new(business: FinanceAlone, tree: dict[str, str]) -> None:
    drafted = {"division_budget_id": tree["child"], "category": "software", "amount": euros(5), "reference": "Order 9"}
    order = made(business.controller.post("/commitments", json=drafted))
    business.division_budget(tree["below"], 100, parent=tree["coming"])
    closed(business, prepared(business, tree))
    refused(business.controller.post(f"/commitments/{order}/place-order", json={}), "period-closed")
    more = {"amount": euros(1), "reason": "More."}
    refused(business.controller.post(f"/division-budgets/{tree['root']}/supplement", json=more), "period-closed")
    moved = {"transfer_id": str(uuid4()), "other_budget_id": tree["coming"], **more}
    refused(business.controller.post(f"/division-budgets/{tree['root']}/transfer-out", json=moved), "period-closed")


def test_budgets_in_no_tree_are_closed_together_in_steps(business: FinanceAlone) -> None:
    year = TODAY.year - 7
    alone = [business.division_budget(str(uuid4()), 10, year=year) for _ in range(45)]
    said = {"fiscal_year": year, "rules": [{"category": "software", "share": "0"}]}
    year_end = made(business.controller.post("/year-ends", json=said))
    assert closed(business, year_end)["closed"] == 45
    assert {budget(business, id)["status"] for id in alone} == {"closed"}
    steps = [each["type"] for each in items(business.controller.get(f"/year-ends/{year_end}/history"))]
    assert steps == ["YearEndPrepared", "YearEndApproved", "YearEndAdvanced", "YearEndAdvanced", "YearEndDone"]


def test_who_only_manages_closes_no_year(business: FinanceAlone, tree: dict[str, str]) -> None:
    manager = business.system("finance", Role.MANAGER)
    assert manager.post("/year-ends", json={"fiscal_year": LAST, **ALL}).status_code == 403
