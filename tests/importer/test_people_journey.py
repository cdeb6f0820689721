"""Persons loaded into a running people service: repetition, corrections, corrected rejects, the gate, leaving."""

import csv
import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from contracts.roles import Role
from portolan.importer import ImportProblem
from portolan.importer.people import import_people
from portolan.importer.people.mapping import PeopleMapping
from portolan.importer.people.plan import Plan
from portolan.importer.report import EVERYTHING_LOADED, SOME_REJECTED, Report
from portolan.stack.postgres import ServiceDatabase
from services.people.app import SERVICE
from tests.harness import Running, company
from tests.importer.personnel import PERSON_COLUMNS, experience, person, write_experience, write_persons
from tests.infrastructure import Infrastructure
from tests.today import TODAY


class Personnel:
    """Loads files into people and reads what became of them."""

    def __init__(self, people: Running, state: Path) -> None:
        self.people, self.state = people, state
        self.client = people.client(Role.ADMINISTRATOR)

    def load(self, path: Path, **more: Any) -> Report:
        return import_people(path, self.people.url, self.token, **more)

    def types(self, command: str, folder: Path, code: int = EVERYTHING_LOADED) -> dict[str, Any]:
        """Run a command of a page in a folder, with a report for machines."""
        its = {"PORTOLAN_STATE": str(self.state), "PORTOLAN_PEOPLE_PORT": str(self.people.own.port)}
        done = subprocess.run(
            [*command.replace(".venv", sys.prefix, 1).split(), "--json"],
            cwd=folder,
            env={**os.environ, **its},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return dict(json.loads(done.stdout))

    def token(self) -> str:
        return self.people.issuer.token("system:import", [Role.ADMINISTRATOR])

    def recorded(self) -> int:
        return int(self.people.status()["recorded"])

    def read(self, path: str) -> dict[str, Any]:
        response = self.client.get(path)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def person(self, source: str, key: str) -> dict[str, Any]:
        return self.read(f"/persons/{plan(source).person_id(key)}")

    def knows(self, source: str, key: str) -> bool:
        return self.client.get(f"/persons/{plan(source).person_id(key)}").status_code == 200

    def events(self, source: str, key: str) -> list[str]:
        found = self.read(f"/persons/{plan(source).person_id(key)}/history")
        return [item["type"] for item in found["items"]]


def plan(source: str) -> Plan:
    return Plan(PeopleMapping(source=source), TODAY, Decimal(10))


@pytest.fixture(scope="module")
def personnel(
    infrastructure: Infrastructure,
    fresh_database: Callable[[], ServiceDatabase],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Personnel]:
    state = tmp_path_factory.mktemp("state")
    with company(infrastructure.broker, fresh_database, state / "issuer") as made:
        yield Personnel(made.start(SERVICE, worker=False), state)


def company_of(source: str) -> list[dict[str, str]]:
    """Five persons in two divisions of their own, staff first."""
    it, pilots = (
        {"division": f"{name} of {source}", "division_code": f"{name[0]}-{source}"} for name in ("IT", "Pilots")
    )
    return [
        person("5", "3", **it),
        person("4", "2", grade="junior manager", **pilots),
        person("3", "1", grade="manager", **it),
        person("2", "1", grade="senior manager", **pilots),
        person("1", grade="executive", **it),
    ]


EXPERIENCED = [experience("1"), experience("2"), experience("5", it_management="no", verified="no")]


def told(report: Report, number: int = 0) -> dict[int, tuple[str, str]]:
    return {reject.line: (reject.column, reject.reason) for reject in report.files[number].rejects}


def reasons(path: Path) -> dict[int, str]:
    with path.open(encoding="utf-8", newline="") as file:
        return {int(row["Line"]): row["Reason"] for row in csv.DictReader(file)}


def test_persons_get_divisions_positions_experience_and_their_line(personnel: Personnel, tmp_path: Path) -> None:
    path = write_persons(tmp_path / "file.csv", company_of("whole"))
    report = personnel.load(path, experience=write_experience(tmp_path / "experience.csv", EXPERIENCED), source="whole")
    assert report.rejected == 0
    assert report.counts == {
        "divisions": {"created": 2},
        "positions": {"created": 5},
        "persons": {"created": 5},
        "experiences": {"created": 3},
    }
    found = personnel.person("whole", "2")
    words = plan("whole")
    assert (found["name"], found["hired_on"]) == ("Name of 2", "2019-03-01")
    assert found["line_manager_id"] == str(words.person_id("1"))
    assert found["appointment"]["division_id"] == str(words.division_id("Pilots of whole"))
    assert [each["verified_until"] for each in found["experience"]] == ["2017-12-31"]
    assert personnel.person("whole", "5")["experience"][0]["verified_until"] is None
    position = personnel.read(f"/positions/{found['appointment']['position_id']}")
    above = personnel.person("whole", "1")["appointment"]["position_id"]
    assert (position["status"], position["it_management_years"], position["reports_to"]) == ("approved", "10", above)
    assert personnel.read(f"/divisions/{words.division_id('Pilots of whole')}")["code"] == "P-whole"


def test_loading_twice_changes_nothing(personnel: Personnel, tmp_path: Path) -> None:
    rows = [*company_of("twice"), person("6", "5", division="IT of twice", division_code="", left_on="2024-06-30")]
    going_on = [*EXPERIENCED[1:], experience("1", ended_on="")]
    files = {"experience": write_experience(tmp_path / "experience.csv", going_on), "source": "twice"}
    path = write_persons(tmp_path / "file.csv", rows)
    first, before = personnel.load(path, **files), personnel.recorded()
    second = personnel.load(path, **files)
    assert personnel.recorded() == before
    assert second.counts == {kind: {"unchanged": sum(marks.values())} for kind, marks in first.counts.items()}
    assert (first.rejected, second.rejected) == (0, 0)
    assert personnel.person("twice", "6")["employment"] == "left"


def test_a_corrected_file_records_what_changed(personnel: Personnel, tmp_path: Path) -> None:
    path, files = tmp_path / "file.csv", {"source": "corrected"}
    files["experience"] = write_experience(tmp_path / "experience.csv", EXPERIENCED)  # type: ignore[assignment]
    rows = company_of("corrected")
    personnel.load(write_persons(path, rows), **files)
    by_key = {row["key"]: row for row in rows}
    by_key["5"] |= {"name": "Grace", "title": "Senior planner", "appointed_on": "2023-01-01"}
    by_key["4"] |= {"division": "IT of corrected", "division_code": "I-corrected", "appointed_on": "2024-01-01"}
    by_key["3"] |= {"manager": "2"}
    by_key["2"] |= {"left_on": "2025-01-31"}
    report = personnel.load(write_persons(path, rows), **files)
    assert report.rejected == 0
    assert report.counts["persons"] == {"changed": 4, "unchanged": 1}
    assert report.counts["positions"] == {"created": 1, "changed": 2, "unchanged": 2}
    five = personnel.person("corrected", "5")
    assert (five["name"], five["appointment"]["title"], five["last_on"]) == ("Grace", "Senior planner", "2023-01-01")
    assert personnel.events("corrected", "5")[-2:] == ["PersonRenamed", "PersonAppointed"]
    assert personnel.events("corrected", "4")[-1] == "PersonAppointed"
    three = personnel.person("corrected", "3")
    assert (three["line_manager_id"], three["last_on"]) == (str(plan("corrected").person_id("2")), str(TODAY))
    two = personnel.person("corrected", "2")
    assert (two["employment"], two["last_on"]) == ("left", "2025-01-31")
    before = personnel.recorded()
    assert personnel.load(path, **files).rejected == 0
    assert personnel.recorded() == before


def test_a_senior_manager_without_the_years_is_hired_but_not_appointed_and_those_below_report_to_them(
    personnel: Personnel, tmp_path: Path
) -> None:
    path = write_persons(tmp_path / "file.csv", company_of("gate"))
    history = tmp_path / "experience.csv"
    write_experience(history, [experience("1"), experience("2", verified="no"), experience("4", verified="no")])
    rejects = tmp_path / "rejects.csv"
    report = personnel.load(path, experience=history, source="gate", rejects=rejects)
    assert told(report) == {5: ("Grade", "Hired, but not appointed: refused by the rule senior-manager-gate.")}
    assert reasons(rejects)[5].startswith(
        "Hired, but not appointed: The position requires 10 years of verified IT management; the person has 0."
    )
    assert report.counts["persons"] == {"created": 4, "hired but not appointed": 1}
    assert report.exit_code == SOME_REJECTED
    assert personnel.person("gate", "2")["appointment"] is None
    assert personnel.person("gate", "4")["line_manager_id"] == str(plan("gate").person_id("2"))
    write_experience(history, [experience("1"), experience("2"), experience("4", verified="no")])
    again = personnel.load(rejects, experience=history, source="gate", rejects=tmp_path / "still.csv")
    assert (again.rejected, again.counts["persons"]) == (0, {"changed": 1})
    assert again.counts["experiences"] == {"changed": 1, "unchanged": 2}
    assert not (tmp_path / "still.csv").exists()
    assert personnel.person("gate", "2")["appointment"]["grade"] == "senior manager"


def test_the_rejects_file_can_be_corrected_and_loaded_again(personnel: Personnel, tmp_path: Path) -> None:
    rows = [*company_of("rejects"), person("6", "3", division="IT of rejects", division_code=""), person("7", "9")]
    rows[2] |= {"hired_on": "soon"}
    path, rejects = write_persons(tmp_path / "file.csv", rows), tmp_path / "rejects.csv"
    files = {"experience": write_experience(tmp_path / "experience.csv", EXPERIENCED[:2]), "source": "rejects"}
    report = personnel.load(path, rejects=rejects, **files)
    assert told(report) == {
        2: ("Manager ID", "The person's manager, in line 4, was rejected."),
        4: ("Hired On", "'Hired On': is not a day such as 2011-01-31."),
        7: ("Manager ID", "The person's manager, in line 4, was rejected."),
        8: ("Manager ID", "'Manager ID': nobody in the file or in Portolan has this key and holds a position."),
    }
    corrected = rejects.read_text(encoding="utf-8").replace("soon", "2018-01-01")
    rejects.write_text(corrected, encoding="utf-8")
    again = personnel.load(rejects, rejects=tmp_path / "still.csv", **files)
    assert (again.counts["persons"], again.rejected) == ({"created": 3}, 1)
    assert personnel.person("rejects", "3")["line_manager_id"] == str(plan("rejects").person_id("1"))
    rows[2] |= {"hired_on": "2018-01-01"}
    whole = personnel.load(write_persons(path, rows), rejects=rejects, **files)
    assert (whole.counts["persons"], whole.rejected) == ({"unchanged": 6}, 1)


def test_a_division_whose_code_another_one_has_is_established_without_it(personnel: Personnel, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    for source in ("code", "same code"):
        rows = [person("1", division=f"IT of {source}", division_code="TAKEN")]
        report = personnel.load(write_persons(path, rows), source=source)
        assert report.rejected == 0
    assert report.warnings == [
        "The division 'IT of same code' was established without its code 'TAKEN', which another division has."
    ]
    assert personnel.read(f"/divisions/{plan('same code').division_id('IT of same code')}")["code"] is None


def test_a_token_of_hr_loads_as_well(personnel: Personnel, tmp_path: Path) -> None:
    path, token = write_persons(tmp_path / "file.csv", [person("1")]), personnel.people.issuer.token("hr", [Role.HR])
    report = import_people(path, personnel.people.url, lambda: token, source="hr")
    assert report.counts["persons"] == {"created": 1}


def test_what_people_refuses_is_told_by_its_rule_and_nothing_half_done_stays_unsaid(
    personnel: Personnel, tmp_path: Path
) -> None:
    rows = company_of("refused")
    rows += [
        person("6", "5", grade="manager", division="IT of refused", division_code=""),
        person("7", "1", grade="senior manager", years="5", division="IT of refused", division_code=""),
    ]
    files = {"experience": write_experience(tmp_path / "experience.csv", EXPERIENCED[:2]), "source": "refused"}
    report = personnel.load(write_persons(tmp_path / "file.csv", rows), **files)
    assert told(report) == {
        7: ("Grade", "Refused by the rule superior-not-below."),
        8: ("IT Management Years", "Refused by the rule not-less-than-policy."),
    }
    assert not personnel.knows("refused", "6")
    rejects = reasons(tmp_path / "file.csv.rejects.csv")
    assert rejects[7].startswith("The superior is graded staff, below manager.")
    assert rejects[8].startswith("A senior manager position requires at least 10 years of IT management, not 5.")


def test_nothing_changes_about_who_left_was_erased_or_joined_on_another_day(
    personnel: Personnel, tmp_path: Path
) -> None:
    path, division = tmp_path / "file.csv", {"division": "IT of left"}
    rows = [person("1", **division), *(person(key, "1", left_on="2024-06-30", **division) for key in "23")]
    personnel.load(write_persons(path, rows), source="left")
    erased = personnel.client.post(f"/persons/{plan('left').person_id('3')}/erase", json={"reason": "Asked for."})
    assert erased.status_code == 200, erased.text
    rows[0] |= {"hired_on": "2019-03-02"}
    rows[1] |= {"left_on": ""}
    before = personnel.recorded()
    report = personnel.load(write_persons(path, rows), source="left")
    assert personnel.recorded() == before
    assert told(report)[2] == ("Hired On", "Portolan has another day, and the day somebody joined is not changed.")
    rows[0] |= {"hired_on": "2019-03-01"}
    assert told(personnel.load(write_persons(path, rows), source="left")) == {
        3: ("Left On", "In Portolan the person has left, and nothing about them changes after that."),
        4: ("Person ID", "The person was erased. Leave the row out."),
    }


def test_experience_of_persons_loaded_before_is_taken_and_that_of_nobody_is_not(
    personnel: Personnel, tmp_path: Path
) -> None:
    personnel.load(write_persons(tmp_path / "first.csv", [person("1"), person("2", "1")]), source="later")
    history = write_experience(
        tmp_path / "experience.csv",
        [experience("1"), experience("ghost"), experience("2", started_on="2018-01-01", ended_on="")],
    )
    path = write_persons(tmp_path / "second.csv", [person("3", "1")])
    report = personnel.load(path, experience=history, source="later")
    assert report.counts["experiences"] == {"created": 2}
    nobody = "'Person ID': nobody in the file of persons or in Portolan has this key."
    assert told(report, 1) == {3: ("Person ID", nobody)}
    write_experience(history, [experience("1", role="Other"), experience("2", started_on="2018-01-01", ended_on="")])
    again = personnel.load(path, experience=history, source="later")
    assert told(again, 1) == {2: ("Started On", "Portolan has other details here, and keeps them.")}
    assert again.counts["experiences"] == {"unchanged": 1}
    write_experience(history, [experience("2", started_on="2018-01-01", ended_on="2024-12-31")])
    for mark in ("changed", "unchanged"):
        assert personnel.load(path, experience=history, source="later").counts["experiences"] == {mark: 1}
    (ended,) = personnel.person("later", "2")["experience"]
    assert (ended["ended_on"], ended["verified_until"]) == ("2024-12-31", "2024-12-31")


def test_duties_written_in_portolan_stay_when_a_position_is_corrected(personnel: Personnel, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    personnel.load(write_persons(path, [person("1")]), source="duties")
    id = personnel.person("duties", "1")["appointment"]["position_id"]
    position = personnel.read(f"/positions/{id}")
    revised = {part: position[part] for part in ("title", "grade", "reports_to", "it_management_years")}
    answer = personnel.client.post(f"/positions/{id}/revise", json={**revised, "duties": ["Keep the berths."]})
    assert answer.status_code == 200, answer.text
    before = personnel.recorded()
    personnel.load(path, source="duties")
    assert personnel.recorded() == before
    personnel.load(write_persons(path, [person("1", title="Head of berths")]), source="duties")
    position = personnel.read(f"/positions/{id}")
    assert (position["title"], position["duties"]) == ("Head of berths", ["Keep the berths."])


def test_nothing_personal_is_on_the_screen_or_in_the_report_for_machines(
    personnel: Personnel, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [
        person("1"),
        person("2", "1", hired_on="Lovelace"),
        person("3", "1", grade="senior manager"),
        person("4", "2"),
    ]
    rows = [{**row, "name": f"Ada {row['key']} Lovelace"} for row in rows]
    history = write_experience(
        tmp_path / "experience.csv", [experience("3", employer="Lovelace", ended_on="2005-01-01")]
    )
    screen = StringIO()
    console = Console(file=screen, width=100)
    path = write_persons(tmp_path / "file.csv", rows)
    report = personnel.load(path, experience=history, source="private", console=console)
    report.show(console)
    assert (report.files[0].rejected, report.files[1].rejected) == (3, 1)
    written = screen.getvalue() + json.dumps(report.as_json()) + caplog.text
    assert "correct them in " in written
    assert "Loading: 5 rows in" in written
    assert "Lovelace" not in written
    assert "2019-03-01" not in written
    rejects = tmp_path / "file.csv.rejects.csv"
    assert "Ada 2 Lovelace" in rejects.read_text()
    assert rejects.stat().st_mode & 0o077 == 0


def test_a_file_that_is_wrong_as_a_whole_is_told_in_sentences_and_nothing_is_sent(
    personnel: Personnel, tmp_path: Path
) -> None:
    before = personnel.recorded()
    path = write_persons(tmp_path / "file.csv", [person("1")])
    wrong = tmp_path / "experience.csv"
    wrong.write_text("Person ID,Employer\n1,Acme\n")
    with pytest.raises(ImportProblem, match="lacks the columns 'Role'"):
        personnel.load(path, experience=wrong, source="wrong")
    wrong.write_bytes(",".join(PERSON_COLUMNS.values()).encode() + b"\n1,Bj\xf8rn\n")
    with pytest.raises(ImportProblem, match=r"is not UTF-8: line 2 has the byte 0xF8"):
        personnel.load(wrong, source="wrong")
    history = write_experience(tmp_path / "experience.csv", [experience("1")])
    with pytest.raises(ImportProblem, match="not all different ones"):
        personnel.load(path, experience=history, rejects=history, source="wrong")
    with pytest.raises(ImportProblem, match="people does not respond"):
        import_people(path, "http://127.0.0.1:9", personnel.token, patience=0.2)
    staff = personnel.people.issuer.token("system:import", [Role.STAFF])
    with pytest.raises(ImportProblem, match="role administrator"):
        import_people(path, personnel.people.url, lambda: staff, source="wrong")
    assert personnel.recorded() == before


PAGE = Path(__file__).parents[2] / "docs" / "import.md"
BLOCK = re.compile(r"^```\w+ (?P<name>\S+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_example_of_the_page_is_loaded_by_its_commands(personnel: Personnel, tmp_path: Path) -> None:
    blocks = {block["name"]: block["text"] for block in BLOCK.finditer(PAGE.read_text())}
    for name in ("crew.csv", "crew-experience.csv", "crew.yaml"):
        (tmp_path / name).write_text(blocks[name])
    report = personnel.types(blocks["crew"], tmp_path, SOME_REJECTED)
    assert report["counts"]["persons"] == {"created": 5, "hired but not appointed": 1}
    assert (tmp_path / "crew.csv.rejects.csv").read_text().splitlines()[1].startswith("C-15,Maren Dahl,")
    assert not (tmp_path / "crew-experience.csv.rejects.csv").exists()
    history = tmp_path / "crew-experience.csv"
    history.write_text(history.read_text().replace(",,no", ",,yes"))
    again = personnel.types(blocks["crew-again"], tmp_path)
    assert again["counts"]["persons"] == {"changed": 1}
    assert again["counts"]["experiences"] == {"changed": 1, "unchanged": 4}
    assert again["rejected"] == 0


ROWS = 1000
WRONG_CELLS: dict[str, tuple[dict[str, str], str]] = {
    "day": ({"hired_on": "31.12.2019"}, "Hired On"),
    "future": ({"left_on": "2199-01-01"}, "Left On"),
    "order": ({"appointed_on": "2001-01-01"}, "Appointed On; Hired On"),
    "grade": ({"grade": "emperor"}, "Grade"),
    "name": ({"name": ""}, "Name"),
    "long": ({"title": "x" * 201}, "Position"),
    "years": ({"years": "many"}, "IT Management Years"),
    "ghost": ({"manager": "nobody"}, "Manager ID"),
    "policy": ({"grade": "senior manager", "years": "3", "manager": "0"}, "IT Management Years"),
    "gate": ({"grade": "senior manager", "manager": "0"}, "Grade"),
}


def test_every_defect_among_a_thousand_persons_is_found_where_it_is(personnel: Personnel, tmp_path: Path) -> None:
    rng = random.Random(20)
    grades = ["executive", *["manager"] * 30, *["staff"] * (ROWS - 31)]
    rows = [
        person(str(n), "" if n == 0 else "0" if n <= 30 else str(rng.randint(1, 30)), grade=grade, division="Crowd")
        for n, grade in enumerate(grades)
    ]
    places = rng.sample(range(31, ROWS), 5 * len(WRONG_CELLS))
    expected = {}
    for place, (cells, column) in zip(places, [*WRONG_CELLS.values()] * 5, strict=True):
        rows[place] |= cells
        expected[place] = column
    rows[7] |= {"grade": "emperor"}
    rows[8] |= {"manager": "9"}
    rows[9] |= {"manager": "8"}
    expected |= {7: "Grade", 8: "Manager ID", 9: "Manager ID"}
    for place, row in enumerate(rows):
        if row["manager"] in ("7", "8", "9"):
            expected.setdefault(place, "Manager ID")
    again = [place for place in range(31, ROWS) if place not in expected][:3]
    lines = list(range(ROWS))
    rng.shuffle(lines)
    file = [rows[place] for place in lines] + [rows[place] for place in again]
    line_of = {place: number + 2 for number, place in enumerate(lines)}
    wanted = {line_of[place]: column for place, column in expected.items()}
    wanted |= {ROWS + 2 + number: "Person ID" for number in range(len(again))}
    path = write_persons(tmp_path / "crowd.csv", file)
    history = write_experience(tmp_path / "experience.csv", [experience("0")])
    report = personnel.load(path, experience=history, source="crowd")
    assert {line: column for line, (column, _) in told(report).items()} == wanted
    assert report.counts["persons"] == {"created": ROWS - len(expected), "hired but not appointed": 5}
    assert report.files[0].rows == ROWS + len(again)
    before = personnel.recorded()
    second = personnel.load(path, experience=history, source="crowd")
    assert personnel.recorded() == before
    assert second.counts["persons"] == {"unchanged": ROWS - len(expected), "hired but not appointed": 5}
