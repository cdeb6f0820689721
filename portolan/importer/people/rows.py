"""The rows of files of persons and of experience: what each must hold. No reason shows what is in a cell."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from contracts.values import Grade
from portolan.importer.carrying import Refusal
from portolan.importer.cells import KEY_OF, NAME_OF, Cells, RejectedRow, RejectReasons, RowCells
from portolan.importer.figures import Unreadable, day, number
from portolan.importer.people.mapping import HELP_WITH_EXPERIENCE, HELP_WITH_PERSONS, PeopleMapping
from portolan.importer.reading import Record, Table

MOST_YEARS = 50
TRUTHS = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}
GRADES = {str(grade): grade for grade in Grade}


@dataclass(frozen=True)
class PersonRow:
    """A person who can be loaded; ``manager`` is the manager's key, None at the top."""

    record: Record
    key: str
    name: str
    hired_on: date
    division: str
    division_code: str | None
    title: str
    grade: Grade
    manager: str | None
    appointed_on: date
    years: Decimal | None
    left_on: date | None


@dataclass(frozen=True)
class ExperienceRow:
    """A person's experience that can be loaded; ``key`` is the source's own, if it has any."""

    record: Record
    person: str
    key: str | None
    employer: str
    role: str
    it_management: bool
    started_on: date
    ended_on: date | None
    verified: bool


@dataclass(frozen=True)
class RejectedPerson(RejectedRow):
    """A row that cannot be loaded; ``told`` says why without anything about the person, for the screen and logs."""

    told: str


class PersonChecks:
    """Checks row after row; remembers which keys were rejected, the divisions' codes, and the grades named."""

    def __init__(self, table: Table, mapping: PeopleMapping, today: date) -> None:
        self._cells = Cells(table, mapping.columns, HELP_WITH_PERSONS, quoting=False)
        self.column = self._cells.column
        self._today, self._own_grades = today, {name.casefold(): grade for name, grade in mapping.grades.items()}
        self._codes: dict[str, tuple[str, int]] = {}
        self.rejected: dict[str, int] = {}
        self.grades: set[str] = set()

    def check(self, record: Record) -> PersonRow | RejectedPerson:
        if record.flaw:
            return untaken(record, record.flaw)
        flaws = RejectReasons()
        values = self._values(self._cells.of(record, flaws))
        check_days(self.column, values, flaws, self._today, "hired_on", "appointed_on", "left_on")
        self._check_code(record, values, flaws)
        first = self._cells.first_line(record, values["key"]) if values["key"] else None
        if first is not None:
            flaws.add(f"The same person is in line {first} already.", self.column("key"))
        if not flaws.reasons:
            return PersonRow(record=record, **values)
        if values["key"] and first is None:
            self.rejected[values["key"]] = record.line
        return untaken(record, flaws.reason, *flaws.columns)

    def _values(self, cells: RowCells) -> dict[str, Any]:
        take = cells.take
        return {
            "key": take("key", KEY_OF, True),
            "name": take("name", NAME_OF, True),
            "hired_on": take("hired_on", day, True),
            "division": take("division", NAME_OF, True),
            "division_code": take("division_code", NAME_OF),
            "title": take("title", NAME_OF, True),
            "grade": take("grade", self._grade, True),
            "manager": take("manager", KEY_OF),
            "appointed_on": take("appointed_on", day, True),
            "years": take("years", years),
            "left_on": take("left_on", day),
        }

    def _grade(self, cell: str) -> Grade:
        name = " ".join(cell.casefold().split())
        if name in self._own_grades:
            self.grades.add(name)
            return self._own_grades[name]
        if name not in GRADES:
            known = ", ".join([*GRADES, *self._own_grades])
            raise Unreadable(f"is none of the grades {known}")
        return GRADES[name]

    def _check_code(self, record: Record, values: dict[str, Any], flaws: RejectReasons) -> None:
        code, division = values["division_code"], values["division"]
        if not code or not division:
            return
        first, line = self._codes.setdefault(division, (code, record.line))
        if first != code:
            column = self.column("division_code")
            flaws.add(f"'{column}': the same division has another code in line {line}.", column)


class ExperienceChecks:
    def __init__(self, table: Table, mapping: PeopleMapping, today: date) -> None:
        self._cells = Cells(table, mapping.experience, HELP_WITH_EXPERIENCE, quoting=False)
        self.column = self._cells.column
        self._today, self._keyed = today, mapping.experience.key is not None

    def check(self, record: Record) -> ExperienceRow | RejectedPerson:
        if record.flaw:
            return untaken(record, record.flaw)
        flaws = RejectReasons()
        values = self._values(self._cells.of(record, flaws))
        check_days(self.column, values, flaws, self._today, "started_on", "ended_on")
        self._check_first(record, values, flaws)
        if flaws.reasons:
            return untaken(record, flaws.reason, *flaws.columns)
        return ExperienceRow(record=record, **values)

    def _values(self, cells: RowCells) -> dict[str, Any]:
        take = cells.take
        return {
            "person": take("person", KEY_OF, True),
            "key": take("key", KEY_OF, True) if self._keyed else None,
            "employer": take("employer", NAME_OF, True),
            "role": take("role", NAME_OF, True),
            "it_management": take("it_management", truth, True),
            "started_on": take("started_on", day, True),
            "ended_on": take("ended_on", day),
            "verified": take("verified", truth, True),
        }

    def _check_first(self, record: Record, values: dict[str, Any], flaws: RejectReasons) -> None:
        told_apart = "key" if self._keyed else "started_on"
        if not values["person"] or not values[told_apart]:
            return
        first = self._cells.first_line(record, values["person"], str(values[told_apart]))
        if first is not None:
            column = self.column(told_apart)
            otherwise = "" if self._keyed else " Where a column tells them apart, map it as `experience: {key: ...}`."
            flaws.add(f"The person's experience in line {first} has the same '{column}'.{otherwise}", column)


def untaken(record: Record, reason: str, *columns: str) -> RejectedPerson:
    """A row rejected for a reason that anybody may read."""
    return RejectedPerson(record, columns, reason, reason)


def refused(
    record: Record, refusal: Refusal, by_rule: Mapping[str, str], column: Callable[[str], str], before: str = ""
) -> RejectedPerson:
    """A row rejected by people, whose sentence is for the rejects file alone, since it may tell of the person."""
    columns = tuple(dict.fromkeys(column(field) for field in refusal.fields(by_rule))) or (refusal.command.operation,)
    told = f"{before}refused by the rule {refusal.outcome.rule}."
    return RejectedPerson(record, columns, before + refusal.outcome.reason, told[0].upper() + told[1:])


def check_days(
    column: Callable[[str], str], values: dict[str, Any], flaws: RejectReasons, today: date, *in_order: str
) -> None:
    """The days are in this order, and none has yet to come."""
    days = [(column(field), values[field]) for field in in_order if values[field]]
    for name, its in days:
        if its > today:
            flaws.add(f"'{name}' lies in the future.", name)
    for (name, its), (later, after) in pairwise(days):
        if after < its:
            flaws.add(f"'{later}' is before '{name}'.", later, name)


def years(cell: str) -> Decimal:
    """Years of experience that a position can ask for."""
    value = number(cell, Decimal(1))
    if not 0 <= value <= MOST_YEARS:
        raise Unreadable(f"is not between 0 and {MOST_YEARS}", cell)
    if -int(value.as_tuple().exponent) > 2:
        raise Unreadable("has more than two decimals", cell)
    return value


def truth(cell: str) -> bool:
    if cell.casefold() not in TRUTHS:
        raise Unreadable("is neither yes nor no", cell)
    return TRUTHS[cell.casefold()]
