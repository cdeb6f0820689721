"""Reading CSV files of any bytes: a row, a reject with its line, or a sentence; never a traceback."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portolan.importer import ImportProblem
from portolan.importer.cells import RejectedRow
from portolan.importer.projects.rows import PROJECTS, ProjectRow
from portolan.importer.reading import MISSING, Record, count_records, open_table
from tests.importer.tables import COLUMNS
from tests.importer.tables import judged as rows_of

HEADER = ",".join(COLUMNS.values())


def read(path: Path, content: bytes, encoding: str | None = None) -> list[Record]:
    path.write_bytes(content)
    return list(open_table(path, encoding).records())


def cells(path: Path, content: bytes, encoding: str | None = None) -> list[tuple[str, ...]]:
    records = read(path, content, encoding)
    assert not any(record.flaw for record in records)
    return [record.cells for record in records]


def problem(path: Path, content: bytes, encoding: str | None = None) -> str:
    with pytest.raises(ImportProblem) as raised:
        read(path, content, encoding)
    assert raised.value.what_to_do
    return str(raised.value)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_utf_8_is_read_with_and_without_its_mark(path: Path, mark: bytes) -> None:
    assert cells(path, mark + "ä,b\nü,€\n".encode()) == [("ü", "€")]
    assert open_table(path).header == ("ä", "b")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_any_system_ends_them(path: Path, end: str) -> None:
    records = read(path, end.join(["a,b", "1,2", "", '"x', 'y",3', "4,5"]).encode())
    assert [record.line for record in records] == [2, 4, 6]
    assert [record.row for record in records] == [2, 4, 5]
    assert records[1].cells == (f"x{end}y", "3")


def test_another_encoding_is_named_with_line_and_byte_and_can_be_chosen(path: Path) -> None:
    content = "a,b\nx,y\nBüro,1\n".encode("cp1252")
    said = problem(path, content)
    assert "line 3 has the byte 0xFC, byte 10 of the file" in said
    assert "--encoding" in said
    assert cells(path, content, "cp1252") == [("x", "y"), ("Büro", "1")]


def test_a_wrong_byte_far_into_a_file_is_found_where_it_is(path: Path) -> None:
    line = "ää,b\r\n".encode()
    said = problem(path, b"a,b\r\n" + line * 50_000 + b"\xff,c\r\n")
    assert f"line 50002 has the byte 0xFF, byte {5 + len(line) * 50_000 + 1:,} of the file" in said


@pytest.mark.parametrize("name", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf_16_is_recognised_and_can_be_read(path: Path, name: str) -> None:
    content = "agency,b\nx,y\n".encode(name)
    said = problem(path, content)
    assert "UTF-16" in said or "UTF-32" in said
    chosen = said.split("--encoding ")[1].rstrip(".")
    assert cells(path, content, chosen) == [("x", "y")]


@pytest.mark.parametrize("name", ["klingon", "hex", "rot13", "undefined", "utf-8\x00"])
def test_an_encoding_that_is_none_is_refused(path: Path, name: str) -> None:
    assert "There is no text encoding" in problem(path, b"a,b\n1,2\n", name)


@pytest.mark.parametrize("content", [b"", b"\n\n \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_said_to_be_empty(path: Path, content: bytes) -> None:
    assert "is empty" in problem(path, content)


def test_a_header_alone_is_no_file_to_load(path: Path) -> None:
    path.write_text("a,b\n,\n")
    with pytest.raises(ImportProblem, match="has a header but no rows"):
        count_records(open_table(path))


def test_what_is_not_a_file_is_said_to_be_unreadable(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(ImportProblem, match="cannot be read"):
            open_table(path)


def test_a_row_with_too_many_cells_is_flawed_and_cells_that_are_missing_at_its_end_are_empty(path: Path) -> None:
    records = read(path, b"a,b\n1\n1,2\n1,2,3\n1,2,, \n")
    assert [record.flaw for record in records] == [
        None,
        None,
        "The row has 3 cells, and the header has 2 columns.",
        None,
    ]
    assert [records[at].cells for at in (0, 3)] == [("1", ""), ("1", "2")]


def test_an_unclosed_quotation_mark_costs_its_own_line_only(path: Path) -> None:
    records = read(path, b'a,b\n1,2\n"open,3\n4,5\n6,"7, seven"\n8,9\n')
    assert [(record.line, record.flaw is None) for record in records] == [
        (2, True),
        (3, False),
        (4, True),
        (5, True),
        (6, True),
    ]
    assert "quotation mark" in str(records[1].flaw)
    assert records[1].cells == ('"open,3',)


def test_a_nul_byte_is_just_a_character_here_and_a_row_with_one_in_a_name_is_rejected(path: Path) -> None:
    assert cells(path, b"a,b\nx\x00,1\n") == [("x\x00", "1")]


def test_a_million_characters_in_a_cell_are_read_and_more_than_four_million_are_not(path: Path) -> None:
    assert len(cells(path, b"a,b\n" + b"x" * 1_000_000 + b",1\n2,3\n")[0][0]) == 1_000_000
    records = read(path, b"a,b\n" + b"x" * 9_000_000 + b",1\n2,3\n")
    assert [record.line for record in records] == [2, 3]
    assert records[0].flaw == "The line has more than 4,000,000 characters."
    assert len(records[0].cells[0]) == 200
    quoted = read(path, b'a,b\n"' + (b"x" * 99 + b"\n") * 50_000 + b'",1\n2,3\n')
    assert quoted[0].flaw
    assert quoted[-1].cells == ("2", "3")


def test_missing_columns_are_named_with_what_resembles_them_and_how_to_map_them(path: Path) -> None:
    path.write_text("Agency,Investment title,x\n1,2,3\n")
    with pytest.raises(ImportProblem) as raised:
        open_table(path).positions(["Investment Title", "Agency Name", "x"], PROJECTS.help)
    assert "lacks the columns 'Investment Title', 'Agency Name'" in raised.value.what
    assert "it has 'Investment title'" in raised.value.what
    assert "--mapping" in raised.value.what_to_do


def test_another_separator_is_guessed_in_the_sentence_not_in_the_reading(path: Path) -> None:
    path.write_text("a;b\n1;2\n")
    with pytest.raises(ImportProblem, match="separated by ';'"):
        open_table(path).positions(["a", "b"], PROJECTS.help)
    assert open_table(path, separator=";").header == ("a", "b")


def test_a_column_that_is_there_twice_is_refused_only_if_it_is_used(path: Path) -> None:
    path.write_text("a,b,b\n1,2,3\n")
    assert open_table(path).positions(["a"], PROJECTS.help) == [0]
    with pytest.raises(ImportProblem, match="'b' more than once"):
        open_table(path).positions(["b"], PROJECTS.help)


def test_the_columns_of_a_rejects_file_are_left_out(path: Path) -> None:
    records = read(path, b"a,b,Line,Column,Reason\n1,2,7,a,why\n3,4\n5,6,8,b,why,more\n")
    assert open_table(path).header == ("a", "b")
    assert [record.cells for record in records] == [("1", "2"), ("3", "4"), ("5", "6", "more")]
    assert [record.flaw is None for record in records] == [True, True, False]


def judged(path: Path, content: bytes) -> Sequence[ProjectRow | RejectedRow]:
    path.write_bytes(content)
    return rows_of(open_table(path))


CELL = st.one_of(st.text(max_size=20), st.sampled_from(["1", "2011-01-10", '"', '""', "1e9", "-0", MISSING, "\x00"]))


@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_are_rows_rejects_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, headed: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "arbitrary.csv"
    try:
        for each in judged(path, (HEADER.encode() + b"\n" if headed else b"") + content):
            assert isinstance(each, ProjectRow) or each.reason
    except ImportProblem as error:
        sentence = error
    else:
        return
    assert sentence.what.endswith(".")
    assert sentence.what_to_do


@given(st.lists(st.lists(CELL, min_size=13, max_size=15).map(",".join), max_size=5).map("\n".join))
def test_any_text_is_rows_or_rejects(tmp_path_factory: pytest.TempPathFactory, content: str) -> None:
    path = tmp_path_factory.getbasetemp() / "arbitrary text.csv"
    for each in judged(path, f"{HEADER}\n{content}".encode()):
        assert isinstance(each, ProjectRow) or each.reason
