"""The mapping of a file of projects: its unit and currency, the heads of divisions, and the accountable managers."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import BeforeValidator, Field, model_validator

from contracts.values import Currency, Name
from portolan.importer.kinds import Kind
from portolan.importer.mapping import FileMapping, MappingPart
from portolan.importer.projects.rows import COSTS, PROJECTS

Scope = tuple[str, str | None, str | None]
"""What somebody answers for: a division, with an investment, with a project; the latter two None for all."""


class PersonNamed(MappingPart):
    """Somebody people knows by this id, or somebody to be taken over by name."""

    id: UUID | None = None
    name: Name | None = None

    @model_validator(mode="after")
    def _one(self) -> "PersonNamed":
        if (self.id is None) == (self.name is None):
            raise ValueError("give either the id or the name of the person")
        return self


def _by_name(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


Somebody = Annotated[PersonNamed, BeforeValidator(_by_name)]


class Accountable(MappingPart):
    """The accountable person of a division's projects, an investment's, or one project; the closest entry counts."""

    division: Name
    investment: str | None = None
    project: str | None = None
    person: Somebody

    @property
    def scope(self) -> Scope:
        return (self.division, self.investment, self.project)

    @model_validator(mode="after")
    def _nested(self) -> "Accountable":
        if self.project is not None and self.investment is None:
            raise ValueError("a project is named together with its investment")
        return self


class ProjectMapping(FileMapping):
    """The mapping of a file of projects, with the accountable persons.

    ``currency`` is that of rows without one of their own. Unit and currency are those of the published file only where
    its columns of costs are read.
    """

    kinds: ClassVar[Sequence[Kind[Any]]] = (PROJECTS,)

    source: Name = "federal IT dashboard"
    unit: Annotated[Decimal, Field(gt=0, le=10**12)] = Decimal(1_000_000)
    currency: Currency = "USD"
    heads: dict[Name, Somebody] = {}
    accountable: tuple[Accountable, ...] = ()

    @model_validator(mode="after")
    def _units(self) -> Self:
        """No money changes its unit by default."""
        missing = [name for name in ("unit", "currency") if name not in self.model_fields_set]
        if missing and any(field in self.columns for field in COSTS):
            raise ValueError(
                f"say {' and '.join(f'`{name}`' for name in missing)} of the costs in the columns it names,"
                " such as `unit: 1000` and `currency: EUR`"
            )
        return self

    def accountable_for(self, agency: str, investment: str, project: str) -> PersonNamed | None:
        """Return the person named as accountable for a project, if any."""
        keys = ((agency, investment, project), (agency, investment, None), (agency, None, None))
        return next((self._persons[key] for key in keys if key in self._persons), None)

    @property
    def accountable_keys(self) -> AbstractSet[Scope]:
        """Return the scopes persons are named for."""
        return self._persons.keys()

    def model_post_init(self, _context: object) -> None:
        """Index the persons by what they answer for."""
        self._persons = {each.scope: each.person for each in self.accountable}

    _persons: dict[Scope, PersonNamed] = {}
