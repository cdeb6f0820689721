"""Charge-backs over HTTP: receivers answer for themselves, the desk says whose turn it is, a revision replaces."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from contracts.roles import Role
from tests.business import Json, Post, done, euros, items, made, not_authorised, refused
from tests.finance.alone import FinanceAlone
from tests.today import TODAY

Headed = list[tuple[str, Post]]


@pytest.fixture
def places(business: FinanceAlone) -> Headed:
    """A charging division, and two that are charged: one of them lies below a third."""
    above, _ = business.headed()
    return [business.headed(), business.headed(), business.headed(above)]


def draft(places: Headed, *values: str, **changes: Any) -> Json:
    serving, *receiving = (division for division, _ in places)
    stated = [{"division_id": id, "value": value} for id, value in zip(receiving, values, strict=False)]
    pool = {"name": "Servers", "division_id": None, "amount": euros(100), "driver": "users", "values": stated}
    period = {"start": str(TODAY), "end": str(TODAY)}
    of = {"division_id": serving, "name": "IT services", "period": period, "currency": "EUR", "method": "direct"}
    return of | {"receivers": receiving, "pools": [pool]} | changes


def on(client: httpx.Client, charge: str, command: str, **body: Any) -> httpx.Response:
    return client.post(f"/charge-backs/{charge}/{command}", json=body)


def issued(business: FinanceAlone, places: Headed, *values: str, **changes: Any) -> str:
    charge = made(business.controller.post("/charge-backs", json=draft(places, *values, **changes)))
    for command in ("calculate", "issue"):
        done(on(business.controller, charge, command))
    return charge


def waiting(client: httpx.Client, charge: str) -> list[str]:
    return [item["what"] for item in done(client.get("/desk"))["decisions"] if item["id"] == charge]


def test_a_receiver_without_a_value_is_named_and_nothing_is_charged(business: FinanceAlone, places: Headed) -> None:
    charge = made(business.controller.post("/charge-backs", json=draft(places, "2")))
    problem = refused(on(business.controller, charge, "calculate"), "driver-value-missing")
    assert places[2][0] in problem["detail"]
    assert done(business.controller.get(f"/charge-backs/{charge}"))["lines"] == []


def test_each_receiver_answers_for_itself_and_all_is_settled_then(business: FinanceAlone, places: Headed) -> None:
    charge, (_, (one, head), (other, second)) = issued(business, places, "2", "1"), places
    first, last = business.as_person("finance", head), business.as_person("finance", second)
    assert (waiting(first, charge), waiting(business.controller, charge)) == (["accept or dispute the charge"], [])
    not_authorised(on(last, charge, "accept", division_id=one))
    found = done(on(first, charge, "accept", division_id=one))
    assert [line["amount"] for line in found["lines"]] == [euros("66.67"), euros("33.33")]
    done(on(last, charge, "dispute", division_id=other, reason="Half of them left."))
    assert waiting(first, charge) == waiting(last, charge) == []
    assert waiting(business.controller, charge) == ["answer what is disputed of the charge"]
    refused(on(business.controller, charge, "settle"), "lines-answered")
    done(on(business.controller, charge, "uphold", division_id=other, reason="They were there all year."))
    assert waiting(business.controller, charge) == ["settle the charge-back"]
    assert done(on(business.controller, charge, "settle"))["status"] == "settled"


def test_the_head_of_a_division_above_answers_as_well(business: FinanceAlone) -> None:
    above, head = business.headed()
    places = [business.headed(), business.headed(above), business.headed()]
    charge = issued(business, places, "1", "1")
    client = business.as_person("finance", head)
    assert waiting(client, charge) == ["accept or dispute the charge"]
    done(on(client, charge, "accept", division_id=places[1][0]))


def test_a_disputed_charge_is_replaced_by_the_one_that_revises_it(business: FinanceAlone, places: Headed) -> None:
    charge, (other, second) = issued(business, places, "2", "1"), places[2]
    revised = draft(places, "3", "1", replaces=charge)
    refused(business.controller.post("/charge-backs", json=revised), "replaces-disputed")
    client = business.as_person("finance", second)
    done(on(client, charge, "dispute", division_id=other, reason="Half of them left."))
    successor = issued(business, places, "3", "1", replaces=charge)
    found = done(business.controller.get(f"/charge-backs/{charge}"))
    assert (found["status"], found["replaced_by"]) == ("replaced", successor)
    assert found["lines"][1]["amount"] == euros("33.33"), "what was issued does not move"
    assert waiting(client, charge) == []
    history = items(business.controller.get(f"/charge-backs/{charge}/history"))
    assert [event["type"] for event in history][-1] == "ChargeBackReplaced"


def test_nobody_answers_what_they_issued(business: FinanceAlone, places: Headed) -> None:
    head = business.as_person("finance", places[1][1], Role.FINANCE_CONTROLLER)
    charge = made(head.post("/charge-backs", json=draft(places, "1", "1")))
    for command in ("calculate", "issue"):
        done(on(head, charge, command))
    refused(on(head, charge, "accept", division_id=places[1][0]), "issuer-is-not-receiver", 403)
    done(on(business.executive, charge, "accept", division_id=places[1][0]))


def test_managers_of_the_charging_division_draft_and_finance_issues(business: FinanceAlone, places: Headed) -> None:
    manager = business.post(places[0][0], "manager")
    business.settle()
    client = business.as_person("finance", manager, Role.MANAGER)
    charge = made(client.post("/charge-backs", json=draft(places, "1", "1")))
    not_authorised(on(client, charge, "calculate"))
    assert waiting(business.controller, charge) == ["calculate and issue the charge-back"]
    stranger = business.as_person("finance", places[1][1], Role.MANAGER)
    not_authorised(stranger.post("/charge-backs", json=draft(places, "1", "1")))


def test_a_headcount_is_of_the_last_day_of_the_period_with_the_divisions_below(
    business: FinanceAlone, places: Headed
) -> None:
    below = business.division(places[1][0])
    for _ in range(2):
        business.post(below, "manager")
    leaver = business.post(places[2][0], "manager")
    business.leave(leaver)
    business.settle()
    pool: Json = {"name": "Servers", "division_id": None, "amount": euros(100), "driver": "headcount", "values": []}
    charge = made(business.controller.post("/charge-backs", json=draft(places, pools=[pool])))
    found = done(on(business.controller, charge, "calculate"))
    assert [value["value"] for value in found["pools"][0]["values"]] == ["3", "1"]
    assert [line["amount"] for line in found["lines"]] == [euros("75.00"), euros("25.00")]
    before = {"start": str(TODAY - timedelta(days=9)), "end": str(TODAY - timedelta(days=1))}
    early = made(business.controller.post("/charge-backs", json=draft(places, pools=[pool], period=before)))
    refused(on(business.controller, early, "calculate"), "driver-value-missing")
