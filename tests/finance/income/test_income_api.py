"""Income over HTTP: figures in the state, entries that stay reversed, and amounts that are refused by their field."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from contracts.roles import Role
from tests.business import Json, done, euros, items, made, refused
from tests.finance.alone import FinanceAlone
from tests.today import TODAY

PERIOD = {"start": f"{TODAY.year}-01-01", "end": f"{TODAY.year}-12-31"}


def opened(business: FinanceAlone, **changes: Any) -> str:
    division, _ = business.headed()
    body = {"division_id": division, "name": "Hosting", "currency": "EUR", "period": PERIOD}
    return made(business.controller.post("/income-sources", json=body | changes))


def on(client: httpx.Client, source: str, command: str, **body: Any) -> httpx.Response:
    return client.post(f"/income-sources/{source}/{command}", json=body)


def test_figures_follow_from_what_was_forecast_earned_received_and_written_off(business: FinanceAlone) -> None:
    source, controller = opened(business), business.controller
    other = business.system("finance", Role.FINANCE_CONTROLLER, subject=str(uuid4()))
    entry = {"entry_id": str(uuid4())}
    earned: Json = entry | {"amount": euros("100.50"), "earned_on": str(TODAY), "reference": "Invoice 1"}
    paid: Json = entry | {"receipt_id": str(uuid4()), "amount": euros(60), "received_on": str(TODAY)}
    paid |= {"reference": "Bank 7"}
    done(on(controller, source, "forecast", period=PERIOD, amount=euros(90), reason="Contract."))
    done(on(controller, source, "forecast", period=PERIOD, amount=euros(95), reason="One more client."))
    for _ in range(2):
        done(on(controller, source, "record-earned", **earned))
        done(on(controller, source, "record-received", **paid))
    refused(on(controller, source, "record-earned", **earned | {"amount": euros(5)}), "entry-differs")
    refused(on(controller, source, "write-off", **entry, reason="Insolvent."), "recorder-writes-nothing-off", 403)
    found = done(on(other, source, "write-off", **entry, reason="Insolvent."))
    names = ("forecast", "earned", "received", "written_off", "outstanding")
    assert [found[name]["amount"] for name in names] == ["95", "100.50", "60", "40.50", "0.00"]
    history = items(controller.get(f"/income-sources/{source}/history"))
    assert [event["data"]["amount"]["amount"] for event in history if event["type"] == "IncomeForecast"] == ["90", "95"]


def test_a_reversed_entry_is_not_made_again_by_a_late_duplicate(business: FinanceAlone) -> None:
    source, controller = opened(business), business.controller
    entry = {"entry_id": str(uuid4())}
    earned = entry | {"amount": euros(10), "earned_on": str(TODAY), "reference": "Invoice 2"}
    done(on(controller, source, "record-earned", **earned))
    done(on(controller, source, "reverse-earned", **entry, reason="Wrong."))
    refused(on(controller, source, "record-earned", **earned), "already-taken")
    assert done(controller.get(f"/income-sources/{source}"))["earned"]["amount"] == "0"


@pytest.mark.parametrize("currency", ["ZZZ", "XAU", "euro"])
def test_a_source_is_in_a_currency_that_there_is(business: FinanceAlone, currency: str) -> None:
    division, _ = business.headed()
    body = {"division_id": division, "name": "Hosting", "currency": currency, "period": PERIOD}
    response = business.controller.post("/income-sources", json=body)
    assert response.status_code == 422, response.text
    assert "currency" in response.text
