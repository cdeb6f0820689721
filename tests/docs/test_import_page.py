"""The page on importing lists every column and every key of a mapping, and its sample is a file that is read whole."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from portolan.importer.cells import RejectedRow
from portolan.importer.finance.mapping import BudgetMapping, CommitmentMapping, ExpenseMapping, RateMapping
from portolan.importer.finance.rows import BUDGETS, COMMITMENTS, EXPENSES, RATES
from portolan.importer.incidents.mapping import IncidentMapping
from portolan.importer.incidents.rows import INCIDENTS
from portolan.importer.incoming import Incoming
from portolan.importer.kinds import Column, Kind
from portolan.importer.mapping import FileMapping
from portolan.importer.people.mapping import PeopleMapping
from portolan.importer.people.rows import EXPERIENCE, PERSONS
from portolan.importer.projects.mapping import ProjectMapping
from portolan.importer.projects.rows import PROJECTS
from portolan.importer.report import EVERYTHING_LOADED, NOT_EQUAL, NOTHING_LOADED, SOME_REJECTED
from tests.today import TODAY

MAPPINGS = [
    ProjectMapping,
    PeopleMapping,
    IncidentMapping,
    BudgetMapping,
    CommitmentMapping,
    ExpenseMapping,
    RateMapping,
]
DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "import.md").read_text()


def line(column: Column) -> str:
    needs = [*(["required"] if column.given else []), *(["may be absent"] if column.spared else [])]
    note = f"; {', '.join(needs)}" if needs else ""
    return f"| `{column.field}` | {column.heading or '-'} | {column.type.name}: {column.about}{note} |"


@pytest.mark.parametrize(
    "kind",
    [PROJECTS, PERSONS, EXPERIENCE, INCIDENTS, BUDGETS, COMMITMENTS, EXPENSES, RATES],
    ids=lambda kind: kind.name,
)
def test_the_page_has_the_table_of_each_kind_of_row(kind: Kind[Any]) -> None:
    table = "\n".join(["| field | column | holds |", "|---|---|---|", *map(line, kind.columns)])
    assert f"{table}\n" in PAGE, table


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_the_page_names_every_key_of_a_mapping(mapping: type[FileMapping]) -> None:
    assert [key for key in mapping.model_fields if f"`{key}`" not in PAGE] == []


def test_the_page_names_every_exit_code() -> None:
    for code in (EVERYTHING_LOADED, SOME_REJECTED, NOTHING_LOADED, NOT_EQUAL):
        assert f"\n| {code} | " in PAGE


def test_every_row_of_the_sample_can_be_taken() -> None:
    with ExitStack() as stack:
        path = DOCS / "samples" / "portfolio.csv"
        found = list(Incoming(PROJECTS, path, ProjectMapping(), TODAY, stack, dry_run=True).checked())
    assert len(found) == 6
    assert [row.reason for row in found if isinstance(row, RejectedRow)] == []
