"""The mapping file for persons: what their columns and those of their experience are called, and grades by name."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator

from contracts.people import DivisionKind
from contracts.values import Grade, Line, Name
from portolan.importer.kinds import Kind
from portolan.importer.mapping import FileMapping
from portolan.importer.people.rows import EXPERIENCE, PERSONS, TOPS


def _several(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class PeopleMapping(FileMapping):
    """The mapping of files of persons and of experience.

    ``waiver``: why the experience that a senior position demands is waived for persons of this source; without one it
    is not. ``top``: what stands for a manager where there is none, beside an empty cell and the person's own key.
    """

    kinds: ClassVar[Sequence[Kind[Any]]] = (PERSONS, EXPERIENCE)

    source: Name = "personnel system"
    division_kind: DivisionKind = DivisionKind.IT
    experience: dict[str, str | None] = {}
    grades: dict[Name, Grade] = {}
    waiver: Line | None = None
    top: Annotated[tuple[str, ...], BeforeValidator(_several)] = TOPS
