"""Rates over HTTP: stated, corrected, listed, missing; totals in a reporting currency."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from tests.business import done, draft, items, made, not_authorised, refused
from tests.finance.alone import FinanceAlone
from tests.today import TODAY

POLICY = f"/finance-policies/{UUID(int=0)}/set"
BEFORE = TODAY - timedelta(days=2)


def said(rate: str, base: str = "USD") -> dict[str, str]:
    return {"base": base, "quote": "EUR", "day": str(BEFORE), "rate": rate, "source": "ECB"}


def test_a_rate_is_stated_once_corrected_and_listed_by_pair_and_day(business: FinanceAlone) -> None:
    controller = business.controller
    rate = made(controller.post("/rates", json=said("0.9254")))
    assert done(controller.post("/rates", json=said("0.9254")))["id"] == rate
    refused(controller.post("/rates", json=said("0.93")), "already-exists")
    not_authorised(business.executive.post("/rates", json=said("1", "GBP")))
    done(controller.post(f"/rates/{rate}/correct", json={"rate": "0.9245", "reason": "Digits changed places."}))
    found = items(business.executive.get("/rates", params={"base": "USD", "quote": "EUR", "day": str(BEFORE)}))
    assert [(each["id"], each["rate"]) for each in found] == [(rate, "0.9245")]
    history = items(controller.get(f"/rates/{rate}/history"))
    assert [each["type"] for each in history] == ["RateStated", "RateCorrected"]


def test_a_pair_has_one_rate_a_day_by_every_way_in(business: FinanceAlone) -> None:
    controller, dollar = business.controller, said("0.91", "SEK")
    refused(controller.post(f"/rates/{uuid4()}/state", json=dollar), "id-follows-from-key")
    rows = [{"command": "state_rate", "id": id, "body": dollar} for id in (str(uuid4()), None)]
    many = done(controller.post("/commands", json={"commands": rows}))["outcomes"]
    assert [each["status"] for each in many] == [409, 201]
    assert len(items(controller.get("/rates", params={"base": "SEK"}))) == 1


def test_a_total_in_a_reporting_currency_is_the_sum_of_its_parts_or_names_the_rate_that_is_missing(
    business: FinanceAlone,
) -> None:
    controller, year = business.controller, TODAY.year - 5
    for currency, amount in (("EUR", "100.10"), ("CHF", "50.05")):
        body = draft(str(uuid4()), amount, year) | {"currency": currency}
        body["lines"][0]["amount"] = {"amount": amount, "currency": currency}
        budget = made(controller.post("/division-budgets", json=body))
        done(controller.post(f"/division-budgets/{budget}/submit", json={}))
        done(business.executive.post(f"/division-budgets/{budget}/approve", json={}))
    asked: dict[str, str | int] = {"fiscal_year": year, "currency": "EUR", "day": str(TODAY)}
    answer = refused(controller.get("/budget-totals", params=asked), "rate-missing")
    assert answer["detail"] == f"There is no rate of CHF in EUR for {TODAY}."
    made(controller.post("/rates", json=said("1.0731", "CHF")))
    refused(controller.get("/budget-totals", params=asked), "rate-missing")
    done(business.executive.post(POLICY, json={"rate_days": 2, "reason": "Weekends."}))
    totals = done(controller.get("/budget-totals", params=asked))
    assert [(part["currency"], part["converted"]["current"]) for part in totals["parts"]] == [
        ("CHF", "53.71"),
        ("EUR", "100.10"),
    ]
    assert Decimal(totals["total"]["current"]) == Decimal("153.81")
    assert totals["parts"][0]["rate"]["day"] == str(BEFORE)
    done(business.executive.post(POLICY, json={"rate_days": 0, "reason": "As it was."}))
