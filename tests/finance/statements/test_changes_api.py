"""Changes between two days over HTTP, with who submitted and who approved."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from openpyxl import load_workbook

from chassis.http.export import CSV_TYPE, XLSX_TYPE
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


def test_changes_as_csv_and_as_a_workbook_are_the_list_to_the_cent(
    business: FinanceAlone, division: str, budget: str
) -> None:
    client, named = business.controller, asked(division)
    whole = items(client.get(PATH, params=named))
    said = client.get(PATH, params=named, headers={"accept": CSV_TYPE})
    header, *rows = csv.reader(io.StringIO(said.text, newline=""))
    assert [dict(zip(header, row, strict=True)) for row in rows] == [flat(each) for each in whole]
    sheet = load_workbook(io.BytesIO(client.get(PATH, params=named, headers={"accept": XLSX_TYPE}).content)).active
    assert sheet is not None
    head, *cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    place = head.index("change.available")
    assert [Decimal(str(row[place])) for row in cells] == [Decimal(each["change"]["available"]) for each in whole]
    statement = client.get(f"/division-budgets/{budget}/statement", headers={"accept": CSV_TYPE})
    (row,) = csv.DictReader(io.StringIO(statement.text, newline=""))
    assert (row["figures.current"], row["figures.available"]) == ("1150", "1050")


def flat(item: Json) -> dict[str, str]:
    """An item's cells, a part with its own."""
    parts = {f"change.{name}": figure for name, figure in item["change"].items()}
    return {name: "" if cell is None else str(cell) for name, cell in (item | parts).items() if name != "change"}


@pytest.mark.parametrize("name", ["availability", "overruns", "conversations"])
def test_computed_lists_are_files_with_a_row_for_each_item(business: FinanceAlone, budget: str, name: str) -> None:
    said = business.controller.get(f"/{name}", headers={"accept": CSV_TYPE})
    rows = list(csv.DictReader(io.StringIO(said.text, newline="")))
    whole = items(business.controller.get(f"/{name}"))
    assert said.headers["content-disposition"] == f'attachment; filename="{name}.csv"'
    assert len(rows) == len(whole)
    assert [each["available"] for each in rows if each.get("budget_id") == budget] == ["1050"][: name == "availability"]


@pytest.mark.parametrize("path", ["forecast", "forecast-accuracy", "lineage"])
def test_forecasts_and_lineage_of_a_budget_are_files(business: FinanceAlone, budget: str, path: str) -> None:
    of_budget = f"/division-budgets/{budget}/{path}"
    rows = list(csv.DictReader(io.StringIO(business.controller.get(of_budget, headers={"accept": CSV_TYPE}).text)))
    whole: Json = done(business.controller.get(of_budget))
    assert len(rows) == len(whole["places"] if path == "lineage" else whole["items"])
