"""What a file states beside its own figures: the report lists the rows whose variances do not follow from them."""

import os
from collections.abc import Sequence
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

import pytest

from portolan.importer.incoming import Incoming
from portolan.importer.projects.mapping import ProjectMapping
from portolan.importer.projects.rows import PROJECTS
from portolan.importer.projects.statements import Disagreement, Statements
from portolan.importer.projects.survey import survey
from tests.importer.tables import COLUMNS, row, write
from tests.today import TODAY

COST, SCHEDULE = "Cost Variance ($ M)", "Schedule Variance (in days)"
STATED = {**COLUMNS, "cost_variance": COST, "schedule_variance": SCHEDULE}
ON_TIME = {"planned_completion": "2012-09-30", "projected_completion": "2012-09-30"}


def statements(path: Path, mapping: ProjectMapping | None = None) -> Statements:
    mapping = mapping or ProjectMapping()
    with ExitStack() as stack:
        file = Incoming(PROJECTS, path, mapping, TODAY, stack, dry_run=True)
        return survey(file.table, file.fresh_checks(), mapping).statements


def disagreements(path: Path, **cells: str) -> Sequence[Disagreement]:
    stated = row(**{"cost_variance": "", "schedule_variance": "", **cells})
    return statements(write(path, [stated], STATED)).disagreements


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


@pytest.mark.parametrize(
    ("stated", "agrees"),
    [("0.25", True), ("0.251", True), ("0.2511", False), ("-0.25", False), ("25", False), ("", True), ("n/a", True)],
)
def test_a_cost_variance_is_what_is_left_of_the_planned_cost(path: Path, stated: str, agrees: bool) -> None:
    found = disagreements(path, cost_variance=stated)
    assert found == ([] if agrees else [Disagreement(2, COST, Decimal(stated), Decimal("0.25"))])


@pytest.mark.parametrize(
    ("planned", "projected", "stated", "computed"),
    [
        ("2012-09-30", "2012-10-10", "-10", None),
        ("2012-09-30", "2012-09-20", "10", None),
        ("2012-09-30", "2012-09-30", "-7", 0),
        ("2012-09-30", "2012-10-10", "10", -10),
        ("2012-09-30", "", "5", None),
        ("", "", "5", None),
        ("2012-09-30", "2012-10-10", "", None),
    ],
)
def test_a_schedule_variance_is_the_days_from_the_projected_to_the_planned_end(
    path: Path, planned: str, projected: str, stated: str, computed: int | None
) -> None:
    found = disagreements(path, planned_completion=planned, projected_completion=projected, schedule_variance=stated)
    assert found == ([] if computed is None else [Disagreement(2, SCHEDULE, Decimal(stated), Decimal(computed))])


def test_variances_of_rejected_rows_are_compared_as_well(path: Path) -> None:
    (found,) = disagreements(path, start="2013-01-01", schedule_variance="-7", **ON_TIME)
    assert (found.line, found.stated, found.computed) == (2, Decimal(-7), Decimal(0))


def test_a_file_without_columns_of_variances_has_nothing_to_compare(path: Path) -> None:
    assert statements(write(path, [row(**ON_TIME)])).disagreements == []


def test_the_report_lists_them_and_counts_each_kind(path: Path) -> None:
    rows = [
        row(project=str(number), cost_variance="9", schedule_variance="1" if number < 2 else "", **ON_TIME)
        for number in range(12)
    ]
    found = statements(write(path, rows, STATED))
    lines = list(found.lines("USD"))
    assert f"12 rows state another '{COST}' than follows from their own costs or days:" in lines
    assert f"2 rows state another '{SCHEDULE}' than follows from their own costs or days:" in lines
    assert "  line 2: stated 9, computed 0.25" in lines
    assert "  ... and 2 more (all are in the report as --json)." in lines
    assert len(found.as_json()["disagreements"]) == 14
    assert found.as_json()["disagreements"][0] == {"line": 2, "column": COST, "stated": "9", "computed": "0.25"}


@pytest.mark.real_data
def test_of_the_real_file_7_cost_variances_and_298_schedule_variances_disagree() -> None:
    found = statements(Path(os.environ["PORTOLAN_REAL_DATA"])).disagreements
    assert [sum(each.column == name for each in found) for name in (COST, SCHEDULE)] == [7, 298]
