"""Savings over HTTP: kinds are never added together, what is due waits on finance's desk, transfers count once."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest

from contracts.roles import Role
from tests.business import Json, Post, done, euros, items, made, not_authorised, refused
from tests.finance.alone import FinanceAlone
from tests.harness import wait_until
from tests.today import TODAY

FOUND = {"realised": euros("380.50"), "evidence": "Ledger 4711.", "found_on": str(TODAY)}


@pytest.fixture(scope="module")
def place(business: FinanceAlone) -> tuple[str, Post]:
    return business.headed()


def identified(client: httpx.Client, place: tuple[str, Post], **changes: Any) -> str:
    division, head = place
    said: Json = {
        "name": "One licence for all",
        "kind": "cashable",
        "division_id": division,
        "owner_id": head.person,
        "baseline": euros(1000),
        "expected": euros(400),
        "due_on": str(TODAY),
    }
    return made(client.post("/savings-measures", json=said | changes))


def on(client: httpx.Client, measure: str, command: str, **body: Any) -> httpx.Response:
    return client.post(f"/savings-measures/{measure}/{command}", json=body)


def committed(business: FinanceAlone, place: tuple[str, Post], **changes: Any) -> str:
    measure = identified(business.controller, place, **changes)
    done(on(business.controller, measure, "validate", evidence="The contract."))
    done(on(business.as_person("finance", place[1]), measure, "commit"))
    return measure


def waiting(client: httpx.Client, measure: str) -> set[str]:
    return {item["what"] for item in done(client.get("/desk"))["decisions"] if item["id"] == measure}


def test_kinds_and_currencies_are_never_added_together(business: FinanceAlone) -> None:
    place, controller = business.headed(), business.controller
    identified(controller, place)
    identified(controller, place, kind="avoidance")
    dollars = {"amount": "70", "currency": "USD"}
    identified(controller, place, baseline=dollars, expected=dollars)
    valid = identified(controller, place)
    done(on(controller, valid, "validate", evidence="The contract."))
    committed(business, place)
    realised, missed = committed(business, place), committed(business, place)
    done(on(controller, realised, "realise", **FOUND))
    done(on(controller, missed, "miss", reason="The price rose.", found_on=str(TODAY)))
    done(on(controller, identified(controller, place), "withdraw", reason="Given up."))
    sums = items(controller.get("/savings-sums", params={"division_id": place[0]}))
    stages = ("identified", "validated", "committed", "realised", "missed")
    found = {(row["kind"], row["currency"]): [Decimal(row[stage]) for stage in stages] for row in sums}
    assert found == {
        ("avoidance", "EUR"): [400, 0, 0, 0, 0],
        ("cashable", "EUR"): [400, 400, 400, Decimal("380.50"), 400],
        ("cashable", "USD"): [70, 0, 0, 0, 0],
    }
    assert len(items(controller.get("/savings-sums"))) >= 3


def test_a_measure_whose_day_has_come_waits_for_a_controller_who_is_not_its_owner(
    business: FinanceAlone, place: tuple[str, Post]
) -> None:
    measure = committed(business, place)
    owner = business.as_person("finance", place[1], Role.FINANCE_CONTROLLER)
    due = "its day has come"
    wait_until(lambda: bool(done(owner.get(f"/savings-measures/{measure}"))["verdict_due"]), due)
    assert waiting(business.controller, measure) == {"confirm what was saved or not"}
    assert waiting(owner, measure) == set()
    refused(on(owner, measure, "realise", **FOUND), "owner-is-not-judge", 403)
    not_authorised(on(business.executive, measure, "realise", **FOUND))
    found = done(on(business.controller, measure, "realise", **FOUND))
    assert (found["status"], found["verdict"]["realised"], found["verdict_due"]) == ("realised", euros("380.50"), False)
    revised = done(on(business.controller, measure, "miss", reason="Counted twice.", found_on=str(TODAY)))
    assert (revised["status"], revised["first"]["realised"]) == ("missed", euros("380.50"))
    assert waiting(business.controller, measure) == set()


def test_a_transfer_lowers_a_budget_for_one_measure(business: FinanceAlone, place: tuple[str, Post]) -> None:
    budget, other = (business.division_budget(str(uuid4()), 1000) for _ in range(2))
    transfer = {"budget_id": budget, "transfer_id": str(uuid4())}
    one, second = committed(business, place), committed(business, place)
    refused(on(business.controller, one, "record-transfer", **transfer), "transfer-not-known")
    sent = {"transfer_id": transfer["transfer_id"], "other_budget_id": other, "amount": euros(300), "reason": "Saved."}
    done(business.controller.post(f"/division-budgets/{budget}/transfer-out", json=sent))
    into = transfer | {"budget_id": other}
    refused(on(business.controller, one, "record-transfer", **into), "transfer-not-known")
    recorded = done(on(business.controller, one, "record-transfer", **transfer))
    assert recorded["transfer"] == transfer | {"amount": euros(300)}
    refused(on(business.controller, second, "record-transfer", **transfer), "already-taken")


def test_an_owner_who_left_waits_to_be_replaced(business: FinanceAlone) -> None:
    division, _ = place = business.headed()
    owner, heir = business.post(division, "manager"), business.post(division, "manager")
    business.settle()
    measure = identified(business.controller, place, owner_id=owner.person)
    business.leave(owner)
    business.settle()
    assert "name another owner of the savings measure" in waiting(business.controller, measure)
    gone = {"owner_id": owner.person, "reason": "Back?"}
    refused(on(business.controller, identified(business.controller, place), "name-owner", **gone), "owner-is-active")
    named = done(on(business.controller, measure, "name-owner", owner_id=heir.person, reason="She left."))
    assert named["owner_id"] == heir.person


def test_a_manager_of_a_division_above_identifies_and_one_beside_does_not(business: FinanceAlone) -> None:
    division, _ = business.headed()
    below = business.headed(division)
    above, beside = business.post(division, "manager"), business.post(business.division(), "manager")
    business.settle()
    identified(business.as_person("finance", above, Role.MANAGER), below)
    said = done(business.controller.get(f"/savings-measures/{identified(business.controller, below)}"))
    names = ("name", "kind", "division_id", "owner_id", "baseline", "expected", "due_on")
    body = {name: said[name] for name in names}
    not_authorised(business.as_person("finance", beside, Role.MANAGER).post("/savings-measures", json=body))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"baseline": {"amount": "1000.001", "currency": "EUR"}}, "baseline"),
        ({"baseline": {"amount": 10.5, "currency": "EUR"}}, "baseline"),
        ({"baseline": {"amount": "1", "currency": "ZZZ"}}, "baseline"),
        ({"expected": {"amount": "1", "currency": "USD"}}, "expected"),
    ],
)
def test_what_is_no_amount_is_refused_by_its_field(
    business: FinanceAlone, place: tuple[str, Post], changed: Json, field: str
) -> None:
    said: Json = {"name": "x", "kind": "cashable", "division_id": place[0], "owner_id": place[1].person}
    amounts = {"baseline": euros(10), "expected": euros(5), "due_on": str(TODAY)}
    response = business.controller.post("/savings-measures", json=said | amounts | changed)
    assert response.status_code == 422, response.text
    assert field in response.text
