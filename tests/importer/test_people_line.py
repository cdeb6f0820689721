"""The managers' line of a file: managers come first, and whose line does not hold is told why."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from contracts.values import Grade
from portolan.importer.people.line import top_down
from portolan.importer.people.rows import PersonRow
from portolan.importer.reading import Record

DAY = date(2020, 1, 1)


def row(line: int, key: str, manager: str | None = None) -> PersonRow:
    record = Record(line, line, ())
    return PersonRow(record, key, key, DAY, "IT", None, "Post", Grade.STAFF, manager, DAY, None, None)


def ordered(
    *rows: PersonRow, rejected: dict[str, int] | None = None, elsewhere: set[str] | None = None
) -> tuple[list[list[str]], dict[int, str]]:
    levels, untaken, _ = top_down(rows, rejected or {}, elsewhere or set(), "Manager")
    assert all(each.columns == ("Manager",) for each in untaken)
    return [[each.key for each in level] for level in levels], {each.record.line: each.reason for each in untaken}


def test_managers_come_before_those_who_report_to_them_wherever_their_rows_are() -> None:
    levels, untaken = ordered(row(2, "c", "b"), row(3, "b", "a"), row(4, "a"), row(5, "d", "a"), row(6, "z"))
    assert levels == [["a", "z"], ["b", "d"], ["c"]]
    assert not untaken


def test_a_manager_who_is_nowhere_is_told_and_so_is_the_line_below() -> None:
    levels, untaken = ordered(row(2, "c", "b"), row(3, "b", "ghost"))
    assert levels == []
    assert untaken == {
        3: "'Manager': nobody in the file or in Portolan has this key and holds a position.",
        2: "The person's manager, in line 3, was rejected.",
    }


def test_a_manager_who_is_in_portolan_already_need_not_be_in_the_file() -> None:
    assert ordered(row(2, "b", "a"), elsewhere={"a"}) == ([["b"]], {})


def test_whoever_reports_to_a_rejected_row_is_told_its_line() -> None:
    levels, untaken = ordered(row(2, "b", "bad"), row(4, "c", "b"), row(5, "a"), rejected={"bad": 3})
    assert levels == [["a"]]
    assert untaken == {
        2: "The person's manager, in line 3, was rejected.",
        4: "The person's manager, in line 2, was rejected.",
    }


def test_a_line_that_runs_in_a_circle_is_told_with_all_its_lines() -> None:
    rows = [row(5, "d", "c"), row(2, "a", "c"), row(3, "b", "a"), row(4, "c", "b"), row(6, "e"), row(7, "f", "f")]
    levels, untaken = ordered(*rows)
    assert levels == [["e"]]
    circle = "The line of managers runs in a circle through the lines 2, 3, 4."
    assert untaken == {
        2: circle,
        3: circle,
        4: circle,
        5: "The person's manager, in line 4, was rejected.",
        7: "The person is their own manager.",
    }


def test_a_long_circle_names_its_first_lines() -> None:
    rows = [row(n, str(n), str(n % 30 + 1)) for n in range(1, 31)]
    _, untaken = ordered(*rows)
    assert untaken[1].endswith("the lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and more.")
    assert len(untaken) == 30


@given(st.lists(st.one_of(st.none(), st.integers(0, 14)), max_size=15), st.sets(st.integers(0, 14), max_size=3))
def test_every_row_is_in_one_level_below_its_manager_or_rejected(
    managers: list[int | None], rejected: set[int]
) -> None:
    rows = [
        row(number, str(number), None if manager is None else str(manager))
        for number, manager in enumerate(managers)
        if number not in rejected
    ]
    levels, untaken, lost = top_down(rows, {str(number): number for number in rejected}, set(), "Manager")
    placed = {each.key: depth for depth, level in enumerate(levels) for each in level}
    assert sorted([*placed, *(str(each.record.line) for each in untaken)]) == sorted(each.key for each in rows)
    assert lost.keys() == {str(each.record.line) for each in untaken} | {str(number) for number in rejected}
    for each in rows:
        if each.key in placed:
            assert (placed[each.manager] if each.manager else -1) == placed[each.key] - 1
