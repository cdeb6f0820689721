"""What a row of persons or experience must hold, and what its rejection says: never what is in a cell."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from contracts.values import Grade
from portolan.importer import ImportProblem
from portolan.importer.cells import Checks, RejectedRow
from portolan.importer.mapping import read_as
from portolan.importer.people.mapping import PeopleMapping
from portolan.importer.people.rows import EXPERIENCE, PERSONS, ExperienceRow, PersonRow
from portolan.importer.reading import open_table
from tests.importer.personnel import (
    EXPERIENCE_COLUMNS,
    PERSON_COLUMNS,
    experience,
    person,
    write,
    write_experience,
    write_persons,
)

TODAY = date(2026, 1, 1)


def judge(path: Path, *rows: dict[str, str], mapping: PeopleMapping | None = None) -> list[PersonRow | RejectedRow]:
    table = open_table(write_persons(path, rows))
    checks = Checks(PERSONS, table, mapping or PeopleMapping(), TODAY)
    return [checks.check(record) for record in table.records()]


def judge_experience(
    path: Path, *rows: dict[str, str], mapping: PeopleMapping | None = None
) -> list[ExperienceRow | RejectedRow]:
    columns = (mapping or PeopleMapping()).named(EXPERIENCE)
    table = open_table(write(path, rows, columns))
    checks = Checks(EXPERIENCE, table, mapping or PeopleMapping(), TODAY)
    return [checks.check(record) for record in table.records()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


def test_a_person_s_row_is_read_whole(path: Path) -> None:
    (found,) = judge(path, person("7", "3", grade=" Senior  Manager", years="12.50", left_on="2025-12-31"))
    assert isinstance(found, PersonRow), found.reason
    assert (found.key, found.manager, found.grade, found.years) == ("7", "3", Grade.SENIOR_MANAGER, Decimal("12.5"))
    assert (found.hired_on, found.appointed_on, found.left_on) == (
        date(2019, 3, 1),
        date(2020, 1, 15),
        date(2025, 12, 31),
    )
    (top,) = judge(path, person("1"))
    assert isinstance(top, PersonRow)
    assert (top.manager, top.years, top.left_on) == (None, None, None)


@pytest.mark.parametrize(
    ("cells", "fields", "why"),
    [
        ({"key": ""}, ["key"], "'Person ID' is missing."),
        ({"name": " "}, ["name"], "'Name' is missing."),
        ({"division": ""}, ["division"], "'Division' is missing."),
        ({"title": ""}, ["title"], "'Position' is missing."),
        ({"grade": ""}, ["grade"], "'Grade' is missing."),
        ({"hired_on": "1.3.2019"}, ["hired_on"], "'Hired On': is not a day such as 2011-01-31 (mapping: `dates:"),
        ({"hired_on": "2019-02-29"}, ["hired_on"], "'Hired On': is not a day such as 2011-01-31."),
        ({"appointed_on": "2019-02-28"}, ["appointed_on", "hired_on"], "'Appointed On' is before 'Hired On'."),
        ({"left_on": "2020-01-14"}, ["left_on", "appointed_on"], "'Left On' is before 'Appointed On'."),
        ({"left_on": "2026-01-02"}, ["left_on"], "'Left On' lies in the future."),
        ({"grade": "Emperor"}, ["grade"], "'Grade': is none of the grades staff, junior manager, manager, senior"),
        ({"years": "-1"}, ["years"], "'IT Management Years': is not between 0 and 50."),
        ({"years": "1.234"}, ["years"], "'IT Management Years': has more than two decimals."),
        ({"years": "ten"}, ["years"], "'IT Management Years': is not a number."),
        ({"name": "x" * 201}, ["name"], "'Name': has 201 characters; at most 200 fit."),
        ({"key": "x" * 101}, ["key"], "'Person ID': has 101 characters; at most 100 fit."),
        ({"title": "x" * 10_001}, ["title"], "'Position' has 10,001 characters; no cell may have more than 10,000."),
    ],
)
def test_a_bad_cell_is_told_with_its_column_and_reason(
    path: Path, cells: dict[str, str], fields: list[str], why: str
) -> None:
    (found,) = judge(path, person("1", **cells) if "key" not in cells else {**person("1"), **cells})
    assert isinstance(found, RejectedRow)
    assert found.columns == tuple(PERSON_COLUMNS[field] for field in fields)
    assert found.reason.startswith(why)


def test_all_that_is_wrong_with_a_row_is_told_and_nothing_of_what_is_in_it(path: Path) -> None:
    secret = "Ada-Lovelace"
    (found,) = judge(path, person(secret, hired_on=secret, grade=secret, years=secret, name=secret * 30))
    assert isinstance(found, RejectedRow)
    assert len(found.columns) == 4
    assert secret not in found.reason + found.told


def test_the_second_row_of_a_person_is_rejected_and_the_first_one_is_named(path: Path) -> None:
    first, second, other = judge(path, person("1"), person("1", name="Other"), person("01"))
    assert isinstance(first, PersonRow)
    assert isinstance(second, RejectedRow)
    assert isinstance(other, PersonRow)
    assert (second.record.line, second.reason) == (3, "The same person is in line 2 already.")


def test_a_division_has_one_code(path: Path) -> None:
    found = judge(path, person("1", division_code=""), person("2"), person("3", division_code="X"))
    assert [isinstance(each, PersonRow) for each in found] == [True, True, False]
    assert found[2].columns == ("Division Code",) if isinstance(found[2], RejectedRow) else False


def test_a_mapping_names_grades(path: Path) -> None:
    mapping = PeopleMapping.model_validate({"grades": {"Team Lead": "junior manager"}})
    (found,) = judge(path, person("1", grade="team  lead"), mapping=mapping)
    assert isinstance(found, PersonRow)
    assert found.grade is Grade.JUNIOR_MANAGER


def test_experience_is_read_whole(path: Path) -> None:
    found, going_on = judge_experience(path, experience("7"), experience("8", ended_on="", verified="No"))
    assert isinstance(found, ExperienceRow)
    assert isinstance(going_on, ExperienceRow)
    assert (found.it_management, found.verified, found.ended_on) == (True, True, date(2017, 12, 31))
    assert (going_on.verified, going_on.ended_on) == (False, None)


@pytest.mark.parametrize(
    ("cells", "fields", "why"),
    [
        ({"person": ""}, ["person"], "'Person ID' is missing."),
        ({"employer": ""}, ["employer"], "'Employer' is missing."),
        ({"it_management": "perhaps"}, ["it_management"], "'IT Management': is neither yes nor no."),
        ({"verified": ""}, ["verified"], "'Verified' is missing."),
        ({"ended_on": "2005-12-31"}, ["ended_on", "started_on"], "'Ended On' is before 'Started On'."),
        ({"started_on": "2027-01-01", "ended_on": ""}, ["started_on"], "'Started On' lies in the future."),
        ({"role": "x" * 201}, ["role"], "'Role': has 201 characters; at most 200 fit."),
    ],
)
def test_a_bad_cell_of_experience_is_told(path: Path, cells: dict[str, str], fields: list[str], why: str) -> None:
    (found,) = judge_experience(path, {**experience("1"), **cells})
    assert isinstance(found, RejectedRow)
    assert found.columns == tuple(EXPERIENCE_COLUMNS[field] for field in fields)
    assert found.reason == why


def test_experience_is_told_apart_by_its_first_day_or_by_a_key_of_its_own(path: Path) -> None:
    rows = [experience("1", key="a"), experience("1", key="b", role="Other"), experience("2", key="a")]
    by_day = judge_experience(path, *rows)
    assert [isinstance(each, ExperienceRow) for each in by_day] == [True, False, True]
    assert isinstance(by_day[1], RejectedRow)
    assert "line 2 has the same 'Started On'. Where a column tells them apart" in by_day[1].reason
    keyed = PeopleMapping(experience={"key": "Job"})
    assert all(isinstance(each, ExperienceRow) for each in judge_experience(path, *rows, mapping=keyed))


def test_a_missing_column_is_told_with_the_one_it_may_be_and_how_to_map_it(path: Path) -> None:
    table = open_table(write(path, [person("1")], {**PERSON_COLUMNS, "hired_on": "Hired"}))
    with pytest.raises(
        ImportProblem, match=r"lacks the column 'Hired On' \(it has 'Hired'\).*columns: \{key: 'Name of the column'\}"
    ):
        Checks(PERSONS, table, PeopleMapping(), TODAY)
    experience_table = open_table(write_experience(path, [experience("1")]))
    with pytest.raises(ImportProblem, match="lacks the column 'Firm'"):
        Checks(EXPERIENCE, experience_table, PeopleMapping(experience={"employer": "Firm"}), TODAY)


def test_columns_that_a_file_lacks_may_be_null(path: Path) -> None:
    optional = ("division_code", "years", "left_on")
    mapping = PeopleMapping.model_validate({"columns": dict.fromkeys(optional)})
    columns = {field: name for field, name in PERSON_COLUMNS.items() if field not in optional}
    table = open_table(write(path, [person("1")], columns))
    (record,) = table.records()
    assert isinstance(Checks(PERSONS, table, mapping, TODAY).check(record), PersonRow)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colums: {}", "`colums` is not a key it may have (did you mean `columns`?)"),
        ("columns: {nmae: x}", "`columns.nmae` is not a key it may have (did you mean `name`?)"),
        ("experience: {rol: x}", "`experience.rol` is not a key it may have (did you mean `role`?)"),
        ("grades: {Boss: emperor}", "`grades.Boss`"),
        ("divisions: {IT: 1}", "`divisions.IT`"),
        ("secret: short", "`secret`"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_told(path: Path, text: str, said: str) -> None:
    path.write_text(text)
    with pytest.raises(ImportProblem) as raised:
        read_as(PeopleMapping, path)
    assert said in raised.value.what
