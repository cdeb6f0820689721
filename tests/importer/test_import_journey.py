"""Files loaded into a whole company over HTTP: dirt, repetition, corrections, corrected rejects, named managers."""

import csv
import os
from dataclasses import replace
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from contracts.roles import Role
from portolan.importer import ImportProblem, ProjectReport, import_file
from portolan.importer.mapping import read_as
from portolan.importer.projects.mapping import ProjectMapping
from portolan.importer.projects.plan import Plan
from portolan.importer.report import SOME_REJECTED
from tests.importer.company import ImportingCompany
from tests.importer.tables import COLUMNS, row, write

FINISHED = {"planned_completion": "2011-05-01", "projected_completion": "2011-06-01"}
NO_COSTS = {"planned_cost": "", "projected_cost": ""}


def dirty(path: Path, source: str) -> Path:
    """A file with every kind of dirt, of agencies that no other test has."""
    parks, roads = f"Parks of {source}", f"Roads of {source}"
    write(
        path,
        [
            row(agency=parks, **FINISHED),
            row(agency=parks, project="2", planned_cost="2.000001", projected_completion="2013-01-31"),
            row(agency=parks, investment="P-2", investment_title="Trees", planned_cost="0", projected_cost="0"),
            row(
                agency=parks,
                investment="P-2",
                investment_title="Trees",
                project="2",
                start="",
                completion="",
                **NO_COSTS,
            ),
            row(agency=roads, investment="R-1", start="2012-01-01", projected_cost="0.000001"),
            row(agency=roads, investment="R-1", project="2", completion="2010-01-01"),
            row(agency=roads, investment="R-1", start="2012-01-01", projected_cost="0.000001"),
            row(agency=roads, investment="R-1", project="3", planned_cost="1,5"),
            row(agency=roads, investment="R-1", project="4", description="x" * 1_000_000),
            row(agency=roads, investment="R-1", project="5", description="two\nlines"),
            row(agency="", investment="R-1", project="6"),
            row(agency=roads, investment="R-1", project="7", projected_cost=""),
        ],
    )
    with path.open("a", encoding="utf-8") as file:
        file.write('Roads,7,"never closed,Paths,8\nRoads,7,too,few\n')
    return path


def named(path: Path, source: str, more: str = "") -> Path:
    """A mapping file for a source of its own."""
    path.write_text(f"source: {source}\n{more}", encoding="utf-8")
    return path


def plan(mapping: Path) -> Plan:
    return Plan(read_as(ProjectMapping, mapping))


def types(importing: ImportingCompany, service: str, path: str) -> list[str]:
    items: Any = importing.read(service, f"{path}/history")["items"]
    return [item["type"] for item in items]


def rejected(report: ProjectReport) -> dict[int, str]:
    return {reject.line: reject.column for reject in report.rejects}


def agrees(report: ProjectReport) -> bool:
    """Whether reporting and the rejected rows equal the file, as far as its costs can be read."""
    assert report.comparison is not None
    assert not any(line.differs for line in report.lines), report.comparison.verdict()
    return not report.comparison.missing


def project(importing: ImportingCompany, mapping: Path, *key: str) -> str:
    return str(plan(mapping).id_of("project", *key))


def test_a_dirty_file_loads_its_clean_rows_and_reports_the_others_one_by_one(
    importing: ImportingCompany, tmp_path: Path
) -> None:
    path, mapping = dirty(tmp_path / "file.csv", "dirt"), named(tmp_path / "mapping.yaml", "dirt")
    report = importing.load(path, mapping=mapping, rejects=tmp_path / "rejects.csv")
    assert rejected(report) == {
        7: f"{COLUMNS['start']}; {COLUMNS['completion']}",
        8: f"{COLUMNS['agency']}; {COLUMNS['investment']}; {COLUMNS['project']}",
        9: COLUMNS["planned_cost"],
        10: COLUMNS["description"],
        13: COLUMNS["agency"],
        15: "",
        16: f"{COLUMNS['project']}; {COLUMNS['name']}; {COLUMNS['updated']}",
    }
    assert agrees(report)
    assert (report.total.rows, report.total.accepted, report.rejected) == (14, 7, 7)
    parks = next(line for line in report.lines if line.division == "Parks of dirt")
    assert (parks.planned_reporting, parks.outlook_reporting) == (Decimal("3500001"), Decimal("2500000"))
    assert report.counts["projects"] == {"created": 7}
    assert report.counts["divisions"] == {"created": 2}
    shown = StringIO()
    report.show(Console(file=shown, width=100))
    assert "cannot be compared with the file where costs of rejected rows cannot be read" in shown.getvalue()
    assert "file.csv: 7 of 14 rows were loaded, 7 rejected: correct them in" in shown.getvalue()
    (total,) = report.as_json()["totals"]
    assert (report.equal, total["planned_difference"], report.exit_code) == (None, "0", SOME_REJECTED)


def test_where_nobody_is_named_the_division_s_head_stands_in_by_a_recorded_waiver(
    importing: ImportingCompany, tmp_path: Path
) -> None:
    mapping = named(tmp_path / "mapping.yaml", "heads")
    importing.load(
        write(tmp_path / "file.csv", [row(agency="Parks of heads", **FINISHED, description="")]), mapping=mapping
    )
    agency, words = "Parks of heads", plan(mapping)
    found = importing.read("portfolio", f"/projects/{project(importing, mapping, agency, 'P-1', '1')}")
    assert found["accountable_id"] == str(words.head_id(agency))
    assert (found["waived"], found["stage"], found["outcome"]) == (True, "closed", "not recorded")
    assert found["gaps"] == ["description not recorded", "verdict not recorded"]
    assert "AccountabilityWaived" in types(importing, "portfolio", f"/projects/{found['id']}")
    head = importing.read("people", f"/persons/{words.head_id(agency)}")
    assert head["name"] == "Head of Parks of heads (name not recorded)"
    assert "SeniorManagerGateWaived" in types(importing, "people", f"/persons/{head['id']}")
    budget = importing.read("finance", f"/project-budgets/{found['id']}")
    assert (budget["granted"], budget["spent"]) == (
        {"amount": "1500000", "currency": "USD"},
        {"amount": "1250000", "currency": "USD"},
    )


def test_loading_twice_changes_nothing(importing: ImportingCompany, tmp_path: Path) -> None:
    path, mapping = dirty(tmp_path / "file.csv", "twice"), named(tmp_path / "mapping.yaml", "twice")
    first = importing.load(path, mapping=mapping)
    before = importing.recorded()
    second = importing.load(path, mapping=mapping)
    assert importing.recorded() == before
    assert second.counts == {kind: {"unchanged": sum(marks.values())} for kind, marks in first.counts.items()}
    assert agrees(second)
    assert replace(second, seconds=0, counts={}) == replace(first, seconds=0, counts={}, warnings=[])


def test_a_corrected_file_records_what_changed_and_actuals_by_reversal_and_new_entry(
    importing: ImportingCompany, tmp_path: Path
) -> None:
    path, mapping, agency = tmp_path / "file.csv", named(tmp_path / "mapping.yaml", "corrected"), "Parks of corrected"
    rows = [
        row(agency=agency, **FINISHED),
        row(agency=agency, project="2"),
        row(agency=agency, project="3", **FINISHED),
        row(agency=agency, project="4"),
    ]
    importing.load(write(path, rows), mapping=mapping)
    rows[0] |= {"projected_cost": "1.3", "planned_cost": "1.4"}
    rows[1] |= {"name": "Better signs", "projected_cost": "9"} | FINISHED
    rows[2] |= {"projected_completion": "2013-01-01"}
    report = importing.load(write(path, rows), mapping=mapping)
    assert agrees(report)
    assert report.counts == {
        "divisions": {"unchanged": 1},
        "initiatives": {"unchanged": 1},
        "projects": {"changed": 2, "unchanged": 2},
        "budgets": {"changed": 1, "unchanged": 3},
        "actuals": {"changed": 2},
        "estimates": {"changed": 1, "unchanged": 1},
    }
    ids = [project(importing, mapping, agency, "P-1", str(number)) for number in (1, 2, 3)]
    assert types(importing, "finance", f"/project-budgets/{ids[0]}")[2:] == [
        "TakenOverBudgetCorrected",
        "ProjectBudgetCharged",
        "ProjectBudgetCharged",
    ]
    (stated,) = importing.read("finance", f"/expenses?project_id={ids[0]}")["items"]
    assert types(importing, "finance", f"/expenses/{stated['id']}")[1:] == [
        "ActualRecorded",
        "ActualReversed",
        "ExpenseStated",
        "ActualRecorded",
    ]
    assert importing.read("portfolio", f"/projects/{ids[1]}")["name"] == "Better signs"
    undone = importing.read("finance", f"/project-budgets/{ids[2]}")
    assert undone["spent"] == {"amount": "0", "currency": "USD"}
    assert importing.read("portfolio", f"/projects/{ids[2]}")["stage"] == "in progress"
    before = importing.recorded()
    importing.load(path, mapping=mapping)
    assert importing.recorded() == before


def test_the_rejects_file_can_be_corrected_and_loaded_again(importing: ImportingCompany, tmp_path: Path) -> None:
    path, mapping = dirty(tmp_path / "file.csv", "rejects"), named(tmp_path / "mapping.yaml", "rejects")
    rejects, still = tmp_path / "rejects.csv", tmp_path / "still.csv"
    importing.load(path, mapping=mapping, rejects=rejects)
    with rejects.open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    assert header == [*COLUMNS.values(), "Line", "Column", "Reason"]
    at = {field: header.index(column) for field, column in COLUMNS.items()}
    rows[0][at["completion"]] = "2013-01-01"
    rows[2][at["planned_cost"]] = "1.5"
    rows[3][at["description"]] = "shorter"
    rows[4][at["agency"]] = "Roads of rejects"
    with rejects.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    report = importing.load(rejects, mapping=mapping, rejects=still)
    assert report.counts["projects"] == {"created": 4, "unchanged": 1}
    assert report.rejected == 2
    assert agrees(report)
    whole = importing.load(path, mapping=mapping)
    assert whole.counts["projects"] == {"unchanged": 7}


def test_a_mapping_names_columns_units_heads_and_accountable_managers(
    importing: ImportingCompany, tmp_path: Path
) -> None:
    agency = "Parks of managers"
    more = f"""
columns: {{agency: Amt, planned_cost: Plan}}
unit: 1000
currency: EUR
heads: {{{agency}: Ada}}
accountable:
  - {{division: {agency}, investment: P-2, person: Grace}}
  - {{division: {agency}, investment: P-9, person: Nobody}}
"""
    mapping = named(tmp_path / "mapping.yaml", "managers", more)
    rows = [row(agency=agency), row(agency=agency, investment="P-2", investment_title="Trees")]
    path = write(tmp_path / "file.csv", rows, COLUMNS | {"agency": "Amt", "planned_cost": "Plan"})
    report = importing.load(path, mapping=mapping)
    assert agrees(report)
    assert report.total.planned_file == Decimal(3000)
    assert report.unused == [f"an accountable manager for '{agency} / P-9'"]
    words = plan(mapping)
    head, manager = words.head_id(agency), words.id_of("manager", agency, "Grace")
    assert importing.read("people", f"/persons/{head}")["name"] == "Ada"
    grace = importing.read("people", f"/persons/{manager}")
    assert (grace["name"], grace["line_manager_id"]) == ("Grace", str(head))
    found = importing.read("portfolio", f"/projects/{project(importing, mapping, agency, 'P-2', '1')}")
    assert (found["accountable_id"], found["waived"]) == (str(manager), False)
    before = importing.recorded()
    importing.load(path, mapping=mapping)
    assert importing.recorded() == before


def test_a_division_that_has_a_head_keeps_it(importing: ImportingCompany, tmp_path: Path) -> None:
    path, agency = write(tmp_path / "file.csv", [row(agency="Parks of before")]), "Parks of before"
    mapping = named(tmp_path / "mapping.yaml", "before")
    importing.load(path, mapping=mapping)
    head = plan(mapping).head_id(agency)
    named(mapping, "before", f"heads: {{{agency}: Ada}}")
    assert importing.load(path, mapping=mapping).counts["divisions"] == {"changed": 1}
    division = importing.read("people", f"/divisions/{plan(mapping).division_id(agency)}")
    assert division["head_id"] == str(head)
    assert importing.read("people", f"/persons/{head}")["name"] == "Ada"


def test_a_person_whom_people_does_not_know_cannot_be_accountable(importing: ImportingCompany, tmp_path: Path) -> None:
    nobody = "accountable: [{division: Parks of nobody, person: {id: 5e0c1c16-0000-4000-8000-000000000000}}]"
    mapping = named(tmp_path / "mapping.yaml", "nobody", nobody)
    with pytest.raises(ImportProblem, match="who does not exist in people"):
        importing.load(write(tmp_path / "file.csv", [row(agency="Parks of nobody")]), mapping=mapping)


def test_a_row_that_a_service_refuses_is_rejected_with_its_reason_and_the_others_load(
    importing: ImportingCompany, tmp_path: Path
) -> None:
    path, mapping, agency = tmp_path / "file.csv", named(tmp_path / "mapping.yaml", "refused"), "Parks of refused"
    rows = [row(agency=agency, updated="2012-01-01"), row(agency=agency, project="2")]
    importing.load(write(path, rows), mapping=mapping)
    rows[0] |= {"updated": "2011-12-01", "projected_cost": "7"}
    report = importing.load(write(path, rows), mapping=mapping)
    assert rejected(report) == {2: COLUMNS["updated"]}
    assert "stated as of 2012-01-01" in report.rejects[0].reason
    assert report.counts["estimates"] == {"unchanged": 1}
    assert agrees(report)
    assert report.total.outlook_rejected == Decimal(7_000_000)


def test_a_token_without_the_role_is_told_so(importing: ImportingCompany, tmp_path: Path) -> None:
    path = write(tmp_path / "file.csv", [row(agency="Parks of nobody")])
    with pytest.raises(ImportProblem, match="role administrator"):
        import_file(path, importing.urls, lambda: importing.made.issuer.token("someone", [Role.STAFF]))
    with pytest.raises(ImportProblem, match="does not accept the token"):
        import_file(path, importing.urls, lambda: "nonsense")


def test_a_service_that_is_away_is_told_so_before_anything_is_loaded(
    importing: ImportingCompany, tmp_path: Path
) -> None:
    away, before = replace(importing.urls, finance="http://127.0.0.1:9"), importing.recorded()
    with pytest.raises(ImportProblem, match="finance does not respond"):
        import_file(write(tmp_path / "file.csv", [row(agency="Away")]), away, importing.token, patience=0.2)
    assert importing.recorded() == before


def test_progress_is_told_in_lines_where_there_is_no_terminal(importing: ImportingCompany, tmp_path: Path) -> None:
    told = StringIO()
    mapping = named(tmp_path / "mapping.yaml", "progress")
    path = write(tmp_path / "file.csv", [row(agency="Parks of progress", project=str(n)) for n in range(3)])
    import_file(path, importing.urls, importing.token, mapping=mapping, console=Console(file=told))
    assert "Loading: 3 rows in" in told.getvalue()


FACTS = {
    "Department of Agriculture": (172, "14154.898135", "13562.245742"),
    "Department of Commerce": (275, "1881.652064", "1858.174665"),
    "Department of Defense": (174, "13152.753", "11268.321"),
    "Department of Education": (49, "5481.996960", "5936.915399"),
    "Department of Health and Human Services": (218, "1417.954", "3818.191"),
    "Department of Homeland Security": (284, "3423.817", "3269.983"),
    "Department of Housing and Urban Development": (15, "174.557593", "174.166501"),
    "Department of Justice": (42, "748.569815", "732.056908"),
    "Department of State": (71, "529.195421", "524.499151"),
    "Department of Veterans Affairs": (204, "1028.341992", "2150.696548"),
    "Department of the Interior": (39, "413.375601", "394.619683"),
    "Department of the Treasury": (111, "900.400353", "902.860645"),
    "Environmental Protection Agency": (26, "53.893206", "52.939780"),
    "General Services Administration": (70, "122.670890", "120.054555"),
    "National Archives and Records Administration": (22, "21.820468", "21.240585"),
    "Office of Personnel Management": (27, "292.633611", "274.915515"),
    "U.S. Agency for International Development": (15, "60.808127", "53.326084"),
    "U.S. Army Corps of Engineers": (21, "34.082472", "34.270684"),
}
MILLION = Decimal(1_000_000)


@pytest.mark.real_data
def test_the_real_file_is_loaded_to_the_last_decimal(importing: ImportingCompany, tmp_path: Path) -> None:
    path = Path(os.environ["PORTOLAN_REAL_DATA"])
    kinds = ("plans", "project-health")
    held = [kept(importing, kind) for kind in kinds]
    report = importing.load(path, rejects=tmp_path / "rejects.csv")
    assert report.equal, report.lines
    assert {
        line.division: (line.rows, line.planned_file / MILLION, line.outlook_file / MILLION) for line in report.lines
    } == {name: (rows, Decimal(planned), Decimal(outlook)) for name, (rows, planned, outlook) in FACTS.items()}
    total = report.total
    assert (total.rows, total.accepted, report.rejected) == (1835, 1816, 19)
    assert (total.planned_file, total.outlook_file) == (
        Decimal("43893.420708") * MILLION,
        Decimal("45149.477445") * MILLION,
    )
    assert (total.planned_rejected, total.outlook_rejected) == (
        Decimal("18.319336") * MILLION + Decimal("1.237727") * MILLION,
        Decimal("17.902414") * MILLION + Decimal("13.835727") * MILLION,
    )
    duplicates = [reject for reject in report.rejects if "already" in reject.reason]
    # A cell above spans two lines: the file's README counts rows as a spreadsheet does.
    assert [reject.row for reject in duplicates] == [499, 1215, 1720]
    # 455 rows are finished; 9 of them are among the 16 that are completed before they start.
    assert report.counts["actuals"] == {"created": 446}
    assert report.counts["divisions"] == {"created": 18}
    before = importing.recorded()
    # Every accepted row is judged; 11 of them have neither costs nor dates, and no plan.
    assert [kept(importing, kind) - count for kind, count in zip(kinds, held, strict=True)] == [1805, 1816]
    again = importing.load(path, rejects=tmp_path / "rejects.csv")
    assert again.equal
    assert importing.recorded() == before
    assert ProjectMapping().source == report.system


def kept(importing: ImportingCompany, collection: str) -> int:
    """How many portfolio keeps, once everything that follows has followed."""
    importing.recorded()
    return int(importing.read("portfolio", f"/{collection}?count=true&page_size=1")["count"])


def check_plan(importing: ImportingCompany, id: str) -> None:
    """What the source states is one work package and the first baseline."""
    plan = importing.read("portfolio", f"/plans/{id}")
    baseline = plan["baseline"]
    (package,) = baseline["packages"]
    assert (plan["taken_over"], baseline["number"]) == (True, 1)
    assert baseline["budget"] == {"amount": "1500000", "currency": "USD"}
    assert (package["planned_value"], package["plan"]) == ("1500000", {"start": "2011-01-10", "end": "2012-09-30"})


def test_a_project_with_a_budget_and_a_plan_has_one_work_package_in_its_first_baseline_and_a_derived_health(
    importing: ImportingCompany, tmp_path: Path
) -> None:
    mapping = named(tmp_path / "mapping.yaml", "plans")
    rows = [
        row(agency="Parks of plans", projected_cost="1.6"),
        row(agency="Parks of plans", project="2", **FINISHED),
        row(agency="Parks of plans", project="3", start="", completion="", **NO_COSTS),
    ]
    planned, judged = kept(importing, "plans"), kept(importing, "project-health")
    importing.load(write(tmp_path / "file.csv", rows), mapping=mapping)
    assert (kept(importing, "plans") - planned, kept(importing, "project-health") - judged) == (2, 3)
    for key in ("1", "2"):
        check_plan(importing, project(importing, mapping, "Parks of plans", "P-1", key))
    health = importing.read("portfolio", f"/project-health/{project(importing, mapping, 'Parks of plans', 'P-1', '1')}")
    assert (health["rating"], health["declared"]) == ("at risk", None)
