"""What a row must hold to be taken over, and what its rejection says."""

from decimal import Decimal
from pathlib import Path

import pytest

from contracts.portfolio import Stage
from portolan.importer.cells import RejectedRow
from portolan.importer.figures import Notation
from portolan.importer.projects.mapping import ProjectMapping
from portolan.importer.projects.rows import ProjectRow
from portolan.importer.reading import MISSING, open_table
from portolan.importer.rejects import RejectsFile
from tests.importer.tables import COLUMNS as NAMES
from tests.importer.tables import judged, row, write


def judge(path: Path, *rows: dict[str, str], mapping: ProjectMapping | None = None) -> list[ProjectRow | RejectedRow]:
    return judged(open_table(write(path, rows)), mapping)


def taken(path: Path, **cells: str) -> ProjectRow:
    (found,) = judge(path, row(**cells))
    assert isinstance(found, ProjectRow), found.reason
    return found


def rejected(path: Path, **cells: str) -> RejectedRow:
    (found,) = judge(path, row(**cells))
    assert isinstance(found, RejectedRow)
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


def test_costs_are_exact_amounts_in_units_of_the_currency(path: Path) -> None:
    found = taken(path, planned_cost="15.297001", projected_cost="2.1E-5")
    assert (str(found.planned_cost), str(found.projected_cost)) == ("15297001", "21")
    assert str(taken(path, planned_cost="0.000000000001").planned_cost) == "0.000001"
    assert taken(path, planned_cost="0", projected_cost="-0.0").projected_cost == 0


@pytest.mark.parametrize("field", ["agency", "investment", "investment_title", "project", "name", "updated"])
def test_what_identifies_a_row_must_be_there(path: Path, field: str) -> None:
    reject = rejected(path, **{field: " "})
    assert reject.columns == (NAMES[field],)
    assert reject.reason == f"'{NAMES[field]}' is missing."
    assert reject.values["agency"] == ("Parks" if field != "agency" else None)


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("1,5", "is not a number"),
        ("1 000", "is not a number"),
        ("NaN", "is not a finite number"),
        ("-Infinity", "is not a finite number"),
        ("١", "is not a number"),
        ("1e999", "is not a number"),
        ("0.0000000000001", "has more than 6 decimals"),
        ("-1", "is negative"),
        ("1e10", "is more than any budget can be"),
    ],
)
def test_costs_that_are_none_are_rejected_with_their_column(path: Path, cell: str, why: str) -> None:
    reject = rejected(path, planned_cost=cell)
    assert reject.columns == (NAMES["planned_cost"],)
    assert why in reject.reason
    assert reject.values["planned_cost"] is None
    assert reject.values["projected_cost"] == Decimal("1250000")


@pytest.mark.parametrize("cell", ["2011-02-30", "10.01.2011", "2011-1-1", "1899-01-01", "soon"])
def test_dates_that_are_none_are_rejected_with_their_column(path: Path, cell: str) -> None:
    assert rejected(path, start=cell).columns == (NAMES["start"],)


def test_completion_before_start_names_both_columns_and_keeps_the_costs(path: Path) -> None:
    reject = rejected(path, completion="2011-01-09")
    assert reject.columns == (NAMES["start"], NAMES["completion"])
    costs = (reject.values["planned_cost"], reject.values["projected_cost"])
    assert costs == (Decimal(1500000), Decimal(1250000))


def test_all_that_is_wrong_with_a_row_is_said_at_once(path: Path) -> None:
    reject = rejected(path, name="", start="soon", planned_cost="x")
    assert reject.columns == (NAMES["name"], NAMES["start"], NAMES["planned_cost"])


def test_a_row_from_the_future_is_rejected(path: Path) -> None:
    assert rejected(path, updated="2026-01-02").columns == (NAMES["updated"],)


def test_an_outlook_without_a_plan_is_rejected(path: Path) -> None:
    assert rejected(path, planned_cost="").columns == (NAMES["planned_cost"],)


def test_a_cell_too_long_for_its_field_is_rejected_with_its_length_and_nothing_is_cut_off(path: Path) -> None:
    assert "has 201 characters; at most 200 fit" in rejected(path, name="x" * 201).reason
    assert "1,000,000 characters" in rejected(path, description="x" * 1_000_000).reason
    assert len(rejected(path, start="x" * 5_000).reason) < 200
    assert taken(path, name="x" * 200, description="x" * 10_000).name == "x" * 200


@pytest.mark.parametrize("field", ["agency", "name", "description"])
def test_a_nul_character_is_rejected(path: Path, field: str) -> None:
    assert "NUL" in rejected(path, **{field: "a\x00b"}).reason


def test_a_project_that_is_there_twice_is_rejected_naming_the_first_line(path: Path) -> None:
    first, other, second = judge(path, row(), row(investment="P-2"), row(name="Signs again"))
    assert isinstance(first, ProjectRow)
    assert isinstance(other, ProjectRow)
    assert isinstance(second, RejectedRow)
    assert "in line 2 already" in second.reason
    assert second.columns == (NAMES["agency"], NAMES["investment"], NAMES["project"])


def test_what_is_not_known_is_named_as_a_gap(path: Path) -> None:
    bare = taken(path, start="", completion="", planned_cost="", projected_cost="", description="")
    assert bare.gaps == (
        "plan not recorded",
        "planned cost not recorded",
        "projected cost not recorded",
        "description not recorded",
    )
    assert bare.stage is Stage.APPROVED
    assert taken(path).gaps == ()
    assert taken(path, completion="").gaps == ("completion not recorded",)


@pytest.mark.parametrize(
    ("cells", "stage"),
    [
        ({"planned_completion": "2011-05-01", "projected_completion": "2011-11-30"}, Stage.CLOSED),
        ({"planned_completion": "2011-05-01", "projected_completion": "2011-12-01"}, Stage.IN_PROGRESS),
        ({"projected_completion": "2011-11-30"}, Stage.IN_PROGRESS),
        ({"start": "2011-12-01"}, Stage.FUNDED),
        ({"start": "2011-12-01", "planned_cost": "", "projected_cost": ""}, Stage.APPROVED),
    ],
)
def test_the_stage_follows_from_the_dates(path: Path, cells: dict[str, str], stage: Stage) -> None:
    assert taken(path, **cells).stage is stage


def test_rejects_can_be_read_again_as_they_are_and_are_rejected_again(path: Path, tmp_path: Path) -> None:
    path.write_text(",".join(NAMES.values()) + '\nshort,1\n"open,2\n' + ",".join(["x"] * 20) + "\n")
    table = open_table(path)
    with RejectsFile(tmp_path / "rejects.csv", table, Notation()) as rejects:
        for found in judged(table):
            assert isinstance(found, RejectedRow)
            rejects.write(found)
    again = open_table(tmp_path / "rejects.csv")
    assert again.header == table.header
    found_again = judged(again)
    assert len(found_again) == 3
    for found in found_again:
        assert isinstance(found, RejectedRow)
    text = (tmp_path / "rejects.csv").read_text()
    assert MISSING in text
    assert "The row has 20 cells" in text


def test_no_rejects_no_file_and_never_over_the_file_itself(path: Path, tmp_path: Path) -> None:
    table = open_table(write(path, [row()]))
    with RejectsFile(tmp_path / "rejects.csv", table, Notation()):
        pass
    assert [each.name for each in tmp_path.iterdir()] == ["file.csv"]
    with pytest.raises(Exception, match="overwrite the file"):
        RejectsFile(path, table, Notation())
