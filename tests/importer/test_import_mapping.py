"""The mapping file: defaults for the published file, other names, and sentences for what it may not hold."""

from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portolan.importer import ImportProblem
from portolan.importer.mapping import read_as
from portolan.importer.projects.mapping import ProjectMapping as Mapping
from portolan.importer.projects.rows import PROJECTS


def mapping(path: Path, text: str) -> Mapping:
    path.write_text(text)
    return read_as(Mapping, path)


def problem(path: Path, text: str) -> str:
    with pytest.raises(ImportProblem) as raised:
        mapping(path, text)
    assert str(path) in raised.value.what
    return raised.value.what


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mapping.yaml"


def test_without_a_file_it_is_the_published_file_that_is_read() -> None:
    assert read_as(Mapping, None) == Mapping()
    assert read_as(Mapping, None, source="other", encoding=None).source == "other"


def test_an_empty_file_changes_nothing(path: Path) -> None:
    assert mapping(path, "# nothing yet\n") == Mapping()


def test_columns_units_and_optional_columns_can_be_named(path: Path) -> None:
    found = mapping(path, "columns: {agency: Division, description: null}\nunit: 1000\ncurrency: EUR\nseparator: ';'")
    assert found.named(PROJECTS)["agency"] == "Division"
    assert "description" not in found.named(PROJECTS)
    assert (int(found.unit), found.currency, found.separator) == (1000, "EUR", ";")


def test_the_closest_accountable_manager_counts(path: Path) -> None:
    id = uuid4()
    found = mapping(
        path,
        f"""
heads: {{Parks: Ada}}
accountable:
  - {{division: Parks, person: Grace}}
  - {{division: Parks, investment: P-1, person: {{id: {id}}}}}
  - {{division: Parks, investment: P-1, project: 656, person: {{name: Edsger}}}}
""",
    )
    assert found.heads["Parks"].name == "Ada"
    people = [found.accountable_for("Parks", *key) for key in (("P-2", "1"), ("P-1", "1"), ("P-1", "656"))]
    assert [person and (person.name or person.id) for person in people] == ["Grace", id, "Edsger"]
    assert found.accountable_for("Roads", "P-1", "656") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colums: {}", "`colums` is not a key it may have (did you mean `columns`?)"),
        ("columns: {agancy: x}", "`columns.agancy` is not a key it may have (did you mean `agency`?)"),
        ("accountable: [{division: a, person: {nmae: x}}]", "did you mean `name`?"),
        ("heads: {a: {}}", "give either the id or the name"),
        ("accountable: [{division: a, project: 1, person: x}]", "named together with its investment"),
        ("columns: {agency: X, name: X}", "the column 'X' is named for two fields"),
        ("columns: {agency: null}", "`columns.agency`"),
        ("unit: 0", "`unit`"),
        ("currency: dollars", "`currency`"),
        ("- a list", "has no keys"),
        ("1: 2", "has no keys"),
        ("a: [1", "is not valid YAML at line"),
        ("a: 2012-13-45", "is not valid YAML"),
        ("[" * 5000, "is not valid YAML"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_place(path: Path, text: str, said: str) -> None:
    assert said in problem(path, text)


def test_a_mapping_that_cannot_be_read_is_said_so(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.yaml"):
        with pytest.raises(ImportProblem, match="cannot be read"):
            read_as(Mapping, path)


@given(st.one_of(st.binary(max_size=100), st.text(alphabet="abc:{}[]-,'\"\n #&*!1", max_size=60).map(str.encode)))
def test_any_bytes_are_a_mapping_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "arbitrary.yaml"
    path.write_bytes(content)
    try:
        assert isinstance(read_as(Mapping, path), Mapping)
    except ImportProblem as error:
        sentence = error
    else:
        return
    assert sentence.what.endswith(".")
