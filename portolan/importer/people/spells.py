"""Persons who left and came back: each time they are a new person, and those below report to the present one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from portolan.importer.cells import RejectedRow, rejected
from portolan.importer.people.rows import PersonRow


def told_apart(
    rows: Iterable[PersonRow], hired: str, hired_on: Callable[[Sequence[str]], Mapping[str, date]]
) -> tuple[list[PersonRow], list[PersonRow], list[RejectedRow]]:
    """The rows of present spells, of earlier ones, and those that begin before the one before has ended.

    `hired` is what the file calls the first day; `hired_on(keys)` says when those joined whom people knows by their
    keys alone.
    """
    by_key: dict[str, list[PersonRow]] = {}
    for row in rows:
        by_key.setdefault(row.key, []).append(row)
    known = hired_on([key for key, its in by_key.items() if len(its) > 1])
    present: list[PersonRow] = []
    earlier: list[PersonRow] = []
    overlapping: list[RejectedRow] = []
    for key, its in by_key.items():
        spells, wrong = in_turn(sorted(its, key=lambda row: row.hired_on), hired)
        first = known.get(key, spells[0].hired_on)
        *before, last = [replace(row, later=row.hired_on != first) if len(its) > 1 else row for row in spells]
        present.append(last)
        earlier += before
        overlapping += wrong
    return present, earlier, overlapping


def in_turn(rows: Sequence[PersonRow], hired: str) -> tuple[list[PersonRow], list[RejectedRow]]:
    """One person's spells, and the rows that overlap the one before."""
    spells: list[PersonRow] = []
    wrong: list[RejectedRow] = []
    for row in rows:
        before = spells[-1] if spells else None
        if before is None or (before.left_on and before.left_on < row.hired_on):
            spells.append(row)
        else:
            why = f"The same person is in line {before.record.line} already, and has not left before this row begins."
            wrong.append(rejected(row.record, why, hired))
    return spells, wrong
