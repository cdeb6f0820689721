"""Budgets, orders and expenses of another finance system loaded into a company, loaded again, corrected, rejected."""

import csv
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml

from chassis.http.export import XLSX_TYPE
from contracts.roles import Role
from portolan.importer.finance import import_finance
from portolan.importer.finance.totals import FinanceReport
from portolan.importer.report import EVERYTHING_LOADED, SOME_REJECTED
from portolan.stack.postgres import ServiceDatabase
from services.finance.app import SERVICE as FINANCE
from services.people.app import SERVICE as PEOPLE
from tests.harness import Company, company
from tests.infrastructure import Infrastructure

LINES = "Division,Fiscal Year,Category,Cost Kind,Purpose,Amount,Currency"
SPEND = "Transaction,Division,Category,Amount,Currency,Date"
ORDERS = "Order,Division,Fiscal Year,Category,Amount,Currency"
T1 = "T1,Works,Software,12.50,EUR,2026-02-03"
SAMPLES = Path(__file__).parents[2] / "docs" / "samples"

Load = Callable[..., FinanceReport]


@pytest.fixture(scope="module")
def importing(
    infrastructure: Infrastructure,
    fresh_database: Callable[[], ServiceDatabase],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Company]:
    """People and finance, running."""
    with company(infrastructure.broker, fresh_database, tmp_path_factory.mktemp("issuer")) as made:
        for service in (PEOPLE, FINANCE):
            made.start(service)
        yield made


@pytest.fixture
def load(importing: Company, tmp_path: Path) -> Load:
    """Loads rows of a kind, each test from a source of its own."""
    source = f"ledger {uuid4().hex[:6]}"

    def loaded(kind: str, header: str, *rows: str, **words: Any) -> FinanceReport:
        path = tmp_path / f"{kind}.csv"
        path.write_text("\n".join([header, *rows]) + "\n")
        return import_into(importing, kind, path, tmp_path, {"source": source, **words})

    return loaded


def import_into(
    importing: Company, kind: str, path: Path, folder: Path, words: Mapping[str, Any], **more: Any
) -> FinanceReport:
    mapping = folder / f"{kind}.json"
    mapping.write_text(json.dumps(words))
    report = import_finance(
        kind, path, urls(importing), token(importing), mapping=mapping, rejects=folder / f"{kind}.rejects.csv", **more
    )
    importing.settle()
    return report


def token(importing: Company) -> Callable[[], str]:
    roles = [Role.ADMINISTRATOR, Role.FINANCE_CONTROLLER]
    return lambda: importing.issuer.token("system:ledger", roles)


def urls(importing: Company) -> Mapping[str, str]:
    return {name: running.url for name, running in importing.running.items()}


def recorded(importing: Company) -> Mapping[str, int]:
    """How many events each service has recorded, with what followed from them."""
    importing.settle()
    return {name: running.status()["recorded"] for name, running in importing.running.items()}


def read(importing: Company, service: str, path: str) -> dict[str, Any]:
    response = importing.running[service].client(Role.ADMINISTRATOR, Role.EXECUTIVE).get(path)
    assert response.status_code == 200, response.text
    return dict(response.json())


def listed(importing: Company, path: str, **asked: str) -> Sequence[Mapping[str, Any]]:
    query = "&".join(f"{name}={value}" for name, value in {"page_size": "500", **asked}.items())
    items: Sequence[Mapping[str, Any]] = read(importing, "finance", f"/{path}?{query}")["items"]
    return items


def budget_of(importing: Company, name: str) -> Mapping[str, Any]:
    """The budget drafted last for a division of this name."""
    (division, *_) = read(importing, "people", f"/divisions?sort=-created_at&q={name}")["items"]
    (budget,) = listed(importing, "division-budgets", division_id=division["id"])
    return budget


def approved(importing: Company, budgets: Iterable[str]) -> None:
    """Budgets submitted by one and approved by another."""
    roles, finance = (Role.FINANCE_CONTROLLER,), importing.running["finance"]
    for step in ("submit", "approve"):
        client = finance.client(*roles, subject=f"system:{step}")
        for budget in budgets:
            response = client.post(f"/division-budgets/{budget}/{step}", json={})
            assert response.status_code == 200, response.text


def test_the_lines_of_a_division_and_year_are_one_budget_and_loading_again_changes_nothing(
    importing: Company, load: Load
) -> None:
    rows = ("Budgeted,2026,Software,opex,run,1200.00,EUR", "Budgeted,2026,Cranes,capex,grow,90000,EUR")
    report = load("budgets", LINES, *rows, periods=12)
    assert report.exit_code == EVERYTHING_LOADED
    assert report.counts == {"divisions": Counter(created=1), "budgets": Counter(created=1)}
    budget = budget_of(importing, "Budgeted")
    assert (budget["status"], budget["original"]) == ("drafted", {"amount": "91200", "currency": "EUR"})
    assert [line["category"] for line in budget["lines"]] == ["Software", "Cranes"]
    before = recorded(importing)
    assert load("budgets", LINES, *rows, periods=12).counts["budgets"] == Counter(unchanged=1)
    assert recorded(importing) == before
    corrected = load("budgets", LINES, rows[0].replace("1200.00", "1300"), rows[1], periods=12)
    assert corrected.counts["budgets"] == Counter(changed=1)
    assert budget_of(importing, "Budgeted")["original"]["amount"] == "91300"


def test_a_budget_is_drafted_whole_or_not_at_all(importing: Company, load: Load) -> None:
    report = load(
        "budgets",
        LINES,
        "Halved,2026,Software,opex,run,1200,EUR",
        "Halved,2026,Cranes,capex,grow,much,EUR",
        "Whole,2026,Software,opex,run,7,EUR",
    )
    assert (report.exit_code, report.counts["budgets"]) == (SOME_REJECTED, Counter(created=1))
    assert {reject.line: reject.column for reject in report.rejects} == {2: "Division", 3: "Amount"}
    assert report.differences == []
    assert (report.accepted.amounts, report.refused.amounts) == ({"EUR": Decimal(7)}, {"EUR": Decimal(1200)})


def test_a_dry_run_of_budgets_stores_nothing(importing: Company, load: Load, tmp_path: Path) -> None:
    path = tmp_path / "dry.csv"
    path.write_text(f"{LINES}\nDry,2026,Software,opex,run,1200,EUR\n")
    before = recorded(importing)
    report = import_into(importing, "budgets", path, tmp_path, {"source": "dry ledger"}, dry_run=True)
    assert report.counts == {"divisions": Counter(created=1), "budgets": Counter(created=1)}
    assert recorded(importing) == before


def with_budget(load: Load, division: str, *categories: str, amount: str = "1000") -> None:
    load("budgets", LINES, *(f"{division},2026,{each},opex,run,{amount},EUR" for each in categories or ("Software",)))


def test_identical_rows_are_expenses_of_their_own_and_a_second_load_changes_nothing(
    importing: Company, load: Load
) -> None:
    with_budget(load, "Repeating")
    rows = [T1.replace("Works", "Repeating")] * 3 + ["T2,Repeating,Software,-2.25,EUR,2026-02-03"]
    report = load("expenses", SPEND, *rows)
    assert (report.exit_code, report.counts["expenses"]) == (EVERYTHING_LOADED, Counter(created=4))
    assert report.warnings == ["2 rows repeat another one in every cell; each of them was taken."]
    budget = budget_of(importing, "Repeating")
    assert budget["charged"]["Software"]["spent"] == "35.25"
    before = recorded(importing)
    assert load("expenses", SPEND, *rows).counts["expenses"] == Counter(unchanged=4)
    assert recorded(importing) == before


def test_a_corrected_file_records_the_differences(importing: Company, load: Load) -> None:
    with_budget(load, "Corrected", "Software", "Cranes")
    rows = [f"T{number},Corrected,Software,10,EUR,2026-02-03" for number in range(3)]
    load("expenses", SPEND, *rows)
    rows[1] = "T1,Corrected,Cranes,-4,EUR,2026-03-03"
    assert load("expenses", SPEND, *rows).counts["expenses"] == Counter(changed=1, unchanged=2)
    charged = budget_of(importing, "Corrected")["charged"]
    assert {name: sums["spent"] for name, sums in charged.items()} == {"Software": "20", "Cranes": "-4"}


def test_what_was_spent_is_recorded_beyond_the_budget_in_the_order_of_its_days(importing: Company, load: Load) -> None:
    with_budget(load, "Spender", amount="10")
    approved(importing, [budget_of(importing, "Spender")["id"]])
    report = load("expenses", SPEND, "T1,Spender,Software,8,EUR,2026-03-03", "T2,Spender,Software,7,EUR,2026-02-03")
    assert report.exit_code == EVERYTHING_LOADED
    budget = budget_of(importing, "Spender")
    assert budget["overrun"] == "5"
    history = read(importing, "finance", f"/division-budgets/{budget['id']}/history?page_size=500")["items"]
    days = [item["data"]["occurred_on"] for item in history if item["type"] == "DivisionBudgetCharged"]
    assert days == ["2026-02-03", "2026-03-03"]


def test_a_transaction_is_taken_whole_and_its_rejects_are_numbered_as_in_the_file(
    importing: Company, load: Load, tmp_path: Path
) -> None:
    with_budget(load, "Wholly")
    good, bad = "T1,Wholly,Software,1,EUR,2026-02-03", "T1,Wholly,Software,2.345,EUR,2026-02-03"
    nowhere = "T3,Nowhere,Software,2,EUR,2026-02-03"
    other = "T4,Wholly,Software,2,USD,2026-02-03"
    report = load("expenses", SPEND, good, bad, good.replace("T1", "T2"), nowhere, other)
    assert (report.exit_code, report.counts["expenses"]) == (SOME_REJECTED, Counter(created=1))
    reasons = {reject.line: (reject.column, reject.reason) for reject in report.rejects}
    assert reasons[2] == ("Transaction", "'Transaction': line 3 has the same one, and was rejected.")
    assert reasons[3][0] == "Amount"
    assert reasons[5] == ("Division; Date", "'Nowhere' has no budget of 2026: draft it, or import it first.")
    assert reasons[6] == ("Currency", "The budget is in EUR, not in USD: nothing is converted.")
    assert report.differences == []
    rejects = list(csv.reader((tmp_path / "expenses.rejects.csv").read_text().splitlines()))
    assert [each[0] for each in rejects[1:]] == ["T1", "T1", "T3", "T4"]
    again = load("expenses", SPEND, good, bad.replace("2.345", "2.34"), good.replace("T1", "T2"))
    assert again.counts["expenses"] == Counter(created=2, unchanged=1)
    assert budget_of(importing, "Wholly")["charged"]["Software"]["spent"] == "4.34"


def test_orders_are_checked_like_any_other_and_placed_once_there_is_money(importing: Company, load: Load) -> None:
    with_budget(load, "Ordering", amount="100")
    id = budget_of(importing, "Ordering")["id"]
    approved(importing, [id])
    rows = ("O1,Ordering,2026,Software,60,EUR", "O2,Ordering,2026,Software,50,EUR")
    report = load("commitments", ORDERS, *rows)
    assert (report.exit_code, report.counts["commitments"]) == (SOME_REJECTED, Counter(created=1))
    (refused,) = report.rejects
    assert refused.line == 3
    assert "50 EUR exceeds the 40 EUR available: 100 current" in refused.reason
    assert {each["status"] for each in listed(importing, "commitments", division_budget_id=id)} == {
        "committed",
        "drafted",
    }
    assert load("commitments", ORDERS, *rows).counts["commitments"] == Counter(unchanged=1)


def test_orders_that_exist_elsewhere_are_taken_over_and_overrun_the_budget(importing: Company, load: Load) -> None:
    with_budget(load, "Taking", amount="100")
    id = budget_of(importing, "Taking")["id"]
    approved(importing, [id])
    rows = ("O1,Taking,2026,Software,60,EUR", "O2,Taking,2026,Other,50,EUR")
    report = load("commitments", ORDERS, *rows, taken_over=True)
    assert (report.exit_code, report.counts["commitments"]) == (EVERYTHING_LOADED, Counter(created=2))
    assert budget_of(importing, "Taking")["overrun"] == "10"
    before = recorded(importing)
    assert load("commitments", ORDERS, *rows, taken_over=True).counts["commitments"] == Counter(unchanged=2)
    assert recorded(importing) == before


def test_what_is_exported_is_loaded_again_and_changes_nothing(importing: Company, load: Load, tmp_path: Path) -> None:
    with_budget(load, "Exported")
    header = f"{SPEND},Reference"
    rows = [f"T{number},Exported,Software,-{number}.50,EUR,2026-02-03,=SUM(A{number})" for number in range(1, 4)]
    load("expenses", header, *rows)
    budget = budget_of(importing, "Exported")["id"]
    client = importing.running["finance"].client(Role.FINANCE_CONTROLLER)
    for accept, name in (("text/csv", "spend.csv"), (XLSX_TYPE, "spend.xlsx")):
        answer = client.get(f"/expenses?division_budget_id={budget}&page_size=1", headers={"accept": accept})
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(accept)
        (tmp_path / name).write_bytes(answer.content)
        before = recorded(importing)
        how: dict[str, Any] = {"mapping": SAMPLES / "exported-expenses.yaml", "rejects": tmp_path / "again.csv"}
        report = import_finance("expenses", tmp_path / name, urls(importing), token(importing), **how)
        assert (report.exit_code, report.counts["expenses"]) == (EVERYTHING_LOADED, Counter(unchanged=3))
        assert recorded(importing) == before
    assert "'=SUM(A1)" in (tmp_path / "spend.csv").read_text()


def test_a_rate_is_stated_once_and_corrected_by_another_file(importing: Company, load: Load) -> None:
    header, row = "Base,Quote,Date,Rate", "NOK,ISK,2026-02-03,12.3456"
    report = load("rates", header, row, "NOK,NOK,2026-02-03,1")
    assert (report.exit_code, report.counts["rates"], report.differences) == (SOME_REJECTED, Counter(created=1), [])
    assert load("rates", header, row).counts["rates"] == Counter(unchanged=1)
    assert load("rates", header, row.replace("3456", "5")).counts["rates"] == Counter(changed=1)
    (rate,) = listed(importing, "rates", base="NOK", quote="ISK")
    assert rate["rate"] == "12.5"


def test_driver_values_are_written_into_the_draft_of_a_charge_back_and_loaded_again_change_nothing(
    importing: Company, load: Load
) -> None:
    for name in ("Charging", "Bearing", "Lasting"):
        with_budget(load, name)
    serving, *bearing = (budget_of(importing, name)["division_id"] for name in ("Charging", "Bearing", "Lasting"))
    divisions = {"Bearing": bearing[0], "Lasting": bearing[1], "Charging": serving}
    amount = {"amount": "100", "currency": "EUR"}
    pool: dict[str, Any] = {"name": "Servers", "division_id": None, "amount": amount, "driver": "users", "values": []}
    said: dict[str, Any] = {
        "division_id": serving,
        "name": "IT",
        "period": {"start": "2026-01-01", "end": "2026-01-31"},
    }
    said |= {"currency": "EUR", "method": "direct", "receivers": bearing, "pools": [pool]}
    client = importing.running["finance"].client(Role.FINANCE_CONTROLLER)
    answer = client.post("/charge-backs", json=said)
    assert answer.status_code == 201, answer.text
    charge = answer.json()["id"]
    words = {"charge_back": charge, "pool": "Servers", "divisions": divisions}
    rows = ["Bearing,2", "Lasting,1", "Charging,1", "Lasting,-1"]
    report = load("driver-values", "Division,Value", *rows, **words)
    assert (report.exit_code, report.counts["charge-backs"]) == (SOME_REJECTED, Counter(changed=1))
    assert (report.file.rows, report.accepted.rows, report.refused.rows, report.differences) == (4, 2, 2, [])
    found = client.post(f"/charge-backs/{charge}/calculate", json={}).json()
    assert [line["amount"]["amount"] for line in found["lines"]] == ["66.67", "33.33"]
    before = recorded(importing)
    again = load("driver-values", "Division,Value", *rows[:2], **words)
    assert (again.exit_code, again.counts["charge-backs"]) == (EVERYTHING_LOADED, Counter(unchanged=1))
    assert recorded(importing) == before


@pytest.mark.real_data
def test_of_the_sample_funds_16_are_ordered_beyond_their_budget_which_is_refused_or_taken_over(
    importing: Company, tmp_path: Path
) -> None:
    folder = Path(os.environ["PORTOLAN_REAL_DATA"]).parent
    budgets = [*csv.DictReader((folder / "opre-ops-fund-budgets.csv").read_text().splitlines())]
    lines = [*csv.DictReader((folder / "opre-ops-budget-lines.csv").read_text().splitlines())]
    whole = {
        fund: sum(Decimal(each["budget"]) for each in budgets if each["fund_id"] == fund)
        for fund in {each["fund_id"] for each in budgets}
    }
    (tmp_path / "funds.csv").write_text(
        "\n".join(
            [
                LINES.replace("Fiscal Year", "Year"),
                *(f"{fund},,Agreements,opex,run,{amount},USD" for fund, amount in whole.items()),
            ]
        )
    )
    bound = [each for each in lines if each["status"] in ("PLANNED", "IN_EXECUTION", "OBLIGATED") and each["fund_id"]]
    path = tmp_path / "lines.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [*lines[0]])
        writer.writeheader()
        writer.writerows(bound)
    sample = yaml.safe_load((SAMPLES / "opre-commitments.yaml").read_text())
    overruns = {}
    for taken_over, year in ((False, 2023), (True, 2024)):
        words = {"source": f"OPRE-OPS {year}", "fiscal_year": year}
        import_into(importing, "budgets", tmp_path / "funds.csv", tmp_path, words)
        funds = [each["id"] for each in listed(importing, "division-budgets", fiscal_year=str(year))]
        assert len(funds) == len(whole) == 20
        approved(importing, funds)
        report = import_into(importing, "commitments", path, tmp_path, {**sample, **words, "taken_over": taken_over})
        assert (report.exit_code, report.differences) == (SOME_REJECTED, [])
        refused = [each for each in report.rejects if "available:" in each.reason or "budgeted for it" in each.reason]
        assert bool(refused) is not taken_over
        after = listed(importing, "division-budgets", fiscal_year=str(year))
        overruns[taken_over] = sum(Decimal(each["overrun"]) > 0 for each in after)
        if not taken_over:
            assert report.refused.amounts["USD"] > report.accepted.amounts["USD"]
    assert overruns == {False: 0, True: 16}


@pytest.mark.real_data
def test_the_real_spend_of_a_council_loads_to_the_cent_and_a_second_load_changes_nothing(
    importing: Company, tmp_path: Path
) -> None:
    path = Path(os.environ["PORTOLAN_REAL_DATA"]).with_name("spend-harrogate-2022-08.csv")
    spent = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    lines = tmp_path / "lines.csv"
    lines.write_text(
        "\n".join(
            [
                LINES,
                *(
                    f'"{name}",2022,Any,opex,run,1,GBP'
                    for name in sorted({each["Service Code"].strip() for each in spent})
                ),
            ]
        )
    )
    import_into(importing, "budgets", lines, tmp_path, {"source": "Harrogate Borough Council"})
    how: dict[str, Any] = {"mapping": SAMPLES / "harrogate-spend.yaml", "rejects": tmp_path / "rejects.csv"}
    report = import_finance("expenses", path, urls(importing), token(importing), **how)
    assert (report.exit_code, report.file.rows, report.counts["expenses"]) == (
        EVERYTHING_LOADED,
        1873,
        Counter(created=1873),
    )
    assert report.accepted.amounts == {"GBP": Decimal("5385270.74")}
    assert report.warnings == ["88 rows repeat another one in every cell; each of them was taken."]
    budgets = [each for each in listed(importing, "division-budgets", fiscal_year="2022") if each["charged"]]
    charged = [pair for each in budgets for pair in each["charged"].items()]
    assert sum(Decimal(sums["spent"]) for _, sums in charged) == Decimal("5385270.74")
    assert sum(Decimal(sums["spent"]) for name, sums in charged if name.endswith(", capex")) == Decimal("3040209.45")
    it = budget_of(importing, "ITD")
    assert sum(Decimal(sums["spent"]) for sums in it["charged"].values()) == Decimal("362449.17")
    before = recorded(importing)
    again = import_finance("expenses", path, urls(importing), token(importing), **how)
    assert (again.exit_code, again.counts["expenses"]) == (EVERYTHING_LOADED, Counter(unchanged=1873))
    assert recorded(importing) == before


def test_the_examples_of_the_page_are_loaded_by_their_commands(importing: Company, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "import.md").read_text()
    blocks = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    for name in ("lines.csv", "lines.yaml", "spend.csv", "spend.yaml"):
        (tmp_path / name).write_text(blocks[name])
    addresses = [f"--url={name}={url}" for name, url in urls(importing).items()]
    codes = []
    for command in blocks["spend"].splitlines():
        done = subprocess.run(
            [*command.replace(".venv", sys.prefix, 1).split(), *addresses, "--json"],
            cwd=tmp_path,
            env={**os.environ, "PORTOLAN_TOKEN": token(importing)(), "PORTOLAN_STATE": str(tmp_path / "state")},
            capture_output=True,
            text=True,
            check=False,
        )
        codes.append(done.returncode)
        assert done.returncode in (EVERYTHING_LOADED, SOME_REJECTED), done.stderr
    assert codes == [EVERYTHING_LOADED, SOME_REJECTED]
    said = json.loads(done.stdout)
    assert (said["counts"], said["equal"]) == ({"expenses": {"created": 3}}, True)
    assert said["totals"]["accepted"]["amounts"] == {"EUR": "700.2"}
    (rejected,) = list(csv.DictReader((tmp_path / "spend.csv.rejects.csv").read_text().splitlines()))
    assert rejected["Division"] == "Pilot station"
