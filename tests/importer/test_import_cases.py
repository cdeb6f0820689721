"""Files as other systems really write them: each is read, rejected row by row, or refused by a sentence that helps."""

import gzip
import io
import os
import threading
import zipfile
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook
from rich.console import Console

from portolan.importer import ImportProblem
from portolan.importer.cells import RejectedRow
from portolan.importer.figures import Notation, Unreadable
from portolan.importer.incoming import STANDARD_INPUT, Incoming
from portolan.importer.mapping import read_as
from portolan.importer.people.mapping import PeopleMapping
from portolan.importer.people.rows import PERSONS, PersonRow
from portolan.importer.people.spells import told_apart
from portolan.importer.projects import catching_up
from portolan.importer.projects.loading import Services
from portolan.importer.projects.mapping import ProjectMapping
from portolan.importer.projects.rows import PROJECTS, ProjectRow
from portolan.importer.projects.survey import Survey, survey
from portolan.importer.report import (
    EVERYTHING_LOADED,
    NOTHING_LOADED,
    SOME_REJECTED,
    FileReport,
    Rejected,
    Report,
    harmless,
    shown_rejects,
    write_line,
)
from portolan.importer.sending import Service
from tests.today import TODAY

FILES = Path(__file__).parent / "files"
Checked = list[ProjectRow | RejectedRow]


def mapping(name: str = "base.yaml", **more: object) -> ProjectMapping:
    return read_as(ProjectMapping, FILES / name, **more)


def look(path: Path, words: ProjectMapping | None = None) -> tuple[Checked, Survey]:
    """The rows of a file, and what a first look at it finds."""
    words = words or mapping()
    with ExitStack() as stack:
        file = Incoming(PROJECTS, path, words, TODAY, stack, dry_run=True)
        return list(file.checked()), survey(file.table, file.fresh_checks(), words)


def rows(path: Path, words: ProjectMapping | None = None) -> list[ProjectRow]:
    found, _ = look(path, words)
    taken = [row for row in found if isinstance(row, ProjectRow)]
    assert len(taken) == len(found), [each.reason for each in found if isinstance(each, RejectedRow)]
    return taken


def reasons(path: Path, words: ProjectMapping | None = None) -> dict[int, str]:
    return {each.line: each.reason for each in look(path, words)[0] if isinstance(each, RejectedRow)}


def refusal(path: Path, words: ProjectMapping | None = None) -> ImportProblem:
    with pytest.raises(ImportProblem) as raised:
        look(path, words)
    return raised.value


def changed(name: str, path: Path, *pairs: tuple[str, str]) -> Path:
    """A copy of a file with other cells."""
    text = (FILES / name).read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return path


# Notation and units


def test_a_column_in_another_notation_is_refused_whole_and_never_read_a_thousand_times_too_small() -> None:
    refused = refusal(FILES / "06c-mixed-decimal.csv", mapping("semicolon.yaml"))
    assert "'1.495,18' in line 2 cannot be read, and '1.250' in line 3 would be read as another figure" in refused.what
    assert 'decimal: ","' in refused.what_to_do
    assert 'thousands: "."' in refused.what_to_do


def test_the_mapping_says_how_figures_are_written() -> None:
    words = mapping("semicolon.yaml", decimal=",", thousands=".")
    costs = [row.planned_cost for row in rows(FILES / "06c-mixed-decimal.csv", words)]
    assert costs == [Decimal("1495.18"), Decimal(1250), Decimal(980)]
    assert [row.planned_cost for row in rows(FILES / "05-decimal-comma.csv", words)] == [Decimal("1495.18")]


def test_one_cell_in_another_notation_costs_its_own_row_only(tmp_path: Path) -> None:
    path = changed("54-title-v1.csv", tmp_path / "file.csv", ("N1,d,2025-01-10,2026-09-30,,,1000", 'N1,d,,,,,"1,5"'))
    changed_once = path.read_text().replace(",1000,", ",1000.5,")
    path.write_text(changed_once)
    assert list(reasons(path)) == [2]
    assert "is not a number in this file's notation" in reasons(path)[2]


@pytest.mark.parametrize(
    ("cell", "decimal", "thousands", "value"),
    [
        ("1'250.50", ".", "'", "1250.50"),
        ("1 250,5", ",", " ", "1250.5"),
        ("-1.000.000", ",", ".", "-1000000"),
        ("12.50", ",", ".", None),
        ("1.2500", ",", ".", None),
        ("1,2,3", ".", ",", None),
        (",5", ",", "", "0.5"),
    ],
)
def test_groups_have_three_digits(cell: str, decimal: str, thousands: str, value: str | None) -> None:
    notation = Notation(decimal, thousands)
    if value is None:
        with pytest.raises(Unreadable):
            notation.number(cell)
    else:
        assert notation.number(cell) == Decimal(value)


def test_a_mapping_that_renames_the_costs_says_their_unit_and_currency() -> None:
    with pytest.raises(ImportProblem, match="say `unit` and `currency` of the costs in the columns it names"):
        mapping("57-no-unit.yaml")


def test_each_row_may_have_a_currency_of_its_own_and_columns_that_nothing_is_read_from_are_listed() -> None:
    found, seen = look(FILES / "51-multi-currency.csv")
    assert [row.currency for row in found if isinstance(row, ProjectRow)] == ["EUR", "USD"]
    assert seen.unread == []
    _, seen = look(FILES / "51-multi-currency.csv", mapping(columns={**mapping().columns, "currency": None}))
    assert seen.unread == ["Currency"]


def test_amounts_in_parentheses_are_rejected_and_nothing_is_said_to_be_equal() -> None:
    assert list(reasons(FILES / "22-parentheses.csv")) == [2, 3, 4, 5]
    file = FileReport("22-parentheses.csv", rows=4, rejected=4)
    assert Report("cases", 1.0, [file], {}).exit_code == NOTHING_LOADED


def test_the_exit_code_tells_all_some_or_nothing_loaded() -> None:
    codes = [Report("cases", 1.0, [FileReport("f", rows=4, rejected=some)], {}).exit_code for some in (0, 1, 4)]
    assert codes == [EVERYTHING_LOADED, SOME_REJECTED, NOTHING_LOADED]
    assert len(set(codes)) == 3


# Names


def test_what_cannot_be_seen_makes_no_second_division_and_no_second_project() -> None:
    taken = rows(FILES / "21b-nbsp-cells.csv")
    assert {(row.agency, row.project, str(row.start), row.planned_cost) for row in taken} == {
        ("Harbour Authority", number, "2025-01-10", Decimal(1000)) for number in "12"
    }
    found, seen = look(FILES / "24b-zero-width.csv")
    assert list(seen.divisions) == ["Harbour Authority"]
    assert list(reasons(FILES / "24b-zero-width.csv")) == [5]
    assert [row.name for row in found if isinstance(row, ProjectRow)][-1] == "Left to right trick"


# Rows, headers and widths


def test_rows_are_numbered_as_a_spreadsheet_shows_them() -> None:
    (rejected,) = [each for each in look(FILES / "15-blank-lines.csv")[0] if isinstance(each, RejectedRow)]
    assert (rejected.record.line, rejected.record.row) == (5, 5)


def test_a_line_that_names_the_separator_is_known_and_no_row() -> None:
    assert [row.record.line for row in rows(FILES / "31-sep.csv")] == [3, 4]


def test_empty_cells_beyond_the_header_are_ignored_and_missing_ones_at_the_end_are_empty() -> None:
    assert len(rows(FILES / "12b-trailing-in-rows-only.csv")) == 2
    assert set(reasons(FILES / "13-short-rows.csv").values()) == {"'Updated' is missing."}


def test_lines_above_the_header_are_passed_over_and_a_missing_header_is_shown_as_it_is(tmp_path: Path) -> None:
    text = (FILES / "54-title-v1.csv").read_text()
    (tmp_path / "file.csv").write_text(f"Projects of the harbour\nas of May 2026,\n\n{text}")
    assert [row.record.line for row in rows(tmp_path / "file.csv")] == [5, 6]
    (tmp_path / "file.csv").write_text("Who,What\n1,2\n")
    assert "its header, in line 1, has 'Who', 'What'" in refusal(tmp_path / "file.csv").what


# Days


def test_days_are_written_as_the_mapping_says() -> None:
    words = mapping(dates=("DD/MM/YYYY", "DD.MM.YYYY", "YYYY/MM/DD", "YYYYMMDD", "DD-MMM-YYYY", "YYYY-MM-DD"))
    found = [str(row.start) for row in rows(FILES / "07-dates-slash.csv", words)]
    assert found == ["2026-02-01", *["2026-01-31"] * 4, "2026-01-05"]
    assert "(mapping: `dates: DD.MM.YYYY`, if that is what it is)" in reasons(FILES / "07-dates-slash.csv")[3]
    (row,) = rows(FILES / "08-serial-date.csv", mapping(dates="excel"))
    assert (str(row.start), str(row.completion)) == ("2023-01-01", "2023-12-31")


@pytest.mark.parametrize("form", ["DD.MM", "DD.MM.YY", "D/M/Y", "YYYY-MM-DDx", "yesterday"])
def test_a_form_that_names_no_whole_day_is_refused(form: str) -> None:
    with pytest.raises(ImportProblem, match="`dates"):
        mapping(dates=form)


def test_a_moment_is_the_day_it_is_where_the_file_comes_from() -> None:
    oslo, nowhere = Notation(zone=ZoneInfo("Europe/Oslo")), Notation()
    assert oslo.day("2021-05-10T22:00:00Z") == date(2021, 5, 11)
    assert nowhere.day("2021-05-10T00:00:00Z") == nowhere.day("2021-05-10 22:00") == date(2021, 5, 10)
    with pytest.raises(Unreadable, match="before the mapping says `timezone`"):
        nowhere.day("2021-05-10T22:00:00Z")
    with pytest.raises(ImportProblem, match="is not a time zone such as Europe/Oslo"):
        mapping(timezone="Mars/Olympus")


def test_today_is_where_the_file_comes_from_not_the_future() -> None:
    now = datetime.now(UTC)
    assert Notation(zone=ZoneInfo("Pacific/Kiritimati")).latest_day() == (now + timedelta(hours=14)).date()
    assert Notation(zone=UTC).latest_day() == now.date()
    assert Notation().latest_day() >= now.date()


# Pipes, workbooks, archives


def test_a_workbook_is_read_with_its_figures_and_days_exact(tmp_path: Path) -> None:
    assert rows(FILES / "26-workbook.xlsx")
    book = Workbook()
    sheet = book.create_sheet("Plan", 0)
    header = (FILES / "54-title-v1.csv").read_text().splitlines()[0].split(",")
    sheet.append(["Harbour projects"])
    sheet.append(header)
    start = datetime(2025, 1, 10, tzinfo=None)  # noqa: DTZ001 (a day, as workbooks hold them)
    sheet.append(
        ["Harbour", "P1", "Berths", 1, "Model", "d", start, date(2026, 9, 30), None, None, 1495.18, 0.1, start]
    )
    book.save(tmp_path / "book.xlsx")
    words = mapping(decimal=",", thousands=".", sheet="Plan")
    (row,) = rows(tmp_path / "book.xlsx", words)
    assert (row.record.line, row.project, str(row.start)) == (3, "1", "2025-01-10")
    assert (row.planned_cost, row.projected_cost) == (Decimal("1495.18"), Decimal("0.1"))
    assert "has no sheet 'Other'" in refusal(tmp_path / "book.xlsx", mapping(sheet="Other")).what


def archive(path: Path, name: str) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(name, "content")
    return path


def test_what_is_no_table_is_called_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "file.gz").write_bytes(gzip.compress(b"a,b\n1,2\n"))
    (tmp_path / "file.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100))
    for path, what in (
        (FILES / "26b-book.ods", "an OpenDocument spreadsheet"),
        (archive(tmp_path / "file.zip", "file.csv"), "a zip archive"),
        (tmp_path / "file.gz", "a gzip archive"),
        (tmp_path / "file.xls", "an old or encrypted Excel workbook"),
    ):
        refused = refusal(path)
        assert f"{path} is {what}" in refused.what
        assert refused.what_to_do.startswith(("Unpack it", "Save it as CSV"))
    (tmp_path / "cut.xlsx").write_bytes((FILES / "26-workbook.xlsx").read_bytes()[:3000])
    assert "damaged" in refusal(tmp_path / "cut.xlsx").what


def test_a_pipe_and_standard_input_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content, pipe = (FILES / "54-title-v1.csv").read_bytes(), tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(content))
    writer.start()
    assert len(rows(pipe)) == 2
    writer.join()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert len(rows(STANDARD_INPUT)) == 2


# Rejects


def load(path: Path, rejects: Path | None = None, words: ProjectMapping | None = None) -> list[str]:
    """Write a file's rejects as a load does; return the files there are then."""
    with ExitStack() as stack:
        file = Incoming(PROJECTS, path, words or mapping(), TODAY, stack, rejects)
        file.open_rejects(stack)
        for each in file.checked():
            if isinstance(each, RejectedRow):
                file.reject(each)
    return sorted(each.name for each in path.parent.iterdir())


def test_rejects_of_a_load_before_are_replaced_or_gone_unless_somebody_edited_them(tmp_path: Path) -> None:
    path = changed("60-stale.csv", tmp_path / "file.csv", ("First,d,2025-01-10", "First,d,bad"))
    assert load(path) == load(path) == ["file.csv", "file.csv.rejects.csv"]
    changed("60-stale.csv", path)
    assert load(path) == ["file.csv"]
    changed("60-stale.csv", path, ("First,d,2025-01-10", "First,d,bad"))
    load(path)
    edited = tmp_path / "file.csv.rejects.csv"
    edited.write_text(edited.read_text().replace("bad", "2025-01-10"))
    before = edited.read_text()
    assert load(path) == ["file.csv", "file.csv.rejects.2.csv", "file.csv.rejects.csv"]
    assert edited.read_text() == before
    assert [row.name for row in rows(edited)] == ["First"]


def test_drafts_that_a_killed_load_left_behind_go_with_the_next_one(tmp_path: Path) -> None:
    path = changed("60-stale.csv", tmp_path / "file.csv")
    (tmp_path / ".file.csv.rejects.csv.4194305").write_text("draft")
    assert load(path) == ["file.csv"]


def test_where_rejects_cannot_be_written_is_found_before_anything_is_sent(tmp_path: Path) -> None:
    path = changed("60-stale.csv", tmp_path / "file.csv")
    with pytest.raises(ImportProblem, match="is a folder"):
        load(path, tmp_path)
    with pytest.raises(ImportProblem, match="cannot be written"):
        load(path, tmp_path / "none" / "rejects.csv")


def test_no_spreadsheet_takes_a_rejected_cell_for_a_formula_and_it_is_read_again_as_it_was(tmp_path: Path) -> None:
    path = changed("17-formula.csv", tmp_path / "file.csv")
    load(path)
    text = (tmp_path / "file.csv.rejects.csv").read_text()
    assert text.count(",'@SUM") == text.count(",'+1+1") == text.count("'=HYPERLINK") == 1
    changed("17-formula.csv", path)
    (tmp_path / "file.csv.rejects.csv").write_text(text.replace(",bad,", ",2025-01-10,"))
    names = [row.name for row in rows(tmp_path / "file.csv.rejects.csv")]
    assert names == ["@SUM(1+1)*cmd", "+1+1", '=HYPERLINK("http://x.invalid/?"&A1,"Open")']


# The terminal


def test_no_cell_steers_the_terminal() -> None:
    reason = reasons(FILES / "55-esc.csv")[2]
    assert "\x1b" in reason
    console = Console(file=io.StringIO(), force_terminal=True, width=200)
    write_line(console, reason)
    assert isinstance(console.file, io.StringIO)
    assert "\\x1b[2J\\x1b[31mGONE" in console.file.getvalue()
    assert "\x1b[2J" not in console.file.getvalue()
    assert harmless("Ærlig ü €\u202egnp.exe") == "Ærlig ü €\\u202egnp.exe"


def test_lines_that_say_the_same_are_counted_and_not_repeated() -> None:
    many = [Rejected(n, n, "Start", f"'Start': 'x{n}' is not a day such as 2011-01-31.") for n in range(2, 1002)]
    lines = list(shown_rejects([*many, Rejected(7, 7, "Name", "'Name' is missing.")], 1001))
    assert len(lines) == 12
    assert lines[10] == "  ... and 990 more rows like these, Start."


# Persons


def persons(name: str, **more: object) -> list[PersonRow]:
    words = read_as(PeopleMapping, FILES / "people.yaml", **more)
    with ExitStack() as stack:
        found = list(Incoming(PERSONS, FILES / name, words, TODAY, stack, dry_run=True).checked())
    taken = [row for row in found if isinstance(row, PersonRow)]
    assert len(taken) == len(found)
    return taken


def test_oneself_nought_or_nobody_as_manager_is_the_top() -> None:
    assert [row.manager for row in persons("p03-ceo-self.csv")] == [None, "C-01", "C-01"]
    assert persons("p03-ceo-self.csv", top="C-01")[1].manager is None


def test_words_and_days_for_an_open_end_are_those_of_the_mapping() -> None:
    assert [row.left_on for row in persons("p06-open-end-9999.csv")] == [None, None]
    notation = Notation(forever=frozenset({"present", "2099-12-31"}))
    assert notation.end("Present") is notation.end("2099-12-31") is None
    assert notation.end("2020-01-31") == date(2020, 1, 31)


def test_a_person_who_came_back_is_a_new_one_and_the_present_spell_counts() -> None:
    spells = persons("p09-rehired.csv")
    present, earlier, overlapping = told_apart(spells, "Hired On", lambda keys: {})
    assert [(row.key, str(row.hired_on), row.later) for row in present] == [
        ("C-01", "2012-04-01", False),
        ("C-02", "2020-01-01", True),
    ]
    assert [(row.key, row.later) for row in earlier] == [("C-02", False)]
    assert overlapping == []
    known = told_apart(spells, "Hired On", lambda keys: {key: date(2020, 1, 1) for key in keys})
    assert [row.later for row in known[0]] == [False, False]
    assert [row.later for row in known[1]] == [True]


# Waiting


def test_what_is_waited_for_is_said_and_a_reader_that_is_down_is_not_called_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Status:
        def __init__(self, found: dict[str, object]) -> None:
            self.found = found

        def read(self, path: str) -> dict[str, object]:
            assert path == "/status"
            return self.found

    monkeypatch.setattr(catching_up, "CATCH_UP_SECONDS", 0.3)
    monkeypatch.setattr(catching_up, "SAY_AFTER_SECONDS", 0.1)
    stuck: dict[str, object] = {
        "readers": [{"topic": f"portolan.{name}", "applied": 5} for name in ("people", "portfolio", "finance")]
    }
    publishers = (Status({"published": number}) for number in (5, 12, 5))
    services = Services(*(cast("Service", each) for each in (*publishers, Status(stuck))))
    told = io.StringIO()
    with pytest.raises(ImportProblem, match="reporting lags by 7 events and makes no progress") as raised:
        catching_up.catch_up(services, Console(file=told, width=200))
    assert "Waiting for reporting to apply 7 events" in told.getvalue()
    assert "Everything was loaded" not in str(raised.value)
