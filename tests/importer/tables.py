"""CSV files of projects for the importer's tests."""

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from portolan.importer.cells import Checks, RejectedRow
from portolan.importer.projects.mapping import ProjectMapping
from portolan.importer.projects.rows import PROJECTS, ProjectRow
from portolan.importer.reading import Table

COLUMNS = PROJECTS.headings()


def checks_of(table: Table, mapping: ProjectMapping | None = None) -> Checks[ProjectRow]:
    """The checks of a file of projects, on the first day of 2026."""
    return Checks(PROJECTS, table, mapping or ProjectMapping(), date(2026, 1, 1))


def judged(table: Table, mapping: ProjectMapping | None = None) -> list[ProjectRow | RejectedRow]:
    """Every row of a file, or why it cannot be taken."""
    return list(map(checks_of(table, mapping).check, table.records()))


def row(**cells: str) -> dict[str, str]:
    """A row that can be taken over, by our fields, but for the cells given."""
    return {
        "agency": "Parks",
        "agency_code": "7",
        "investment": "P-1",
        "investment_title": "Paths",
        "project": "1",
        "name": "Signs",
        "description": "New signs.",
        "start": "2011-01-10T00:00:00Z",
        "completion": "2012-09-30",
        "planned_completion": "",
        "projected_completion": "",
        "planned_cost": "1.5",
        "projected_cost": "1.25",
        "updated": "2011-11-30",
        **cells,
    }


def write(path: Path, rows: Sequence[Mapping[str, str]], columns: Mapping[str, str] = COLUMNS) -> Path:
    """A CSV file with these rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(columns))
        writer.writerow(columns)
        writer.writerows(rows)
    return path
