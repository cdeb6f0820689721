"""The rows of files of persons and of experience: what each must hold. No reason shows what is in a cell."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from contracts.values import Grade
from portolan.importer.carrying import Refusal
from portolan.importer.cells import RejectedRow
from portolan.importer.figures import Unreadable
from portolan.importer.kinds import DAY, END, KEY, NAME, TRUTH, Column, Kind, Read, Together, Type, Values
from portolan.importer.reading import Record

MOST_YEARS = 50
TOPS = ("0",)
"""What stands for nobody where a manager's key would be."""
GRADES = {str(grade): grade for grade in Grade}


@dataclass(frozen=True)
class PersonRow:
    """A person who can be loaded; ``manager`` is the manager's key, None at the top.

    ``later``: they worked here before and left; then they are a new person in people.
    """

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
    later: bool = False


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


def grade(mapping: Any) -> Read:
    """Reads a cell as a grade: one that the mapping names, else one of Portolan's."""
    own: Mapping[str, Grade] = {name.casefold(): its for name, its in mapping.grades.items()}

    def read(cell: str) -> Grade:
        found = {**GRADES, **own}.get(" ".join(cell.casefold().split()))
        if found is None:
            raise Unreadable(f"is none of the grades {', '.join([*GRADES, *own])}")
        return found

    return read


def years(mapping: Any) -> Read:
    """Reads a cell as years of experience that a position can ask for."""

    def read(cell: str) -> Decimal:
        value: Decimal = mapping.notation.number(cell)
        if not 0 <= value <= MOST_YEARS:
            raise Unreadable(f"is not between 0 and {MOST_YEARS}", cell)
        if -int(value.as_tuple().exponent) > 2:
            raise Unreadable("has more than two decimals", cell)
        return value

    return read


def manager(mapping: Any) -> Read:
    """Reads a cell as the key of a manager, None for nobody."""
    nobody, key = {word.casefold() for word in mapping.top}, KEY.reader(mapping)
    return lambda cell: None if cell.casefold() in nobody else key(cell)


GRADE = Type("grade", grade)
YEARS = Type("number from 0 to 50", years)
MANAGER = Type("key, or nobody", manager)


def check_person(values: Values, row: Together) -> None:
    """Who is their own manager is at the top."""
    if values["manager"] == values["key"]:
        values["manager"] = None
    check_days(values, row, "hired_on", "appointed_on", "left_on")


def check_experience(values: Values, row: Together) -> None:
    check_days(values, row, "started_on", "ended_on")


def check_days(values: Values, row: Together, *in_order: str) -> None:
    """The days are in this order, and none has yet to come."""
    days = [(row.column(field), values[field]) for field in in_order if values[field]]
    for name, its in days:
        if its > row.today:
            row.flaws.add(f"'{name}' lies in the future.", name)
    for (name, its), (later, after) in pairwise(days):
        if after < its:
            row.flaws.add(f"'{later}' is before '{name}'.", later, name)


def same_person(row: Together, line: int) -> None:
    row.flaws.add(f"The same person is in line {line} already.", row.column("key"))


def same_experience(row: Together, line: int) -> None:
    keyed = row.column("key") != "key"
    column = row.column("key" if keyed else "started_on")
    otherwise = "" if keyed else " Where a column tells them apart, map it as `experience: {key: ...}`."
    row.flaws.add(f"The person's experience in line {line} has the same '{column}'.{otherwise}", column)


def key_of_experience(values: Values) -> tuple[str, ...]:
    told_apart = values["key"] or values["started_on"]
    return (values["person"] or "", str(told_apart) if told_apart else "")


PERSONS = Kind(
    name="persons",
    section="columns",
    columns=(
        Column("key", KEY, "Person ID", "the key of the person in the source", given=True),
        Column("name", NAME, "Name", "the person's name", given=True),
        Column("hired_on", DAY, "Hired On", "first day; a later import does not change it", given=True),
        Column("division", NAME, "Division", "established at the top if there is none", given=True, noted=True),
        Column("division_code", NAME, "Division Code", "may be empty", spared=True, one_for="division"),
        Column("title", NAME, "Position", "the person's position", given=True),
        Column(
            "grade",
            GRADE,
            "Grade",
            "staff, junior manager, manager, senior manager, executive, or one that the mapping names",
            given=True,
            noted=True,
        ),
        Column(
            "manager",
            MANAGER,
            "Manager ID",
            "the key of the manager, in the file or imported before; empty, 0 or the person's own: at the top",
        ),
        Column("appointed_on", DAY, "Appointed On", "the day of the appointment to the position", given=True),
        Column(
            "years",
            YEARS,
            "IT Management Years",
            "years the position requires; empty: the staffing policy's minimum for seniors, otherwise none",
            spared=True,
        ),
        Column("left_on", END, "Left On", "the last day; empty or open for who works here", spared=True),
    ),
    key=lambda values: (values["key"] or "", str(values["hired_on"] or "")),
    twice=same_person,
    together=check_person,
    row=PersonRow,
    personal=True,
)
"""A file of persons, a row for each spell in which they work here."""

EXPERIENCE = Kind(
    name="experience",
    section="experience",
    columns=(
        Column("person", KEY, "Person ID", "the key of the person", given=True),
        Column(
            "key",
            KEY,
            None,
            "what tells a person's experiences apart; without it, their first days do",
            given=True,
            spared=True,
        ),
        Column("employer", NAME, "Employer", "where it was", given=True),
        Column("role", NAME, "Role", "as what", given=True),
        Column("it_management", TRUTH, "IT Management", "whether it counts as IT management", given=True),
        Column("started_on", DAY, "Started On", "first day", given=True),
        Column("ended_on", END, "Ended On", "last day; empty or open where it goes on", spared=True),
        Column("verified", TRUTH, "Verified", "whether somebody vouches for it", given=True),
    ),
    key=key_of_experience,
    twice=same_experience,
    together=check_experience,
    row=ExperienceRow,
    personal=True,
)
"""A file of the experience of persons, earlier or ongoing."""


def refused(
    record: Record, refusal: Refusal, by_rule: Mapping[str, str], column: Callable[[str], str], before: str = ""
) -> RejectedRow:
    """A row rejected by people, whose sentence is for the rejects file alone, since it may tell of the person."""
    columns = tuple(dict.fromkeys(column(field) for field in refusal.fields(by_rule))) or (refusal.command.operation,)
    told = f"{before}refused by the rule {refusal.outcome.rule}."
    return RejectedRow(record, columns, before + refusal.outcome.reason, told[0].upper() + told[1:])
