"""Logs of incidents: their rows, which row of an incident holds, rejects with line, column and reason; loaded again."""

import csv
import json
import os
import re
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from contracts.portfolio.services import IncidentPriority, report_id
from portolan.importer.cells import RejectedRow
from portolan.importer.incidents import import_incidents
from portolan.importer.incidents.mapping import IncidentMapping
from portolan.importer.incidents.rows import INCIDENTS, IncidentRow
from portolan.importer.incoming import Incoming
from portolan.importer.report import EVERYTHING_LOADED, NOTHING_LOADED, SOME_REJECTED, Report
from tests.importer.company import ImportingCompany
from tests.today import TODAY

HEADER = "number,sys_mod_count,category,u_symptom,priority,opened_at,resolved_at,closed_at,made_sla"
OPEN = "INC1,0,Mail,Slow,2 - High,29-02-2016 08:15,?,?,TRUE"
RESOLVED = "INC1,2,Mail,Slow,2 - High,29-02-2016 08:15,29-02-2016 11:00,?,TRUE"
CLOSED = "INC1,3,Mail,Slow,2 - High,29-02-2016 08:15,29-02-2016 11:00,05-03-2016 12:00,FALSE"
UNKNOWN = "INC2,1,?,?,4 - Low,01-03-2016 09:00,?,?,?"


def written(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "log.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def mapped(folder: Path, **words: Any) -> Path:
    path = folder / "log.yaml"
    path.write_text("\n".join(f"{name}: {value}" for name, value in words.items()))
    return path


def read(path: Path, **words: Any) -> list[IncidentRow | RejectedRow]:
    with ExitStack() as stack:
        mapping = IncidentMapping.model_validate(words)
        return list(Incoming(INCIDENTS, path, mapping, TODAY, stack, dry_run=True).checked())


def row(folder: Path, line: str, **words: Any) -> IncidentRow:
    (found,) = read(written(folder, line), **words)
    assert isinstance(found, IncidentRow), found
    return found


def test_a_row_is_an_incident_as_it_stood_then(tmp_path: Path) -> None:
    found = row(tmp_path, CLOSED)
    assert (found.number, found.changes, found.service, found.title) == ("INC1", 3, "Mail", "Slow")
    assert (found.priority, found.within_target) == (IncidentPriority.HIGH, False)
    assert found.opened_at == datetime(2016, 2, 29, 8, 15, tzinfo=UTC)
    assert found.closed_at == datetime(2016, 3, 5, 12, tzinfo=UTC)


def test_words_for_the_unknown_stand_for_nothing(tmp_path: Path) -> None:
    found = row(tmp_path, UNKNOWN)
    assert (found.service, found.title, found.resolved_at, found.within_target) == (None, None, None, None)
    other = row(tmp_path, UNKNOWN.replace("?", "n/a"), unknown="N/A")
    assert other.service is None


def test_moments_are_by_the_clocks_of_the_mapping_or_say_their_zone(tmp_path: Path) -> None:
    opened = datetime(2016, 2, 29, 7, 15, tzinfo=UTC)
    assert row(tmp_path, OPEN, timezone="Europe/Oslo").opened_at == opened
    for moment in ("2016-02-29T07:15:00Z", "2016-02-29 08:15+01:00"):
        assert row(tmp_path, OPEN.replace("29-02-2016 08:15", moment)).opened_at == opened
    midnight = row(tmp_path, OPEN.replace("29-02-2016 08:15", "29.2.2016"), dates="DD.MM.YYYY")
    assert midnight.opened_at == datetime(2016, 2, 29, tzinfo=UTC)


def test_priorities_go_by_their_names_or_those_of_the_mapping(tmp_path: Path) -> None:
    for word, priority in (("critical", "critical"), ("1 - Critical", "critical"), ("P4", "low")):
        found = row(tmp_path, OPEN.replace("2 - High", word), priorities={"p4": "low"})
        assert found.priority == priority


@pytest.mark.parametrize(
    ("old", "new", "column", "reason"),
    [
        ("INC1", "", "number", "'number' is missing."),
        (",0,", ",x,", "sys_mod_count", "'sys_mod_count'"),
        (",0,", ",1.5,", "sys_mod_count", "is not a whole number"),
        ("2 - High", "5 - Planning", "priority", "is no priority that is known"),
        ("29-02-2016 08:15", "30-02-2016 08:15", "opened_at", "is not a day"),
        ("29-02-2016 08:15", "29-02-2016 25:15", "opened_at", "is not a moment"),
        ("29-02-2016 08:15", "?", "opened_at", "'opened_at' is not known."),
        ("?,?,TRUE", "28-02-2016 08:15,?,TRUE", "resolved_at; opened_at", "is before 'opened_at'"),
        ("?,?,TRUE", "?,28-02-2016 08:15,TRUE", "closed_at; opened_at", "is before 'opened_at'"),
        ("?,?,TRUE", "02-03-2016 08:15,01-03-2016 08:15,TRUE", "closed_at; resolved_at", "is before 'resolved_at'"),
        ("TRUE", "perhaps", "made_sla", "is neither yes nor no"),
    ],
)
def test_a_row_that_cannot_be_taken_says_why(tmp_path: Path, old: str, new: str, column: str, reason: str) -> None:
    (found,) = read(written(tmp_path, OPEN.replace(old, new)))
    assert isinstance(found, RejectedRow)
    assert ("; ".join(found.columns), found.line) == (column, 2)
    assert reason in found.reason


def load(importing: ImportingCompany, path: Path, mapping: Path | None = None, **more: Any) -> Report:
    urls = {name: getattr(importing.urls, name) for name in ("people", "portfolio")}
    return import_incidents(path, urls, importing.token, mapping=mapping, rejects=path.with_name("rejects.csv"), **more)


def incident(importing: ImportingCompany, source: str, number: str) -> dict[str, Any]:
    return importing.read("portfolio", f"/incidents/{report_id(source, number)}")


def test_the_row_with_the_most_changes_holds_wherever_it_is_and_loading_again_changes_nothing(
    importing: ImportingCompany, tmp_path: Path
) -> None:
    source, rows = f"desk {uuid4().hex[:6]}", (CLOSED, OPEN, UNKNOWN, RESOLVED, CLOSED)
    path, mapping = written(tmp_path, *rows), mapped(tmp_path, source=source, division="Desk IT")
    report = load(importing, path, mapping)
    assert (report.exit_code, report.counts) == (
        EVERYTHING_LOADED,
        {"services": Counter(created=2), "incidents": Counter(created=2)},
    )
    found = incident(importing, source, "INC1")
    assert (found["status"], found["within_target"], found["version"]) == ("closed", False, 1)
    service = importing.read("portfolio", f"/services/{found['service_id']}")
    assert (service["name"], service["stage"], service["owner_id"]) == ("Mail", "planned", None)
    recorded = importing.recorded()
    again = load(importing, path, mapping)
    assert again.counts["incidents"] == Counter(unchanged=2)
    assert importing.recorded() == recorded


def test_a_later_log_records_how_incidents_went_on(importing: ImportingCompany, tmp_path: Path) -> None:
    source = f"desk {uuid4().hex[:6]}"
    mapping = mapped(tmp_path, source=source)
    load(importing, written(tmp_path, OPEN), mapping)
    report = load(importing, written(tmp_path, RESOLVED), mapping)
    assert report.counts["incidents"] == Counter(changed=1)
    assert incident(importing, source, "INC1")["status"] == "resolved"


def test_what_cannot_be_taken_is_in_the_rejects_and_the_rest_loads(importing: ImportingCompany, tmp_path: Path) -> None:
    source = f"desk {uuid4().hex[:6]}"
    wrong = OPEN.replace("INC1", "INC3").replace("2 - High", "5 - Planning")
    path = written(tmp_path, OPEN, wrong)
    report = load(importing, path, mapped(tmp_path, source=source))
    assert (report.exit_code, report.rejected) == (SOME_REJECTED, 1)
    (rejected,) = report.rejects
    assert (rejected.line, rejected.column) == (3, "priority")
    rejects = path.with_name("rejects.csv").read_text()
    assert "INC3" in rejects
    assert "is no priority that is known" in rejects
    nothing = load(importing, written(tmp_path, wrong), mapped(tmp_path, source=source))
    assert nothing.exit_code == NOTHING_LOADED


def test_services_that_are_there_are_named_by_their_ids_and_unknown_ones_reject_their_rows(
    importing: ImportingCompany, tmp_path: Path
) -> None:
    source = f"desk {uuid4().hex[:6]}"
    load(importing, written(tmp_path, OPEN), mapped(tmp_path, source=source))
    known = incident(importing, source, "INC1")["service_id"]
    other = f"desk {uuid4().hex[:6]}"
    named = mapped(tmp_path, source=other, services=f"{{Mail: {known}, Files: {uuid4()}, Fax: {uuid4()}}}")
    rows = (OPEN, OPEN.replace("INC1", "INC2").replace("Mail", "Files"))
    report = load(importing, written(tmp_path, *rows), named)
    assert incident(importing, other, "INC1")["service_id"] == known
    assert [reject.line for reject in report.rejects] == [3]
    assert report.unused == ["the service 'Fax'"]


def test_a_dry_run_stores_nothing(importing: ImportingCompany, tmp_path: Path) -> None:
    recorded = importing.recorded()
    report = load(importing, written(tmp_path, OPEN), mapped(tmp_path, source="dry desk"), dry_run=True)
    assert report.counts == {"services": Counter(created=1), "incidents": Counter(created=1)}
    assert importing.recorded() == recorded


@pytest.mark.real_data
def test_the_real_log_is_890_incidents_of_which_495_were_within_target(
    importing: ImportingCompany, tmp_path: Path
) -> None:
    path = Path(os.environ["PORTOLAN_REAL_DATA"]).with_name("incident-event-log-2016.csv")
    source = f"desk {uuid4().hex[:6]}"
    report = load_real(importing, path, mapped(tmp_path, source=source), tmp_path)
    assert (report.exit_code, report.files[0].rows) == (EVERYTHING_LOADED, 5998)
    assert report.counts["incidents"] == Counter(created=890)

    def count(**asked: str) -> int:
        query = "&".join(f"{name}={value}" for name, value in {"source": source, "count": "true", **asked}.items())
        return int(importing.read("portfolio", f"/incidents?{query}")["count"])

    assert (count(within_target="true"), count(within_target="false"), count(status="closed")) == (495, 395, 890)
    priorities = {priority: count(priority=priority) for priority in IncidentPriority}
    assert priorities == {"critical": 15, "high": 33, "moderate": 757, "low": 85}
    again = load_real(importing, path, mapped(tmp_path, source=source), tmp_path)
    assert again.counts["incidents"] == Counter(unchanged=890)


def load_real(importing: ImportingCompany, path: Path, mapping: Path, folder: Path) -> Report:
    urls = {name: getattr(importing.urls, name) for name in ("people", "portfolio")}
    return import_incidents(path, urls, importing.token, mapping=mapping, rejects=folder / "real-rejects.csv")


def test_the_example_of_the_page_is_loaded_by_its_command(importing: ImportingCompany, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "import.md").read_text()
    blocks = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    for name in ("desk.csv", "desk.yaml"):
        (tmp_path / name).write_text(blocks[name])
    urls = [f"--url={name}={getattr(importing.urls, name)}" for name in ("people", "portfolio")]
    done = subprocess.run(
        [*blocks["desk"].replace(".venv", sys.prefix, 1).split(), *urls, "--json"],
        cwd=tmp_path,
        env={**os.environ, "PORTOLAN_TOKEN": importing.token(), "PORTOLAN_STATE": str(tmp_path / "state")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == SOME_REJECTED, done.stderr
    assert json.loads(done.stdout)["counts"] == {"services": {"created": 2}, "incidents": {"created": 2}}
    (rejected,) = list(csv.DictReader((tmp_path / "desk.csv.rejects.csv").read_text().splitlines()))
    assert rejected["number"] == "INC-9"
