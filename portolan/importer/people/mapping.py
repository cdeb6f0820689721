"""The mapping file for persons: what their columns and those of their experience are called, and grades by name."""

from uuid import UUID

from contracts.people import DivisionKind
from contracts.values import Grade, Name
from portolan.importer.mapping import ColumnNames, FileMapping

HELP_WITH_PERSONS = (
    "Add them, or say in a mapping file what they are called here, such as `columns: {key: 'Staff No'}`,"
    " and name it with --mapping."
)
HELP_WITH_EXPERIENCE = (
    "Add them, or say in a mapping file what they are called here, such as `experience: {employer: 'Company'}`,"
    " and name it with --mapping."
)


class PersonColumns(ColumnNames):
    """The columns of a file of persons, who each hold a position."""

    key: str = "Person ID"
    name: str = "Name"
    hired_on: str = "Hired On"
    division: str = "Division"
    division_code: str | None = "Division Code"
    title: str = "Position"
    grade: str = "Grade"
    manager: str = "Manager ID"
    appointed_on: str = "Appointed On"
    years: str | None = "IT Management Years"
    left_on: str | None = "Left On"


class ExperienceColumns(ColumnNames):
    """The columns of a file of experience; ``key`` where the source tells a person's experiences apart by one."""

    person: str = "Person ID"
    key: str | None = None
    employer: str = "Employer"
    role: str = "Role"
    it_management: str = "IT Management"
    started_on: str = "Started On"
    ended_on: str | None = "Ended On"
    verified: str = "Verified"


class PeopleMapping(FileMapping):
    """The mapping of files of persons and of experience; ``divisions``: those that people knows by another id."""

    source: Name = "personnel system"
    division_kind: DivisionKind = DivisionKind.IT
    columns: PersonColumns = PersonColumns()
    experience: ExperienceColumns = ExperienceColumns()
    grades: dict[Name, Grade] = {}
    divisions: dict[Name, UUID] = {}
