"""Statements, availability and overruns over HTTP."""

from datetime import timedelta
from uuid import uuid4

import pytest

from contracts.roles import Role
from tests.business import Json, done, euros, items
from tests.finance.alone import FinanceAlone
from tests.today import TODAY


@pytest.fixture(scope="module")
def division(business: FinanceAlone) -> str:
    return business.division()


@pytest.fixture(scope="module")
def budget(business: FinanceAlone, division: str) -> str:
    business.settle()
    return business.division_budget(division, 1000)


@pytest.fixture(scope="module")
def spent(business: FinanceAlone, budget: str) -> None:
    """1,200 EUR in two months, as another system has it."""
    for amount, days in ((700, 40), (500, 3)):
        said = {"division_budget_id": budget, "category": "software", "amount": euros(amount), "reference": "T"}
        dated = {"occurred_on": str(TODAY - timedelta(days=days)), "reason": "Ledger."}
        done(business.controller.post(f"/expenses/{uuid4()}/state", json=said | dated))


@pytest.mark.usefixtures("spent")
def test_a_statement_shows_what_is_charged_and_available_in_all_and_by_category(
    business: FinanceAlone, budget: str
) -> None:
    found: Json = done(business.controller.get(f"/division-budgets/{budget}/statement"))
    assert (found["currency"], found["status"], found["overrun"]) == ("EUR", "approved", "200")
    figures = found["figures"]
    assert (figures["original"], figures["current"], figures["spent"], figures["available"]) == (
        "1000",
        "1000",
        "1200",
        "-200",
    )
    (software,) = [each for each in found["items"] if each["category"] == "software"]
    assert software["spent"] == "1200"


@pytest.mark.usefixtures("spent")
def test_a_statement_of_a_day_or_a_moment_before_the_budget_is_of_none(business: FinanceAlone, budget: str) -> None:
    path = f"/division-budgets/{budget}/statement"
    today: Json = done(business.controller.get(path, params={"as_of": str(TODAY)}))
    assert today["figures"] == done(business.controller.get(path))["figures"]
    assert business.controller.get(path, params={"as_of": str(TODAY - timedelta(days=1))}).status_code == 404
    assert business.controller.get(path, params={"known_at": "2020-01-01T00:00:00Z"}).status_code == 404


@pytest.mark.usefixtures("spent")
def test_overruns_are_listed_and_availability_is_sorted_filtered_and_paged(
    business: FinanceAlone, division: str, budget: str
) -> None:
    other = business.division_budget(business.division(), 50)
    client = business.system("finance", Role.STAFF)
    overruns = items(client.get("/overruns", params={"division_id": division}))
    assert [(each["budget_id"], each["overrun"]) for each in overruns] == [(budget, "200")]
    assert items(client.get("/overruns", params={"fiscal_year": 1999})) == []
    first: Json = done(client.get("/availability", params={"page_size": 1}))
    assert [each["budget_id"] for each in first["items"]] == [budget]
    rest: Json = done(client.get("/availability", params={"page_size": 1, "page_token": first["next_page_token"]}))
    assert [each["budget_id"] for each in rest["items"]] == [other]
    assert rest["next_page_token"] is None
    down = items(client.get("/availability", params={"sort": "-available"}))
    assert [each["available"] for each in down] == ["50", "-200"]
    wrong = client.get("/overruns", params={"page_token": first["next_page_token"]})
    assert (wrong.status_code, wrong.json()["type"].rsplit("/", 1)[-1]) == (422, "bad-page-token")
