"""The rows of an incident log: events of incidents, each with the incident as it stood then."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from contracts.portfolio.services import IncidentPriority
from portolan.importer.figures import Unreadable
from portolan.importer.kinds import KEY, NAMES, TRUTH, Column, Kind, Read, Together, Type, Values, plain
from portolan.importer.reading import Record

NUMBERED = re.compile(r"\d+\s*-\s*")
"""What stands before the name of a priority, such as ``3 - Moderate``."""


@dataclass(frozen=True)
class IncidentRow:
    """An incident as it stood after so many changes; ``service`` and ``title`` are None where nobody knew them."""

    record: Record
    number: str
    changes: int
    service: str | None
    title: str | None
    priority: IncidentPriority
    opened_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None
    within_target: bool | None


def unless_unknown(mapping: Any, read: Read) -> Read:
    """Reads a cell, None where it holds a word that stands for nothing known."""
    unknown = {word.casefold() for word in mapping.unknown}
    return lambda cell: None if cell.casefold() in unknown else read(cell)


def moment(mapping: Any) -> Read:
    """Reads a moment: one without a zone is by the clocks of the mapping's, or of UTC."""

    def read(cell: str) -> datetime:
        day, _, rest = cell.replace("T", " ", 1).partition(" ")
        try:
            found = datetime.fromisoformat(cell) if rest[-1:] == "Z" or "+" in rest else None
            at = time.fromisoformat(rest.strip() or "00:00")
        except ValueError as error:
            raise Unreadable("is not a moment such as 2016-02-29 01:16", cell) from error
        if found is not None:
            return found
        return datetime.combine(mapping.notation.day(day), at, mapping.notation.zone or UTC)

    return unless_unknown(mapping, read)


def priority(mapping: Any) -> Read:
    """Reads a priority by its name, by a name of the mapping's, or with its number before it."""
    named: Mapping[str, IncidentPriority] = {word.casefold(): each for word, each in mapping.priorities.items()}
    own = {str(each): each for each in IncidentPriority}

    def read(cell: str) -> IncidentPriority:
        word = cell.casefold()
        found = named.get(word) or own.get(NUMBERED.sub("", word))
        if found is None:
            raise Unreadable("is no priority that is known (mapping: `priorities`)", cell)
        return found

    return read


def whole(mapping: Any) -> Read:
    def read(cell: str) -> int:
        number: Decimal = mapping.notation.number(cell, Decimal(1))
        if number < 0 or number != number.to_integral_value():
            raise Unreadable("is not a whole number, 0 or more", cell)
        return int(number)

    return read


MOMENT = Type("moment", moment)
PRIORITY = Type("priority: critical, high, moderate, low, or one that the mapping names", priority)
WHOLE = Type("whole number, 0 or more", whole)
KNOWN_NAME = Type("name, up to 200 characters, or unknown", lambda mapping: unless_unknown(mapping, plain(NAMES)))
KNOWN_TRUTH = Type("yes, no, or unknown", lambda mapping: unless_unknown(mapping, TRUTH.reader(mapping)))


def check_together(values: Values, row: Together) -> None:
    opened = values["opened_at"]
    if opened is None and row.column("opened_at") not in row.flaws.columns:
        row.flaws.add(f"'{row.column('opened_at')}' is not known.", row.column("opened_at"))
    for earlier, later in (("opened_at", "resolved_at"), ("opened_at", "closed_at"), ("resolved_at", "closed_at")):
        if values[earlier] and values[later] and values[later] < values[earlier]:
            columns = row.column(later), row.column(earlier)
            row.flaws.add(f"'{columns[0]}' ({values[later]}) is before '{columns[1]}' ({values[earlier]}).", *columns)


def twice(_row: Together, _line: int) -> None:
    """Events that say the same say it once."""


INCIDENTS = Kind(
    name="incidents",
    section="columns",
    columns=(
        Column("number", KEY, "number", "the key of the incident", given=True),
        Column("changes", WHOLE, "sys_mod_count", "of an incident's rows the one with the most counts", given=True),
        Column("service", KNOWN_NAME, "category", "the service; unknown: the mapping's `service`", spared=True),
        Column("title", KNOWN_NAME, "u_symptom", "what happened; unknown: the incident's number", spared=True),
        Column("priority", PRIORITY, "priority", "the priority", given=True),
        Column("opened_at", MOMENT, "opened_at", "when it was opened", given=True),
        Column("resolved_at", MOMENT, "resolved_at", "when it was resolved; empty or unknown while it is not"),
        Column("closed_at", MOMENT, "closed_at", "when it was closed; empty or unknown while it is not"),
        Column(
            "within_target",
            KNOWN_TRUTH,
            "made_sla",
            "whether the service level was met, where it is known",
            spared=True,
        ),
    ),
    key=lambda values: (values["number"] or "", ""),
    twice=twice,
    together=check_together,
    row=IncidentRow,
)
"""A log of incidents, one event a row. An event has no key of its own: those that say the same are one."""
