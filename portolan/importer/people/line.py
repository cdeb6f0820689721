"""The managers' line of a file: who comes before whom, and whose line does not hold."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from portolan.importer.cells import RejectedRow
from portolan.importer.cells import rejected as rejected_row
from portolan.importer.people.rows import PersonRow

MOST_LINES_NAMED = 10


def top_down(
    rows: Sequence[PersonRow], rejected: Mapping[str, int], elsewhere: AbstractSet[str], column: str
) -> tuple[list[list[PersonRow]], list[RejectedRow], dict[str, int]]:
    """Rows in levels, managers before those who report to them; the rows whose line of managers does not hold; and
    the keys of all that cannot be taken, with their lines.

    `rejected` are the keys of rows that cannot be taken, with their lines; `elsewhere` the managers who are not in the
    file but work here already; `column` is what the file calls the manager's key.
    """
    by_key = {row.key: row for row in rows}
    below: dict[str, list[PersonRow]] = {}
    tops: list[PersonRow] = []
    untakens: list[RejectedRow] = []
    lost = {key: line for key, line in rejected.items() if key not in by_key}
    for row in rows:
        if row.manager is None or row.manager in elsewhere:
            tops.append(row)
        elif row.manager in by_key or row.manager in rejected:
            below.setdefault(row.manager, []).append(row)
        else:
            unknown = f"'{column}': nobody in the file or in Portolan has this key and holds a position."
            untakens.append(rejected_row(row.record, unknown, column))
            lost[row.key] = row.record.line
    circular = circles(by_key)
    for key, lines in circular.items():
        untakens.append(rejected_row(by_key[key].record, in_a_circle(lines), column))
        lost[key] = by_key[key].record.line
    for row, line in list(beneath(lost, below)):
        untakens.append(rejected_row(row.record, not_taken(line), column))
        lost[row.key] = row.record.line
    levels = []
    while tops:
        levels.append(tops)
        tops = [row for above in tops for row in below.get(above.key, ())]
    return levels, untakens, lost


def beneath(lost: Mapping[str, int], below: Mapping[str, Sequence[PersonRow]]) -> Iterable[tuple[PersonRow, int]]:
    """Everybody below those who cannot be taken, with the line of their manager."""
    left, seen = list(lost.items()), set(lost)
    while left:
        key, line = left.pop()
        for row in below.get(key, ()):
            if row.key not in seen:
                seen.add(row.key)
                yield row, line
                left.append((row.key, row.record.line))


def circles(by_key: Mapping[str, PersonRow]) -> dict[str, list[int]]:
    """Everybody who is, however far up, their own manager, with the lines of the circle."""
    found: dict[str, list[int]] = {}
    done: set[str] = set()
    for start in by_key:
        path: dict[str, int] = {}
        key: str | None = start
        while key is not None and key in by_key and key not in done and key not in path:
            path[key] = len(path)
            key = by_key[key].manager
        if key is not None and key in path:
            circle = list(path)[path[key] :]
            found |= dict.fromkeys(circle, sorted(by_key[each].record.line for each in circle))
        done |= path.keys()
    return found


def in_a_circle(lines: Sequence[int]) -> str:
    if len(lines) == 1:
        return "The person is their own manager."
    named = ", ".join(map(str, lines[:MOST_LINES_NAMED])) + (" and more" if len(lines) > MOST_LINES_NAMED else "")
    return f"The line of managers runs in a circle through the lines {named}."


def not_taken(line: int) -> str:
    return f"The person's manager, in line {line}, was rejected."
