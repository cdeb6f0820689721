"""Files as other systems really write them, loaded: what their source withdrew, moved, or said earlier; dry runs."""

import os
import shutil
import subprocess
import sys
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console

from portolan.importer.mapping import read_as
from portolan.importer.people import import_people
from portolan.importer.people.mapping import PeopleMapping
from portolan.importer.people.plan import Plan as PeoplePlan
from portolan.importer.projects.mapping import ProjectMapping
from portolan.importer.projects.plan import Plan
from portolan.importer.report import EVERYTHING_LOADED, NOT_EQUAL, NOTHING_LOADED, SOME_REJECTED, Report
from tests.importer.company import ImportingCompany
from tests.today import TODAY

FILES = Path(__file__).parent / "files"
BASE = FILES / "base.yaml"


def project_id(source: str, *key: str) -> str:
    return str(Plan(read_as(ProjectMapping, BASE, source=source)).id_of("project", *key))


def people_plan(source: str) -> PeoplePlan:
    words = PeopleMapping.model_validate({"source": source, "secret": "0123456789abcdef-cases"})
    return PeoplePlan(words, TODAY, Decimal(10))


def load_people(importing: ImportingCompany, name: str, source: str, rejects: Path, **more: Any) -> Report:
    return import_people(
        FILES / name,
        importing.urls.people,
        importing.token,
        mapping=more.pop("mapping", FILES / "people.yaml"),
        source=source,
        rejects=rejects,
        **more,
    )


def person(importing: ImportingCompany, id: object) -> dict[str, Any]:
    return importing.read("people", f"/persons/{id}")


def test_what_its_source_brought_before_and_the_file_lacks_is_named_with_its_sums_and_can_be_withdrawn(
    importing: ImportingCompany, tmp_path: Path
) -> None:
    how: dict[str, Any] = {"mapping": BASE, "source": "moved", "rejects": tmp_path / "rejects.csv"}
    first = importing.load(FILES / "54-title-v1.csv", **how)
    assert (first.exit_code, first.equal) == (EVERYTHING_LOADED, True)
    moved = importing.load(FILES / "54d-programme-changed.csv", **how)
    assert moved.comparison is not None
    (missing,) = moved.comparison.missing
    assert (missing.reference, missing.planned, missing.outlook) == (
        "Harbour Authority / P1 / 1",
        Decimal(1000),
        Decimal(1200),
    )
    assert moved.exit_code == NOT_EQUAL
    shown = StringIO()
    moved.show(Console(file=shown, width=200))
    assert "reporting holds 1 more projects that this source brought before (planned 1,000, outlook 1,200 EUR)" in (
        shown.getvalue()
    )
    again = importing.load(FILES / "54d-programme-changed.csv", withdraw=True, **how)
    assert again.comparison is not None
    assert (again.exit_code, again.comparison.withdrawn, again.comparison.missing) == (EVERYTHING_LOADED, 1, [])
    gone = project_id("moved", "Harbour Authority", "P1", "1")
    assert importing.read("portfolio", f"/projects/{gone}")["stage"] == "cancelled"
    assert importing.read("finance", f"/project-budgets/{gone}")["granted"] == {"amount": "0", "currency": "EUR"}
    before = importing.recorded()
    assert importing.load(FILES / "54d-programme-changed.csv", withdraw=True, **how).exit_code == EVERYTHING_LOADED
    assert importing.recorded() == before
    back = importing.load(FILES / "54-title-v1.csv", **how)
    assert back.counts["projects"] == {"changed": 1, "unchanged": 1}
    assert importing.read("portfolio", f"/projects/{gone}")["stage"] == "in progress"


def test_older_news_does_not_open_a_closed_project_again(importing: ImportingCompany, tmp_path: Path) -> None:
    how: dict[str, Any] = {"mapping": BASE, "source": "older", "rejects": tmp_path / "rejects.csv"}
    importing.load(FILES / "61-new.csv", **how)
    before = importing.recorded()
    report = importing.load(FILES / "61b-older.csv", **how)
    assert importing.recorded() == before
    assert {reject.line: reject.column for reject in report.rejects} == {2: "Updated", 3: "Updated"}
    assert "was stated as of 2026-05-31, which is later than 2026-03-31" in report.rejects[1].reason
    closed = project_id("older", "Harbour Authority", "P1", "2")
    assert importing.read("portfolio", f"/projects/{closed}")["stage"] == "closed"
    assert importing.read("finance", f"/project-budgets/{closed}")["spent"] == {"amount": "900", "currency": "EUR"}
    assert report.exit_code == NOTHING_LOADED


def test_rows_in_several_currencies_are_added_up_apart(importing: ImportingCompany, tmp_path: Path) -> None:
    report = importing.load(
        FILES / "51-multi-currency.csv", mapping=BASE, source="currencies", rejects=tmp_path / "rejects.csv"
    )
    assert [(line.currency, line.rows, line.planned_reporting) for line in report.lines] == [
        ("EUR", 1, Decimal(1000)),
        ("USD", 1, Decimal(1000)),
    ]
    assert report.equal is True
    budget = project_id("currencies", "Harbour Authority", "P1", "2")
    assert importing.read("finance", f"/project-budgets/{budget}")["granted"]["currency"] == "USD"


def test_where_every_row_is_rejected_nothing_is_said_to_be_equal(importing: ImportingCompany, tmp_path: Path) -> None:
    for name, words in (("05-decimal-comma.csv", FILES / "semicolon.yaml"), ("22-parentheses.csv", BASE)):
        report = importing.load(FILES / name, mapping=words, source="nothing", rejects=tmp_path / "rejects.csv")
        assert (report.exit_code, report.equal) == (NOTHING_LOADED, None)
        assert report.comparison is not None
        assert "cannot be compared with the file: nothing of it was loaded" in report.comparison.verdict()


def test_a_dry_run_shows_what_a_load_would_do_and_stores_nothing(importing: ImportingCompany, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    shutil.copy(FILES / "61-new.csv", path)
    with path.open("a") as file:
        file.write("Harbour Authority,P1,Berth planning,3,Bad,d,soon,,,,1,1,2026-05-31\n")
    before = importing.recorded()
    rehearsed = importing.load(path, mapping=BASE, source="dry", dry_run=True)
    assert importing.recorded() == before
    assert [each.name for each in tmp_path.iterdir()] == ["file.csv"]
    carried_out = importing.load(path, mapping=BASE, source="dry")
    assert rehearsed.counts == carried_out.counts
    assert (rehearsed.rejected, rehearsed.exit_code) == (carried_out.rejected, SOME_REJECTED)
    known = importing.load(path, mapping=BASE, source="dry", dry_run=True)
    assert {mark for marks in known.counts.values() for mark in marks} == {"unchanged"}
    shown = StringIO()
    rehearsed.show(Console(file=shown, width=200))
    assert "2 of 3 rows would be loaded, 1 rejected" in shown.getvalue()


def test_a_division_that_looks_like_one_of_another_source_is_warned_of_before_anything_is_sent(
    importing: ImportingCompany, tmp_path: Path
) -> None:
    load_people(importing, "p03-ceo-self.csv", "twins", tmp_path / "people.csv")
    id = people_plan("twins").division_id("Harbour IT")
    told, rejects = StringIO(), tmp_path / "rejects.csv"
    words = FILES / "64-harbour-it.yaml"
    report = importing.load(
        FILES / "64-harbour-it.csv", mapping=words, dry_run=True, console=Console(file=told), rejects=rejects
    )
    (warning,) = [each for each in report.warnings if str(id) in each]
    assert "write `divisions: {Harbour IT: " in warning
    assert told.getvalue().index("is new here") < told.getvalue().index("Loading")
    mapped = tmp_path / "mapped.yaml"
    mapped.write_text(f"{words.read_text()}\ndivisions:\n  Harbour IT: {id}\n")
    report = importing.load(FILES / "64-harbour-it.csv", mapping=mapped, rejects=rejects)
    assert (report.warnings, report.exit_code) == ([], SOME_REJECTED)
    (line,) = report.lines
    assert (line.division, line.accepted, line.planned_reporting) == ("Harbour IT", 2, Decimal("432050"))


def test_one_senior_person_without_experience_does_not_fell_the_file(
    importing: ImportingCompany, tmp_path: Path
) -> None:
    rejects = tmp_path / "rejects.csv"
    report = load_people(importing, "p24-no-experience.csv", "ungated", rejects)
    assert report.counts["persons"] == {"created": 2, "hired but not appointed": 1}
    assert report.exit_code == SOME_REJECTED
    plan = people_plan("ungated")
    staff = person(importing, plan.person_id("C-02"))
    assert staff["line_manager_id"] == str(plan.person_id("C-01"))
    waived = tmp_path / "people.yaml"
    waived.write_text((FILES / "people.yaml").read_text() + "waiver: Taken over from personnel.\n")
    report = load_people(importing, "p24-no-experience.csv", "ungated", rejects, mapping=waived)
    assert (report.exit_code, report.counts["persons"]) == (EVERYTHING_LOADED, {"changed": 1, "unchanged": 2})
    head = importing.read("people", f"/persons/{plan.person_id('C-01')}/history")["items"]
    assert "SeniorManagerGateWaived" in [item["type"] for item in head]
    before = importing.recorded()
    load_people(importing, "p24-no-experience.csv", "ungated", rejects, mapping=waived)
    assert importing.recorded() == before


def test_who_came_back_is_loaded_in_every_spell(importing: ImportingCompany, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    report = load_people(importing, "p09-rehired.csv", "spells", rejects)
    assert (report.exit_code, report.counts["persons"]) == (EVERYTHING_LOADED, {"created": 3})
    plan = people_plan("spells")
    first = person(importing, plan.person_id("C-02"))
    assert (first["employment"], first["last_on"]) == ("left", "2018-12-31")
    before = importing.recorded()
    assert load_people(importing, "p09-rehired.csv", "spells", rejects).counts["persons"] == {"unchanged": 3}
    only_present = tmp_path / "present.csv"
    lines = (FILES / "p09-rehired.csv").read_text().splitlines(keepends=True)
    only_present.write_text("".join(line for line in lines if "2018-12-31" not in line))
    again = load_people(importing, str(only_present), "spells", rejects)
    assert again.counts["persons"] == {"unchanged": 2}
    assert importing.recorded() == before


def test_open_ends_load_as_open(importing: ImportingCompany, tmp_path: Path) -> None:
    report = load_people(importing, "p06-open-end-9999.csv", "open", tmp_path / "rejects.csv", dry_run=True)
    assert (report.exit_code, report.counts["persons"]) == (EVERYTHING_LOADED, {"created": 2})


def test_the_command_reads_standard_input_and_ends_with_its_code(importing: ImportingCompany, tmp_path: Path) -> None:
    urls = [part for name, url in vars(importing.urls).items() for part in ("--url", f"{name}={url}")]
    command = [str(Path(sys.executable).with_name("portolan")), "import", "-", "--mapping", str(BASE), *urls]
    done = subprocess.run(
        [*command, "--source", "piped"],
        input=(FILES / "55-esc.csv").read_bytes(),
        cwd=tmp_path,
        env={**os.environ, "PORTOLAN_TOKEN": importing.token(), "PORTOLAN_STATE": str(tmp_path / "none")},
        capture_output=True,
        check=False,
    )
    assert done.returncode == SOME_REJECTED, done.stderr
    assert b"\x1b" not in done.stdout
    assert b"-: 1 of 2 rows were loaded, 1 rejected: correct them in import.rejects.csv" in done.stdout
    assert (tmp_path / "import.rejects.csv").exists()
