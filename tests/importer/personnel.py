"""CSV files of persons and of their experience for the importer's tests."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from portolan.importer.people.rows import EXPERIENCE, PERSONS

PERSON_COLUMNS = PERSONS.headings()
EXPERIENCE_COLUMNS = EXPERIENCE.headings()


def person(key: str, manager: str = "", **cells: str) -> dict[str, str]:
    """A row of a person who can be loaded, by our fields, but for the cells given."""
    return {
        "key": key,
        "name": f"Name of {key}",
        "hired_on": "2019-03-01",
        "division": "Harbour IT",
        "division_code": "H",
        "title": f"Post of {key}",
        "grade": "staff",
        "manager": manager,
        "appointed_on": "2020-01-15",
        "years": "",
        "left_on": "",
        **cells,
    }


def experience(of: str, **cells: str) -> dict[str, str]:
    """A row of twelve years of verified IT management, but for the cells given."""
    return {
        "person": of,
        "employer": "Acme Shipping",
        "role": "Head of Operations",
        "it_management": "yes",
        "started_on": "2006-01-01",
        "ended_on": "2017-12-31",
        "verified": "yes",
        **cells,
    }


def write_persons(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    """A CSV file of persons."""
    return write(path, rows, PERSON_COLUMNS)


def write_experience(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    """A CSV file of experience."""
    return write(path, rows, EXPERIENCE_COLUMNS)


def write(path: Path, rows: Sequence[Mapping[str, str]], columns: Mapping[str, str]) -> Path:
    """A CSV file with these rows, by our fields."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns.values())
        writer.writerows([row[field] for field in columns] for row in rows)
    return path
