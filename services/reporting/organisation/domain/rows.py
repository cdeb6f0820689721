"""Divisions and persons as rows, and the mark by which a figure can be opened to the event behind it."""

from enum import StrEnum
from uuid import UUID

from typing_extensions import TypedDict

from chassis.domain.read_row import ReadRow


class Mark(TypedDict):
    """The origin of a fact: the event's stream, number, type, time and actor."""

    stream: str | None
    number: int | None
    type: str
    time: str | None
    actor: str


class Basis(StrEnum):
    """The grounds on which a person is accountable for a project."""

    NAMED = "named"
    STANDS_IN = "division head stands in"
    HANDOVER = "handover"
    ESCALATED = "escalated"


class DelegationStatus(StrEnum):
    """How far the delegation of a project has come; none where nobody but the accountable person does the work."""

    OFFERED = "offered"
    ACTIVE = "active"


class DivisionRow(ReadRow):
    """A division."""

    id: UUID
    name: str = ""
    code: str | None = None
    kind: str = "business"
    parent_id: UUID | None = None
    head_id: UUID | None = None
    closed: bool = False


class PersonRow(ReadRow):
    """A person with the position they hold."""

    id: UUID
    name: str = ""
    title: str | None = None
    grade: str | None = None
    division_id: UUID | None = None
    line_manager_id: UUID | None = None
    status: str = "active"
    gate_waived: bool = False
